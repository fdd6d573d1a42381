package message

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// A property is one property of a message or a file (MS-OXTNEF section
// 2.1.3.4). Its value comes next in the stream.
type property struct {
	kind uint32 // type without the bit of several values
	id   uint32
	size int64 // bytes of a value of variable size
}

// Properties that are read (MS-OXPROPS).
const (
	propBody        = 0x1000
	propHTML        = 0x1013
	propCodepage    = 0x3FDE
	propData        = 0x3701
	propFilename    = 0x3704
	propLongName    = 0x3707
	propMediaType   = 0x370E
	propContentID   = 0x3712
	propFirstNamed  = 0x8000
	kindObject      = 0x000D
	kindString      = 0x001E
	kindUnicode     = 0x001F
	kindBinary      = 0x0102
	severalValues   = 0x1000
	maxNamedStrings = 1 << 10
)

// properties calls f for each property of variable size. f reads as much of
// its value as it wants.
func (t *tnefReader) properties(f func(property) error) error {
	count, err := t.uint(4)
	for ; count > 0 && err == nil; count-- {
		err = t.property(f)
	}
	return err
}

// property reads one property.
func (t *tnefReader) property(f func(property) error) error {
	tag, err := t.uint(4)
	if err != nil {
		return err
	}
	p := property{kind: tag & 0xFFFF, id: tag >> 16}
	if p.id >= propFirstNamed {
		if err := t.skipPropertyName(); err != nil {
			return err
		}
	}
	several := p.kind&severalValues != 0
	p.kind &^= severalValues
	fixed := fixedSize(p.kind)
	variable := p.kind == kindObject || p.kind == kindString || p.kind == kindUnicode || p.kind == kindBinary
	if fixed == 0 && !variable {
		return errTNEF
	}
	values := uint32(1)
	if several || variable {
		if values, err = t.uint(4); err != nil {
			return err
		}
	}
	for ; values > 0; values-- {
		if variable {
			err = t.variable(p, f)
		} else if p.id == propCodepage && fixed == 4 {
			var page uint32
			page, err = t.uint(4)
			t.codepage = codepage(int(page))
		} else {
			err = t.skip(fixed)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// variable reads one value of variable size, which is filled up to a multiple
// of four bytes.
func (t *tnefReader) variable(p property, f func(property) error) error {
	size, err := t.uint(4)
	if err != nil {
		return err
	}
	p.size = int64(size)
	whole := t.r
	value := &io.LimitedReader{R: whole, N: p.size}
	t.r = value
	err = f(p)
	t.r = whole
	if err != nil {
		return err
	}
	return t.skip(value.N + (4-p.size%4)%4)
}

// skipPropertyName passes over the name of a named property.
func (t *tnefReader) skipPropertyName() error {
	const guid = 16
	if err := t.skip(guid); err != nil {
		return err
	}
	kind, err := t.uint(4)
	if err != nil {
		return err
	}
	size, err := t.uint(4) // of a name, or the number that is one
	if err != nil || kind == 0 {
		return err
	}
	if size > maxNamedStrings {
		return errTNEF
	}
	return t.skip(int64(size) + (4-int64(size)%4)%4)
}

// skip passes over n bytes.
func (t *tnefReader) skip(n int64) error {
	_, err := io.CopyN(io.Discard, t.r, n)
	return err
}

// fixedSize returns the bytes that a value of a type takes, or 0.
func fixedSize(kind uint32) int64 {
	switch kind {
	case 0x0002, 0x0003, 0x0004, 0x000A, 0x000B: // numbers, error codes, booleans
		return 4
	case 0x0005, 0x0006, 0x0007, 0x0014, 0x0040: // long numbers, times
		return 8
	case 0x0048: // a GUID
		return 16
	}
	return 0
}

// messageProperty takes the text of the message.
func (t *tnefReader) messageProperty(p property) (err error) {
	switch p.id {
	case propBody:
		t.plain, err = t.string(p, t.w.opts.Limits.Text)
	case propHTML:
		t.html, err = t.string(p, t.w.opts.Limits.Text)
	}
	return err
}

// fileProperty takes what a file is called, and what it holds if that is a
// message or an object.
func (t *tnefReader) fileProperty(p property, depth int) (err error) {
	switch p.id {
	case propLongName:
		t.head.longName, err = t.string(p, maxTNEFText)
	case propFilename:
		if t.head.title == "" {
			t.head.title, err = t.string(p, maxTNEFText)
		}
	case propMediaType:
		t.head.mediaType, err = t.string(p, maxTNEFText)
	case propContentID:
		t.head.contentID, err = t.string(p, maxTNEFText)
	case propData:
		err = t.object(p, depth)
	}
	return err
}

// object reads the content of a file that stands among its properties. What
// begins with the id of a message is a TNEF stream of its own.
func (t *tnefReader) object(p property, depth int) error {
	if p.kind != kindObject {
		return t.content(t.r)
	}
	var iid [len(iidMessage)]byte
	if _, err := io.ReadFull(t.r, iid[:]); err != nil {
		return err
	}
	if string(iid[:]) != iidMessage {
		return t.content(t.r)
	}
	return t.embedded(depth)
}

// embedded reads a message in the message: it is kept as a file, and the files
// in it stand below it.
func (t *tnefReader) embedded(depth int) error {
	if err := t.content(bytes.NewReader(nil)); err != nil || t.file == nil {
		return err
	}
	t.head.mediaType = "application/ms-tnef"
	if depth+1 < tnefDepth {
		kept := bufio.NewWriter(t.file)
		inner := &tnefReader{w: t.w, in: t.in, r: io.TeeReader(t.r, kept), level: t.level + 1}
		err := inner.read(depth + 1)
		if err == nil {
			err = kept.Flush()
		} else if errors.Is(damaged(err), errTNEF) && !t.stopped() {
			t.w.defect("tnef-damaged", "a message of Outlook cannot be read to its end", nil)
			err = kept.Flush()
		}
		if err != nil {
			return err
		}
	}
	return t.content(t.r)
}

// string reads a value that is text.
func (t *tnefReader) string(p property, most int) (string, error) {
	data, err := io.ReadAll(io.LimitReader(t.r, int64(most)))
	if err != nil {
		return "", err
	}
	charset := t.codepage
	if p.kind == kindUnicode {
		charset = "utf-16le"
	}
	return string(toUTF8(nil, charset, data)), nil // which drops the NUL at its end
}
