package ticketmail_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// windowsDevice is what Windows opens a device for, in every folder and with
// every extension (Naming Files, Paths, and Namespaces), blanks before the dot
// included.
var windowsDevice = regexp.MustCompile(`(?i)^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\x{b9}\x{b2}\x{b3}]) *([.:].*)?$`)

// soundName refuses what a file must not be called: a path, on Linux or on
// Windows, or something that looks like another name.
func soundName(name, display string) error {
	if display == "" {
		return fmt.Errorf("no name to show for %q", name)
	}
	for _, n := range []string{name, display} {
		switch {
		case n == "":
		case len(n) > 255 || !utf8.ValidString(n):
			return fmt.Errorf("name %.300q", n)
		case strings.ContainsAny(n, `/\`) || filepath.Base(n) != n || !filepath.IsLocal(n):
			return fmt.Errorf("name %q is a path", n)
		case strings.TrimRight(n, ". ") != n || strings.TrimLeft(n, " ") != n:
			return fmt.Errorf("name %q is another one to Windows", n)
		case len(n) > 1 && n[1] == ':' && unicode.IsLetter(rune(n[0])) || windowsDevice.MatchString(n):
			return fmt.Errorf("name %q is a drive or a device to Windows", n)
		}
		if i := strings.IndexFunc(n, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) }); i >= 0 {
			return fmt.Errorf("name %q has something hidden at %d", n, i)
		}
	}
	return nil
}

// hostileNames are file names as they might be meant, before they are written
// in one of the forms of a header.
func hostileNames() []string {
	names := []string{
		"../../etc/passwd", "/etc/passwd", "./x", "x/", "a/../../b", "..", ".", "...", "/", "//", "", " ", "~/x", "~root/.ssh/authorized_keys",
		`..\..\windows\system32\x.dll`, `C:\x`, `C:x`, "c:/x", "Z:..", `\\server\share\x`, `\\?\C:\x`, `\\.\PhysicalDrive0`, `\x`, "C:", "C: D: x", "1:x", "x:stream.txt", "x.txt::$DATA",
		"CON", "con.txt", "NUL", "nul.tar.gz", "PRN.pdf", "AUX", "COM1", "com9.x", "LPT1.txt", "COM\u00b9.txt", "CONIN$", "CONOUT$.log", "con .txt", "CON:", "aux.", "COM10", "console.txt",
		"x.exe.", "x.exe ", "x.exe. . ", " x.exe", ".. ", ". .", ".htaccess", "..x", "x..y", "-rf", "--help", "$(id)", "`id`", "%PATH%", "${HOME}", "a|b", "a&b;c", "*?<>\"", "desktop.ini", "autorun.inf",
		"a\u2215b", "..\u2044..\u2044x", "\uff0fetc\uff0fx", "..\uff3c..\uff3cx", "a\u29f8b", "a\u2216b", "\uff0e\uff0e/x", "..\u2024/x",
		"photo\u202egpj.exe", "\u200b.htaccess", "..\u200b/..\u200b/x", "\ufeffx", "x\u00ad.e\u200cxe", "\u2066x\u2069.exe", "\u2028x\u2029", "a\u200d\u200db", "\u061cx", "\U000e0041x", "\ue000x",
		"a\x00.txt", "a.txt\x00.exe", "\x00../x", "a\r\nb.txt", "a\tb.txt", "a\x1b[31m.txt", "a\x7fb", "a\u0085b", "a\u009bb",
		strings.Repeat("x", 300) + ".pdf", strings.Repeat("\u00e4", 300) + ".pdf", strings.Repeat("../", 200) + "x", "x." + strings.Repeat("y", 400), strings.Repeat("\U0001F600", 100), strings.Repeat(".", 400), strings.Repeat(" ", 300) + "x",
		"..%2f..%2fx", "%2e%2e%2fx", "..%5cx", "%00x", "=2E=2E=2Fx", "a\";b.txt", "a'b", "a\"b", "a\\\"b",
		"\xff\xfe../x", "\xc0\xae\xc0\xae/x", "..\xc0\xafx", "\xe4\xf6/\xfc",
	}
	return names
}

// nameParams are all ways to state a file name, each with what they say.
func nameParams() []string {
	var params []string
	for _, n := range hostileNames() {
		quoted := strings.NewReplacer("\\", `\\`, `"`, `\"`, "\r\n", "\r\n ", "\x00", "\x00").Replace(n)
		params = append(params,
			`filename="`+quoted+`"`,
			"filename*=utf-8''"+percent(n),
			`filename="=?utf-8?b?`+base64.StdEncoding.EncodeToString([]byte(n))+`?="`,
		)
	}
	return append(params,
		`filename*0="../"; filename*1="../"; filename*2="x"`, `filename*0*=utf-8''..%2f; filename*1*=..%2fx`, `filename*1="/x"; filename*0=".."`,
		`filename="safe.txt"; filename*=utf-8''..%2f..%2fx`, `filename*=utf-16''%2e%00%2e%00%2f%00x%00`, `filename*=utf-7''+AC4ALgAv-x`, `filename*=x-none''..%2fx`,
		`filename*=''..%2fx`, `filename*='..%2fx`, `filename*=utf-8'..%2fx`, `filename**=x/../y`, `filename=../x; filename=../y`, `filename=../a b; size=1`,
		`filename="=?utf-8?q?..?=/=?utf-8?q?..?=/x"`, `filename="=?utf-8?q?=3D=3Futf-8=3Fq=3F=2E=2E=2Fx=3F=3D?="`, `filename="=?utf-7?q?+AC4ALgAv-x?="`, `filename="=?utf-8?b?Li4v?= =?utf-8?b?eA==?="`,
		`filename="../x`, `filename='../x'`, `filename=(..)/x`, `filename==?utf-8?q?=2E=2E/x?=`, "filename=\"..\r\n /x\"", "filename\r\n =\"../x\"",
	)
}

func percent(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

// TestHostileNames is THREATS S15: whatever files are called, in whatever way
// it is written, they are kept by their content, shown under a name that is no
// path on any system, and sent on under such a name.
func TestHostileNames(t *testing.T) {
	params := nameParams()
	if len(params) < 200 {
		t.Fatalf("only %d names", len(params))
	}
	s := newSiege(t, nil)
	for i, p := range params { // one mail each: none hides behind another
		s.server.Add("INBOX", headed(fmt.Sprintf("Message-ID: <%d@names.example>\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; %s\r\n\r\ncontent %d", i, p, i))(s))
	}
	if r := s.poll(); r.Tickets != len(params) {
		t.Fatalf("%+v, want a ticket of each of %d mails", r, len(params))
	}
	for i, k := range s.tickets()[2:] {
		c := s.comments(k.ID)[0]
		if len(c.Attachments) != 1 {
			t.Errorf("%s: attachments %+v", params[i], c.Attachments)
			continue
		}
		a := c.Attachments[0]
		if err := soundName(a.Name, a.Display); err != nil {
			t.Errorf("%s: %v", params[i], err)
		}
		if want := fmt.Sprintf("content %d", i); s.content(a.Blob) != want {
			t.Errorf("%s: content %q, want %q", params[i], s.content(a.Blob), want)
		}
		s.sentOn(params[i], a.Name, a.Blob)
	}
	for _, n := range hostileNames() { // and as a person might call a file
		s.sentOn(fmt.Sprintf("%q", n), n, s.comments(s.tickets()[2].ID)[0].Attachments[0].Blob)
	}
}

// sentOn sends a file on and reads what arrives.
func (s *siege) sentOn(what, name string, blob storage.Blob) {
	s.t.Helper()
	m := s.outgoing(notify.TicketCreated)[0]
	m.Attachments, m.Files = []notify.Attachment{{Name: name, Type: "application/octet-stream", Blob: blob}}, s.store
	var raw bytes.Buffer
	if err := notify.Encode(s.t.Context(), &raw, m); err != nil {
		s.t.Errorf("%s: %v", what, err)
		return
	}
	if err := soundMail(raw.String()); err != nil {
		s.t.Errorf("%s: sent as: %v", what, err)
	}
	got, err := message.Read(s.t.Context(), &raw, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	i := slices.IndexFunc(got.Attachments, func(a message.Attachment) bool { return a.Blob == blob })
	if len(got.Attachments) != 1 || i != 0 {
		s.t.Errorf("%s: sent on as %+v", what, got.Attachments)
		return
	}
	if err := soundName(got.Attachments[0].Name, got.Attachments[0].Display); err != nil {
		s.t.Errorf("%s: sent on as: %v", what, err)
	}
	if want := message.CleanName(name); got.Attachments[0].Name != want && want != "" {
		s.t.Errorf("%s: sent on as %q, want %q", what, got.Attachments[0].Name, want)
	}
}
