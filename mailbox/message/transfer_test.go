package message_test

import (
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
	"github.com/google/go-cmp/cmp"
)

func TestReadDecodes(t *testing.T) {
	for name, tt := range map[string]struct {
		encoding, content, want string
		defects                 []string
	}{
		"base64":                  {"base64", "aGVsbG8=\n", "hello", nil},
		"any case, in quotes":     {`"BASE64" (comment)`, "aGVsbG8=", "hello", nil},
		"no padding":              {"base64", "aGVsbG8", "hello", []string{"base64-truncated"}},
		"one character too many":  {"base64", "aGVsbG8hA", "hello!", []string{"base64-truncated"}},
		"blanks":                  {"base64", "aGVs bG8\t=\n", "hello", nil},
		"groups over lines":       {"base64", "aG\nVsb\nG8=\n", "hello", nil},
		"foreign characters":      {"base64", "aG!Vsb*G8=\n", "hello", []string{"base64-foreign-character"}},
		"text after the end":      {"base64", "aGVsbG8=\n___\nA list footer\n", "hello", []string{"base64-text-after-end"}},
		"two after each other":    {"base64", "aGVsbG8=\nIHlvdQ==\n", "hello you", nil},
		"padding in the middle":   {"base64", "aGVsbG8=IHlvdQ==\n", "hello you", nil},
		"alphabet of URLs":        {"base64", "_-8=", "\xff\xef", nil},
		"bare CR":                 {"base64", "aGVs\rbG8=\n", "hello", nil},
		"only padding":            {"base64", "====\n", "", nil},
		"quoted-printable":        {"quoted-printable", "a=3D=C3=A4=\nb  \nc\n", "a=äb\r\nc\r\n", nil},
		"lower case digits":       {"quoted-printable", "=c3=a4", "ä", nil},
		"invalid escapes":         {"quoted-printable", "100=% =X1 =4", "100=% =X1 =4", []string{"quoted-printable-invalid"}},
		"equals sign at the end":  {"quoted-printable", "a=", "a", nil},
		"blanks after soft break": {"quoted-printable", "a= \t\nb", "ab", nil},
		"8bit":                    {"8bit", "\xe4=3D\n", "\xe4=3D\r\n", nil},
		"with a semicolon":        {"8bit;", "a", "a", nil},
		"unknown":                 {"x-wild", "a=3D", "a=3D", []string{"encoding-unknown"}},
	} {
		t.Run(name, func(t *testing.T) {
			sink := new(memorySink)
			m := read(t, "Content-Type: a/b\nContent-Transfer-Encoding: "+tt.encoding+"\n\n"+tt.content, &message.Options{Sink: sink})
			if got := sink.spools[1].data.String(); got != tt.want {
				t.Errorf("decoded = %q, want %q", got, tt.want)
			}
			if diff := cmp.Diff(tt.defects, codes(m)); diff != "" {
				t.Errorf("defects (-want +got):\n%s", diff)
			}
		})
	}
}

// TestReadLongLines decodes lines that no buffer holds.
func TestReadLongLines(t *testing.T) {
	for name, tt := range map[string]struct{ encoding, unit, want string }{
		"base64":           {"base64", "aGVsbG8h", "hello!"},
		"odd base64":       {"base64", "aGVs bG8h ", "hello!"},
		"quoted-printable": {"quoted-printable", "=C3=A4 x  ", "ä x  "},
		"blanks":           {"quoted-printable", strings.Repeat(" ", 5000) + "x", strings.Repeat(" ", 5000) + "x"},
		"8bit":             {"8bit", "abcde", "abcde"},
	} {
		t.Run(name, func(t *testing.T) {
			n := 300<<10/len(tt.unit) + 1
			sink := new(memorySink)
			read(t, "Content-Type: a/b\nContent-Transfer-Encoding: "+tt.encoding+"\n\n"+strings.Repeat(tt.unit, n)+"=\n", &message.Options{Sink: sink})
			got := strings.TrimRight(sink.spools[1].data.String(), "=\r\n")
			if want := strings.Repeat(tt.want, n); got != want {
				t.Errorf("%d bytes decoded, want %d", len(got), len(want))
			}
		})
	}
}
