package demo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-smtp"
)

// Password opens every mailbox of a [PostOffice]. It listens on the loopback
// interface only.
const Password = "demo"

// maxMail bounds a mail that the post office takes, in bytes.
const maxMail = 32 << 20

// A PostOffice is the mail server of everybody in the demonstration. Mail to
// the company's mailboxes lies there until it is fetched by IMAP; all other
// mail has reached its reader and is kept for the page that shows it.
type PostOffice struct {
	IMAPPort int
	SMTPAddr string

	boxes map[string]*imapmemserver.User // by address
	imap  *imapserver.Server
	smtp  *smtp.Server

	mu   sync.Mutex
	sent [][]byte
}

// OpenPostOffice starts a post office with mailboxes for addresses; the user
// name of each is its address.
func OpenPostOffice(addresses ...string) (*PostOffice, error) {
	p := &PostOffice{boxes: map[string]*imapmemserver.User{}}
	mem := imapmemserver.New()
	for _, a := range addresses {
		user := imapmemserver.NewUser(a, Password)
		if err := user.Create("INBOX", nil); err != nil {
			return nil, err
		}
		mem.AddUser(user)
		p.boxes[a] = user
	}
	p.imap = imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapUIDPlus: {}, imap.CapMove: {}},
		InsecureAuth: true,
		Logger:       log.New(io.Discard, "", 0), // it calls a clean stop an error
	})
	p.smtp = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &delivery{post: p}, nil }))
	p.smtp.Domain = "post.example"
	p.smtp.MaxMessageBytes = maxMail

	imapPort, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	smtpPort, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, imapPort.Close())
	}
	p.IMAPPort, p.SMTPAddr = imapPort.Addr().(*net.TCPAddr).Port, smtpPort.Addr().String()
	go func() { _ = p.imap.Serve(imapPort) }()
	go func() { _ = p.smtp.Serve(smtpPort) }()
	return p, nil
}

// Close stops the servers. What lies there is gone.
func (p *PostOffice) Close() error { return errors.Join(p.imap.Close(), p.smtp.Close()) }

// Deliver brings a mail to an address: into its mailbox, or to its reader.
func (p *PostOffice) Deliver(to string, raw []byte) error {
	if user := p.boxes[strings.ToLower(to)]; user != nil {
		if _, err := user.Append("INBOX", bytes.NewReader(raw), &imap.AppendOptions{}); err != nil {
			return fmt.Errorf("deliver to %s: %w", to, err)
		}
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, raw)
	return nil
}

// Sent returns the mails that have reached their readers, oldest first.
func (p *PostOffice) Sent() [][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.sent)
}

// A delivery is one SMTP connection.
type delivery struct {
	post *PostOffice
	to   []string
}

func (d *delivery) Mail(string, *smtp.MailOptions) error { return nil }

func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "nobody@") { // somebody whose mail is refused, to be tried out
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "nobody of that name here"}
	}
	d.to = append(d.to, to)
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	for _, to := range d.to {
		if err := d.post.Deliver(to, raw); err != nil {
			return err
		}
	}
	return nil
}

func (d *delivery) Reset()        { d.to = nil }
func (d *delivery) Logout() error { return nil }
