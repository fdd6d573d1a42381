package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"io"
	"os"
	"strings"
	"time"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/message/safehtml"
	"example.com/ticketmail/mailbox/thread"
)

// A report is one line of output. Lists are never null.
type report struct {
	File        string       `json:"file"`
	Error       string       `json:"error"`
	Subject     string       `json:"subject"`
	From        address      `json:"from"` // the first one stated
	ReplyTo     []address    `json:"reply_to"`
	To          []address    `json:"to"`
	Cc          []address    `json:"cc"`
	Date        string       `json:"date"` // RFC 3339 in UTC; "" if unknown
	MessageID   string       `json:"message_id"`
	InReplyTo   []string     `json:"in_reply_to"`
	References  []string     `json:"references"`
	Text        string       `json:"text"`
	NewText     string       `json:"new_text"`  // text without what it quotes and without signatures
	Signature   string       `json:"signature"` // the signatures and footers in text, one below the other
	HTML        bool         `json:"html"`      // the mail has an HTML part
	Attachments []attachment `json:"attachments"`
	Automatic   string       `json:"automatic"` // why it counts as automatic; "" if a person wrote it
	Report      string       `json:"report"`    // failed, delayed, delivered, read or abuse; "" if it reports nothing about another mail
	Bounce      *bounce      `json:"bounce"`    // null unless it reports failed or delayed delivery
	Defects     []defect     `json:"defects"`
	Spans       []span       `json:"spans"`               // what the pieces of text are; they cover it without gaps
	About       string       `json:"about"`               // Message-ID of the mail that a report of any kind is about
	SafeHTML    *string      `json:"safe_html,omitempty"` // the HTML part as it may stand in a page; only with -safe-html
}

// A span is a piece of the text: text[start:end] in bytes of UTF-8.
type span struct {
	Kind  string `json:"kind"` // fresh, quoted or signature
	Start int    `json:"start"`
	End   int    `json:"end"`
}

type address struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

type attachment struct {
	Name      string `json:"name"`    // as the mail states it; may be empty
	Display   string `json:"display"` // Name, or one made up
	Type      string `json:"type"`
	Size      int64  `json:"size"` // bytes
	Inline    bool   `json:"inline"`
	ContentID string `json:"content_id"`
	SHA256    string `json:"sha256"`
	Level     int    `json:"level"` // 0: a part of the mail; 1: unpacked from the file above it; ...
}

type bounce struct {
	Kind              string    `json:"kind"` // failed or delayed
	Recipients        []bounced `json:"recipients"`
	OriginalMessageID string    `json:"original_message_id"`
}

type bounced struct {
	Address string `json:"address"`
	Status  string `json:"status"`
	Action  string `json:"action"`
	Hard    bool   `json:"hard"`

	Diagnostic string `json:"diagnostic"` // what the other server said
}

type defect struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// emptyReport has all lists, so that a line looks the same whatever went wrong.
func emptyReport(file string) report {
	return report{
		File:    strings.ToValidUTF8(file, "\uFFFD"),
		ReplyTo: []address{}, To: []address{}, Cc: []address{},
		InReplyTo: []string{}, References: []string{},
		Attachments: []attachment{}, Defects: []defect{}, Spans: []span{},
	}
}

// inspectMail reads the file as a mail.
func inspectMail(ctx context.Context, file string, safe bool) report {
	r := emptyReport(file)
	f, err := os.Open(file)
	if err != nil {
		r.Error = err.Error()
		return r
	}
	defer f.Close()
	m, err := message.Read(ctx, f, nil)
	if err != nil {
		r.Error = err.Error()
		return r
	}
	r.describe(m)
	if safe {
		r.SafeHTML = new(safehtml.Sanitize(m.HTML, &safehtml.Options{ContentID: func(id string) string { return "cid:" + id }}))
	}
	return r
}

// maxBody is how much of a text body is read: as much as of a mail's text.
const maxBody = 2 << 20

// inspectBody reads the file as the plain text of a mail.
func inspectBody(_ context.Context, file string, _ bool) report {
	r := emptyReport(file)
	f, err := os.Open(file)
	if err != nil {
		r.Error = err.Error()
		return r
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxBody))
	if err != nil {
		r.Error = err.Error()
		return r
	}
	r.setText(strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "").Replace(strings.ToValidUTF8(string(text), "\uFFFD")), nil)
	return r
}

func (r *report) setText(text string, opts *message.TrimOptions) {
	trimmed := message.Trim(text, opts)
	r.Text, r.NewText = text, strings.TrimSpace(trimmed.Text())
	var signatures []string
	for _, s := range trimmed.Spans {
		r.Spans = append(r.Spans, span{s.Kind.String(), s.Start, s.End})
		if s.Kind == message.Signature {
			signatures = append(signatures, strings.TrimSpace(text[s.Start:s.End]))
		}
	}
	r.Signature = strings.Join(signatures, "\n")
}

// describe fills the report with what the mail holds.
func (r *report) describe(m *message.Message) {
	r.Subject = m.Subject
	if len(m.From) > 0 {
		r.From = address(m.From[0])
	}
	r.ReplyTo = append(r.ReplyTo, addresses(m.ReplyTo)...)
	r.To = append(r.To, addresses(m.To)...)
	r.Cc = append(r.Cc, addresses(m.Cc)...)
	if !m.Date.IsZero() {
		r.Date = m.Date.UTC().Format(time.RFC3339)
	}
	r.MessageID = m.MessageID
	r.InReplyTo = append(r.InReplyTo, m.InReplyTo...)
	r.References = append(r.References, m.References...)
	r.setText(m.Text, &message.TrimOptions{HTML: m.HTML, Forward: thread.IsForward(m.Subject)})
	r.HTML = m.HTML != ""
	for _, a := range m.Attachments {
		r.Attachments = append(r.Attachments, attachment{
			Name: a.Name, Display: cmp.Or(a.Display, a.Name), Type: a.Type, Size: a.Blob.Size,
			Inline: a.Inline, ContentID: a.ContentID, SHA256: hex.EncodeToString(a.Blob.SHA256[:]), Level: a.Level,
		})
	}
	r.Automatic = m.Automatic
	if m.Report != nil {
		r.Report, r.Bounce, r.About = string(m.Report.Kind), describeBounce(m.Report), m.Report.OriginalID
	}
	for _, d := range m.Defects {
		r.Defects = append(r.Defects, defect{Code: d.Code, Text: d.Text})
	}
}

func addresses(list []message.Address) []address {
	var out []address
	for _, a := range list {
		out = append(out, address(a))
	}
	return out
}

// describeBounce returns nil for reports of anything but trouble on the way.
func describeBounce(m *message.Report) *bounce {
	if m.Kind != message.ReportFailed && m.Kind != message.ReportDelayed {
		return nil
	}
	out := &bounce{Kind: string(m.Kind), Recipients: []bounced{}, OriginalMessageID: m.OriginalID}
	for _, r := range m.Recipients {
		out.Recipients = append(out.Recipients, bounced{Address: r.Address, Status: r.Status, Action: r.Action, Hard: r.Hard, Diagnostic: r.Diagnostic})
	}
	return out
}
