package notify_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
)

// canary stands in everything that is internal, and in nothing else.
const canary = "CANARY"

// A zoo makes random tickets and actions with canaries in them.
type zoo struct {
	*rand.Rand
	directory *staff
	people    []escalation.PersonID
	roles     []notify.Role
	kinds     []notify.Kind
	templates []*notify.Templates
	files     shelf
}

func newZoo(t *testing.T, seed uint64) *zoo {
	t.Helper()
	z := &zoo{Rand: rand.New(rand.NewPCG(seed, 7)), directory: everybody(), files: shelf{}}
	z.people = ids("", "anna", "bea", "carl", "dora", "k-kim", "k-lea", "gone")
	z.roles = []notify.Role{notify.RoleCreator, notify.RoleAssignee, notify.RoleLastAssignee, notify.RoleCustomerContact, notify.RoleSender}
	for g := range z.directory.groups {
		z.roles = append(z.roles, notify.GroupRole(g))
	}
	z.roles = sortedOnce(z.roles)
	z.directory.groups[escalation.ProjectMembers] = ids("k-kim", "bea") // hosts can do that
	z.directory.change("dora", func(p *escalation.Person) { p.Left = true })
	z.directory.change("carl", func(p *escalation.Person) { p.Language = "fr" })
	for kind := range notify.DefaultRules() {
		z.kinds = append(z.kinds, kind)
	}
	z.kinds = append(sortedOnce(z.kinds), "overdue")
	z.templates = []*notify.Templates{nil, z.ownTemplates(t)}
	return z
}

// ownTemplates ask for everything that can be saved, for every audience.
func (z *zoo) ownTemplates(t *testing.T) *notify.Templates {
	var own []notify.Template
	for _, name := range append([]notify.Kind{notify.Several, "module:all"}, z.kinds...) {
		for _, a := range []notify.Audience{notify.Staff, notify.Customer, notify.Outside} {
			own = append(own, greedy(string(name), a))
		}
	}
	templates, broken := notify.LoadTemplates(own...)
	for _, e := range broken {
		t.Error(e)
	}
	return templates
}

// greedy returns a template with every placeholder it may have.
func greedy(name string, a notify.Audience) notify.Template {
	tmpl := notify.Template{Name: name, Audience: a, Language: "de", Subject: "s", Text: "t"}
	if strings.HasPrefix(name, "module:") {
		tmpl.Subject = ""
	}
	for _, f := range notify.Fields() {
		more := tmpl
		more.Text += " {{" + f.Name + "}}"
		more.HTML += "<p>{{" + f.Name + "}}</p>"
		if more.Subject != "" && f.Name != "changes" && f.Name != "mailbox.trouble" {
			more.Subject += " {{" + f.Name + "}}"
		}
		if name != notify.Several && more.Validate() == nil || name == notify.Several && (f.Name == "changes" || !f.Staff || a == notify.Staff) {
			tmpl = more
		}
	}
	if !strings.HasPrefix(name, "module:") {
		tmpl.Text += " {{module:all}}"
		tmpl.HTML += "{{module:all}}"
	}
	return tmpl
}

func pick[T any](z *zoo, list []T) T { return list[z.IntN(len(list))] }

func (z *zoo) maybe() bool { return z.IntN(2) == 0 }

// action returns one to four events of one ticket. A comment is internal or
// not for all of them, as in a store.
func (z *zoo) action(n int) []notify.Event {
	ticket := notify.TicketView{
		Ref: "1", Subject: "Printer", Status: "done", Creator: pick(z, z.people), Assignee: pick(z, z.people),
		LastAssignee: pick(z, z.people), CustomerContact: pick(z, z.people), Sender: pick(z, []string{"", "new@outside.example", "k-lea@customer.example"}),
	}
	internal, public := z.comment(n, true), z.comment(n, false)
	var events []notify.Event
	for i := range 1 + z.IntN(4) {
		ev := notify.Event{ID: fmt.Sprint(n, ".", i), Kind: pick(z, z.kinds), Ticket: ticket, Actor: pick(z, z.people), At: noon, Old: "old", New: "new", Automatic: z.IntN(8) == 0}
		ev.Comment = pick(z, []*notify.CommentView{nil, internal, public})
		if ev.Kind == notify.InternalCommentAdded {
			ev.Comment = internal
		}
		if ev.Comment == internal && ev.Kind == notify.CommentEdited || ev.Kind == notify.InternalCommentAdded {
			ev.Old, ev.New = canary, canary
		}
		events = append(events, ev)
	}
	return events
}

func (z *zoo) comment(n int, internal bool) *notify.CommentView {
	c := &notify.CommentView{ID: fmt.Sprint("c", n, internal), Internal: internal, AuthorName: "Anna", Text: "words", Files: []notify.Attachment{z.files.file("a.pdf", "application/pdf", "words")}}
	if z.maybe() {
		c.Author, c.MessageID = pick(z, z.people), "words@outside.example"
	}
	if internal {
		c.AuthorName, c.Text, c.Files = canary, canary+"\n"+canary, []notify.Attachment{z.files.file(canary+".pdf", "application/pdf", canary), z.files.file("b.pdf", "", "more "+canary)}
		c.MessageID = canary + "@corp.example"
	}
	return c
}

// rule names half of all roles, people and addresses, whoever they are.
func (z *zoo) rule(k notify.Kind) notify.Rule {
	r := notify.Rule{Kind: k, Active: z.IntN(8) > 0, SkipActor: z.maybe(), Template: pick(z, []string{"", "", notify.Several, "status_done", "comment_added"})}
	for _, role := range z.roles {
		if z.maybe() {
			r.Roles = append(r.Roles, role)
		}
	}
	for _, p := range z.people[1:] {
		if z.IntN(4) == 0 {
			r.People = append(r.People, p)
		}
	}
	for _, a := range []string{"list@partner.example", "k-kim@customer.example", "team@corp.example"} {
		if z.IntN(4) == 0 {
			r.Addresses = append(r.Addresses, a)
		}
	}
	if z.maybe() {
		r.Delay = time.Minute
	}
	r.Attach = pick(z, []int64{0, 5, 10, notify.MaxAttach})
	return r
}

// TestCanaries: whatever rules and templates say, nothing internal is in a
// mail to a customer or an outside address, and neither is the address of
// anybody else (THREATS S7). Mails are joined where Merge allows it. Files count
// by their names and by their content.
func TestCanaries(t *testing.T) {
	t.Parallel() // long
	tickets := 2_000
	if os.Getenv("TICKETMAIL_LONG") == "1" {
		tickets = 10_000
	}
	z := newZoo(t, 1)
	var toStaff, toOthers, joined, seen, leaks, filesToStaff, filesToOthers int
	waiting := map[string]notify.Mail{} // by the key of their digest
	check := func(m notify.Mail) {
		m.Files = z.files
		hit := holds(t, m, canary)
		if m.Audience == notify.Staff {
			toStaff++
			filesToStaff += len(m.Attachments)
			if hit {
				seen++
			}
			if hit && !m.Internal {
				leaks++
				t.Errorf("a mail that shows what is internal is not marked: %+v", m)
			}
			return
		}
		toOthers++
		filesToOthers += len(m.Attachments)
		if hit || m.Internal || othersAddress(m) != "" {
			leaks++
			t.Errorf("mail to %s (%s) about %s: canary %t, internal %t, address %q:\n%s", m.To.Address, m.Audience, m.Event, hit, m.Internal, othersAddress(m), m.Text)
		}
	}
	for n := range tickets {
		rules := map[notify.Kind]notify.Rule{}
		for _, k := range z.kinds {
			rules[k] = z.rule(k)
		}
		p := &notify.Planner{
			Directory: z.directory, References: marks{}, Templates: pick(z, z.templates),
			Language: pick(z, []string{"", "de", "fr"}), InternalDomains: []string{"corp.example"},
		}
		ruleOf := func(k notify.Kind) notify.Rule {
			r := rules[k]
			if k == "overdue" && p.Templates == nil {
				r.Active = false // has no built-in words
			}
			return r
		}
		plan, err := p.PlanAll(t.Context(), z.action(n), ruleOf, envelope)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range plan.Mails {
			check(m)
			if m.Digest.Key == "" {
				continue
			}
			both, ok := notify.Merge(waiting[m.Digest.Key], m)
			if !ok || len(both.Text) > 10_000 {
				both = m
			} else {
				joined++
				check(both)
			}
			waiting[m.Digest.Key] = both
		}
		if leaks > 5 {
			t.Fatal("and so on")
		}
	}
	t.Logf("%d tickets: %d mails to staff, %d of them with canaries, %d to others, %d joined; %d and %d files", tickets, toStaff, seen, toOthers, joined, filesToStaff, filesToOthers)
	if seen < tickets/2 || toOthers < tickets/2 || joined < tickets/10 || filesToStaff < tickets/2 || filesToOthers < tickets/4 {
		t.Error("too few mails for the test to mean anything")
	}
}

// holds reports whether a mail shows s anywhere that leaves the house: in its
// fields, in what later mails are joined to, and in the message as written.
func holds(t *testing.T, m notify.Mail, s string) bool {
	t.Helper()
	var b bytes.Buffer
	if err := notify.Encode(t.Context(), &b, m); err != nil {
		t.Fatal(err)
	}
	fields := []string{
		m.Subject, m.Text, m.HTML, m.MessageID, m.InReplyTo, strings.Join(m.References, " "), m.To.Name, m.To.Address, m.ReplyTo,
		m.From.Name, m.From.Address, m.Digest.Text.String(), m.Digest.HTML.String(), b.String(), decoded(t, b.Bytes()),
	}
	for _, a := range m.Attachments {
		content, ok := m.Files.(shelf)[a.Blob]
		if !ok {
			t.Errorf("nobody has the content of %+v", a)
		}
		fields = append(fields, a.Name, string(content))
	}
	return strings.Contains(strings.Join(fields, "\n"), s)
}

// decoded returns the body of a message, decoded if it is one quoted-printable part.
func decoded(t *testing.T, raw []byte) string {
	t.Helper()
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(msg.Body))
	if err != nil {
		return "" // several parts: their texts are fields too
	}
	return string(body)
}

// othersAddress returns an address in the mail that is neither the
// recipient's nor the ticket system's.
func othersAddress(m notify.Mail) string {
	text := strings.ToLower(m.Subject + m.Text + m.HTML)
	for _, a := range []string{"anna@", "bea@", "carl@", "dora@", "k-kim@", "k-lea@", "new@outside", "list@partner", "team@corp"} {
		if strings.Contains(text, a) && !strings.HasPrefix(m.To.Address, a) {
			return a
		}
	}
	return ""
}
