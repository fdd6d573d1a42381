package message_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"example.com/ticketmail/mailbox/message"
	"github.com/google/go-cmp/cmp"
)

// read reads a mail that is written with LF and sent with CRLF.
func read(t *testing.T, mail string, opts *message.Options) *message.Message {
	t.Helper()
	m, err := message.Read(t.Context(), strings.NewReader(strings.ReplaceAll(mail, "\n", "\r\n")), opts)
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	checkView(t, "mail", m)
	return m
}

func codes(m *message.Message) []string {
	var codes []string
	for _, d := range m.Defects {
		codes = append(codes, d.Code)
	}
	return codes
}

func TestReadHeader(t *testing.T) {
	for name, tt := range map[string]struct {
		mail    string
		subject string
		text    string
		defects []string
	}{
		"nothing":               {mail: ""},
		"only line ends":        {mail: "\n\n\n"},
		"header only":           {mail: "Subject: a", subject: "a"},
		"body only":             {mail: "Hello, this is text.\nSee http://x.example\n", text: "Hello, this is text.\nSee http://x.example\n", defects: []string{"header-end-missing"}},
		"byte order mark":       {mail: "\n\xef\xbb\xbfx", text: "x", defects: []string{"header-after-empty-line"}},
		"folded at once":        {mail: "Subject:\n\ta\n\nx", subject: "a", text: "x"},
		"folded":                {mail: "Subject: a\n\tb\n  c\n\nx", subject: "a b c", text: "x"},
		"folded with blanks":    {mail: "Subject: a\n \n\tb\nTo: x@y.example\n\nx", subject: "a b", text: "x"},
		"mbox line":             {mail: "From a@b.example Tue Nov  3 09:12:44 2026\nSubject: a\n\nx", subject: "a", text: "x", defects: []string{"mbox-from-line"}},
		"empty line first":      {mail: "\n\nSubject: a\n\nx", subject: "a", text: "x", defects: []string{"header-after-empty-line"}},
		"empty line, then text": {mail: "\n\nHello\nSubject: no\n", text: "Hello\nSubject: no\n", defects: []string{"header-after-empty-line"}},
		"indented first line":   {mail: " Subject: a\nTo: b@c.example\n\nx", subject: "a", text: "x", defects: []string{"header-first-line-indented"}},
		"line without colon":    {mail: "To: b@c.example\nbroken line\nSubject: a\n\nx", subject: "a", text: "x", defects: []string{"header-line-without-colon"}},
		"unfolded lines":        {mail: "Received: by a\nwith SMTP id 1\nfor somebody\nReceived: by b\nSubject: a\n\nx", subject: "a", text: "x", defects: []string{"header-line-without-colon", "header-line-without-colon"}},
		"blank before colon":    {mail: "Subject : a\n\nx", subject: "a", text: "x", defects: []string{"header-blank-before-colon"}},
		"no empty line":         {mail: "Subject: a\nHello you\nbye\n", subject: "a", text: "Hello you\nbye\n", defects: []string{"header-end-missing"}},
		"blanks end the header": {mail: "Subject: a\n \nHello\n", subject: "a", text: "Hello\n", defects: []string{"header-end-not-empty"}},
		"two subjects":          {mail: "Subject: a\nSubject: b\n\nx", subject: "a", text: "x", defects: []string{"subject-repeated"}},
		"NUL":                   {mail: "Subject: a\x00b\n\nx\x00y", subject: "ab", text: "xy"},
	} {
		t.Run(name, func(t *testing.T) {
			m := read(t, tt.mail, nil)
			if m.Subject != tt.subject {
				t.Errorf("Subject = %q, want %q", m.Subject, tt.subject)
			}
			if got := strings.ReplaceAll(m.Text, "\uFFFD", ""); got != tt.text {
				t.Errorf("Text = %q, want %q", got, tt.text)
			}
			if diff := cmp.Diff(tt.defects, codes(m)); diff != "" {
				t.Errorf("defects (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadLineEnds(t *testing.T) {
	const lf = "Subject: a\n\tb\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\ntwo\n--b\nContent-Type: a/b\n\nfile\n--b--\n"
	for name, end := range map[string]string{"LF": "\n", "CRLF": "\r\n", "CR": "\r"} {
		t.Run(name, func(t *testing.T) {
			raw := strings.ReplaceAll(lf, "\n", end)
			m, err := message.Read(t.Context(), strings.NewReader(raw), nil)
			if err != nil {
				t.Fatal(err)
			}
			if m.Subject != "a b" || m.Text != "one\ntwo" || len(m.Attachments) != 1 || m.Attachments[0].Blob.Size != 4 {
				t.Errorf("Read = %+v", m)
			}
			if m.Raw.SHA256 != sha256.Sum256([]byte(raw)) || m.Raw.Size != int64(len(raw)) {
				t.Errorf("Raw is not what was sent")
			}
		})
	}
}

func TestHeader(t *testing.T) {
	h := message.Header{{Name: "To", Value: "a"}, {Name: "X", Value: "b"}, {Name: "to", Value: "c"}}
	if got := h.Get("TO"); got != "a" {
		t.Errorf("Get = %q, want a", got)
	}
	if diff := cmp.Diff([]string{"a", "c"}, h.Values("tO")); diff != "" {
		t.Errorf("Values (-want +got):\n%s", diff)
	}
	if h.Get("y") != "" || h.Values("y") != nil {
		t.Error("a missing field has values")
	}
}

const twoParts = "Subject: a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\nAAEC\n--b--\n"

func TestReadSpools(t *testing.T) {
	sink := new(memorySink)
	m := read(t, twoParts, &message.Options{Sink: sink})
	if len(sink.spools) != 2 {
		t.Fatalf("%d spools, want raw and attachment", len(sink.spools))
	}
	if got, want := sink.spools[0].data.String(), strings.ReplaceAll(twoParts, "\n", "\r\n"); got != want {
		t.Errorf("raw = %q, want %q", got, want)
	}
	if got := sink.spools[1].data.Bytes(); !bytes.Equal(got, []byte{0, 1, 2}) {
		t.Errorf("attachment = %v", got)
	}
	hashed := read(t, twoParts, nil)
	if diff := cmp.Diff(hashed, m); diff != "" {
		t.Errorf("with a sink the message differs (-hashed +sink):\n%s", diff)
	}
}

func TestReadFails(t *testing.T) {
	broken := errors.New("connection reset")
	for name, tt := range map[string]struct {
		r    io.Reader
		sink *memorySink
		want error
	}{
		"reader":     {io.MultiReader(strings.NewReader(twoParts[:120]), iotest.ErrReader(broken)), new(memorySink), broken},
		"raw":        {strings.NewReader(twoParts), &memorySink{failAfter: 20}, errFull},
		"attachment": {strings.NewReader(twoParts), &memorySink{failAfter: len(twoParts)}, errFull},
		"truncated":  {iotest.DataErrReader(io.MultiReader(strings.NewReader(twoParts[:60]), iotest.ErrReader(io.ErrUnexpectedEOF))), new(memorySink), io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := message.Read(t.Context(), tt.r, &message.Options{Sink: tt.sink})
			if !errors.Is(err, tt.want) || m != nil {
				t.Errorf("Read = %v, %v; want %v", m, err, tt.want)
			}
			for i, s := range tt.sink.spools {
				if !s.discarded {
					t.Errorf("spool %d was not discarded", i)
				}
			}
		})
	}
}

func TestReadCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("lease lost")
	cancel(why)
	sink := new(memorySink)
	if _, err := message.Read(ctx, strings.NewReader(twoParts), &message.Options{Sink: sink}); !errors.Is(err, why) {
		t.Errorf("Read = %v, want the cause of the context", err)
	}
	if !sink.spools[0].discarded {
		t.Error("raw spool was not discarded")
	}
}
