package ticketmail_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/ticketmail"
)

func TestNewRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*ticketmail.Config)
		field  string
	}{
		"a sender that is no address": {func(c *ticketmail.Config) { c.From = message.Address{Address: "a b@c"} }, "Config.From.Address"},
		"a sender with a line break":  {func(c *ticketmail.Config) { c.From = message.Address{Address: "a@b.example\r\nBcc: x@y"} }, "Config.From.Address"},
		"OAuth without a sealer":      {func(c *ticketmail.Config) { c.OAuth.RedirectURI = "https://erp.example/oauth" }, "Config.OAuth"},
		"OAuth at a bad address": {func(c *ticketmail.Config) {
			c.Sealer, c.OAuth.RedirectURI = ring(t), "http://erp.example/oauth"
		}, "Config.OAuth"},
	} {
		t.Run(name, func(t *testing.T) {
			h := build(t, nil)
			_, err := ticketmail.New(t.Context(), h.cfg(tt.change))
			if f, ok := errors.AsType[*mailbox.FieldError](err); !ok || f.Field != tt.field {
				t.Errorf("New = %v, want a refusal of %s", err, tt.field)
			}
		})
	}
}

func TestTicketIDIsRefused(t *testing.T) {
	h := build(t, nil)
	for _, id := range []ticketmail.TicketID{"a/b c", "x]y", "a\nb"} {
		_, err := h.CreateTicket(t.Context(), bea, ticketmail.NewTicket{ID: id, Subject: "Printer", Text: "It burns.", Task: "helpdesk"})
		if !errors.Is(err, ticketmail.ErrInvalid) {
			t.Errorf("a ticket of id %q: %v", id, err)
		}
	}
}

// What is refused is named as the caller knows it, not as what it contradicts.
func TestMailboxIsBlamed(t *testing.T) {
	h := build(t, func(c *ticketmail.Config) { c.Sealer = ring(t) })
	ctx := t.Context()
	must(t, h.PutMailbox(ctx, box2(nil)))
	must(t, h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"}))
	must(t, h.PutMailbox(ctx, box2(func(m *mailbox.Mailbox) { m.ID, m.User = "aaa", "aaa" })))
	err := h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "aaa", Task: "elsewhere"})
	if f, ok := errors.AsType[*mailbox.FieldError](err); !ok || f.Field != "Task" || !strings.Contains(f.Reason, `"sales"`) {
		t.Errorf("AssignMailbox = %v", err)
	}
	err = h.PutMailbox(ctx, box2(func(m *mailbox.Mailbox) { m.ID = "aab" }))
	if f, ok := errors.AsType[*mailbox.FieldError](err); !ok || f.Field != "Folders" || !strings.Contains(f.Reason, "sales") {
		t.Errorf("PutMailbox = %v", err)
	}
	err = h.PutMailbox(ctx, box2(func(m *mailbox.Mailbox) {
		m.ID, m.Folders, m.After, m.MoveTo = "aab", []string{"Other"}, mailbox.AfterMove, "inbox"
	}))
	if f, ok := errors.AsType[*mailbox.FieldError](err); !ok || f.Field != "MoveTo" {
		t.Errorf("a mailbox that moves into another: %v", err)
	}
}

func TestSecondRunIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, server := withServer(t, nil)
		time.AfterFunc(time.Minute, func() {
			if err := h.Run(t.Context()); !errors.Is(err, ticketmail.ErrRunning) {
				t.Errorf("a second Run = %v", err)
			}
		})
		runFor(t, h, server, 2*time.Minute)
		runFor(t, h, server, 2*time.Minute) // one after the other is fine
		synctest.Wait()
	})
}

// A poll that the end of Run interrupts is no success.
func TestInterruptedPollIsNoSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, server := withServer(t, nil)
		server.OnCall(func(c mailboxtest.Call) error {
			if c.Op == mailboxtest.OpSelect {
				time.Sleep(time.Hour)
				return context.Canceled
			}
			return nil
		})
		runFor(t, h, server, time.Minute)
		list, err := h.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if s := list[0]; !s.LastSuccess.IsZero() || s.Polling {
			t.Errorf("status = %+v", s)
		}
	})
}

// A poll that is asked for while one is under way follows it.
func TestPollSoonDuringAPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, server := withServer(t, hourly)
		first := true
		server.OnCall(func(c mailboxtest.Call) error {
			if c.Op == mailboxtest.OpList && first {
				first = false
				h.PollSoon("support")
			}
			return nil
		})
		runFor(t, h, server, time.Minute)
		if n := server.Count(mailboxtest.OpList); n != 2 {
			t.Errorf("%d polls, want 2", n)
		}
	})
}
