package message_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"example.com/ticketmail/mailbox/message"
	"github.com/google/go-cmp/cmp"
)

// A decrypter is a Decrypter whose encryption is rot13, and which remembers
// what it was handed.
type decrypter struct {
	handed []message.EncryptedPart
	closed int
}

func (d *decrypter) Decrypt(_ context.Context, p message.EncryptedPart) (io.Reader, error) {
	d.handed = append(d.handed, p)
	return &rot13{p.Content, d}, nil
}

type rot13 struct {
	r io.Reader
	d *decrypter
}

func (r *rot13) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	for i, c := range p[:n] {
		p[i] = rot(c)
	}
	return n, err
}

func (r *rot13) Close() error {
	r.d.closed++
	return nil
}

func rot(c byte) byte {
	switch {
	case c >= 'a' && c <= 'z':
		return 'a' + (c-'a'+13)%26
	case c >= 'A' && c <= 'Z':
		return 'A' + (c-'A'+13)%26
	}
	return c
}

// encrypt encrypts for a decrypter.
func encrypt(s string) string {
	b := []byte(s)
	for i, c := range b {
		b[i] = rot(c)
	}
	return string(b)
}

// pgpMail makes a PGP/MIME mail (RFC 3156 section 4) with text after it.
func pgpMail(entity string) string {
	return "Subject: a\nContent-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/encrypted; boundary=e; protocol=\"application/pgp-encrypted\"\n\n" +
		"--e\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n--e\nContent-Type: application/octet-stream; name=encrypted.asc\n\n" +
		encrypt(entity) + "\n--e--\n--o\n\nfooter\n--o--\n"
}

const secretEntity = "Content-Type: multipart/mixed; boundary=s\n\n--s\nContent-Type: text/plain; charset=utf-8\n\nSecret\n--s\nContent-Type: image/png; name=x.png\n\npixels\n--s--\n"

// A listed is what a test compares of all attachments.
type listed struct {
	level           int
	display, mediaT string
}

func list(m *message.Message) (all []listed) {
	for _, a := range m.Attachments {
		all = append(all, listed{a.Level, a.Display, a.Type})
	}
	return all
}

func TestReadDecrypts(t *testing.T) {
	pgp := []listed{{0, "part-2.asc", "application/pgp-encrypted"}, {0, "encrypted.asc", "application/octet-stream"}}
	smime := "Content-Type: application/pkcs7-mime; smime-type=Enveloped-Data; name=smime.p7m\n\n"
	for name, tt := range map[string]struct {
		mail    string
		text    string
		files   []listed
		handed  []string // type and S/MIME type
		defects []string
	}{
		"PGP/MIME": {pgpMail(secretEntity), "Secret\n\nfooter", append(pgp, listed{1, "x.png", "image/png"}), []string{"application/pgp-encrypted "}, nil},
		"S/MIME":   {smime + encrypt(secretEntity), "Secret", []listed{{0, "smime.p7m", "application/pkcs7-mime"}, {1, "x.png", "image/png"}}, []string{"application/pkcs7-mime enveloped-data"}, nil},
		"in each other": {
			smime + encrypt(smime+encrypt("\nSecret")), "Secret",
			[]listed{{0, "smime.p7m", "application/pkcs7-mime"}, {1, "smime.p7m", "application/pkcs7-mime"}},
			[]string{"application/pkcs7-mime enveloped-data", "application/pkcs7-mime enveloped-data"}, nil,
		},
		"certificates": {"Content-Type: application/pkcs7-mime; smime-type=certs-only\n\nx", "", []listed{{0, "part-1.p7m", "application/pkcs7-mime"}}, nil, nil},
		"only a name":  {"Content-Type: application/octet-stream; name=SMIME.P7M\n\n" + encrypt("\nSecret"), "Secret", []listed{{0, "SMIME.P7M", "application/octet-stream"}}, []string{"application/pkcs7-mime "}, nil},
		"no entity":    {smime + encrypt("\nSecret"), "Secret", []listed{{0, "smime.p7m", "application/pkcs7-mime"}}, []string{"application/pkcs7-mime enveloped-data"}, nil},
		"nothing":      {smime, "", []listed{{0, "smime.p7m", "application/pkcs7-mime"}}, []string{"application/pkcs7-mime enveloped-data"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d, sink := new(decrypter), new(memorySink)
			m := read(t, tt.mail, &message.Options{Sink: sink, Decrypter: d})
			checkSpools(t, sink, m)
			if m.Text != tt.text {
				t.Errorf("Text = %q, want %q", m.Text, tt.text)
			}
			if diff := cmp.Diff(tt.files, list(m), cmp.AllowUnexported(listed{})); diff != "" {
				t.Errorf("attachments (-want +got):\n%s", diff)
			}
			var handed []string
			for _, p := range d.handed {
				handed = append(handed, p.Type+" "+p.SMIMEType)
			}
			if diff := cmp.Diff(tt.handed, handed); diff != "" {
				t.Errorf("handed to the Decrypter (-want +got):\n%s", diff)
			}
			if d.closed != len(handed) {
				t.Errorf("%d of %d streams closed", d.closed, len(handed))
			}
			if diff := cmp.Diff(tt.defects, codes(m)); diff != "" {
				t.Errorf("defects (-want +got):\n%s", diff)
			}
			plain := new(memorySink)
			read(t, tt.mail, &message.Options{Sink: plain})
			for i, s := range plain.spools { // a Decrypter changes nothing about what is kept
				if s.data.String() != sink.spools[i].data.String() {
					t.Errorf("spool %d differs from that without a Decrypter", i)
				}
			}
		})
	}
}

// Content that no buffer holds reaches the Decrypter whole, however it is
// encoded.
func TestReadDecryptsLong(t *testing.T) {
	var text strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&text, "line %d of a file - \r\n", i)
	}
	file := text.String()
	entity := encrypt("Content-Type: a/b\r\n\r\n" + file)
	encoded := base64Lines([]byte(entity))
	for name, mail := range map[string]string{
		"8bit":           "\r\n\r\n" + entity,
		"base64":         "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded,
		"base64 damaged": "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + strings.ReplaceAll(encoded, "A\r\n", "A \r\n-- !\r\n"),
		"one line":       "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + strings.ReplaceAll(encoded, "\r\n", ""),
		"quoted":         "\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + strings.NewReplacer(" \r", "=20\r", "=", "=3D").Replace(entity),
	} {
		t.Run(name, func(t *testing.T) {
			sink := new(memorySink)
			r := pieces{strings.NewReader("Content-Type: application/pkcs7-mime" + mail)}
			m, err := message.Read(t.Context(), r, &message.Options{Sink: sink, Decrypter: new(decrypter)})
			if err != nil {
				t.Fatal(err)
			}
			if len(m.Attachments) != 2 || sink.spools[1].data.String() != entity || sink.spools[2].data.String() != file {
				t.Errorf("%d attachments, of %d and %d bytes, want %d and %d", len(m.Attachments), m.Attachments[0].Blob.Size, m.Attachments[len(m.Attachments)-1].Blob.Size, len(entity), len(file))
			}
		})
	}
}

// pieces is a reader that returns as little as a network does.
type pieces struct{ r io.Reader }

func (p pieces) Read(b []byte) (int, error) { return p.r.Read(b[:min(len(b), 1000)]) }

// decryptFunc lets a function act as a Decrypter.
type decryptFunc func(message.EncryptedPart) (io.Reader, error)

func (f decryptFunc) Decrypt(_ context.Context, p message.EncryptedPart) (io.Reader, error) {
	return f(p)
}

func TestReadDecryptionFails(t *testing.T) {
	mail := pgpMail(secretEntity)
	without := read(t, mail, nil)
	noKey := errors.New("no key for \x1b this mail")
	for name, tt := range map[string]struct {
		decrypt decryptFunc
		limits  message.Limits
		text    string
		code    string
	}{
		"at once":      {func(message.EncryptedPart) (io.Reader, error) { return nil, noKey }, message.Limits{}, "footer", "decryption-failed"},
		"with nothing": {func(message.EncryptedPart) (io.Reader, error) { return nil, nil }, message.Limits{}, "footer", "decryption-failed"},
		"in the middle": {func(message.EncryptedPart) (io.Reader, error) {
			return io.MultiReader(strings.NewReader("\r\nSec"), iotest.ErrReader(noKey)), nil
		}, message.Limits{}, "Sec\n\nfooter", "decryption-failed"},
		"without end": {func(message.EncryptedPart) (io.Reader, error) { return stuck{}, nil }, message.Limits{}, "footer", "decryption-failed"},
		"a bomb": {
			func(message.EncryptedPart) (io.Reader, error) { return &repeated{unit: "\r\nx", left: 1 << 40}, nil },
			message.Limits{Text: 10, Unpacked: 1 << 20}, "…", "unpacked-too-long",
		},
		"many parts": {
			func(message.EncryptedPart) (io.Reader, error) {
				return strings.NewReader("Content-Type: multipart/mixed; boundary=z\r\n\r\n" + strings.Repeat("--z\r\n\r\nx\r\n", 5000)), nil
			}, message.Limits{Parts: 20}, "x\n\nx", "too-many-parts",
		},
		"in itself": {
			func(message.EncryptedPart) (io.Reader, error) {
				return strings.NewReader("Content-Type: application/pkcs7-mime\r\n\r\nx"), nil
			}, message.Limits{}, "footer", "too-deep",
		},
		"not read at all": {func(message.EncryptedPart) (io.Reader, error) { return strings.NewReader("\r\nOther"), nil }, message.Limits{}, "Other\n\nfooter", ""},
	} {
		t.Run(name, func(t *testing.T) {
			sink := new(memorySink)
			m := read(t, mail, &message.Options{Sink: sink, Decrypter: tt.decrypt, Limits: tt.limits})
			checkSpools(t, sink, m)
			if !strings.Contains(m.Text, tt.text) {
				t.Errorf("Text = %q, want in it %q", m.Text, tt.text)
			}
			if got := strings.Join(codes(m), " "); !strings.Contains(got, tt.code) || tt.code == "" && got != "" {
				t.Errorf("defects = %q, want %q", got, tt.code)
			}
			if diff := cmp.Diff(without.Attachments[:2], m.Attachments[:2]); diff != "" || m.Raw != without.Raw {
				t.Errorf("the encrypted parts are not kept whole (-want +got):\n%s", diff)
			}
		})
	}
}

// stuck is a reader that never comes to an end or to anything else.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

// An error of the mail's own reader or of the sink is one of Read even when it
// comes while something looks into a part.
func TestReadFailsInside(t *testing.T) {
	broken := errors.New("connection reset")
	pgp := pgpMail(secretEntity)
	outlook := winmail("text", tnef(outlookFile("A", "a.txt", strings.Repeat("x", 100<<10))))
	for name, tt := range map[string]struct {
		mail string
		fail func(mail string) (io.Reader, *memorySink)
		want error
	}{
		"reader, PGP":  {pgp, failingReader(broken), broken},
		"reader, TNEF": {outlook, failingReader(broken), broken},
		"cut, TNEF":    {outlook, failingReader(io.ErrUnexpectedEOF), io.ErrUnexpectedEOF},
		"sink, TNEF": {outlook, func(mail string) (io.Reader, *memorySink) {
			return strings.NewReader(mail), &memorySink{failAfter: 130 << 10}
		}, errFull},
	} {
		t.Run(name, func(t *testing.T) {
			r, sink := tt.fail(tt.mail)
			m, err := message.Read(t.Context(), r, &message.Options{Sink: sink, Decrypter: new(decrypter)})
			if !errors.Is(err, tt.want) || m != nil {
				t.Errorf("Read = %v, %v; want %v", m, err, tt.want)
			}
			for i, s := range sink.spools {
				if !s.discarded && (i != 1 || name != "reader, PGP") { // the control part was finished before
					t.Errorf("spool %d of %d was not discarded", i, len(sink.spools))
				}
			}
		})
	}
}

// failingReader fails with err at two thirds of the mail.
func failingReader(err error) func(string) (io.Reader, *memorySink) {
	return func(mail string) (io.Reader, *memorySink) {
		return io.MultiReader(strings.NewReader(mail[:len(mail)*2/3]), iotest.ErrReader(err)), new(memorySink)
	}
}
