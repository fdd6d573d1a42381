package bench_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"math/rand/v2"
	"mime/quotedprintable"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
	_ "github.com/emersion/go-message/charset" // without it only UTF-8 is decoded
	"github.com/emersion/go-message/mail"
	"github.com/jhillyerd/enmime/v2"
	"golang.org/x/text/encoding/charmap"
)

const header = "Return-Path: <kunde@example.org>\r\n" +
	"Received: from mx.example.org (mx.example.org [192.0.2.7])\r\n\tby mail.example.com (Postfix) with ESMTPS id 4F2A31\r\n\tfor <hilfe@example.com>; Tue, 3 Nov 2026 09:12:44 +0100 (CET)\r\n" +
	"From: =?utf-8?q?J=C3=BCrgen_Kunde?= <kunde@example.org>\r\nTo: Hilfe <hilfe@example.com>\r\n" +
	"Subject: =?utf-8?q?Drucker_l=C3=A4uft_nicht?=\r\nDate: Tue, 3 Nov 2026 09:12:40 +0100\r\n" +
	"Message-ID: <20261103081240.4F2A31@mx.example.org>\r\nMIME-Version: 1.0\r\n"

const sentence = "Der Drucker im dritten Stock zieht kein Papier mehr ein, Grüße sagt die Anzeige.\r\n"

// mails are what is read: a short text, an alternative of some 40 KB in UTF-8
// and in ISO-8859-1, and a file of 1.5 MB.
func mails(tb testing.TB) []struct {
	name string
	data []byte
} {
	html := strings.Repeat("<p style=\"margin:0cm\"><span lang=DE>Der Drucker zieht kein Papier mehr ein, Grüße</span></p>\r\n", 310)
	file := make([]byte, 1500<<10)
	_, _ = rand.NewChaCha8([32]byte{}).Read(file)
	return []struct {
		name string
		data []byte
	}{
		{"text of 2 KB", []byte(header + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + strings.Repeat(sentence, 18))},
		{"alternative of 40 KB", alternative(tb, "utf-8", strings.Repeat(sentence, 70), html)},
		{"alternative of 40 KB in ISO-8859-1", alternative(tb, "iso-8859-1", latin1(tb, strings.Repeat(sentence, 70)), latin1(tb, html))},
		{"attachment of 2 MB", []byte(header + "Content-Type: multipart/mixed; boundary=\"b1\"\r\n\r\n" +
			"--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + strings.Repeat(sentence, 6) +
			"--b1\r\nContent-Type: application/pdf; name=\"a.pdf\"\r\nContent-Disposition: attachment; filename=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64Lines(file) + "--b1--\r\n")},
	}
}

// alternative makes a mail of plain text and HTML, both quoted-printable.
func alternative(tb testing.TB, charset, text, html string) []byte {
	var b bytes.Buffer
	b.WriteString(header + "Content-Type: multipart/alternative; boundary=\"b1\"\r\n\r\n")
	for _, part := range [][2]string{{"plain", text}, {"html", html}} {
		b.WriteString("--b1\r\nContent-Type: text/" + part[0] + "; charset=" + charset + "\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
		w := quotedprintable.NewWriter(&b)
		if _, err := io.WriteString(w, part[1]); err != nil {
			tb.Fatal(err)
		}
		if err := w.Close(); err != nil {
			tb.Fatal(err)
		}
		b.WriteString("\r\n")
	}
	b.WriteString("--b1--\r\n")
	return b.Bytes()
}

func latin1(tb testing.TB, s string) string {
	out, err := charmap.ISO8859_1.NewEncoder().String(s)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func base64Lines(data []byte) string {
	var b strings.Builder
	const line = 57 // bytes in 76 characters
	for len(data) > 0 {
		n := min(line, len(data))
		b.WriteString(base64.StdEncoding.EncodeToString(data[:n]) + "\r\n")
		data = data[n:]
	}
	return b.String()
}

// readers read a mail to its end and return its subject and the bytes of its
// text and files, so that the comparison is of the same work.
var readers = []struct {
	name string
	read func(context.Context, *bytes.Reader) (subject string, size int, err error)
}{
	{"ours", ours(discard{})},
	{"ours, hashed", ours(nil)},
	{"go-message", goMessage},
	{"enmime", readEnmime},
}

// ours reads with this package's neighbour.
func ours(sink message.Sink) func(context.Context, *bytes.Reader) (string, int, error) {
	return func(ctx context.Context, r *bytes.Reader) (string, int, error) {
		m, err := message.Read(ctx, r, &message.Options{Sink: sink})
		if err != nil {
			return "", 0, err
		}
		size := len(m.Text) + len(m.HTML)
		for _, a := range m.Attachments {
			size += int(a.Blob.Size)
		}
		return m.Subject, size, nil
	}
}

// goMessage reads each part into memory if it is text, and past it otherwise.
func goMessage(_ context.Context, r *bytes.Reader) (subject string, size int, err error) {
	m, err := mail.CreateReader(r)
	if err != nil {
		return "", 0, err
	}
	defer m.Close()
	if subject, err = m.Header.Subject(); err != nil {
		return "", 0, err
	}
	for _, field := range []string{"From", "To"} {
		if _, err := m.Header.AddressList(field); err != nil {
			return "", 0, err
		}
	}
	if _, err := m.Header.Date(); err != nil {
		return "", 0, err
	}
	if _, err := m.Header.MessageID(); err != nil {
		return "", 0, err
	}
	for {
		p, err := m.NextPart()
		if errors.Is(err, io.EOF) {
			return subject, size, nil
		}
		if err != nil {
			return "", 0, err
		}
		switch p.Header.(type) {
		case *mail.InlineHeader:
			text, err := io.ReadAll(p.Body)
			if err != nil {
				return "", 0, err
			}
			size += len(string(text))
		default:
			n, err := io.Copy(io.Discard, p.Body)
			if err != nil {
				return "", 0, err
			}
			size += int(n)
		}
	}
}

func readEnmime(_ context.Context, r *bytes.Reader) (subject string, size int, err error) {
	e, err := enmime.ReadEnvelope(r)
	if err != nil {
		return "", 0, err
	}
	size = len(e.Text) + len(e.HTML)
	for _, a := range e.Attachments {
		size += len(a.Content)
	}
	return e.GetHeader("Subject"), size, nil
}

// discard is a Sink that counts.
type discard struct{}

func (discard) Create(context.Context) (message.Spool, error) { return new(counter), nil }

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}
func (c *counter) Finish() (message.Blob, error) { return message.Blob{Size: c.n}, nil }
func (c *counter) Discard()                      {}

// TestReadersDoTheSame keeps the comparison fair.
func TestReadersDoTheSame(t *testing.T) {
	for _, m := range mails(t) {
		_, want, err := readers[0].read(t.Context(), bytes.NewReader(m.data))
		if err != nil {
			t.Fatal(err)
		}
		if want < len(m.data)/2 {
			t.Errorf("%s: %d of %d bytes come out", m.name, want, len(m.data))
		}
		for _, r := range readers {
			subject, size, err := r.read(t.Context(), bytes.NewReader(m.data))
			if err != nil || subject != "Drucker läuft nicht" {
				t.Errorf("%s, %s: subject %q, error %v", m.name, r.name, subject, err)
			}
			if lines := bytes.Count(m.data, []byte("\n")); size < want-lines || size > want+lines { // line ends may stay CRLF
				t.Errorf("%s, %s: %d bytes, ours has %d", m.name, r.name, size, want)
			}
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for _, m := range mails(b) {
		for _, r := range readers {
			b.Run(m.name+"/"+r.name, func(b *testing.B) {
				b.SetBytes(int64(len(m.data)))
				b.ReportAllocs()
				in := bytes.NewReader(m.data)
				for b.Loop() {
					in.Reset(m.data)
					if _, _, err := r.read(b.Context(), in); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
