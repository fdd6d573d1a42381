package pop3box

import (
	"bufio"
	"io"
	"net"
	"time"
)

// NewDotReader returns the reader of multi-line answers.
func NewDotReader(r *bufio.Reader) io.Reader { return &dotReader{r: r} }

// Answers are what a server says, read as its answers to commands.
type Answers struct{ *conn }

// NewAnswers reads from c.
func NewAnswers(c net.Conn) Answers { return Answers{newConn(c, time.Minute)} }

// Status reads a status line: whether it is +OK, and its code where not.
func (a Answers) Status() (ok bool, code string, err error) {
	r, err := a.status()
	if r.refusal != nil {
		return false, r.refusal.code, nil //nolint:nilerr // it is the refusal
	}
	return err == nil, "", err
}

// Capabilities reads the answer to CAPA.
func (a Answers) Capabilities() ([]string, error) {
	caps, err := a.capabilities()
	return caps.names(), err
}

// Listing reads the answer to LIST or UIDL.
func (a Answers) Listing(each func(number int, rest string) error) error {
	return a.listing("LIST", each)
}
