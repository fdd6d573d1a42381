package message

import (
	"bytes"
	"errors"
)

// A uudecode takes the files out of a text that stand there in the way of
// uuencode (POSIX), as mails had them before MIME: a line "begin 644 name",
// lines of at most 63 encoded bytes, a line "end". The first line of content
// tells such a file from a sentence that begins so. Nothing else is taken out.
//
// It works on the buffer of a text leaf and keeps only places in it.
type uudecode struct {
	line     int // where the first line begins that was not looked at
	searched int // up to here no line ends after that
	state    uuState
	begin    int // uuMaybe: where in the text the line "begin" stands
	name     string
	file     *packedFile
	out      []byte // decoded, not yet written
}

type uuState uint8

const (
	uuNone  uuState = iota
	uuMaybe         // the line before was a "begin"
	uuFile          // in a file
	uuLast          // in a file, its content is over
	uuSkip          // in a file that is over the limits
)

// scan looks at the lines that are new in the buffer of l, and cuts those of
// files out. all tells that no line goes on.
func (u *uudecode) scan(l *leaf, all bool) error {
	buf := l.buf
	to, from, at := u.line, u.line, u.searched
	for from < len(buf) {
		next := len(buf)
		if i := bytes.IndexByte(buf[at:], '\n'); i >= 0 {
			next = at + i + 1
		} else if !all {
			break
		}
		fate, err := u.take(l, bytes.TrimRight(buf[from:next], "\r\n"), to)
		if err != nil {
			return err
		}
		switch {
		case fate == uuCutFromBegin:
			to = u.begin
		case fate == uuKeep && to != from:
			to += copy(buf[to:], buf[from:next])
		case fate == uuKeep:
			to = next
		}
		from, at = next, next
	}
	rest := len(buf) - from
	if to != from {
		copy(buf[to:], buf[from:])
	}
	l.buf = buf[:to+rest]
	u.line, u.searched = to, to+rest
	return nil
}

// A uuFate is what becomes of a line.
type uuFate uint8

const (
	uuKeep         uuFate = iota // it is text
	uuCut                        // it is of a file
	uuCutFromBegin               // it is, and so is the line before it
)

// take decides about one line, which as text would stand at index at.
func (u *uudecode) take(l *leaf, line []byte, at int) (uuFate, error) {
	ended := u.file != nil && string(bytes.TrimRight(line, " \t")) == "end"
	switch {
	case ended:
		return uuCut, u.finish(l, true)
	case u.state == uuFile:
		if cut, err := u.content(line); cut || err != nil {
			return uuCut, err
		}
	case u.state == uuSkip:
		if _, ok := uuLine(nil, line, false); ok {
			return uuKeep, nil
		}
	case u.state == uuMaybe:
		if _, ok := uuLine(nil, line, true); ok {
			return u.start(l, line)
		}
	}
	if err := u.end(l); err != nil {
		return uuKeep, err
	}
	u.state = uuNone
	if name, ok := uuBegin(line); ok {
		u.state, u.name, u.begin = uuMaybe, name, at
	}
	return uuKeep, nil
}

// start begins a file with its first line of content.
func (u *uudecode) start(l *leaf, line []byte) (fate uuFate, err error) {
	u.file, err = l.w.newPackedFile(l.w.level + 1)
	if u.file == nil {
		u.state = uuSkip
		return uuKeep, err
	}
	u.state = uuFile
	_, err = u.content(line)
	return uuCutFromBegin, err
}

// content decodes a line of a file, and reports whether it is one.
func (u *uudecode) content(line []byte) (ok bool, err error) {
	before := len(u.out)
	if u.out, ok = uuLine(u.out, line, false); !ok {
		return false, nil
	}
	if len(u.out) == before {
		u.state = uuLast
	}
	const enough = 8 << 10
	if len(u.out) >= enough {
		err = u.flush()
	}
	return true, err
}

// flush writes what is decoded.
func (u *uudecode) flush() error {
	_, err := u.file.Write(u.out)
	u.out = u.out[:0]
	if errors.Is(err, errUnpacked) {
		u.discard()
		u.state = uuSkip
		return nil
	}
	return err
}

// finish ends the file. ended tells that its end was stated.
func (u *uudecode) finish(l *leaf, ended bool) error {
	if err := u.flush(); err != nil {
		return err
	}
	file := u.file
	u.file, u.state = nil, uuNone
	if file == nil { // just discarded
		return nil
	}
	if !ended {
		l.w.defect("uuencode-damaged", "uuencoded file without its end: ", []byte(u.name))
	}
	return file.finish(partHeader{name: cleanName(u.name), mediaType: "application/octet-stream"})
}

// end ends a file that the text ends in.
func (u *uudecode) end(l *leaf) error {
	if u.file == nil {
		return nil
	}
	return u.finish(l, false)
}

// discard throws a file under way away.
func (u *uudecode) discard() {
	if u.file != nil {
		u.file.discard()
		u.file = nil
	}
}

// uuBegin reads the line that begins a file: "begin", its permissions in three
// or four octal digits, its name.
func uuBegin(line []byte) (name string, ok bool) {
	rest, ok := bytes.CutPrefix(line, []byte("begin "))
	if !ok {
		return "", false
	}
	mode, file, _ := bytes.Cut(bytes.TrimLeft(rest, " "), []byte(" "))
	if len(mode) < 3 || len(mode) > 4 || len(bytes.Trim(mode, "01234567")) > 0 {
		return "", false
	}
	return string(toUTF8(nil, "", bytes.TrimSpace(file))), len(bytes.TrimSpace(file)) > 0
}

// uuLine appends the content of an encoded line: a character that states its
// length, and groups of four for three bytes each. Blanks at its end, which
// stand for zeros, may have been lost, and a character of some checksum may
// follow. strict wants a line that has content and all of its characters.
func uuLine(dst, line []byte, strict bool) (out []byte, ok bool) {
	if len(line) == 0 { // the length is a blank that was lost
		return dst, !strict
	}
	for _, c := range line {
		if c < ' ' || c > '`' {
			return dst, false
		}
	}
	n := int(line[0]-' ') & 63
	data := line[1:]
	whole := (n + 2) / 3 * 4
	if len(data) > whole+1 && len(bytes.TrimRight(data, " ")) > whole+1 || strict && (n == 0 || len(data) < whole) {
		return dst, false
	}
	value := func(i int) byte {
		if i < len(data) {
			return (data[i] - ' ') & 63
		}
		return 0
	}
	for i := 0; n > 0; i, n = i+4, n-3 {
		a, b, c, d := value(i), value(i+1), value(i+2), value(i+3)
		group := [3]byte{a<<2 | b>>4, b<<4 | c>>2, c<<6 | d}
		dst = append(dst, group[:min(n, 3)]...)
	}
	return dst, true
}

// A uuPhase says where in a uuencoded part its reader is.
type uuPhase uint8

const (
	uuBeforeBegin uuPhase = iota
	uuInFile
	uuAfterEnd
)

// uuencoded decodes a line of a part that is uuencoded as a whole. What does
// not begin as such a part does is not encoded.
func (t *transfer) uuencoded(dst, line []byte) (out []byte, soft bool) {
	_, begins := uuBegin(line)
	switch {
	case t.uu == uuBeforeBegin && begins:
		t.uu = uuInFile
	case t.uu == uuBeforeBegin && len(line) > 0:
		t.note("uuencode-damaged")
		t.kind = identity
		return append(dst, line...), false
	case t.uu == uuInFile && string(bytes.TrimRight(line, " \t")) == "end":
		t.uu = uuAfterEnd
	case t.uu == uuInFile:
		var ok bool
		if dst, ok = uuLine(dst, line, false); !ok {
			t.note("uuencode-damaged")
		}
	}
	return dst, true
}
