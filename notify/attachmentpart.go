package notify

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/ticketmail/mailbox/message"
)

// attachment writes the fields of an attachment, the i-th of its mail from 0.
//
// A name that is not plain stands twice: as it is, as the filename of the
// disposition (RFC 2231, in UTF-8), and in plain ASCII as the name of the type,
// for old readers. Two of one kind would not do: beside a plain filename some
// readers take the first of the two (Python's), others the last (JavaMail).
func (h *headerWriter) attachment(a Attachment, i int) {
	name, mediaType := fileName(a.Name, i), fileType(a.Type)
	plain := plainName(name)
	if plain == name {
		h.plain("Content-Type", mediaType)
		h.words("Content-Disposition", []string{"attachment;", `filename="` + name + `"`})
	} else {
		h.words("Content-Type", []string{mediaType + ";", `name="` + plain + `"`})
		h.words("Content-Disposition", append([]string{"attachment;"}, extendedName(name)...))
	}
	h.plain("Content-Transfer-Encoding", "base64")
}

// fileName returns a name to be written: clean, never a path, never empty. An
// encoded-word in it would be decoded by some readers, into whatever it
// stands for (a path, a line break), though RFC 2047 section 5 forbids it.
func fileName(name string, i int) string {
	name = strings.TrimSpace(strings.ReplaceAll(message.CleanName(name), "=?", "=_")) // it may be cut behind a blank
	if name == "" {
		return fmt.Sprintf("file-%d", i+1)
	}
	return name
}

// maxPlainName keeps the plain name in one line of a header.
const maxPlainName = 60

// plainName returns the nearest name without anything that is special in a
// header or a file system.
func plainName(name string) string {
	name = strings.Map(func(r rune) rune {
		if isAlnum(r) || r < utf8.RuneSelf && strings.ContainsRune(" ._-+(),@&~", r) {
			return r
		}
		return '_'
	}, name)
	if len(name) <= maxPlainName {
		return name
	}
	ext := ""
	if dot := strings.LastIndexByte(name, '.'); len(name)-dot <= 20 {
		ext = name[dot:]
	}
	return name[:maxPlainName-len(ext)] + ext
}

// maxExtended is what one piece of a name holds, so that it fits a line with
// the parameter's name around it.
const maxExtended = lineWidth - len(" filename*000*=utf-8'';")

// extendedName returns the parameter filename as words: in one piece or, where
// it is too long for a line, in continuations (RFC 2231 sections 3 and 4.1),
// none of which splits a character.
func extendedName(name string) []string {
	var pieces []string
	piece := ""
	for _, r := range name {
		c := percentEncode(r)
		if len(piece)+len(c) > maxExtended {
			pieces, piece = append(pieces, piece), ""
		}
		piece += c
	}
	pieces = append(pieces, piece)
	if len(pieces) == 1 {
		return []string{"filename*=utf-8''" + piece}
	}
	for i, p := range pieces {
		charset, end := "", ";"
		if i == 0 {
			charset = "utf-8''"
		}
		if i == len(pieces)-1 {
			end = ""
		}
		pieces[i] = fmt.Sprintf("filename*%d*=%s%s%s", i, charset, p, end)
	}
	return pieces
}

func percentEncode(r rune) string {
	if isAlnum(r) || r == '-' || r == '.' || r == '_' {
		return string(r)
	}
	var b []byte
	for _, c := range []byte(string(r)) {
		b = fmt.Appendf(b, "%%%02X", c)
	}
	return string(b)
}

// maxFileType is the length of the longest type in use (of Office documents)
// with some room.
const maxFileType = 127

// fileType returns t if it can stand for a file: type/subtype in the
// characters of RFC 2045 section 5.1, and nothing that readers would open as a
// part of the mail itself.
func fileType(t string) string {
	t = strings.ToLower(t)
	top, sub, _ := strings.Cut(t, "/")
	if len(t) > maxFileType || !isToken(top) || !isToken(sub) || top == "multipart" || top == "message" {
		return "application/octet-stream"
	}
	return t
}

func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`()<>@,;:\"/[]?=`, r)
	})
}

const (
	rawLine  = 57  // bytes that make a line of 76 characters (RFC 2045 section 6.8)
	rawLines = 128 // lines written at once
)

// encodedSize returns how many bytes [writeFile] makes of so many.
func encodedSize(n int64) int64 {
	if n == 0 {
		return 0
	}
	lines := (n + rawLine - 1) / rawLine
	return (n+2)/3*4 + 2*(lines-1)
}

var (
	errNoContent = errors.New("refers to no content")
	errShort     = errors.New("its content is shorter than it should be")
	errLong      = errors.New("its content is longer than it should be")
)

// writeFile writes a file's content as base64, without a line end behind the
// last line. It reads up to the end of the content, which may turn out to be
// damaged only there.
func writeFile(ctx context.Context, w io.Writer, files Opener, a Attachment) error {
	content, err := open(ctx, files, a)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // was only read
	raw := make([]byte, rawLines*rawLine)
	lines := make([]byte, 0, rawLines*(76+2))
	for left := a.Blob.Size; left > 0; {
		n := min(left, int64(len(raw)))
		if err := readFile(ctx, content, raw[:n]); err != nil {
			return fileError(a, err)
		}
		left -= n
		lines = lines[:0]
		for line := range slices.Chunk(raw[:n], rawLine) {
			lines = append(base64.StdEncoding.AppendEncode(lines, line), "\r\n"...)
		}
		if left == 0 {
			lines = lines[:len(lines)-2]
		}
		if _, err := w.Write(lines); err != nil {
			return err
		}
	}
	switch n, err := io.ReadFull(content, raw[:1]); {
	case n > 0:
		return fileError(a, errLong)
	case !errors.Is(err, io.EOF):
		return fileError(a, err)
	}
	return nil
}

// readFile fills buf with the next content of a file.
func readFile(ctx context.Context, content io.Reader, buf []byte) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	_, err := io.ReadFull(content, buf)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %w", errShort, err)
	}
	return err
}
