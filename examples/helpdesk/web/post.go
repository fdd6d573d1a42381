package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/examples/helpdesk/demo"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
)

// shownMails is how many mails sent are listed.
const shownMails = 200

// A letter is a mail that somebody got.
type letter struct {
	N int // in the order in which they were sent, from 1
	*message.Message
}

// sent lists the mails that have reached their readers, the newest first.
func (s *site) sent(w http.ResponseWriter, r *http.Request) {
	who := s.reader(r)
	raw := s.Post.Sent()
	var all []letter
	for i := len(raw) - 1; i >= max(0, len(raw)-shownMails); i-- {
		m, err := demo.ReadMail(r.Context(), raw[i])
		if err != nil {
			s.fail(w, r, who, err)
			return
		}
		all = append(all, letter{i + 1, m})
	}
	s.show(w, r, who, "mails", http.StatusOK, all)
}

func (s *site) sentMail(w http.ResponseWriter, r *http.Request) {
	who := s.reader(r)
	m, err := s.letter(r.Context(), r.PathValue("n"))
	if err != nil {
		s.fail(w, r, who, err)
		return
	}
	s.show(w, r, who, "mail", http.StatusOK, m)
}

func (s *site) letter(ctx context.Context, number string) (letter, error) {
	n, err := strconv.Atoi(number)
	all := s.Post.Sent()
	if err != nil || n < 1 || n > len(all) {
		return letter{}, fmt.Errorf("mail %s: %w", number, storage.ErrNotFound)
	}
	m, err := demo.ReadMail(ctx, all[n-1])
	return letter{n, m}, err
}

// writeForm asks for a mail of somebody outside, or for his answer to one.
func (s *site) writeForm(w http.ResponseWriter, r *http.Request) {
	who := s.reader(r)
	l := demo.Letter{To: mail.Address{Address: demo.SupportAddress}}
	if who.Address != "" {
		l.From = mail.Address{Name: who.Name, Address: who.Address}
	}
	if n := r.FormValue("answer"); n != "" {
		m, err := s.letter(r.Context(), n)
		if err != nil {
			s.fail(w, r, who, err)
			return
		}
		if len(m.To) > 0 {
			l.From = mail.Address{Name: m.To[0].Name, Address: m.To[0].Address}
		}
		l = demo.Answer(m.Message, l.From)
	}
	s.showWrite(w, r, who, http.StatusOK, l, "")
}

func (s *site) showWrite(w http.ResponseWriter, r *http.Request, who escalation.Person, status int, l demo.Letter, failure string) {
	from := ""
	if l.From.Address != "" {
		from = rawAddress(l.From)
	}
	from = cmp.Or(r.PostFormValue("from"), from)
	s.show(w, r, who, "write", status, map[string]any{
		"From": from, "Letter": l, "Error": failure, "Written": r.FormValue("written") != "",
		"To": []string{demo.SupportAddress, demo.ShopAddress},
	})
}

// rawAddress writes an address as people type it: String would encode a name
// such as Émile.
func rawAddress(a mail.Address) string {
	if a.Name == "" {
		return a.Address
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(a.Name) + `" <` + a.Address + `>`
}

// write brings the mail to the company's mailbox.
func (s *site) write(w http.ResponseWriter, r *http.Request) {
	who := s.reader(r)
	files, closeFiles, err := formFiles(r)
	defer closeFiles()
	l := demo.Letter{
		Subject: r.PostFormValue("subject"), Text: formText(r), InReplyTo: r.PostFormValue("in-reply-to"),
		Automatic: r.PostFormValue("automatic") != "", Date: time.Now(),
		To: mail.Address{Address: r.PostFormValue("to")},
	}
	if err == nil {
		err = fill(&l, r.PostFormValue("from"))
	}
	if err == nil && len(files) > 0 {
		l.FileName = files[0].Name
		l.File, err = io.ReadAll(files[0].Content)
	}
	var raw []byte
	if err == nil {
		raw, err = l.Bytes()
	}
	if err != nil {
		status, text := s.explain(r, who, err)
		s.showWrite(w, r, who, status, l, text)
		return
	}
	err = s.forms.once(w, r, who, func(w http.ResponseWriter) error {
		if err := s.Post.Deliver(l.To.Address, raw); err != nil {
			return err
		}
		for _, id := range s.boxes(r.Context(), l.To.Address) {
			s.Engine.PollSoon(id)
		}
		http.Redirect(w, r, "/write?written=1", http.StatusSeeOther)
		return nil
	})
	if err != nil {
		s.fail(w, r, who, err)
	}
}

// fill reads the sender, and refuses a mail to somebody else than the company.
func fill(l *demo.Letter, from string) error {
	a, err := mail.ParseAddress(from)
	if err != nil {
		return errors.Join(errSender, err)
	}
	l.From = *a
	if !slices.Contains([]string{demo.SupportAddress, demo.ShopAddress}, l.To.Address) {
		return errElsewhere
	}
	return nil
}

// boxes returns the mailboxes with an address.
func (s *site) boxes(ctx context.Context, address string) []mailbox.ID {
	routes, err := s.Engine.Routes(ctx)
	if err != nil {
		return nil // the interval brings it as well
	}
	var ids []mailbox.ID
	for _, m := range routes.Mailboxes {
		if m.Address == address {
			ids = append(ids, m.ID)
		}
	}
	return ids
}
