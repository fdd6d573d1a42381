package message_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
	"github.com/google/go-cmp/cmp"
)

// uuencode encodes data as POSIX says, with zero instead of a blank for zeros.
func uuencode(name string, data []byte, zero byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "begin 644 %s\n", name)
	char := func(v byte) byte {
		if v == 0 {
			return zero
		}
		return v + ' '
	}
	for line := range slices.Chunk(data, 45) {
		b.WriteByte(char(byte(len(line))))
		for group := range slices.Chunk(line, 3) {
			var g [3]byte
			copy(g[:], group)
			for _, v := range []byte{g[0] >> 2, g[0]<<4&63 | g[1]>>4, g[1]<<2&63 | g[2]>>6, g[2] & 63} {
				b.WriteByte(char(v))
			}
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%c\nend\n", zero)
	return b.String()
}

func TestReadUuencode(t *testing.T) {
	data := strings.Repeat("\x00Content of a file that needs lines. ", 10)
	good := uuencode("a b.txt", []byte(data), '`')
	one := []unpacked{{1, "a b.txt", "application/octet-stream", data}}
	for name, tt := range map[string]struct {
		text, want string
		files      []unpacked
		defects    []string
	}{
		"in a text":         {text: "Hello\n\n" + good + "Bye\n", want: "Hello\n\nBye\n", files: one},
		"at the end":        {text: "Hello\n" + strings.TrimSuffix(good, "\n"), want: "Hello\n", files: one},
		"alone":             {text: good, files: one},
		"blanks for zeros":  {text: "Hello\n" + uuencode("a b.txt", []byte(data), ' '), want: "Hello\n", files: one},
		"blanks lost":       {text: "Hello\n" + strings.NewReplacer("  \n", "\n", " \n", "\n").Replace(uuencode("a b.txt", []byte(data), ' ')), want: "Hello\n", files: one},
		"two":               {text: good + "and\n" + good, want: "and\n", files: append(one, one...)},
		"two without break": {text: good + good, files: append(one, one...)},
		"path":              {text: strings.ReplaceAll(good, "a b.txt", `../..\x`), files: []unpacked{{1, "x", "application/octet-stream", data}}},
		"no end": {
			text: "Hello\n" + strings.TrimSuffix(good, "`\nend\n"), want: "Hello\n", files: one, defects: []string{"uuencode-damaged"},
		},
		"text instead of the end": {
			text: "Hello\n" + strings.TrimSuffix(good, "end\n") + "kind regards\n", want: "Hello\nkind regards\n", files: one, defects: []string{"uuencode-damaged"},
		},
		"begins again": {
			text: strings.TrimSuffix(good, "`\nend\n") + good, files: append(one, one...), defects: []string{"uuencode-damaged"},
		},
		"a sentence": {text: "begin 644 times\nand never end\n", want: "begin 644 times\nand never end\n"},
		"no mode":    {text: "begin here\n" + strings.Split(good, "\n")[1] + "\n", want: "begin here\n" + strings.Split(good, "\n")[1] + "\n"},
		"twice begin, then a file": {
			text: "begin 644 x\n" + good, want: "begin 644 x\n", files: one,
		},
		"empty file": {text: "begin 644 x\n`\nend\n", want: "begin 644 x\n`\nend\n"},
		"quoted":     {text: "> begin 644 x\n> #0V%T\n> `\n> end\n", want: "> begin 644 x\n> #0V%T\n> `\n> end\n"},
	} {
		for encoding, encode := range map[string]func(string) string{
			"8bit":   func(s string) string { return s },
			"base64": func(s string) string { return base64Lines([]byte(strings.ReplaceAll(s, "\n", "\r\n"))) },
		} {
			t.Run(name+" "+encoding, func(t *testing.T) {
				sink := new(memorySink)
				m, err := message.Read(t.Context(), strings.NewReader("Content-Transfer-Encoding: "+encoding+"\r\n\r\n"+encode(tt.text)), &message.Options{Sink: sink})
				if err != nil {
					t.Fatal(err)
				}
				checkSpools(t, sink, m)
				if m.Text != tt.want {
					t.Errorf("Text = %q, want %q", m.Text, tt.want)
				}
				if diff := cmp.Diff(tt.files, unpackedFiles(m, sink), cmp.AllowUnexported(unpacked{})); diff != "" {
					t.Errorf("files (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(tt.defects, codes(m)); diff != "" {
					t.Errorf("defects (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// A part may be encoded as a whole, which was never standardised.
func TestReadUuencodedPart(t *testing.T) {
	data := strings.Repeat("line of a file ", 20)
	good := uuencode("x", []byte(data), '`')
	for name, tt := range map[string]struct {
		encoding, content, want string
		defects                 []string
	}{
		"x-uuencode":           {"x-uuencode", good, data, nil},
		"other names":          {"X-UUE", good, data, nil},
		"lines around it":      {"uuencode", "\n" + good + "\nfooter\n", data, nil},
		"no end":               {"x-uuencode", strings.TrimSuffix(good, "`\nend\n"), data, []string{"uuencode-damaged"}},
		"a line that is wrong": {"x-uuencode", strings.Replace(good, "\n`", "\nwrong line\n`", 1), data, []string{"uuencode-damaged"}},
		"not encoded":          {"x-uuencode", "plain\n", "plain\r\n", []string{"uuencode-damaged"}},
	} {
		t.Run(name, func(t *testing.T) {
			sink := new(memorySink)
			m := read(t, "Content-Type: a/b\nContent-Transfer-Encoding: "+tt.encoding+"\n\n"+tt.content, &message.Options{Sink: sink})
			if got := sink.spools[1].data.String(); got != tt.want {
				t.Errorf("content = %q, want %q", got, tt.want)
			}
			if diff := cmp.Diff(tt.defects, codes(m)); diff != "" {
				t.Errorf("defects (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzReadUuencode checks that a file is found whatever is in it and around
// it, and that of other text nothing is lost.
func FuzzReadUuencode(f *testing.F) {
	f.Add("Hello\n", []byte("content"), "bye\n")
	f.Add("begin 644 x\nM", []byte(strings.Repeat("\x00", 100)), "end\n")
	f.Fuzz(func(t *testing.T, before string, data []byte, after string) {
		if len(data) == 0 {
			return
		}
		sink := new(memorySink)
		text := before + "\n\n" + uuencode("f", data, '`') + after // an empty line ends whatever before begins
		mail := "Content-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte(text))
		m, err := message.Read(t.Context(), strings.NewReader(mail), &message.Options{Sink: sink})
		if err != nil {
			t.Fatal(err)
		}
		checkView(t, "mail", m)
		checkSpools(t, sink, m)
		found := slices.Contains(unpackedFiles(m, sink), unpacked{1, "f", "application/octet-stream", string(data)})
		if !found {
			t.Errorf("the file is not among %d attachments of %q", len(m.Attachments), text)
		}
	})
}
