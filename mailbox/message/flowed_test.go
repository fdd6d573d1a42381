package message_test

import (
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
)

func TestUnflow(t *testing.T) {
	for name, tt := range map[string]struct {
		text, want string
		delSp      bool
	}{
		"nothing":                  {"", "", false},
		"fixed lines":              {"one\ntwo\n", "one\ntwo\n", false},
		"a paragraph":              {"one \ntwo \nthree\nfour\n", "one two three\nfour\n", false},
		"blank lines":              {"one \n\ntwo\n", "one \ntwo\n", false},
		"stuffed":                  {" From me\n  two\n >no quote\n", "From me\n two\n>no quote\n", false},
		"stuffed in a paragraph":   {"one \n From \ntwo\n", "one From two\n", false},
		"quoted":                   {"> one \n> two\n>> three \n>> four\nfive\n", "> one two\n>> three four\nfive\n", false},
		"quoted with blanks":       {"> > one \n> > two\n", ">> one two\n", false},
		"depth changes":            {"> one \ntwo\n", "> one \ntwo\n", false},
		"quoted empty line":        {">\n>one\n", ">\n> one\n", false},
		"signature":                {"bye \n-- \nme\n", "bye \n-- \nme\n", false},
		"signature in a quotation": {"> bye \n> -- \n> me\n", "> bye \n> -- \n> me\n", false},
		"DelSp":                    {"日本 \n語 \nです\n", "日本語です\n", true},
		"DelSp keeps one of two":   {"one  \ntwo\n", "one two\n", true},
		"no line end":              {"one \ntwo ", "one two ", false},
		"open at the end":          {"one \n", "one \n", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := message.Unflow(tt.text, tt.delSp); got != tt.want {
				t.Errorf("unflow(%q, %t) = %q, want %q", tt.text, tt.delSp, got, tt.want)
			}
		})
	}
}

func TestReadFlowed(t *testing.T) {
	for name, tt := range map[string]struct{ params, want string }{
		"fixed":             {"", "one \ntwo"},
		"flowed":            {"; format=flowed", "one two"},
		"upper case":        {"; FORMAT=Flowed", "one two"},
		"with DelSp":        {`; format=flowed; delsp="yes"`, "onetwo"},
		"DelSp by itself":   {"; delsp=yes", "one \ntwo"},
		"DelSp said not to": {"; format=flowed; delsp=no", "one two"},
	} {
		t.Run(name, func(t *testing.T) {
			if m := read(t, "Content-Type: text/plain"+tt.params+"\n\none \ntwo", nil); m.Text != tt.want {
				t.Errorf("Text = %q, want %q", m.Text, tt.want)
			}
		})
	}
}

// flow breaks text into lines of at most width characters as a mail program
// does, unless a word is longer, and stuffs them.
func flow(text string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		content, ended := strings.CutSuffix(line, "\n")
		for content != "" || ended {
			n := len(content)
			if content != "-- " && n > width {
				n = breakAt(content, width)
			}
			if strings.HasPrefix(content, " ") || strings.HasPrefix(content, ">") || strings.HasPrefix(content, "From ") {
				b.WriteByte(' ')
			}
			b.WriteString(content[:n])
			rest := content[n:]
			if rest == "" {
				if ended {
					b.WriteByte('\n')
				}
				break
			}
			b.WriteByte('\n')
			content = rest
		}
	}
	return b.String()
}

// breakAt returns where a line is broken to be not much longer than width:
// behind a blank, but never so that a separator of signatures is left, which
// programs that write such text avoid.
func breakAt(line string, width int) int {
	n := width
	for {
		i := strings.IndexByte(line[n:], ' ')
		if i < 0 {
			return len(line)
		}
		if n += i + 1; line[:n] != "-- " {
			return n
		}
	}
}

func FuzzUnflow(f *testing.F) {
	f.Add("one two three\n\n From >\n-- \nme", 5)
	f.Add("> quoted \n>> more \n", 3)
	f.Fuzz(func(t *testing.T, text string, width int) {
		got := message.Unflow(text, false)
		if a, b := letters(got), letters(text); a != b {
			t.Errorf("unflow(%q) = %q: other words", text, got)
		}
		if strings.Count(got, "\n") > strings.Count(text, "\n") {
			t.Errorf("unflow(%q) = %q: more lines", text, got)
		}
		if width < 1 || width > 200 {
			return
		}
		original := noTrailingBlanks(text)
		if back := message.Unflow(flow(original, width), false); back != original {
			t.Errorf("flowed to %d characters and back, %q is %q", width, original, back)
		}
	})
}

// letters are what unflow must not touch: everything but blanks, line ends and
// quote marks.
func letters(s string) string {
	return strings.NewReplacer(" ", "", "\n", "", ">", "").Replace(s)
}

// noTrailingBlanks cuts blanks off the ends of lines, where they would mean
// that the line goes on.
func noTrailingBlanks(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if l != "-- " {
			lines[i] = strings.TrimRight(l, " ")
		}
	}
	return strings.Join(lines, "\n")
}
