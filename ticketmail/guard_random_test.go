package ticketmail_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/ticketmail"
)

var errSnapped = errors.New("the connection is cut")

// A keeper of old mails works at random: polls that are cut or killed anywhere,
// engines that start anew, other clients, servers that mark all mails anew,
// terms that change. It knows which mails nobody may touch.
type guardWalk struct {
	house
	t      *testing.T
	random *rand.Rand
	server *mailboxtest.Server
	pop3   bool
	change func(*ticketmail.Config)

	serial    int
	arrived   map[string]time.Time // by raw
	terms     *ticketmail.Terms    // nil: no consent
	protected map[string]bool      // raws of mails that are to stay
	polls     int
	cuts      int
	kills     int
	deletes   int // before any consent
}

func newGuardWalk(t *testing.T, seed uint64) *guardWalk {
	g := &guardWalk{t: t, random: rand.New(rand.NewPCG(seed, 15)), server: mailboxtest.NewServer(), protected: map[string]bool{}, arrived: map[string]time.Time{}, pop3: seed%2 == 1}
	for range 1 + g.random.IntN(20) {
		g.add()
	}
	g.protectAll()
	g.change = serving(g.server, func(c *ticketmail.Config) {
		c.Drain = mailbox.DrainOptions{Window: 4, BatchMails: 3}
		if g.pop3 {
			overPOP3(c)
		}
	})
	if g.pop3 {
		g.server.SetCloseAfter("INBOX", 3)
	}
	g.house = build(t, g.change)
	return g
}

func (g *guardWalk) add() {
	raw, at := aMatter(g.serial), noon.Add(time.Duration(g.random.IntN(200)-100)*time.Hour)
	g.server.SetArrived("INBOX", g.server.Add("INBOX", raw), at)
	g.arrived[raw] = at
	g.serial++
	if g.terms != nil && g.terms.Scope == ticketmail.ImportNewer && at.Before(noon) {
		g.protected[raw] = true
	}
}

// protectAll notes that what is there now is to stay.
func (g *guardWalk) protectAll() {
	for _, raw := range g.server.Raws("INBOX") {
		g.protected[raw] = true
	}
}

// agree gives consent. What is there at this moment stays under LeaveThere: the
// line is drawn afterwards, perhaps behind more.
func (g *guardWalk) agree(terms ticketmail.Terms) {
	again := g.admission().Again
	if err := g.Consent(g.t.Context(), bea, "support", terms); err != nil {
		g.t.Fatal(err)
	}
	if g.terms != nil && *g.terms == terms && !again {
		return
	}
	g.terms = &terms
	clear(g.protected)
	for _, raw := range g.server.Raws("INBOX") {
		if terms.Scope == ticketmail.LeaveThere || terms.Scope == ticketmail.ImportNewer && g.arrived[raw].Before(noon) {
			g.protected[raw] = true
		}
	}
}

// poll polls, most often with something going wrong at one of the calls.
func (g *guardWalk) poll() {
	ctx, cancel := context.WithCancel(g.t.Context())
	defer cancel()
	at, n, kill := g.random.IntN(30), 0, g.random.IntN(2) == 0
	before := len(g.server.Calls())
	g.server.OnCall(func(mailboxtest.Call) error {
		n++
		switch {
		case n != at:
			return nil
		case kill:
			g.kills++
			cancel()
			return nil
		}
		g.cuts++
		return errSnapped
	})
	_, err := g.Poll(ctx, "support")
	g.server.OnCall(nil)
	g.polls++
	if g.terms == nil && touched(g.server.Calls()[before:]) != "" {
		g.deletes++
	}
	if _, asks := errors.AsType[*ticketmail.ConsentError](err); asks && touched(g.server.Calls()[before:]) != "" {
		g.t.Error("mails were touched by a poll that asks for consent")
	}
	if kill { // the process is gone with all it knew
		g.house = g.restarted(g.change)
	}
}

// check wants all mails there that are to stay.
func (g *guardWalk) check(step int) {
	raws := g.server.Raws("INBOX")
	for raw := range g.protected {
		if !slices.Contains(raws, raw) {
			g.t.Fatalf("step %d: a mail is gone that was to stay:\n%s", step, raw)
		}
	}
}

// remark gives all mails new marks, in another order, as a server does that was
// moved.
func (g *guardWalk) remark() {
	raws := g.server.Raws("INBOX")
	for _, uid := range g.server.UIDs("INBOX") {
		g.server.Vanish("INBOX", uid)
	}
	g.random.Shuffle(len(raws), func(i, j int) { raws[i], raws[j] = raws[j], raws[i] })
	for _, raw := range raws {
		g.server.SetArrived("INBOX", g.server.Add("INBOX", raw), g.arrived[raw])
	}
	if !g.pop3 {
		g.server.SetValidity("INBOX", uint32(2+g.random.IntN(1000)))
	}
}

// TestNothingGoesBeforeConsent is THREATS R15: 100 runs with kills and cuts, in
// which nothing is touched before consent, and nothing that was to be left
// afterwards.
func TestNothingGoesBeforeConsent(t *testing.T) {
	var polls, cuts, kills, deletes int
	for seed := range uint64(100) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			g := newGuardWalk(t, seed)
			for range 10 {
				g.poll()
				g.check(0)
			}
			g.agree(leave)
			for range 20 {
				if g.add(); g.random.IntN(3) == 0 {
					g.add()
				}
				g.poll()
				g.check(0)
			}
			if _, err := g.Poll(t.Context(), "support"); err != nil { // nothing goes wrong
				t.Fatal(err)
			}
			left := g.admission().Untouched
			if n := len(g.server.Raws("INBOX")); n != left || n < len(g.protected) {
				t.Errorf("%d mails are in the folder, %d untouched, %d at the consent", n, left, len(g.protected))
			}
			if n := len(g.tickets()) + left; n != g.serial {
				t.Errorf("%d mails are tickets or left, of %d", n, g.serial)
			}
			polls, cuts, kills, deletes = polls+g.polls, cuts+g.cuts, kills+g.kills, deletes+g.deletes
		})
	}
	t.Logf("100 runs, %d polls, %d cuts, %d kills: %d times something was touched before consent", polls, cuts, kills, deletes)
	if deletes > 0 || cuts < 300 || kills < 300 {
		t.Errorf("touched before consent: %d; %d cuts, %d kills", deletes, cuts, kills)
	}
}

// TestTermsHoldAtRandom: whatever order things happen in, a mail that is to be
// left is there.
func TestTermsHoldAtRandom(t *testing.T) {
	for seed := range uint64(100) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			g := newGuardWalk(t, seed)
			for step := range 60 {
				switch x := g.random.IntN(100); {
				case x < 50:
					g.poll()
				case x < 75:
					g.add()
				case x < 80: // another client
					if uids := g.server.UIDs("INBOX"); len(uids) > 0 {
						i := g.random.IntN(len(uids))
						delete(g.protected, g.server.Raws("INBOX")[i])
						g.server.Vanish("INBOX", uids[i])
					}
				case x < 85:
					g.remark()
				case x < 95:
					g.agree(leave)
				case x < 97 && !g.pop3:
					g.agree(ticketmail.Terms{Scope: ticketmail.ImportNewer, Since: noon})
				case x < 98:
					g.agree(all)
				}
				g.check(step)
			}
			g.agree(all)
			for range 4 {
				if _, err := g.Poll(t.Context(), "support"); err != nil {
					t.Fatal(err)
				}
			}
			if n := len(g.server.Raws("INBOX")); n > 0 {
				t.Errorf("%d mails stay although all may be taken", n)
			}
		})
	}
}
