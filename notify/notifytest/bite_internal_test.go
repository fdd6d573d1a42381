package notifytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/notify"
)

// A flawed sender is right but for one thing.
type flawed struct {
	mu    sync.Mutex
	got   []Received
	fault Fault
	flaw  string
	last  notify.Mail // that was begun to be sent
}

func (s *flawed) Send(ctx context.Context, m notify.Mail) error {
	if ctx.Err() != nil && s.flaw != "ignores ended context" {
		return ctx.Err()
	}
	if s.flaw == "own Message-ID" {
		m.MessageID = "made@own.example"
	}
	if s.flaw == "forgets files" {
		m.Attachments = nil
	}
	s.begin(m)
	var b bytes.Buffer
	if err := notify.Encode(ctx, &b, m); err != nil {
		switch {
		case s.flaw == "sends half" && b.Len() > 0:
			s.take(m, b.Bytes())
			return err
		case s.flaw == "invalid for its file":
			return fmt.Errorf("%w: %w", notify.ErrInvalidMail, err)
		}
		if s.flaw == "invalid is temporary" {
			return errors.New("cannot send")
		}
		return err
	}
	if err := s.answer(ctx, m); err != nil {
		return err
	}
	data := b.Bytes()
	if s.flaw == "loses dots" {
		data = bytes.ReplaceAll(data, []byte("\r\n.."), []byte("\r\n."))
	}
	s.take(m, data)
	if s.flaw == "sends twice" || s.flaw == "sends twice in parallel" && strings.HasPrefix(m.ID, "m15") {
		s.take(m, data)
	}
	return nil
}

func (s *flawed) begin(m notify.Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = m
}

func (s *flawed) take(m notify.Mail, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flaw == "mixes up recipients" {
		m = s.last
	}
	s.got = append(s.got, Received{To: m.To.Address, Data: data})
}

func (s *flawed) answer(ctx context.Context, m notify.Mail) error {
	config := &notify.ConfigError{Step: "AUTH", Err: errors.New("no")}
	recipient := &notify.RecipientError{Address: m.To.Address, Err: errors.New("no")}
	switch s.fault {
	case BadRecipient:
		switch {
		case m.To.Address != Refused:
			return nil
		case s.flaw == "recipient is config":
			return config
		case s.flaw == "no address":
			recipient.Address = ""
		}
		return recipient
	case BadConfig:
		if s.flaw == "config is recipient" {
			return recipient
		}
		return config
	case Temporary:
		if s.flaw == "temporary is config" {
			return config
		}
		return errors.New("try later")
	case Silent:
		if s.flaw == "gives up early" {
			return errors.New("tired")
		}
		if s.flaw == "ignores ended context" {
			time.Sleep(100 * time.Millisecond)
			return nil
		}
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

// TestSuiteBites runs the suite's checks on senders with one flaw each.
func TestSuiteBites(t *testing.T) {
	for flaw, want := range map[string]string{
		"":                        "",
		"sends twice":             "DeliversOnce",
		"loses dots":              "DeliversAsEncoded",
		"own Message-ID":          "RepeatIsTheSameMail",
		"forgets files":           "DeliversAttachments",
		"sends half":              "SendsNoHalfMail",
		"invalid for its file":    "SendsNoHalfMail",
		"sends twice in parallel": "SendsInParallel",
		"mixes up recipients":     "SendsInParallel",
		"invalid is temporary":    "RefusesInvalidMail",
		"ignores ended context":   "RespectsEndedContext",
		"gives up early":          "ReturnsWhenContextEnds",
		"no address":              "NamesBadRecipient",
		"recipient is config":     "NamesBadRecipient",
		"config is recipient":     "TellsConfigFromRecipient",
		"temporary is config":     "TemporaryIsNeither",
	} {
		t.Run(flaw, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { bites(t, flaw, want) }) // in which nobody is late
		})
	}
}

func bites(t *testing.T, flaw, want string) {
	failed := map[string]error{}
	for _, c := range checks {
		s := &flawed{flaw: flaw, fault: c.fault}
		x := Exit{
			Sender:   s,
			Received: func() []Received { s.mu.Lock(); defer s.mu.Unlock(); return s.got },
			Refuse:   func(f Fault) { s.fault = f },
		}
		if err := c.check(t.Context(), x); err != nil {
			failed[c.name] = err
		}
	}
	if want == "" && len(failed) > 0 {
		t.Errorf("a good sender fails: %v", failed)
	}
	if want != "" && failed[want] == nil {
		t.Errorf("%s does not see it; failed: %v", want, failed)
	}
}
