package message

import (
	"context"
	"errors"
	"io"
	"strings"
)

// A Decrypter opens the encrypted parts of mails: it has the keys, which this
// package has not.
//
// Implementations are safe for concurrent use.
type Decrypter interface {
	// Decrypt returns the MIME entity, header and body, that p holds. It is
	// read like the rest of the mail, within the same limits and at most
	// [Limits].Unpacked bytes of it; if it is an io.Closer, it is closed
	// afterwards. An error, also of the reader, costs nothing but the view of
	// the part: it is a [Defect], whose text quotes it.
	Decrypt(ctx context.Context, p EncryptedPart) (io.Reader, error)
}

// An EncryptedPart is what a [Decrypter] is handed.
type EncryptedPart struct {
	// Type is the protocol of a multipart/encrypted, as a rule
	// "application/pgp-encrypted" (RFC 3156), or "application/pkcs7-mime"
	// (RFC 8551).
	Type string
	// SMIMEType is the parameter smime-type of S/MIME in lower case, for
	// example "enveloped-data" or "signed-data"; it may be empty.
	SMIMEType string
	// Content is the part without its transfer encoding. It may be read until
	// the reader that Decrypt returns is at its end, and not concurrently.
	Content io.Reader
}

const (
	pgpEncrypted = "application/pgp-encrypted"
	pkcs7MIME    = "application/pkcs7-mime"

	maxDecrypted = 4 // decryptions in each other; signed, encrypted and signed again is common
)

// isEncrypted reports whether a part is for a [Decrypter]. protocol is that of
// the multipart/encrypted it stands in. Opaque signatures are among them: what
// they sign can be read only by taking them apart.
func isEncrypted(h partHeader, protocol string) bool {
	switch {
	case protocol != "":
		return h.mediaType != protocol // the part of that type holds control data
	case h.mediaType == pkcs7MIME, h.mediaType == "application/x-pkcs7-mime":
		return h.smimeType != "certs-only"
	}
	return h.mediaType == "application/octet-stream" && strings.HasSuffix(strings.ToLower(h.name), ".p7m")
}

// decrypt reads what the Decrypter makes of the part that has just begun.
func (w *walker) decrypt(content *contentReader) error {
	if w.decryptions >= maxDecrypted {
		w.defect("too-deep", "a part encrypted too often is not looked into", nil)
		return nil
	}
	h := w.leaf.head
	p := EncryptedPart{Type: h.protocol, Content: content}
	if p.Type == "" {
		p.Type, p.SMIMEType = pkcs7MIME, strings.Clone(h.smimeType)
	}
	r, err := w.opts.Decrypter.Decrypt(w.ctx, p)
	if err == nil && r == nil {
		err = errors.New("nothing came back")
	}
	if err != nil {
		w.decryptionFailed(err, content)
		return nil
	}
	stream := &decrypted{w: w, r: r}
	defer stream.close()
	if err := w.readDecrypted(stream); err != nil {
		return err
	}
	if stream.err != nil {
		w.decryptionFailed(stream.err, content)
	}
	return nil
}

// decryptionFailed notes that a part could not be opened, unless that is
// because the mail itself could not be read on.
func (w *walker) decryptionFailed(err error, content *contentReader) {
	if content.err == nil || errors.Is(content.err, io.EOF) {
		w.defect("decryption-failed", "encrypted part cannot be read: ", []byte(err.Error()))
	}
}

// readDecrypted reads a decrypted entity with a walker of its own.
func (w *walker) readDecrypted(stream io.Reader) error {
	work := workspaces.Get().(*workspace)
	defer work.release()
	inner := newWalker(w.ctx, work, w.opts)
	inner.progress = w.progress
	inner.depth = w.depth + len(w.stack) + 1
	inner.level = w.level + 1
	inner.src.r = stream
	w.decryptions++
	defer func() { w.decryptions-- }()
	h, first, err := work.head.read()
	if err == nil {
		err = inner.walk(h, first)
	}
	if err != nil {
		inner.leaf.discard()
	}
	return err
}

// A decrypted is a stream of the host, bounded, whose errors are its end.
type decrypted struct {
	w     *walker
	r     io.Reader
	err   error // why it ended early
	ended bool
}

func (d *decrypted) Read(p []byte) (n int, err error) {
	const tries = 100
	for range tries {
		if d.ended {
			return 0, io.EOF
		}
		n, err := d.r.Read(p)
		if tooMuch := d.w.take(n); tooMuch != nil {
			d.ended = true
			return 0, io.EOF
		}
		if err != nil {
			d.ended = true
			if !errors.Is(err, io.EOF) {
				d.err = err
			}
		}
		if n > 0 {
			return n, nil
		}
	}
	d.ended, d.err = true, io.ErrNoProgress
	return 0, io.EOF
}

// close closes the stream if that can be done.
func (d *decrypted) close() {
	if c, ok := d.r.(io.Closer); ok {
		_ = c.Close() // all that is wanted was read
	}
}
