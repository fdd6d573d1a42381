package mailbox

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/ticketmail/mailbox/message"
)

// An Inventory is what a folder holds before anything is taken out of it: what
// an administrator needs to know to say what shall become of it.
type Inventory struct {
	Folder   string    // the server's name; POP3: "INBOX"
	Validity uint32    // IMAP UIDVALIDITY under which it was made; 0 for POP3
	Mails    int       // all of them
	Bytes    int64     // as announced
	At       time.Time // when it was made, UTC

	// Oldest and Newest are when mails arrived, or else were written, of those
	// that were looked at; the first and the last mail of the folder always
	// are. Zero: not known.
	Oldest, Newest time.Time
	Sampled        int // mails that were looked at; 0: the server let us not

	// Personal says that the folder looks like a person's own mailbox, which
	// must not be emptied. It is a guess: Reasons have what speaks for and
	// against it, and are there also where it is false.
	Personal bool
	Reasons  []Reason
}

// String counts in one line, for people.
func (i Inventory) String() string {
	s := fmt.Sprintf("%d mails (%d bytes)", i.Mails, i.Bytes)
	if !i.Oldest.IsZero() {
		s += fmt.Sprintf(", about from %s to %s", i.Oldest.Format(time.DateOnly), i.Newest.Format(time.DateOnly))
	}
	return s
}

// How many mails an inventory looks at: enough to know a person's mailbox, and
// so few that 50,000 mails cost no more than 200. Over POP3 each mail is a
// command.
const (
	sampleIMAP = 200
	samplePOP3 = 16
)

// A StockTaker makes inventories. The zero value is ready to use.
type StockTaker struct {
	// Now gives Inventory.At; nil: time.Now.
	Now func() time.Time

	// Person reports whether an address is known to be that of a person of the
	// company. nil: nobody's is.
	Person func(ctx context.Context, address string) bool
}

// Take makes an inventory of the selected folder f of a mailbox, whose mails
// are items. Nothing on the server changes. A session that is no [Surveyor]
// lets it only count. An error is that of the session; the counts stand all the
// same.
func (t StockTaker) Take(ctx context.Context, s Session, m Mailbox, f Folder, items []Item) (Inventory, error) {
	now := t.Now
	if now == nil {
		now = time.Now
	}
	inv := Inventory{Folder: f.Name, Validity: f.Validity, Mails: len(items), At: now().UTC()}
	for _, it := range items {
		inv.Bytes += max(it.Size, 0)
	}
	var e evidence
	t.name(ctx, m, &e)
	surveyor, able := s.(Surveyor)
	if able && len(items) > 0 {
		most := sampleIMAP
		if m.Protocol == POP3 {
			most = samplePOP3
		}
		found, err := surveyor.Survey(ctx, sample(items, most))
		if err == nil {
			err = e.look(ctx, found)
		}
		if err != nil {
			return inv, fmt.Errorf("look at folder %q: %w", f.Name, err)
		}
	}
	inv.Sampled, inv.Oldest, inv.Newest = e.mails, e.oldest, e.newest
	inv.Personal, inv.Reasons = e.verdict()
	return inv, nil
}

// sample returns at most n of the items, spread evenly, the first and the last
// among them.
func sample(items []Item, n int) []Item {
	if len(items) <= n {
		return items
	}
	some := make([]Item, n)
	for i := range some {
		some[i] = items[i*(len(items)-1)/(n-1)]
	}
	return some
}

// evidence is what speaks for or against a person's own mailbox.
type evidence struct {
	mails, seen, answered, lists int
	oldest, newest               time.Time
	beside                       []Beside
	person, role, named          bool
}

// name looks at the address that the mailbox has.
func (t StockTaker) name(ctx context.Context, m Mailbox, e *evidence) {
	for _, address := range slices.Compact([]string{m.Address, m.User}) {
		local, _, ok := strings.Cut(address, "@")
		if !ok {
			continue
		}
		e.named = true
		e.role = e.role || isRole(local)
		e.person = e.person || t.Person != nil && t.Person(ctx, address)
	}
}

// look counts what the headers show.
func (e *evidence) look(ctx context.Context, found Survey) error {
	e.beside = found.Beside
	for _, g := range found.Glances {
		msg, err := message.Read(ctx, bytes.NewReader(g.Header[:min(len(g.Header), MaxGlance)]), nil)
		if err != nil {
			return err
		}
		e.mails++
		if g.Seen {
			e.seen++
		}
		if g.Answered {
			e.answered++
		}
		if msg.Header.Get("List-Unsubscribe") != "" || msg.Header.Get("List-Id") != "" || strings.EqualFold(strings.TrimSpace(msg.Header.Get("Precedence")), "list") {
			e.lists++
		}
		e.date(g.Arrived, msg.Date)
	}
	return nil
}

func (e *evidence) date(arrived, written time.Time) {
	at := arrived
	if at.IsZero() {
		at = written
	}
	if at.IsZero() {
		return
	}
	if e.oldest.IsZero() || at.Before(e.oldest) {
		e.oldest = at.UTC()
	}
	if at.After(e.newest) {
		e.newest = at.UTC()
	}
}

// What a reason weighs. A folder looks personal from three on: one strong sign
// with any other, or three weak ones, so that a support mailbox somebody has
// read for years is not taken for a person's. A role's name outweighs two.
const (
	personalFrom = 3
	strong       = 2
	weak         = 1
	against      = -2
)

// fewMails is how many of the mails looked at a share is meaningful of.
const fewMails = 5

// years is how long somebody has kept mail who keeps it for himself.
const years = 2 * 365 * 24 * time.Hour

// verdict weighs the evidence.
func (e *evidence) verdict() (personal bool, reasons []Reason) {
	total := 0
	add := func(is bool, weight int, code, format string, args ...any) {
		if is {
			total += weight
			reasons = append(reasons, Reason{Code: code, Text: fmt.Sprintf(format, args...)})
		}
	}
	share := func(n, percent int) bool { return e.mails >= fewMails && n*100 >= e.mails*percent }
	add(e.person, strong, "person", "its address is that of a person")
	for i, b := range e.beside {
		first := !slices.ContainsFunc(e.beside[:i], func(o Beside) bool { return o.Use == b.Use })
		add(first, weak, string(b.Use), "beside it is a folder %q (mails: %d)", b.Name, b.Mails)
	}
	add(share(e.seen, 50), weak, "read", "%d of %d mails looked at are marked as read", e.seen, e.mails)
	add(share(e.answered, 10), weak, "answered", "%d of %d are marked as answered", e.answered, e.mails)
	add(e.newest.Sub(e.oldest) >= years, weak, "years", "its mails are of %d years", int(2*e.newest.Sub(e.oldest)/years))
	add(share(e.lists, 20), weak, "lists", "%d of %d are from newsletters and mailing lists", e.lists, e.mails)
	add(e.named && !e.role, weak, "name", "its address is none of a role, such as support or info")
	add(e.role && !e.person, against, "role", "its address is that of a role, which speaks against it")
	return total >= personalFrom, reasons
}

// isRole reports whether the local part of an address is that of a role: the
// names of RFC 2142, and what companies call such mailboxes in German, English
// and French.
func isRole(local string) bool {
	local, _, _ = strings.Cut(strings.ToLower(local), "+")
	return slices.ContainsFunc(strings.FieldsFunc(local, func(r rune) bool { return r == '.' || r == '-' || r == '_' }), func(word string) bool {
		return slices.Contains(roleNames(), strings.TrimRight(word, "0123456789"))
	})
}

func roleNames() []string {
	return []string{
		"info", "support", "help", "helpdesk", "service", "servicedesk", "desk", "ticket", "tickets", "contact", "office", "mail", "post", "inbox", "hello",
		"sales", "order", "orders", "returns", "billing", "invoice", "invoices", "accounting", "marketing", "hr", "jobs", "team", "it", "admin",
		"abuse", "noc", "security", "postmaster", "hostmaster", "webmaster", "usenet", "news", "noreply", "feedback", "complaints", "warranty",
		"kontakt", "anfrage", "anfragen", "hilfe", "kundendienst", "kundenservice", "buchhaltung", "rechnung", "rechnungen", "bestellung", "bestellungen",
		"vertrieb", "einkauf", "verkauf", "technik", "stoerung", "reklamation", "verwaltung", "zentrale", "bewerbung", "personal", "buero",
		"aide", "assistance", "commande", "commandes", "facture", "factures", "facturation", "ventes", "achats", "accueil", "comptabilite", "contactez", "sav", //nolint:misspell // French
	}
}
