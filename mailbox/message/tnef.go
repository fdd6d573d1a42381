package message

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strconv"
	"strings"
)

// isTNEF reports whether a part is a TNEF stream, which Outlook sends as
// winmail.dat (MS-OXTNEF).
func isTNEF(h partHeader) bool {
	switch h.mediaType {
	case "application/ms-tnef", "application/vnd.ms-tnef":
		return true
	}
	return h.mediaType == "application/octet-stream" && strings.EqualFold(h.name, "winmail.dat")
}

// errTNEF reports a stream that is not as MS-OXTNEF says.
var errTNEF = errors.New("TNEF is damaged")

// Attributes of a TNEF stream: type and id (MS-OXTNEF section 2.1.3.2).
const (
	tnefSignature       = 0x223E9F78
	attOemCodepage      = 0x00069007
	attBody             = 0x0002800C
	attMsgProps         = 0x00069003
	attAttachRendData   = 0x00069002
	attAttachTitle      = 0x00018010
	attAttachData       = 0x0006800F
	attAttachment       = 0x00069005
	tnefDepth           = 16      // of messages in each other
	maxTNEFText         = 1 << 10 // bytes of a name or type
	iidMessage          = "\x07\x03\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"
	tnefDefaultCodepage = 1252
)

// A tnefReader reads one TNEF stream and lists the files in it. It reads
// straight through: only names and texts are kept in memory.
type tnefReader struct {
	w        *walker
	in       *contentReader // where all of it comes from
	r        io.Reader
	level    int // of the files
	codepage string

	file *packedFile // under way; nil: none
	over bool        // the current file is over the limits
	head tnefHead

	plain, html string // the text of the message
}

// A tnefHead is what the stream says of a file. It comes before and after the
// content.
type tnefHead struct{ title, longName, mediaType, contentID string }

// readTNEF lists the files of a part below it. If the mail has no text so far,
// the text of the stream is it. A damaged stream is read as far as it goes.
func (w *walker) readTNEF(content *contentReader) error {
	t := &tnefReader{w: w, in: content, r: bufio.NewReader(content), level: w.level + 1}
	err := t.read(0)
	if t.stopped() {
		return nil // the caller knows why
	}
	switch {
	case errors.Is(err, errTNEF), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		w.defect("tnef-damaged", "files of Outlook cannot be read to their end", nil)
	case err != nil && !errors.Is(err, errUnpacked):
		return err
	}
	w.body.addPacked(t.plain, t.html)
	return nil
}

// stopped reports whether the mail cannot be read or kept any further.
func (t *tnefReader) stopped() bool {
	return t.w.failed != nil || t.in.err != nil && !errors.Is(t.in.err, io.EOF)
}

// read reads the stream. depth is that of messages in each other.
func (t *tnefReader) read(depth int) (err error) {
	defer func() {
		if e := t.endFile(err); e != nil {
			err = e
		}
	}()
	t.codepage = codepage(tnefDefaultCodepage)
	if signature, err := t.uint(4); err != nil || signature != tnefSignature {
		return errTNEF
	}
	if _, err := t.uint(2); err != nil { // a key that nobody needs
		return err
	}
	for {
		level, err := t.uint(1)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil && level != 1 && level != 2 { // of the message, of a file
			err = errTNEF
		}
		if err == nil {
			err = t.attribute(depth)
		}
		if err != nil {
			return err
		}
	}
}

// attribute reads one attribute.
func (t *tnefReader) attribute(depth int) error {
	id, err := t.uint(4)
	if err != nil {
		return err
	}
	size, err := t.uint(4)
	if err != nil {
		return err
	}
	whole := t.r
	data := &io.LimitedReader{R: whole, N: int64(size)}
	t.r = data
	err = t.value(id, depth)
	t.r = whole
	if err != nil && !errors.Is(err, errTNEF) { // damage inside ends with the attribute
		return err
	}
	if _, err := io.CopyN(io.Discard, whole, data.N+2); err != nil { // and a checksum
		return err
	}
	return nil
}

// value reads what t.r holds of an attribute, as far as it is needed.
func (t *tnefReader) value(id uint32, depth int) error {
	switch id {
	case attOemCodepage:
		page, err := t.uint(4)
		t.codepage = codepage(int(page))
		return damaged(err)
	case attBody:
		text, err := t.text(t.w.opts.Limits.Text)
		t.plain = string(toUTF8(nil, t.codepage, text))
		return err
	case attMsgProps:
		return damaged(t.properties(t.messageProperty))
	case attAttachRendData:
		return t.endFile(nil)
	case attAttachTitle:
		title, err := t.text(maxTNEFText)
		t.head.title = string(toUTF8(nil, t.codepage, title))
		return err
	case attAttachData:
		return t.content(t.r)
	case attAttachment:
		return damaged(t.properties(func(p property) error { return t.fileProperty(p, depth) }))
	}
	return nil
}

// damaged turns the end of an attribute in the middle of a value into errTNEF.
func damaged(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errTNEF
	}
	return err
}

// content spools the content of the current file.
func (t *tnefReader) content(r io.Reader) error {
	if t.over {
		return nil
	}
	if t.file == nil {
		var err error
		if t.file, err = t.w.newPackedFile(t.level); err != nil {
			return err
		}
		if t.file == nil {
			t.over = true
			return nil
		}
	}
	_, err := io.Copy(onlyWriter{t.file}, r)
	return err
}

// onlyWriter hides all other methods of a writer.
type onlyWriter struct{ io.Writer }

// endFile lists the current file; why is nil, or what ended the stream. A file
// over the limits is not listed: a part of it would pass for the whole.
func (t *tnefReader) endFile(why error) error {
	file, head := t.file, t.head
	t.file, t.head, t.over = nil, tnefHead{}, false
	switch {
	case file == nil:
		return nil
	case t.stopped(), errors.Is(why, errUnpacked):
		file.discard()
		return nil
	}
	h := partHeader{name: cleanName(head.longName), mediaType: "application/octet-stream"}
	if h.name == "" {
		h.name = cleanName(head.title)
	}
	if m := strings.ToLower(head.mediaType); isMediaType(m) {
		h.mediaType = m
	}
	h.contentID = contentID(head.contentID)
	h.inline = h.contentID != ""
	return file.finish(h)
}

// text reads the rest of the value up to a NUL, at most most bytes of it.
func (t *tnefReader) text(most int) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(t.r, int64(most)))
	data, _, _ = bytes.Cut(data, []byte{0})
	return data, err
}

// uint reads a little endian number of so many bytes.
func (t *tnefReader) uint(size int) (uint32, error) {
	var b [4]byte
	_, err := io.ReadFull(t.r, b[:size])
	return binary.LittleEndian.Uint32(b[:]), err
}

// codepage names a Windows code page as a charset.
func codepage(n int) string { return "cp" + strconv.Itoa(n) }
