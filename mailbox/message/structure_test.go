package message_test

import (
	"fmt"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
	"github.com/google/go-cmp/cmp"
)

// A part is what a test compares of an attachment.
type part struct {
	name, mediaType, content string
	inline                   bool
}

// parts returns the attachments of m, whose content is in sink.
func parts(m *message.Message, sink *memorySink) []part {
	var list []part
	for i, a := range m.Attachments {
		list = append(list, part{a.Name, a.Type, sink.spools[i+1].data.String(), a.Inline})
	}
	return list
}

func TestReadStructure(t *testing.T) {
	const mixed = "Content-Type: multipart/mixed; boundary=b\n\n"
	for name, tt := range map[string]struct {
		mail, text, html string
		parts            []part
		defects          []string
	}{
		"alternative": {
			mail: "Content-Type: multipart/alternative; boundary=b\n\npreamble\n--b\n\nplain\n--b\nContent-Type: text/html\n\n<b>html</b>\n--b--\nepilogue\n",
			text: "plain", html: "<b>html</b>",
		},
		"alternative with empty plain": {
			mail: "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n \n--b\nContent-Type: text/html\n\n<b>html</b>\n--b--\n",
			text: "html", html: "<b>html</b>",
		},
		"plain texts one below the other": {mail: mixed + "--b\n\none\n--b\n\ntwo\n--b--\n", text: "one\n\ntwo"},
		"footer below HTML":               {mail: mixed + "--b\nContent-Type: text/html\n\n<p>a</p>\n--b\n\nfooter\n--b--", text: "a\n\nfooter", html: "<p>a</p>"},
		"text of plain and then HTML":     {mail: mixed + "--b\n\na\n--b\nContent-Type: text/html\n\n<p>a</p>\n--b--", text: "a", html: "<p>a</p>"},
		"second HTML is kept": {
			mail: mixed + "--b\nContent-Type: text/html\n\n<p>a</p>\n--b\nContent-Type: text/html\n\n<p>b</p>\n--b--", text: "a", html: "<p>a</p>",
			parts: []part{{mediaType: "text/html", content: "<p>b</p>"}},
		},
		"files": {
			mail: mixed + "--b\n\ntext\n--b\nContent-Disposition: attachment\n\nunnamed\n--b\nContent-Type: text/plain; name=\"a.txt\"\n\nnamed\r\n\n--b\nContent-Type: image/png; name=x.png\nContent-ID: <c@d>\nContent-Transfer-Encoding: base64\n\nAAAA\n--b--\n",
			text: "text",
			parts: []part{
				{mediaType: "text/plain", content: "unnamed"},
				{name: "a.txt", mediaType: "text/plain", content: "named\r\r\n"},
				{name: "x.png", mediaType: "image/png", content: "\x00\x00\x00", inline: true},
			},
		},
		"mail in a mail": {
			mail:  mixed + "--b\nContent-Type: message/rfc822\n\nSubject: in/side\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\ninner\n--c--\n--b--",
			parts: []part{{mediaType: "message/rfc822", content: "Subject: in/side\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\ninner\r\n--c--"}},
		},
		"file as the whole mail": {
			mail:  "Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nUERG\n",
			parts: []part{{mediaType: "application/pdf", content: "PDF"}},
		},
		"invitation in an alternative": {
			mail: "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nplain\n--b\nContent-Type: text/html\n\n<p>html</p>\n--b\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n--b--\n",
			text: "plain", html: "<p>html</p>", parts: []part{{mediaType: "text/calendar", content: "BEGIN:VCALENDAR"}},
		},
		"invitation as the whole mail": {
			mail: "Content-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\n", parts: []part{{mediaType: "text/calendar", content: "BEGIN:VCALENDAR\r\n"}},
		},
		"vCard": {
			mail: mixed + "--b\n\na\n--b\nContent-Type: text/x-vcard; name=me.vcf\n\nBEGIN:VCARD\n--b--", text: "a",
			parts: []part{{name: "me.vcf", mediaType: "text/x-vcard", content: "BEGIN:VCARD"}},
		},
		"pictures in HTML": {
			mail: "Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n<img src='cid:a@b'>\n--b\nContent-Type: image/png\nContent-ID: <a@b>\n\nx\n--b\nContent-Type: image/gif\nContent-Disposition: inline\n\ny\n--b\nContent-Type: image/gif\n\nz\n--b--",
			html: "<img src='cid:a@b'>",
			parts: []part{
				{mediaType: "image/png", content: "x", inline: true},
				{mediaType: "image/gif", content: "y", inline: true},
				{mediaType: "image/gif", content: "z"},
			},
		},
		"archive is not unpacked": {
			mail:  "Content-Type: application/zip; name=a.zip\n\nPK\x03\x04", // whatever is in it
			parts: []part{{name: "a.zip", mediaType: "application/zip", content: "PK\x03\x04"}},
		},
		"unusual text as the whole mail": {mail: "Content-Type: text/enriched\n\nHello", text: "Hello"},
		"boundary never closed":          {mail: mixed + "--b\n\none\n", text: "one\n", defects: []string{"boundary-not-closed"}},
		"boundary absent":                {mail: mixed + "just text\n-- \nme\n", text: "just text\n-- \nme\n", defects: []string{"boundary-absent"}},
		"boundary not stated":            {mail: "Content-Type: multipart/mixed\n\n--=_x\n\none\n--=_x\n\ntwo\n--=_x--\n", text: "one\n\ntwo", defects: []string{"boundary-not-stated"}},
		"part after the end":             {mail: mixed + "--b\n\none\n--b--\n--b\n\ntwo\n--b--\n", text: "one\n\ntwo", defects: []string{"part-after-end"}},
		"similar boundaries": {
			mail: mixed + "--b\nContent-Type: multipart/alternative; boundary=bb\n\n--bb\n\none\n--bbb\n--bb--\n--b\n\ntwo\n--b--\n", text: "one\n--bbb\n\ntwo",
		},
		"same boundary twice": {
			mail: mixed + "--b\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\none\n--b--\n--b\nContent-Disposition: attachment; filename=f\n\ntwo\n--b--\n",
			text: "one", parts: []part{{name: "f", mediaType: "text/plain", content: "two"}},
		},
		"outer boundary ends the inner": {
			mail: mixed + "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\none\n--b\n\ntwo\n--b--\n", text: "one\n\ntwo", defects: []string{"boundary-not-closed"},
		},
		"header without end at a boundary": {mail: mixed + "--b\nContent-Type: text/html\n--b\n\ntwo\n--b--\n", text: "two"},
		"blanks after a boundary":          {mail: mixed + "--b \t\n\none\n--b-- \nepilogue", text: "one"},
		"parameter given twice": {
			mail: "Content-Type: multipart/mixed; boundary=b; boundary=c\n\n--b\n\none\n--b--\n", text: "one", defects: []string{"parameter-repeated"},
		},
		"type unreadable": {mail: "Content-Type: <html>\n\nHello", text: "Hello", defects: []string{"content-type-unreadable"}},
		"digest": {
			mail:  "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: a\n\nx\n--b--\n",
			parts: []part{{mediaType: "message/rfc822", content: "Subject: a\r\n\r\nx"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			sink := new(memorySink)
			m := read(t, tt.mail, &message.Options{Sink: sink})
			if m.Text != tt.text || m.HTML != tt.html {
				t.Errorf("Text, HTML = %q, %q, want %q, %q", m.Text, m.HTML, tt.text, tt.html)
			}
			if diff := cmp.Diff(tt.parts, parts(m, sink), cmp.AllowUnexported(part{})); diff != "" {
				t.Errorf("attachments (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.defects, codes(m)); diff != "" {
				t.Errorf("defects (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDisplay(t *testing.T) {
	m := read(t, "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= 1/2\n\nx\n--b\nContent-Type: image/jpeg\n\nx\n--b\nContent-Type: a/b\n\nx\n--b\nContent-Type: text/calendar\n\nx\n--b\nContent-Type: message/rfc822; name=stated.eml\n\nSubject: a\n\nx\n--b\nContent-Type: message/rfc822\n\nTo: a\n\nx\n--b--\n", nil)
	var got []string
	for _, a := range m.Attachments {
		got = append(got, a.Name+"|"+a.Display)
	}
	if diff := cmp.Diff([]string{"|Grüße 1-2.eml", "|part-2.jpg", "|part-3.bin", "|part-4.ics", "stated.eml|stated.eml", "|part-6.eml"}, got); diff != "" {
		t.Errorf("names and displays (-want +got):\n%s", diff)
	}
}

// TestReadLimits cuts the view and keeps the raw bytes.
func TestReadLimits(t *testing.T) {
	const attachment = "\n\n--b\nContent-Disposition: attachment; filename=last\n\nx\n--b--\n"
	for name, tt := range map[string]struct {
		mail   string
		limits message.Limits
		defect string
		check  func(*message.Message) bool
	}{
		"field": {
			mail: "Subject: a\nX: " + strings.Repeat("x", 20<<20) + "\nTo: a@b.example\n\ntext", defect: "field-too-long",
			check: func(m *message.Message) bool {
				return len(m.Header.Get("X")) <= 100<<10 && len(m.To) == 1 && m.Text == "text"
			},
		},
		"fields": {
			mail: "Subject: a\n" + strings.Repeat("X: y\n", 1_000_000) + "\ntext", defect: "header-too-long",
			check: func(m *message.Message) bool { return len(m.Header) == 1000 && m.Subject == "a" && m.Text == "text" },
		},
		"header": {
			mail: "Subject: a\n" + strings.Repeat("X: "+strings.Repeat("y", 10<<10)+"\n", 200) + "\ntext", defect: "header-too-long",
			check: func(m *message.Message) bool { return m.Subject == "a" && m.Text == "text" && len(m.Header) > 90 },
		},
		"parts": {
			mail: "Content-Type: multipart/mixed; boundary=b\n" + strings.Repeat("\n\n--b\n\nx", 100_000) + attachment, defect: "too-many-parts",
			check: func(m *message.Message) bool {
				return strings.Count(m.Text, "x") == 1000 && strings.HasSuffix(m.Text, "[…]") && len(m.Attachments) == 0
			},
		},
		"depth": {
			mail: nested(3000), defect: "too-deep",
			check: func(m *message.Message) bool {
				return len(m.Attachments) == 1 && strings.HasPrefix(m.Attachments[0].Type, "multipart/")
			},
		},
		"text": {
			mail: "\n" + strings.Repeat("ä\n", 1<<20), defect: "text-too-long",
			check: func(m *message.Message) bool { return len(m.Text) <= 2<<20 && strings.HasSuffix(m.Text, "[…]") },
		},
		"texts": {
			mail: "Content-Type: multipart/mixed; boundary=b\n" + strings.Repeat("\n\n--b\n\n"+strings.Repeat("x", 1000), 20) + attachment, defect: "text-too-long",
			limits: message.Limits{Text: 5000},
			check: func(m *message.Message) bool {
				return len(m.Text) <= 5000 && strings.HasSuffix(m.Text, "[…]") && len(m.Attachments) == 1
			},
		},
		"HTML": {
			mail: "Content-Type: text/html\n\n<p>" + strings.Repeat("x ", 5000), defect: "text-too-long",
			limits: message.Limits{Text: 5000},
			check: func(m *message.Message) bool {
				return len(m.Text) <= 5000 && len(m.HTML) <= 5000 && strings.HasSuffix(m.HTML, "[…]")
			},
		},
		"subject": {
			mail: "Subject: " + strings.Repeat("ä", 2000) + "\n\n", defect: "subject-too-long",
			check: func(m *message.Message) bool {
				return len([]rune(m.Subject)) == 998 && strings.HasSuffix(m.Subject, "[…]")
			},
		},
		"addresses": {
			mail: "From: a@b.example\nTo: " + strings.Repeat("x@y.example, ", 1000) + "\n\n", defect: "too-many-addresses",
			check: func(m *message.Message) bool { return len(m.From) == 1 && len(m.To) == 499 },
		},
		"references": {
			mail: "References: <first@x> " + strings.Repeat("<m@x> ", 1000) + "<last@x>\n\n", defect: "too-many-references",
			check: func(m *message.Message) bool {
				return len(m.References) == 100 && m.References[0] == "first@x" && m.References[99] == "last@x"
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := read(t, tt.mail, &message.Options{Limits: tt.limits})
			if !strings.Contains(strings.Join(codes(m), " "), tt.defect) {
				t.Errorf("defects = %v, want %s", codes(m), tt.defect)
			}
			if !tt.check(m) {
				t.Errorf("Read: subject %.50q, %d fields, text %d bytes %.50q, %d HTML, attachments %+v", m.Subject, len(m.Header), len(m.Text), m.Text, len(m.HTML), m.Attachments)
			}
			if want := int64(len(tt.mail) + strings.Count(tt.mail, "\n")); m.Raw.Size != want {
				t.Errorf("Raw.Size = %d, want %d", m.Raw.Size, want)
			}
		})
	}
}

// nested returns multiparts in each other, none of them closed.
func nested(depth int) string {
	var b strings.Builder
	for i := range depth {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	return b.String() + "\ntext\n"
}
