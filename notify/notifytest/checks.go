package notifytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"sync"
	"time"

	"example.com/ticketmail/notify"
)

// A check returns an error that explains the rule that was broken, so that
// the suite itself can be tested with senders that break it.
type check struct {
	name  string
	fault Fault // set before the check
	check func(ctx context.Context, x Exit) error
}

var checks = []check{
	{"DeliversOnce", Healthy, deliversOnce},
	{"DeliversAsEncoded", Healthy, deliversAsEncoded},
	{"DeliversAttachments", Healthy, deliversAttachments},
	{"SendsNoHalfMail", Healthy, sendsNoHalf},
	{"RepeatIsTheSameMail", Healthy, repeatIsTheSame},
	{"SendsInParallel", Healthy, sendsInParallel},
	{"RefusesInvalidMail", Healthy, refusesInvalid},
	{"RespectsEndedContext", Healthy, respectsEnded},
	{"ReturnsWhenContextEnds", Silent, returnsWhenEnded},
	{"NamesBadRecipient", BadRecipient, namesRecipient},
	{"TellsConfigFromRecipient", BadConfig, tellsConfig},
	{"TemporaryIsNeither", Temporary, temporaryIsNeither},
}

func deliversOnce(ctx context.Context, x Exit) error {
	for i := range 3 {
		if err := x.Sender.Send(ctx, newMail(fmt.Sprintf("m%d", i), fmt.Sprintf("p%d@corp.example", i))); err != nil {
			return err
		}
	}
	return expect(x, "p0@corp.example", "p1@corp.example", "p2@corp.example")
}

// expect checks that exactly one message arrived for each recipient.
func expect(x Exit, to ...string) error {
	count := map[string]int{}
	for _, r := range x.Received() {
		count[r.To]++
	}
	for _, a := range to {
		if count[a] != 1 {
			return fmt.Errorf("%d messages for %s, want 1", count[a], a)
		}
	}
	if len(count) != len(to) {
		return fmt.Errorf("messages for %d recipients, want %d", len(count), len(to))
	}
	return nil
}

func deliversAsEncoded(ctx context.Context, x Exit) error {
	m := newMail("hostile", "kim@customer.example")
	m.Subject = "Grüße\r\nBcc: v@x.example"
	m.Text = ".\n..\n.\r\n\r\nMAIL FROM:<v@x.example>\r\nFrom me\nlast " + strings.Repeat("long ", 500) + "ü\x00"
	m.HTML = "<p>\n.\n</p>"
	return arrives(ctx, x, m)
}

// arrives sends a mail and checks that it arrives as notify.Encode writes it.
func arrives(ctx context.Context, x Exit, m notify.Mail) error {
	if err := x.Sender.Send(ctx, m); err != nil {
		return err
	}
	got := x.Received()
	if len(got) != 1 {
		return fmt.Errorf("%d messages arrived, want 1", len(got))
	}
	var want bytes.Buffer
	if err := notify.Encode(ctx, &want, m); err != nil {
		return err
	}
	if !bytes.HasSuffix(got[0].Data, want.Bytes()) { // an exit may add trace fields in front
		return fmt.Errorf("the message arrived changed:\n%.2000q\nwant\n%.2000q", got[0].Data, want.Bytes())
	}
	return nil
}

func repeatIsTheSame(ctx context.Context, x Exit) error {
	for range 2 {
		if err := x.Sender.Send(ctx, newMail("m1", "kim@customer.example")); err != nil {
			return err
		}
	}
	for _, r := range x.Received() {
		m, err := parse(r)
		if err != nil {
			return err
		}
		if id := m.Header.Get("Message-Id"); id != "<m1@tickets.example>" {
			return fmt.Errorf("a repeat has the Message-ID %s; a sender must not make its own", id)
		}
	}
	return nil
}

func parse(r Received) (*mail.Message, error) { return mail.ReadMessage(bytes.NewReader(r.Data)) }

// sendsInParallel sends mails whose files open when all are being sent, if the
// sender lets them be, so that they overlap for certain.
func sendsInParallel(ctx context.Context, x Exit) error {
	const n = 16
	errs, to := make([]error, n), make([]string, n)
	all := newMeeting(n)
	var wg sync.WaitGroup
	for i := range n {
		to[i] = fmt.Sprintf("p%d@corp.example", i)
		m := newMail(fmt.Sprintf("m%d", i), to[i])
		content := []byte("file of " + m.ID)
		m.Attachments = []notify.Attachment{{Name: "file.bin", Type: "application/octet-stream", Blob: blobOf(content)}}
		m.Files = meetingFile{file{content, io.EOF}, sync.OnceFunc(all.meet)}
		wg.Go(func() { errs[i] = x.Sender.Send(ctx, m) })
	}
	wg.Wait()
	if err := errors.Join(errors.Join(errs...), expect(x, to...)); err != nil {
		return err
	}
	for _, r := range x.Received() {
		m, err := parse(r)
		if err != nil {
			return err
		}
		want := "<m" + strings.TrimSuffix(strings.TrimPrefix(r.To, "p"), "@corp.example") + "@tickets.example>"
		if id := m.Header.Get("Message-Id"); id != want {
			return fmt.Errorf("%s got the mail %s, want %s: mails sent at once are mixed up", r.To, id, want)
		}
	}
	return nil
}

func refusesInvalid(ctx context.Context, x Exit) error {
	m := newMail("m1", "a@b.example>\r\nRCPT TO:<v@x.example")
	if err := x.Sender.Send(ctx, m); !errors.Is(err, notify.ErrInvalidMail) {
		return fmt.Errorf("a recipient with line breaks gives %v, want notify.ErrInvalidMail", err)
	}
	if n := len(x.Received()); n != 0 {
		return fmt.Errorf("%d messages arrived of a mail that cannot be written", n)
	}
	return x.Sender.Send(ctx, newMail("m2", "kim@customer.example"))
}

func respectsEnded(ctx context.Context, x Exit) error {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	if err := x.Sender.Send(ctx, newMail("m1", "kim@customer.example")); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("Send with an ended context gives %v, want context.Canceled", err)
	}
	if n := len(x.Received()); n != 0 {
		return fmt.Errorf("%d messages arrived, sent with an ended context", n)
	}
	return nil
}

func returnsWhenEnded(ctx context.Context, x Exit) error {
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- x.Sender.Send(short, newMail("m1", "kim@customer.example")) }()
	select {
	case err := <-done:
		if !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("Send whose context ended gives %v, want context.DeadlineExceeded", err)
		}
		return nil
	case <-time.After(patience):
		return fmt.Errorf("Send does not return %s after its context ended", patience)
	}
}

func namesRecipient(ctx context.Context, x Exit) error {
	err := x.Sender.Send(ctx, newMail("m1", Refused))
	refused, ok := errors.AsType[*notify.RecipientError](err)
	if !ok {
		return fmt.Errorf("a recipient refused for good gives %v, want *notify.RecipientError", err)
	}
	if refused.Address != Refused {
		return fmt.Errorf("RecipientError names %q, want %q", refused.Address, Refused)
	}
	if err := x.Sender.Send(ctx, newMail("m2", "kim@customer.example")); err != nil {
		return fmt.Errorf("the mail after a refused recipient: %w", err)
	}
	return expect(x, "kim@customer.example")
}

func tellsConfig(ctx context.Context, x Exit) error {
	err := x.Sender.Send(ctx, newMail("m1", "kim@customer.example"))
	if _, ok := errors.AsType[*notify.RecipientError](err); ok {
		return fmt.Errorf("the exit refuses us, and the recipient is blamed: %w", err)
	}
	if _, ok := errors.AsType[*notify.ConfigError](err); !ok {
		return fmt.Errorf("the exit refuses us: %v, want *notify.ConfigError", err)
	}
	return nil
}

func temporaryIsNeither(ctx context.Context, x Exit) error {
	err := x.Sender.Send(ctx, newMail("m1", "kim@customer.example"))
	_, recipient := errors.AsType[*notify.RecipientError](err)
	_, config := errors.AsType[*notify.ConfigError](err)
	if err == nil || recipient || config || errors.Is(err, notify.ErrInvalidMail) {
		return fmt.Errorf("an exit that cannot take the mail now gives %v, want an error that is none of notify's", err)
	}
	x.Refuse(Healthy)
	if err := x.Sender.Send(ctx, newMail("m1", "kim@customer.example")); err != nil {
		return fmt.Errorf("the next attempt: %w", err)
	}
	return expect(x, "kim@customer.example")
}
