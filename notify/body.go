package notify

import (
	"bytes"
	"encoding/base64"
	"mime/quotedprintable"
	"strings"
)

// A part is one form of a mail's text.
type part struct {
	mediaType string
	text      string // clean, with LF line ends
}

// write writes the part's fields, a blank line, and its text in the encoding
// that is shorter: quoted-printable for what can nearly be read as it is,
// base64 for other scripts.
func (p part) write(b *bytes.Buffer, h *headerWriter) {
	text := strings.ReplaceAll(p.text, "\n", "\r\n")
	h.plain("Content-Type", p.mediaType+"; charset=utf-8")
	if printable(text) {
		h.plain("Content-Transfer-Encoding", "quoted-printable")
		b.WriteString("\r\n")
		w := quotedprintable.NewWriter(b)
		_, _ = w.Write([]byte(text)) // to a bytes.Buffer, which does not fail
		_ = w.Close()
	} else {
		h.plain("Content-Transfer-Encoding", "base64")
		b.WriteString("\r\n")
		encoded := base64.StdEncoding.EncodeToString([]byte(text))
		for len(encoded) > 76 {
			b.WriteString(encoded[:76] + "\r\n")
			encoded = encoded[76:]
		}
		b.WriteString(encoded)
	}
	if !bytes.HasSuffix(b.Bytes(), []byte("\r\n")) {
		b.WriteString("\r\n")
	}
}

// printable reports whether quoted-printable is the shorter encoding: each
// byte it escapes costs two more, base64 costs a third of everything.
func printable(s string) bool {
	escaped := strings.Count(s, "=")
	for i := range len(s) {
		if s[i] >= 0x80 {
			escaped++
		}
	}
	return escaped*6 <= len(s)
}
