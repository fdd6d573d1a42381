package pop3box_test

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"example.com/ticketmail/mailbox/pop3box"
)

// readDots reads an answer, and returns what follows it.
func readDots(sent io.Reader) (body, rest string, err error) {
	r := bufio.NewReaderSize(sent, 16) // the least there is
	b, err := io.ReadAll(pop3box.NewDotReader(r))
	if err != nil {
		return string(b), "", err
	}
	after, err := io.ReadAll(r)
	return string(b), string(after), err
}

func TestDotReader(t *testing.T) {
	for name, tt := range map[string]struct{ sent, body, rest string }{
		"nothing":                     {".\r\n", "", ""},
		"a line":                      {"one\r\n.\r\n+OK\r\n", "one\r\n", "+OK\r\n"},
		"stuffed dots":                {"..\r\n...two\r\n.\r\n", ".\r\n..two\r\n", ""},
		"a dot that was not stuffed":  {".one\r\n.\r\n", "one\r\n", ""},
		"an empty line":               {"\r\n.\r\n", "\r\n", ""},
		"bare LF and a dot":           {"a\n.\r\nb\n..\r\n.\r\n", "a\n.\r\nb\n..\r\n", ""},
		"bare CR and a dot":           {"a\r.\r\nb\r\n.\r\n", "a\r.\r\nb\r\n", ""},
		"a dot and a bare LF":         {".\nx\r\n.\r\n", "\nx\r\n", ""},
		"a dot and a bare CR":         {"..\rx\r\n.\r\n", ".\rx\r\n", ""},
		"CR CR LF":                    {"a\r\r\n.\r\nrest", "a\r\r\n", "rest"},
		"LF CR LF":                    {"a\n\r\n.\r\n", "a\n\r\n", ""},
		"any bytes":                   {"\x00\xff\x80\r\n.\r\n", "\x00\xff\x80\r\n", ""},
		"a line longer than a buffer": {strings.Repeat("x", 50) + "\r\n..\r\n.\r\n", strings.Repeat("x", 50) + "\r\n.\r\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for size, sent := range map[string]io.Reader{"whole": strings.NewReader(tt.sent), "byte by byte": iotest.OneByteReader(strings.NewReader(tt.sent))} {
				body, rest, err := readDots(sent)
				if err != nil || body != tt.body || rest != tt.rest {
					t.Errorf("%s: %q, then %q, %v, want %q, then %q", size, body, rest, err, tt.body, tt.rest)
				}
			}
			for n := range len(tt.sent) - len(tt.rest) {
				if body, _, err := readDots(strings.NewReader(tt.sent[:n])); !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("cut after %q: %q, %v, want io.ErrUnexpectedEOF", tt.sent[:n], body, err)
				}
			}
		})
	}
}

// FuzzDotReader: a body that a server sends by the rules arrives byte for
// byte, nothing behind it is touched, and a body cut short never looks whole.
func FuzzDotReader(f *testing.F) {
	for _, body := range []string{"", "\r\n", ".\r\n", "a\r\n.b\r\n..\r\n", "\n.\r\n", "\r.\r\n.\r", "\r\r\n.\n"} {
		f.Add(body, uint(3))
	}
	f.Fuzz(func(t *testing.T, body string, cut uint) {
		if body != "" && !strings.HasSuffix(body, "\r\n") {
			body += "\r\n"
		}
		sent := strings.ReplaceAll("\r\n"+body, "\r\n.", "\r\n..")[2:] + ".\r\n"
		const after = "+OK next\r\n"
		got, rest, err := readDots(iotest.HalfReader(strings.NewReader(sent + after)))
		if err != nil || got != body || rest != after {
			t.Errorf("sent %q: %q, then %q, %v, want %q, then %q", sent, got, rest, err, body, after)
		}
		short := sent[:cut%uint(len(sent))]
		if got, _, err := readDots(strings.NewReader(short)); !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasPrefix(body, got) {
			t.Errorf("%q, %v of %q cut short, want a begin of %q and io.ErrUnexpectedEOF", got, err, short, body)
		}
	})
}
