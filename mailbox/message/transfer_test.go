package message_test

import (
	"bytes"
	"encoding/base64"
	"mime/quotedprintable"
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

// FuzzReadDecodes checks that what the library encodes is decoded, in whatever
// lines, and that nothing of other content grows or fails.
func FuzzReadDecodes(f *testing.F) {
	f.Add([]byte("Gr\xfc\xdfe \r\n= \t\n."), uint8(7))
	f.Add([]byte("aGVsbG8=\n=C3=\n=A4 =4\x00"), uint8(76))
	f.Fuzz(func(t *testing.T, data []byte, width uint8) {
		var quoted bytes.Buffer
		w := quotedprintable.NewWriter(&quoted)
		w.Binary = true // line ends are data
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		lines := wrap(base64.StdEncoding.EncodeToString(data), int(width)+1)
		for encoding, content := range map[string]string{"quoted-printable": quoted.String(), "base64": lines, "8bit": string(data)} {
			if got := decoded(t, encoding, content); !bytes.Equal(got, data) {
				t.Errorf("%s: %q is decoded to %q, want %q", encoding, content, got, data)
			}
		}
		for _, encoding := range []string{"quoted-printable", "base64", "x-uuencode"} {
			if got := decoded(t, encoding, string(data)); len(got) > len(data) {
				t.Errorf("%s: %q is decoded to %q, which is longer", encoding, data, got)
			}
		}
	})
}

// wrap breaks s into lines.
func wrap(s string, width int) string {
	var b strings.Builder
	for len(s) > 0 {
		n := min(width, len(s))
		b.WriteString(s[:n] + "\r\n")
		s = s[n:]
	}
	return b.String()
}

// decoded reads a mail with this content as a file, and returns the file.
func decoded(t *testing.T, encoding, content string) []byte {
	t.Helper()
	sink := new(memorySink)
	mail := "Content-Type: a/b\r\nContent-Transfer-Encoding: " + encoding + "\r\n\r\n" + content
	if _, err := message.Read(t.Context(), strings.NewReader(mail), &message.Options{Sink: sink}); err != nil {
		t.Fatal(err)
	}
	return sink.spools[1].data.Bytes()
}
