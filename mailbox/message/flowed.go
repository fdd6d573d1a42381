package message

import "strings"

// unflow undoes format=flowed (RFC 3676): lines that end in a blank go on in
// the next one, and a blank that was put before a line is taken off again.
// delSp says that the blank at such an end belongs to the encoding (section
// 4.3), as mail programs write for languages without blanks between words.
//
// text has LF line ends, and the result has no more of them. Quoted lines keep
// their marks, in the form ">> text", and only lines quoted equally often are
// joined. The separator of a signature is a line of its own (section 4.3).
func unflow(text string, delSp bool) string {
	var b strings.Builder
	b.Grow(len(text))
	open := false // the line before goes on in this one
	depth := 0    // how often that line is quoted
	for line := range strings.Lines(text) {
		content, ended := strings.CutSuffix(line, "\n")
		marks, content := cutQuoteMarks(content)
		signature := content == "-- "
		if open && (signature || marks != depth) {
			b.WriteByte('\n')
			open = false
		}
		if !open {
			writeQuoteMarks(&b, marks, content)
		}
		flows := !signature && strings.HasSuffix(content, " ") && ended
		if flows && delSp {
			content = content[:len(content)-1]
		}
		b.WriteString(content)
		if open, depth = flows, marks; !open && ended {
			b.WriteByte('\n')
		}
	}
	if open { // the last line end, which nothing came after
		b.WriteByte('\n')
	}
	return b.String()
}

// cutQuoteMarks takes the quote marks and the stuffed blank off a line
// (RFC 3676 sections 4.4 and 4.5). Behind a mark, a blank and a mark is a
// further quotation, which by section 4.5 it is not: others write it so.
func cutQuoteMarks(line string) (marks int, content string) {
	content = line
	for {
		rest := strings.TrimLeft(content, ">")
		marks += len(content) - len(rest)
		content = strings.TrimPrefix(rest, " ")
		if marks == 0 || !strings.HasPrefix(content, ">") {
			return marks, content
		}
	}
}

// writeQuoteMarks begins a line of text that is quoted so many times.
func writeQuoteMarks(b *strings.Builder, marks int, content string) {
	for range marks {
		b.WriteByte('>')
	}
	if marks > 0 && content != "" {
		b.WriteByte(' ')
	}
}
