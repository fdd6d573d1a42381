package notify_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net/mail"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	gomessage "github.com/emersion/go-message/mail"
	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
)

func sample(change func(*notify.Mail)) notify.Mail {
	m := notify.Mail{
		ID: "m1", From: message.Address{Name: "Support", Address: "support@corp.example"}, To: message.Address{Name: "Kim", Address: "kim@customer.example"},
		ReplyTo: "support@corp.example", Subject: "[Ticket#4711-K7Q2PX9D] Printer", MessageID: "4711.m1@tickets.example",
		InReplyTo: "4711.root@tickets.example", References: []string{"4711.root@tickets.example"}, Text: "Hello\n", Date: noon,
	}
	if change != nil {
		change(&m)
	}
	return m
}

func encode(t *testing.T, m notify.Mail) string {
	t.Helper()
	var b bytes.Buffer
	if err := notify.Encode(t.Context(), &b, m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestEncodeReplyIsAPersonsMail: a reply does not say that it is automatic, or
// the customer's answer machine and others would not take it for what it is.
func TestEncodeReplyIsAPersonsMail(t *testing.T) {
	for kind, automatic := range map[notify.Kind]bool{notify.Reply: false, notify.CommentAdded: true} {
		got := encode(t, sample(func(m *notify.Mail) { m.Event = kind }))
		if strings.Contains(got, "Auto-Submitted:") != automatic {
			t.Errorf("a mail of kind %s says Auto-Submitted: %t, want %t", kind, !automatic, automatic)
		}
		m, err := message.Read(t.Context(), strings.NewReader(got), nil)
		if err != nil || (m.Automatic != "") != automatic {
			t.Errorf("a mail of kind %s is read as automatic (%q, %v), want %t", kind, m.Automatic, err, automatic)
		}
	}
}

// TestEncodeLetsMailsComeBack: Exchange is asked for no automatic answer, but
// not to keep reports of failure back, which "All" and "NDR" would.
func TestEncodeLetsMailsComeBack(t *testing.T) {
	_, rest, _ := strings.Cut(encode(t, sample(nil)), "X-Auto-Response-Suppress: ")
	what, _, _ := strings.Cut(rest, "\r\n")
	if words := strings.Split(what, ", "); !slices.Contains(words, "OOF") || slices.Contains(words, "NDR") || slices.Contains(words, "All") {
		t.Errorf("X-Auto-Response-Suppress: %q", what)
	}
}

func TestEncodeWhole(t *testing.T) {
	got := encode(t, sample(func(m *notify.Mail) {
		m.From.Name, m.To.Name = "Müller, Hans", `Dr. "Kim"`
		m.Subject += " brennt im Büro und überall sonst, wo wir so schön zusammen sitzen können"
		m.HTML = "<p>Grüße</p>"
	}))
	want := strings.ReplaceAll(`Date: Wed, 04 Mar 2026 12:00:00 +0000
From: =?utf-8?b?TcO8bGxlciw=?= Hans <support@corp.example>
To: "Dr. \"Kim\"" <kim@customer.example>
Reply-To: support@corp.example
Subject: [Ticket#4711-K7Q2PX9D] Printer brennt im
 =?utf-8?q?B=C3=BCro_und_=C3=BCberall_sonst=2C_wo_wir_so_sch=C3=B6n_zusamm?=
 =?utf-8?q?en_sitzen_k=C3=B6nnen?=
Message-ID: <4711.m1@tickets.example>
In-Reply-To: <4711.root@tickets.example>
References: <4711.root@tickets.example>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_66d7f49d38b9c01a4f0bbf3c"

--=_66d7f49d38b9c01a4f0bbf3c
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Hello

--=_66d7f49d38b9c01a4f0bbf3c
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PHA+R3LDvMOfZTwvcD4=

--=_66d7f49d38b9c01a4f0bbf3c--
`, "\n", "\r\n")
	boundary := got[strings.Index(got, `"=_`)+1:][:26]
	want = strings.ReplaceAll(want, "=_66d7f49d38b9c01a4f0bbf3c", boundary)
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestEncodeRefuses: H70 and its kind are refused when the mail is built, and
// nothing is written.
func TestEncodeRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*notify.Mail)
		field  string
	}{
		"H70 command":        {func(m *notify.Mail) { m.To.Address = "a@b.example>\r\nRCPT TO:<v@x.example" }, "To"},
		"H70 quoted CR LF":   {func(m *notify.Mail) { m.To.Address = "\"a\r\nRCPT TO:<v@x.example>\"@b.example" }, "To"},
		"NUL":                {func(m *notify.Mail) { m.From.Address = "a\x00@b.example" }, "From"},
		"no recipient":       {func(m *notify.Mail) { m.To.Address = "" }, "To"},
		"no sender":          {func(m *notify.Mail) { m.From = message.Address{} }, "From"},
		"two reply-to":       {func(m *notify.Mail) { m.ReplyTo = "a@b.example, c@d.example" }, "Reply-To"},
		"long":               {func(m *notify.Mail) { m.To.Address = "a@" + strings.Repeat("b", 300) }, "To"},
		"domain of symbols":  {func(m *notify.Mail) { m.To.Address = "a@-ü-.example" }, "To"},
		"message id":         {func(m *notify.Mail) { m.MessageID = "a@b>\r\nBcc: x@y" }, "Message-ID"},
		"no message id":      {func(m *notify.Mail) { m.MessageID = "" }, "Message-ID"},
		"in-reply-to":        {func(m *notify.Mail) { m.InReplyTo = "a b@c" }, "In-Reply-To"},
		"references":         {func(m *notify.Mail) { m.References = []string{"a@b", ""} }, "References"},
		"references, long":   {func(m *notify.Mail) { m.References = []string{"a@" + strings.Repeat("b", 999)} }, "References"},
		"no date":            {func(m *notify.Mail) { m.Date = time.Time{} }, "Date"},
		"date of five years": {func(m *notify.Mail) { m.Date = time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC) }, "Date"},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			err := notify.Encode(t.Context(), &b, sample(tt.change))
			if !errors.Is(err, notify.ErrInvalidMail) || !strings.Contains(err.Error(), ": "+tt.field+": ") {
				t.Errorf("%v, want ErrInvalidMail of %s", err, tt.field)
			}
			if b.Len() > 0 {
				t.Errorf("%d bytes were written", b.Len())
			}
		})
	}
}

func TestEncodeCleansHeaders(t *testing.T) {
	decoded, err := new(mime.WordDecoder).DecodeHeader("=?utf-8?q?Hi=0D=0ABcc=3A_v=40x.example?=")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ subject, want string }{
		"H30 decoded":      {decoded, "Hi Bcc: v@x.example"},
		"H30 not decoded":  {"=?utf-8?q?Hi=0D=0ABcc=3A_v?=", "=?utf-8?q?Hi=0D=0ABcc=3A_v?="},
		"H31 controls":     {"a\rb\vc\u2028d\u0085e\u009bf\x00g\x7fh", "a b c d e f g h"},
		"H77 template":     {"x\r\nBcc: v@x.example\r\n\r\nbody", "x Bcc: v@x.example body"},
		"invalid UTF-8":    {"a\xffb", "a\ufffdb"},
		"one long word":    {strings.Repeat("x", 3000), strings.Repeat("x", 3000)},
		"long in Japanese": {strings.Repeat("日本語 ", 200), strings.TrimSpace(strings.Repeat("日本語 ", 200))},
		"bidi override":    {"a\u202eb", "a b"},
		"empty":            {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			raw := encode(t, sample(func(m *notify.Mail) { m.Subject, m.From.Name = tt.subject, tt.subject }))
			if err := readBack(raw, tt.want, tt.want, "Hello\n", ""); err != nil {
				t.Errorf("%v\n%s", err, raw)
			}
		})
	}
}

// TestEncodeBody is H69 and other texts that must arrive as one mail.
func TestEncodeBody(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"H69 LF.LF":      {"a\n.\nMAIL FROM:<x@y>\n", "a\n.\nMAIL FROM:<x@y>\n"},
		"H69 CR.CR":      {"a\r.\rb", "a\n.\nb\n"},
		"H69 CRLF.CRLF":  {"a\r\n.\r\nb", "a\n.\nb\n"},
		"no newline":     {"a", "a\n"},
		"trailing blank": {"a  \nb\t\n", "a  \nb\t\n"},
		"long line":      {strings.Repeat("x", 5000), strings.Repeat("x", 5000) + "\n"},
		"From line":      {"From me\n", "From me\n"},
		"NUL and bell":   {"a\x00b\ac", "abc\n"},
		"base64":         {strings.Repeat("日本語\n", 100), strings.Repeat("日本語\n", 100)},
		"signature":      {"a\n-- \nb\n", "a\n-- \nb\n"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, html := range []string{"", "<p>" + tt.text} {
				raw := encode(t, sample(func(m *notify.Mail) { m.Text, m.HTML = tt.text, html }))
				wantHTML := ""
				if html != "" {
					wantHTML = "<p>" + tt.want
				}
				if err := readBack(raw, "[Ticket#4711-K7Q2PX9D] Printer", "Support", tt.want, wantHTML); err != nil {
					t.Errorf("%v\n%s", err, raw)
				}
			}
		})
	}
}

func TestEncodeInternationalAddress(t *testing.T) {
	raw := encode(t, sample(func(m *notify.Mail) { m.To.Address = "kim@müller.example" }))
	if !strings.Contains(raw, "<kim@xn--mller-kva.example>") {
		t.Errorf("domain is not in its ASCII form:\n%s", raw)
	}
	raw = encode(t, sample(func(m *notify.Mail) { m.To.Address = "jürgen@müller.example" }))
	if !strings.Contains(raw, "<jürgen@xn--mller-kva.example>") {
		t.Errorf("local part was changed:\n%s", raw)
	}
}

// wire checks what no message of ours may violate on its way.
func wire(raw string) error {
	if strings.ContainsRune(raw, 0) {
		return errors.New("holds NUL")
	}
	lines := strings.Split(raw, "\r\n")
	if lines[len(lines)-1] != "" {
		return errors.New("does not end in CRLF")
	}
	header := true
	for _, l := range lines {
		header = header && l != ""
		switch {
		case strings.ContainsAny(l, "\r\n"):
			return fmt.Errorf("bare CR or LF in %q", l)
		case len(l) > 998:
			return fmt.Errorf("line of %d bytes", len(l))
		case header && strings.TrimSpace(l) == "":
			return errors.New("blank line inside the header")
		}
	}
	return nil
}

// readBack reads a mail with two parsers and compares.
func readBack(raw, subject, from, text, html string, files ...attached) error {
	if err := wire(raw); err != nil {
		return err
	}
	names := "Date From To Reply-To Subject Message-ID In-Reply-To References Auto-Submitted X-Auto-Response-Suppress MIME-Version Content-Type Content-Transfer-Encoding "
	header, _, _ := strings.Cut(raw, "\r\n\r\n")
	for l := range strings.SplitSeq(header, "\r\n") {
		if name, _, ok := strings.Cut(l, ":"); l[0] != ' ' && (!ok || !strings.Contains(names, name+" ")) {
			return fmt.Errorf("a header we did not mean: %q", l)
		}
	}
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		return fmt.Errorf("net/mail: %w", err)
	}
	for name, values := range m.Header {
		if len(values) != 1 {
			return fmt.Errorf("%s stands %d times", name, len(values))
		}
	}
	got, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || got != subject {
		return fmt.Errorf("net/mail reads subject %q (%v), want %q", got, err, subject)
	}
	addr, err := mail.ParseAddress(m.Header.Get("From"))
	if err != nil || addr.Name != from {
		return fmt.Errorf("net/mail reads From %v (%v), want name %q", addr, err, from)
	}
	if err := readFiles(m, files); err != nil {
		return fmt.Errorf("mime/multipart: %w", err)
	}
	return readWithGoMessage(raw, subject, from, text, html, files)
}

func readWithGoMessage(raw, subject, from, text, html string, files []attached) error {
	r, err := gomessage.CreateReader(strings.NewReader(raw))
	if err != nil {
		return fmt.Errorf("go-message: %w", err)
	}
	if got, err := r.Header.Subject(); err != nil || got != subject {
		return fmt.Errorf("go-message reads subject %q (%v), want %q", got, err, subject)
	}
	if got, err := r.Header.AddressList("From"); err != nil || len(got) != 1 || got[0].Name != from {
		return fmt.Errorf("go-message reads From %v (%v), want name %q", got, err, from)
	}
	var parts []string
	var got []attached
	for {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("go-message: %w", err)
		}
		body, err := io.ReadAll(p.Body)
		if err != nil {
			return fmt.Errorf("go-message: %w", err)
		}
		if h, ok := p.Header.(*gomessage.AttachmentHeader); ok {
			name, err := h.Filename()
			if err != nil {
				return fmt.Errorf("go-message: %w", err)
			}
			mediaType, _, _ := h.ContentType()
			got = append(got, attached{name, mediaType, string(body)})
			continue
		}
		parts = append(parts, strings.ReplaceAll(string(body), "\r\n", "\n"))
	}
	if diff := cmp.Diff(files, got); diff != "" {
		return fmt.Errorf("go-message reads files (-want +got):\n%s", diff)
	}
	var want []string
	for _, form := range []string{text, html} {
		if form != "" || html == "" && want == nil {
			want = append(want, form)
		}
	}
	if len(parts) != len(want) {
		return fmt.Errorf("%d parts, want %d", len(parts), len(want))
	}
	for i := range parts {
		if strings.TrimSuffix(parts[i], "\n") != strings.TrimSuffix(want[i], "\n") {
			return fmt.Errorf("part %d reads %q, want %q", i, parts[i], want[i])
		}
	}
	return nil
}

// pieces are what hostile builds are made of.
var pieces = []string{
	"a", "Printer", " ", "  ", "\t", "\r", "\n", "\r\n", "\x00", "\v", "\x1b[31m", "\u2028", "\u0085", "\u202e", "\xff", "\xc3",
	"ü", "日本語", "😀", "Bcc: v@x.example", "\r\nBcc: v@x.example\r\n", "\r\n\r\n", "\r\n.\r\n", "\n.\n", ".", "..", "From ",
	"=?utf-8?q?x?=", "=?", "?=", "=0D=0A", "=", "_", "<", ">", "(", ")", "\"", "\\", ",", ";", ":", "@", "[Ticket#1-ABCDEFGH]",
	"--=_", "--", strings.Repeat("x", 90), strings.Repeat("ü", 60), strings.Repeat("y ", 50), "<script>", "&amp;", "\u00a0", "e\u0301",
}

func hostile(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(8) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

// TestEncodeProperty is promise S3: whatever the fields hold, a mail is
// either refused, or one mail with the headers and the files meant. 1,000,000
// builds with TICKETMAIL_LONG=1.
func TestEncodeProperty(t *testing.T) {
	n := 2000
	if os.Getenv("TICKETMAIL_LONG") != "" {
		n = 1_000_000
	}
	refused, files := 0, 0
	for seed := range uint64(n) {
		r := rand.New(rand.NewPCG(seed, 3))
		m := sample(func(m *notify.Mail) {
			m.Subject, m.From.Name, m.To.Name, m.Text = hostile(r), hostile(r), hostile(r), hostile(r)
			if r.IntN(2) == 0 {
				m.HTML = "<p>" + hostile(r)
			}
			switch r.IntN(10) {
			case 0:
				m.To.Address = hostile(r) + "@b.example"
			case 1:
				m.ReplyTo = hostile(r)
			case 2:
				m.MessageID = hostile(r) + "@" + hostile(r)
			case 3:
				m.References = append(m.References, hostile(r)+"@x")
			}
			if r.IntN(3) == 0 {
				m.Files, m.Attachments = hostileFiles(r)
			}
		})
		var b bytes.Buffer
		if err := notify.Encode(t.Context(), &b, m); err != nil {
			if refused++; !errors.Is(err, notify.ErrInvalidMail) {
				t.Fatalf("seed %d: %v", seed, err)
			}
			continue
		}
		if err := readBack(b.String(), oneLine(m.Subject), oneLine(m.From.Name), bodyText(m.Text), bodyText(m.HTML), meant(m)...); err != nil {
			t.Fatalf("seed %d: %v\n%+v\n%s", seed, err, m, b.String())
		}
		files += len(m.Attachments)
	}
	if refused == 0 || refused > n/2 || files < n/4 {
		t.Errorf("%d of %d builds refused, %d files: the test does not test what it should", refused, n, files)
	}
}

// oneLine and bodyText say in their own words what is left of a text.
func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	for _, c := range []string{"\r", "\n", "\t", "\v", "\x00", "\x1b", "\u2028", "\u0085", "\u202e", "\u00a0"} {
		s = strings.ReplaceAll(s, c, " ")
	}
	return strings.Join(strings.Fields(s), " ")
}

func bodyText(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	for _, c := range []string{"\v", "\x00", "\x1b", "\u0085"} {
		s = strings.ReplaceAll(s, c, "")
	}
	return s
}

func FuzzEncode(f *testing.F) {
	f.Add("subject", "name", "a@b.example", "text\n", "<p>", "id@x")
	f.Add("a\r\nBcc: v", "\"", "a@b.example>\r\n", "\r\n.\r\n", "\x00", "a@b>")
	f.Fuzz(func(t *testing.T, subject, name, address, text, html, id string) {
		var b bytes.Buffer
		err := notify.Encode(t.Context(), &b, sample(func(m *notify.Mail) {
			m.Subject, m.From.Name, m.To.Address, m.Text, m.HTML, m.References = subject, name, address, text, html, []string{id}
		}))
		if err != nil {
			if !errors.Is(err, notify.ErrInvalidMail) || b.Len() > 0 {
				t.Fatalf("%d bytes and %v", b.Len(), err)
			}
			return
		}
		if err := wire(b.String()); err != nil {
			t.Fatal(err)
		}
		if m, err := mail.ReadMessage(&b); err != nil || len(m.Header["Subject"]) != 1 || m.Header["Bcc"] != nil {
			t.Fatalf("%v, header %v", err, m)
		}
	})
}
