package ticketmail_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

var (
	leave = ticketmail.Terms{Scope: ticketmail.LeaveThere}
	all   = ticketmail.Terms{}
)

// aMatter is the n-th of many mails that have nothing to do with each other.
func aMatter(n int) string {
	return mail("x@y.example", fmt.Sprintf("matter %d", n), fmt.Sprintf("%d@y.example", n), fmt.Sprintf("text %d", n))
}

// full is a house whose mailbox held n mails before anybody knew it.
func full(t testing.TB, n int, change func(*ticketmail.Config)) (house, *mailboxtest.Server) {
	t.Helper()
	server := mailboxtest.NewServer()
	for i := range n {
		server.Add("INBOX", aMatter(i))
	}
	return build(t, func(c *ticketmail.Config) {
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server, mailbox.POP3: server}
		if change != nil {
			change(c)
		}
	}), server
}

// overPOP3 makes a mailbox of a server in memory one that is read over POP3.
func overPOP3(c *ticketmail.Config) { c.Routes.Mailboxes[0].Protocol = mailbox.POP3 }

func (h house) consent(terms ticketmail.Terms) {
	h.t.Helper()
	if err := h.Consent(h.t.Context(), bea, "support", terms); err != nil {
		h.t.Fatal(err)
	}
}

// asked polls and wants to be asked for consent, with nothing touched.
func (h house) asked(server *mailboxtest.Server) *ticketmail.ConsentError {
	h.t.Helper()
	from := len(server.Calls())
	_, err := h.Poll(h.t.Context(), "support")
	c, ok := errors.AsType[*ticketmail.ConsentError](err)
	if !ok {
		h.t.Fatalf("Poll = %v, want a ConsentError", err)
	}
	if op := touched(server.Calls()[from:]); op != "" {
		h.t.Errorf("%s before consent", op)
	}
	return c
}

// touched returns the first call that fetches or changes mails.
func touched(calls []mailboxtest.Call) mailboxtest.Op {
	for _, c := range calls {
		switch c.Op {
		case mailboxtest.OpFetch, mailboxtest.OpBody, mailboxtest.OpRemove, mailboxtest.OpMove, mailboxtest.OpFlag:
			return c.Op
		}
	}
	return ""
}

// admission returns what is remembered of the only folder.
func (h house) admission() ticketmail.Admission {
	h.t.Helper()
	list, err := h.Admissions(h.t.Context(), "support")
	if err != nil || len(list) != 1 {
		h.t.Fatalf("Admissions = %+v, %v", list, err)
	}
	return list[0]
}

// restarted is the house with an engine that knows only what the store knows.
func (h house) restarted(change func(*ticketmail.Config)) house {
	h.t.Helper()
	var err error
	if h.Engine, err = ticketmail.New(h.t.Context(), h.cfg(change)); err != nil {
		h.t.Fatal(err)
	}
	return h
}

func serving(server *mailboxtest.Server, more func(*ticketmail.Config)) func(*ticketmail.Config) {
	return func(c *ticketmail.Config) {
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server, mailbox.POP3: server}
		if more != nil {
			more(c)
		}
	}
}

func TestConsentErrorHoldsTheInventory(t *testing.T) {
	h, server := full(t, 12, nil)
	for i, uid := range server.UIDs("INBOX") {
		server.SetArrived("INBOX", uid, noon.AddDate(-i, 0, 0))
		server.SetRead("INBOX", uid, true)
	}
	server.Add("Sent", "Subject: sent\r\n\r\nbody\r\n")
	c := h.asked(server)
	want := mailbox.Inventory{
		Folder: "INBOX", Validity: 1, Mails: 12, Bytes: c.Bytes, At: noon, Oldest: noon.AddDate(-11, 0, 0), Newest: noon, Sampled: 12,
		Personal: false, Reasons: c.Reasons,
	}
	if diff := cmp.Diff(want, c.Inventory); diff != "" {
		t.Errorf("inventory (-want +got):\n%s", diff)
	}
	asked, err := h.Inventory(t.Context(), "support")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]mailbox.Inventory{want}, asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	if op := touched(server.Calls()); op != "" {
		t.Errorf("%s for an inventory", op)
	}
	h, server = full(t, 12, func(c *ticketmail.Config) { c.Routes.Mailboxes[0].Address = "carl@erp.example" })
	for _, uid := range server.UIDs("INBOX") {
		server.SetRead("INBOX", uid, false)
	}
	if c := h.asked(server); !c.Personal || !strings.Contains(c.Error(), "person's own mailbox: its address is that of a person") {
		t.Errorf("Carl's own mailbox: %v", c)
	}
}

// An inventory of what is not served, and of what cannot be looked at.
func TestInventoryOfAnyMailbox(t *testing.T) {
	h, server := full(t, 3, func(c *ticketmail.Config) {
		c.Routes.Assignments = nil
		c.Routes.Mailboxes[0].Inactive = true
		c.Routes.Mailboxes[0].Folders = []string{"Nowhere", "INBOX"}
	})
	list, err := h.Inventory(t.Context(), "support")
	if _, missing := errors.AsType[*mailbox.FolderError](err); !missing || len(list) != 1 || list[0].Mails != 3 {
		t.Errorf("Inventory = %+v, %v, want that of INBOX and a FolderError", list, err)
	}
	if _, err := h.Inventory(t.Context(), "nobody"); !errors.Is(err, ticketmail.ErrUnknownMailbox) {
		t.Errorf("an unknown mailbox: %v", err)
	}
	broken := errors.New("broken")
	server.FailCall(mailboxtest.OpSurvey, server.Count(mailboxtest.OpSurvey)+1, broken)
	if _, err := h.Inventory(t.Context(), "support"); !errors.Is(err, broken) {
		t.Errorf("a server that lets nobody look: %v", err)
	}
	if server.Open() != 0 {
		t.Errorf("%d sessions are open", server.Open())
	}
}

// TestOnlyNewer: the very moment counts as newer, a mail without a time never.
func TestOnlyNewer(t *testing.T) {
	since := noon.AddDate(0, 0, -3)
	for name, tt := range map[string]struct {
		arrived time.Time
		taken   bool
	}{
		"a year before":        {since.AddDate(-1, 0, 0), false},
		"a moment before":      {since.Add(-time.Second), false},
		"the same, elsewhere":  {since.Add(-time.Second).In(time.FixedZone("", 14*3600)), false},
		"at that time":         {since, true},
		"then, in another day": {since.In(time.FixedZone("", -12*3600)), true},
		"later":                {since.Add(time.Second), true},
		"from the future":      {since.AddDate(1, 0, 0), true},
		"not told":             {time.Time{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			h, server := full(t, 1, nil)
			server.SetArrived("INBOX", "1", tt.arrived)
			_ = h.asked(server)
			h.consent(ticketmail.Terms{Scope: ticketmail.ImportNewer, Since: since})
			for range 3 {
				h.poll()
				h = h.restarted(serving(server, nil))
			}
			if gone := len(server.Raws("INBOX")) == 0; gone != tt.taken || len(h.tickets()) == 1 != tt.taken {
				t.Errorf("taken = %t, want %t", gone, tt.taken)
			}
			if n := h.admission().Untouched; n == 1 == tt.taken {
				t.Errorf("%d mails untouched", n)
			}
		})
	}
}

// TestLeaveThere: what is there stays, whatever happens, and is one fact; what
// comes later is taken.
func TestLeaveThere(t *testing.T) {
	for name, more := range map[string]func(*ticketmail.Config){"IMAP": nil, "POP3": overPOP3} {
		t.Run(name, func(t *testing.T) {
			h, server := full(t, 30, more)
			if more != nil {
				server.SetCloseAfter("INBOX", 3)
			}
			old := server.Raws("INBOX")
			_ = h.asked(server)
			h.consent(leave)
			h.poll()
			for i := range 4 {
				for j := range 4 {
					server.Add("INBOX", aMatter(100+10*i+j))
				}
				if r := h.poll(); r.Tickets != 4 || r.Untouched != 30 || r.Left != 0 {
					t.Errorf("poll %d = %+v", i, r)
				}
				h = h.restarted(serving(server, more))
				h.consent(leave) // again, as a program does at each start
			}
			if diff := cmp.Diff(old, server.Raws("INBOX")); diff != "" {
				t.Errorf("in the folder (-want +got):\n%s", diff)
			}
			if a := h.admission(); a.Untouched != 30 || a.Bytes == 0 || a.By != "bea" || a.At != noon || a.Terms != leave || !a.Given || a.Again {
				t.Errorf("Admission = %+v", a)
			}
			if n := len(h.journal()); n != 16 {
				t.Errorf("%d rows in the ledger, want those of the mails that came later", n)
			}
		})
	}
}

// The terms may change, in either direction.
func TestConsentChanges(t *testing.T) {
	for name, more := range map[string]func(*ticketmail.Config){"IMAP": nil, "POP3": overPOP3} {
		t.Run(name, func(t *testing.T) {
			h, server := full(t, 5, more)
			if more != nil {
				server.SetCloseAfter("INBOX", 3)
			}
			h.consent(leave) // before the first look: then that draws the line
			if r := h.poll(); r.Received != 0 || r.Untouched != 5 {
				t.Errorf("left: %+v", r)
			}
			h.consent(all)
			if r := h.poll(); r.Tickets != 5 || r.Untouched != 0 {
				t.Errorf("taken after all: %+v", r)
			}
			if a := h.admission(); a.Untouched != 0 || a.Terms != all {
				t.Errorf("Admission = %+v", a)
			}
			server.Add("INBOX", aMatter(50))
			h.consent(leave)
			if r := h.poll(); r.Received != 0 || r.Untouched != 1 {
				t.Errorf("left from now on: %+v", r)
			}
			server.Add("INBOX", aMatter(51))
			if r := h.poll(); r.Tickets != 1 || r.Untouched != 1 {
				t.Errorf("the next: %+v", r)
			}
		})
	}
}

// TestConsentIsVoid: a server that marks the mails anew might show the old ones
// as new.
func TestConsentIsVoid(t *testing.T) {
	remark := map[string]func(*mailboxtest.Server){
		"IMAP": func(s *mailboxtest.Server) { s.SetValidity("INBOX", 7) },
		"POP3": func(s *mailboxtest.Server) {
			for i, uid := range s.UIDs("INBOX") {
				raw := s.Raws("INBOX")[0]
				s.Vanish("INBOX", uid)
				if s.Add("INBOX", raw) == uid {
					t.Fatal("not marked anew", i)
				}
			}
		},
	}
	for _, again := range []ticketmail.Terms{leave, all} {
		for name, more := range map[string]func(*ticketmail.Config){"IMAP": nil, "POP3": overPOP3} {
			t.Run(name+" "+string(again.Scope), func(t *testing.T) {
				h, server := full(t, 6, more)
				if more != nil {
					server.SetCloseAfter("INBOX", 3)
				}
				h.consent(leave)
				h.poll()
				server.Add("INBOX", aMatter(10))
				h.poll()
				remark[name](server)
				server.Add("INBOX", aMatter(11))
				for range 2 {
					if c := h.asked(server); !c.Again || c.Mails != 7 || !strings.Contains(c.Error(), "again") {
						t.Errorf("ConsentError = %+v", c)
					}
					h = h.restarted(serving(server, more))
				}
				if !h.admission().Again {
					t.Error("nobody is told that consent is needed again")
				}
				h.consent(again)
				if r := h.poll(); r.Untouched != map[ticketmail.Scope]int{ticketmail.LeaveThere: 7}[again.Scope] || r.Received+r.Untouched != 7 {
					t.Errorf("afterwards: %+v", r)
				}
				server.Add("INBOX", aMatter(12))
				if r := h.poll(); r.Tickets != 1 {
					t.Errorf("the next: %+v", r)
				}
			})
		}
	}
}

// Old mails that their owner takes away one by one are not missed while one of
// them is there; when none is, over POP3, others might be the old ones.
func TestOldMailsThatGo(t *testing.T) {
	h, server := full(t, 3, overPOP3)
	server.SetCloseAfter("INBOX", 3)
	h.consent(leave)
	h.poll()
	server.Vanish("INBOX", "1")
	server.Vanish("INBOX", "2")
	server.Add("INBOX", aMatter(9))
	if r := h.poll(); r.Tickets != 1 || r.Untouched != 1 {
		t.Errorf("poll = %+v", r)
	}
	server.Vanish("INBOX", "3")
	if r := h.poll(); r.Received != 0 || h.admission().Untouched != 0 {
		t.Errorf("nothing there: %+v", r)
	}
	server.Add("INBOX", aMatter(10))
	if c := h.asked(server); !c.Again || c.Mails != 1 {
		t.Errorf("ConsentError = %+v", c)
	}
}

// A relisting server lists mails otherwise than they are.
type relisting struct {
	mailbox.Connector
	list func([]mailbox.Item)
}

type relisted struct {
	mailbox.Session
	list func([]mailbox.Item)
}

func (r relisting) Connect(ctx context.Context, m mailbox.Mailbox) (mailbox.Session, error) {
	s, err := r.Connector.Connect(ctx, m)
	return relisted{s, r.list}, err
}

func (r relisted) List(ctx context.Context) ([]mailbox.Item, error) {
	items, err := r.Session.List(ctx)
	r.list(items)
	return items, err
}

// Over POP3 the mails that were left may come under names that others had, or
// under none, some of them only. Then nobody knows which ones are new.
func TestMarksThatMove(t *testing.T) {
	nothing := func([]mailbox.Item) {}
	unnamed := func(uids ...string) func([]mailbox.Item) {
		return func(items []mailbox.Item) {
			for i := range items {
				if len(uids) == 0 || slices.Contains(uids, items[i].UID) {
					items[i].UID, items[i].Weak = "top "+items[i].UID, true
				}
			}
		}
	}
	sizeless := func(items []mailbox.Item) {
		for i := range items {
			items[i].Size = -1
		}
	}
	for name, tt := range map[string]struct {
		first, then func([]mailbox.Item)
		change      func(*mailboxtest.Server)
		void        bool
	}{
		"a new mail": {nothing, nothing, func(*mailboxtest.Server) {}, false},
		"some taken away by their owner": {nothing, nothing, func(s *mailboxtest.Server) {
			s.Vanish("INBOX", "2")
		}, false},
		"renumbered in part": {nothing, nothing, func(s *mailboxtest.Server) { // the first is gone, the others move up
			raws := s.Raws("INBOX")
			s.Vanish("INBOX", "3")
			s.Announce("INBOX", "1", int64(len(raws[1])+1))
		}, true},
		"sizes not told":           {nothing, sizeless, func(*mailboxtest.Server) {}, false},
		"sizes told later":         {sizeless, nothing, func(*mailboxtest.Server) {}, false},
		"no unique-id of one":      {nothing, unnamed("2"), func(*mailboxtest.Server) {}, true},
		"no unique-id of the new":  {nothing, unnamed("4"), func(*mailboxtest.Server) {}, true},
		"one without, as before":   {unnamed("2"), unnamed("2"), func(*mailboxtest.Server) {}, false},
		"one without, told now":    {unnamed("2"), nothing, func(*mailboxtest.Server) {}, true},
		"without, some told now":   {unnamed(), unnamed("1", "4"), func(*mailboxtest.Server) {}, true},
		"nothing new, one is gone": {nothing, nothing, func(s *mailboxtest.Server) { s.Vanish("INBOX", "1"); s.Vanish("INBOX", "4") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			lists := tt.first
			h, server := full(t, 3, overPOP3)
			h = h.restarted(func(c *ticketmail.Config) {
				overPOP3(c)
				c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.POP3: relisting{server, func(items []mailbox.Item) { lists(items) }}}
			})
			h.consent(leave)
			h.poll()
			lists = tt.then
			server.Add("INBOX", aMatter(9))
			tt.change(server)
			if tt.void {
				if c := h.asked(server); !c.Again {
					t.Errorf("ConsentError = %+v", c)
				}
				return
			}
			left, fresh := len(server.UIDs("INBOX")), 0
			if slices.Contains(server.UIDs("INBOX"), "4") {
				left, fresh = left-1, 1
			}
			if r := h.poll(); r.Tickets != fresh || r.Untouched != left {
				t.Errorf("poll = %+v, want %d tickets and %d mails untouched", r, fresh, left)
			}
		})
	}
}

// A server without unique-ids names all mails after their headers: a new one is
// taken.
func TestLeaveThereWithoutUniqueIDs(t *testing.T) {
	h, server := full(t, 3, overPOP3)
	h = h.restarted(func(c *ticketmail.Config) {
		overPOP3(c)
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.POP3: relisting{server, func(items []mailbox.Item) {
			for i := range items {
				items[i].Weak = true
			}
		}}}
	})
	h.consent(leave)
	h.poll()
	server.Vanish("INBOX", "2")
	server.Add("INBOX", aMatter(9))
	if r := h.poll(); r.Tickets != 1 || r.Untouched != 2 {
		t.Errorf("poll = %+v", r)
	}
}

// Marks of the first form, eight bytes for each mail and no size, say too
// little: consent is asked again.
func TestMarksWithoutSizes(t *testing.T) {
	h, server := full(t, 3, overPOP3)
	h.consent(leave)
	h.poll()
	key := h.settings("drain-left")[0]
	must(t, h.store.Update(t.Context(), func(w storage.Writer) error {
		return w.Settings().Put(t.Context(), "drain-left", key, make([]byte, 3*8))
	}))
	if c := h.asked(server); !c.Again {
		t.Errorf("ConsentError = %+v", c)
	}
}

func TestConsentRefuses(t *testing.T) {
	h, _ := full(t, 1, overPOP3)
	for name, tt := range map[string]struct {
		id    mailbox.ID
		terms ticketmail.Terms
		field string // empty: ErrUnknownMailbox
	}{
		"unknown mailbox":     {"nobody", all, ""},
		"unknown scope":       {"support", ticketmail.Terms{Scope: "some"}, "Scope"},
		"newer than nothing":  {"support", ticketmail.Terms{Scope: ticketmail.ImportNewer}, "Since"},
		"a time without need": {"support", ticketmail.Terms{Since: noon}, "Since"},
		"POP3 has no dates":   {"support", ticketmail.Terms{Scope: ticketmail.ImportNewer, Since: noon}, "Scope"},
	} {
		t.Run(name, func(t *testing.T) {
			err := h.Consent(t.Context(), bea, tt.id, tt.terms)
			f, ok := errors.AsType[*mailbox.FieldError](err)
			if ok != (tt.field != "") || ok && f.Field != tt.field || !ok && !errors.Is(err, ticketmail.ErrUnknownMailbox) {
				t.Errorf("Consent = %v, want field %q", err, tt.field)
			}
		})
	}
	if a := h.admission(); a.Given {
		t.Errorf("Admission = %+v after refusals", a)
	}
	h, server := full(t, 0, overPOP3)
	for range 100_001 {
		server.Add("INBOX", "x")
	}
	h.consent(leave)
	if _, err := h.Poll(t.Context(), "support"); err == nil || !strings.Contains(err.Error(), "too many") || touched(server.Calls()) != "" {
		t.Errorf("leaving more than can be remembered: %v", err)
	}
}

// plainly hides what sessions can do beyond the least.
type plainly struct{ mailbox.Connector }

type plain struct{ mailbox.Session }

func (p plainly) Connect(ctx context.Context, m mailbox.Mailbox) (mailbox.Session, error) {
	s, err := p.Connector.Connect(ctx, m)
	if err != nil {
		return nil, err
	}
	return plain{s}, nil
}

// Where nobody can tell how old a mail is, none counts as new.
func TestNewerNeedsDates(t *testing.T) {
	h, server := full(t, 2, nil)
	h = h.restarted(func(c *ticketmail.Config) {
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: plainly{server}}
	})
	if c := h.asked(server); c.Mails != 2 || c.Sampled != 0 {
		t.Errorf("ConsentError = %+v", c)
	}
	h.consent(ticketmail.Terms{Scope: ticketmail.ImportNewer, Since: noon})
	if _, err := h.Poll(t.Context(), "support"); err == nil || !strings.Contains(err.Error(), "cannot be told") || touched(server.Calls()) != "" {
		t.Errorf("Poll = %v", err)
	}
}

// TestConsentIsTakenBack: a poll under way takes in nothing more once the terms
// are others.
func TestConsentIsTakenBack(t *testing.T) {
	h, server := full(t, 40, func(c *ticketmail.Config) { c.Drain = mailbox.DrainOptions{Window: 10, BatchMails: 5} })
	h.consent(all)
	var there []string
	server.OnCall(func(c mailboxtest.Call) error {
		if c.Op == mailboxtest.OpFetch && there == nil && server.Count(mailboxtest.OpFetch) == 3 {
			there = server.Raws("INBOX")
			h.consent(leave)
		}
		return nil
	})
	r, err := h.Poll(t.Context(), "support")
	if !errors.Is(err, ticketmail.ErrChanged) {
		t.Fatalf("Poll = %+v, %v, want ErrChanged", r, err)
	}
	server.OnCall(nil)
	h.poll()
	h.poll()
	left := 0
	for _, raw := range server.Raws("INBOX") {
		if slices.Contains(there, raw) {
			left++
		}
	}
	if n := len(h.tickets()); n+left < 40 || n > 25 || left != len(server.Raws("INBOX")) {
		t.Errorf("%d tickets and %d mails left of 40: taken back after about 20", n, left)
	}
}
