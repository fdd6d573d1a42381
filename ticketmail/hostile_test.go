package ticketmail_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"mime"
	netmail "net/mail"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// A verdict is what THREATS part 4 expects of a mail.
type verdict string

// The verdicts. Each but left keeps the raw bytes whole.
const (
	opens       verdict = "ticket"     // ACCEPT or NEW: a ticket of its own
	comments    verdict = "comment"    // ACCEPT: a comment on the standing ticket
	opensCut    verdict = "ticket cut" // LIM: a ticket, and what is missing in its view is said
	quarantined verdict = "quarantine"
	recorded    verdict = "record"
	leftThere   verdict = "left"
)

// A hostileCase is one form of an input of THREATS part 4.
type hostileCase struct {
	id    string // there, for example "H17"
	form  string // which of its forms; may be empty
	large bool   // tens of MiB: not with -short
	where string // folder and function of the test that shows it instead; empty: this one

	change func(*ticketmail.Config)
	setup  func(s *siege)        // what happened before
	mail   func(s *siege) string // raw
	want   verdict
	told   []string       // who outside of the company gets a mail because of it; nil: NOREPLY
	check  func(s *siege) // what the table says beyond the verdict
}

// hostileCases are all forms of all inputs, groups A to D.
func hostileCases() []hostileCase {
	return slices.Concat(mimeCases(), bombCases(), identityCases(), threadingCases(), fileCases(), loopCases())
}

// hostileSender writes the mails of the table that state a sender.
const hostileSender = "h@hostile.example"

// healthy is how many mails stand before, and how many behind, a hostile one.
const healthy = 5

// A siege is an engine that is handed one hostile mail among healthy ones.
type siege struct {
	house
	t      testing.TB
	server *mailboxtest.Server
	exit   *exit
	k      ticketmail.Ticket // assigned to bea, of contact mia
	other  ticketmail.Ticket // assigned to carl, of another project
	token  string            // of k

	uid   string // of the hostile mail
	raw   string
	entry mailbox.Entry // what became of it
}

// newSiege returns an engine that tells everybody of everything, so that it
// shows who must not be told, with two tickets.
func newSiege(t testing.TB, change func(*ticketmail.Config)) *siege {
	t.Helper()
	s := &siege{t: t, exit: &exit{}}
	s.house, s.server = withServer(t, func(c *ticketmail.Config) {
		c.Sender = s.exit
		receipt := notify.ReceiptRule()
		receipt.Active = true
		added := notify.DefaultRules()[notify.CommentAdded]
		added.Roles = append(added.Roles, notify.RoleSender, notify.RoleCustomerContact)
		c.Rules = map[notify.Kind]notify.Rule{notify.Receipt: receipt, notify.CommentAdded: added}
		if change != nil {
			change(c)
		}
	})
	s.k = s.create(ticketmail.NewTicket{Assignee: "bea", CustomerContact: "mia", Subject: "Canary of the subject", Text: canary})
	s.other = s.create(ticketmail.NewTicket{Assignee: "carl", Task: "elsewhere"})
	s.token = s.Referencer().Token(s.k.ID)
	s.deliver()
	s.exit.forget()
	return s
}

// canary stands in the standing ticket, and in nothing that strangers get.
const canary = "the canary that sings of the standing ticket"

// An exit takes the mails that are sent, as they leave the house.
type exit struct {
	mu   sync.Mutex
	sent []sentMail
}

type sentMail struct {
	notify.Mail
	raw string
}

// Send implements [notify.Sender].
func (x *exit) Send(ctx context.Context, m notify.Mail) error {
	var raw bytes.Buffer
	if err := notify.Encode(ctx, &raw, m); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sent = append(x.sent, sentMail{m, raw.String()})
	return nil
}

func (x *exit) forget() { x.sent = nil }

// TestHostile hands each hostile mail over among ten healthy ones in one poll:
// verdict, details, raw bytes, the healthy ones, and the budget of S1.
func TestHostile(t *testing.T) {
	for _, c := range hostileCases() {
		if c.where != "" {
			continue
		}
		t.Run(c.name(), func(t *testing.T) {
			if c.large && (testing.Short() || raced) { // what races does so in small mails too
				t.Skip("tens of MiB")
			}
			s := newSiege(t, c.change)
			if c.setup != nil {
				c.setup(s)
				s.deliver()
				s.exit.forget()
			}
			s.attack(c)
			s.checkVerdict(c)
			s.checkHealthy()
			s.checkTold(c)
			s.checkOutgoing()
			s.checkViews()
			if c.check != nil {
				c.check(s)
			}
		})
	}
}

func (c hostileCase) name() string {
	if c.form == "" {
		return c.id
	}
	return c.id + ", " + c.form
}

// attack delivers the mails, polls once and sends what is to be sent, within
// the budget of one mail.
func (s *siege) attack(c hostileCase) {
	s.t.Helper()
	s.raw = c.mail(s)
	for i := range healthy {
		s.server.Add("INBOX", healthyMail(i))
	}
	s.uid = s.server.Add("INBOX", s.raw)
	for i := range healthy {
		s.server.Add("INBOX", healthyMail(healthy+i))
	}
	spent := measure(s.t, func() {
		s.poll()
		s.deliver()
	})
	spent.heap -= s.kept()
	spent.check(s.t)
	if again := s.poll(); again.Received+again.Deleted > 0 {
		s.t.Errorf("a second poll found %+v", again)
	}
}

func healthyMail(i int) string {
	return mail(healthyAddress(i), "Healthy "+letters(i), fmt.Sprintf("healthy-%d@sound.example", i), "I am well: "+letters(i)+".")
}

func healthyAddress(i int) string { return fmt.Sprintf("p%d@sound.example", i) }

// checkVerdict checks what became of the hostile mail, and that its bytes are
// those the server sent (R3).
func (s *siege) checkVerdict(c hostileCase) {
	s.t.Helper()
	s.entry = s.entryOf(s.uid)
	want := c.want
	if c.want == opensCut {
		want = opens
		if !s.cutIsSaid() {
			s.t.Errorf("nothing tells that something is missing: reasons %v", s.entry.Reasons)
		}
	}
	if string(s.entry.Outcome) != string(want) || len(s.entry.Reasons) == 0 {
		s.t.Fatalf("outcome %s with reasons %v, want %s", s.entry.Outcome, s.entry.Reasons, want)
	}
	if want == comments && s.entry.Ticket != s.k.ID {
		s.t.Errorf("comment on ticket %s, want %s", s.entry.Ticket, s.k.ID)
	}
	if want == leftThere {
		if diff := cmp.Diff([]string{s.uid}, s.server.UIDs("INBOX")); diff != "" {
			s.t.Errorf("on the server (-want +got):\n%s", diff)
		}
		return
	}
	if left := s.server.UIDs("INBOX"); len(left) > 0 {
		s.t.Errorf("mails %v are left on the server", left)
	}
	if sum := sha256.Sum256([]byte(s.raw)); s.entry.Raw != (message.Blob{SHA256: sum, Size: int64(len(s.raw))}) {
		s.t.Errorf("the raw mail is noted as %x of %d bytes, was sent as %x of %d", s.entry.Raw.SHA256, s.entry.Raw.Size, sum, len(s.raw))
	}
	if got := s.content(s.entry.Raw); got != s.raw {
		s.t.Errorf("the raw mail that is kept (%d bytes) is not what the server sent", len(got))
	}
}

func (s *siege) cutIsSaid() bool {
	said := slices.ContainsFunc(s.entry.Reasons, func(r mailbox.Reason) bool { return r.Code == "cut" && r.Text != "" })
	return said || strings.Contains(s.opening().Text, "[…]")
}

func (s *siege) entryOf(uid string) (found mailbox.Entry) {
	s.t.Helper()
	s.view(func(r storage.Reader) error {
		for e, err := range r.Ledger().List(s.t.Context(), mailbox.LedgerQuery{}) {
			if err != nil {
				return err
			}
			if e.UID == uid {
				found = e
			}
		}
		return nil
	})
	return found
}

func (s *siege) content(b storage.Blob) string {
	s.t.Helper()
	r, err := s.store.Open(s.t.Context(), b)
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(got)
}

// kept is how many bytes of content the store holds in memory, as any other
// would on disk.
func (s *siege) kept() int64 {
	s.t.Helper()
	sizes := map[storage.Blob]int64{}
	s.view(func(r storage.Reader) error {
		for e, err := range r.Ledger().List(s.t.Context(), mailbox.LedgerQuery{}) {
			if err != nil {
				return err
			}
			sizes[e.Raw] = e.Raw.Size
		}
		return nil
	})
	for _, k := range s.tickets() {
		for _, c := range s.comments(k.ID) {
			for _, a := range c.Attachments {
				sizes[a.Blob] = a.Blob.Size
			}
		}
	}
	var sum int64
	for _, n := range sizes {
		sum += n
	}
	return sum
}

// ticket is what the hostile mail opened, or commented on.
func (s *siege) ticket() ticketmail.Ticket { return s.get(s.entry.Ticket) }

// opening is the comment that the hostile mail became.
func (s *siege) opening() ticketmail.Comment {
	s.t.Helper()
	for _, c := range s.comments(s.entry.Ticket) {
		if c.Raw == s.entry.Raw {
			return c
		}
	}
	s.t.Fatalf("no comment of ticket %q was made of the mail", s.entry.Ticket)
	return ticketmail.Comment{}
}

// reads is the hostile mail as the reader gives it today, from what is kept.
func (s *siege) reads() *message.Message {
	s.t.Helper()
	m, err := message.Read(s.t.Context(), strings.NewReader(s.content(s.entry.Raw)), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

// checkHealthy checks that all healthy mails became tickets, whose senders were
// told so (R5).
func (s *siege) checkHealthy() {
	s.t.Helper()
	var want, got []string
	for i := range 2 * healthy {
		want = append(want, "Healthy "+letters(i)+" of "+healthyAddress(i))
	}
	for _, k := range s.tickets() {
		if strings.HasPrefix(k.Subject, "Healthy") {
			got = append(got, k.Subject+" of "+k.Sender.Address)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("tickets of the healthy mails (-want +got):\n%s", diff)
	}
	for i := range 2 * healthy {
		if n := len(s.exit.to(healthyAddress(i))); n != 1 {
			s.t.Errorf("%s got %d mails, want the receipt", healthyAddress(i), n)
		}
	}
}

func (x *exit) to(address string) (list []sentMail) {
	for _, m := range x.sent {
		if m.To.Address == address {
			list = append(list, m)
		}
	}
	return list
}

// staff are the employees who get mail.
var staff = []string{"bea@erp.example", "carl@erp.example", "max@erp.example"}

// checkTold checks who outside got a mail, and that nobody waits for one.
func (s *siege) checkTold(c hostileCase) {
	s.t.Helper()
	var got []string
	for _, m := range s.exit.sent {
		if to := m.To.Address; !slices.Contains(staff, to) && !strings.HasSuffix(to, "@sound.example") {
			got = append(got, to)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(slices.Sorted(slices.Values(c.told)), got); diff != "" && len(got)+len(c.told) > 0 {
		s.t.Errorf("mails to outsiders (-want +got):\n%s", diff)
	}
	for _, m := range s.exit.sent {
		if m.To.Address != "mia@kunde.example" && m.Audience != notify.Staff && strings.Contains(m.raw, "canary") {
			s.t.Errorf("%s is told of a ticket that is not his:\n%s", m.To.Address, m.raw)
		}
	}
}

// checkOutgoing checks that each mail built in this poll is one mail with the
// header we meant (S3).
func (s *siege) checkOutgoing() {
	s.t.Helper()
	for _, m := range s.exit.sent {
		if err := soundMail(m.raw); err != nil {
			s.t.Errorf("mail to %s: %v", m.To.Address, err)
		}
	}
}

// soundMail checks an outgoing mail with the standard library's parser.
func soundMail(raw string) error {
	m, err := netmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		return err
	}
	for _, one := range []string{"From", "To", "Subject", "Date", "Message-Id", "Mime-Version", "Content-Type"} {
		if n := len(m.Header[one]); n != 1 {
			return fmt.Errorf("%d fields %s", n, one)
		}
	}
	for name := range m.Header {
		if !slices.Contains(outgoingFields, name) {
			return fmt.Errorf("a field %s", name)
		}
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(raw, "\r\n"), "\r\n") {
		if len(line) > 998 || strings.ContainsAny(line, "\r\n\x00") {
			return fmt.Errorf("a line that no mail may have: %.100q", line)
		}
	}
	rest := strings.Replace(raw, m.Header.Get("To"), "", 1) // an address may be of SMTPUTF8
	if i := strings.IndexFunc(rest, func(r rune) bool { return r > '~' || r < ' ' && r != '\r' && r != '\n' && r != '\t' }); i >= 0 {
		return fmt.Errorf("a character that no mail of ours has: %.100q", rest[i:])
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || strings.ContainsFunc(subject, hidden) {
		return fmt.Errorf("subject %q: %w", subject, err)
	}
	return nil
}

// outgoingFields are all fields that a notification may have.
var outgoingFields = []string{
	"From", "To", "Reply-To", "Subject", "Date", "Message-Id", "In-Reply-To", "References", "Auto-Submitted", "Mime-Version",
	"Content-Type", "Content-Transfer-Encoding", "X-Auto-Response-Suppress", "Precedence",
}

// hidden reports characters that steer terminals, logs or the direction of
// text.
func hidden(r rune) bool { return unicode.Is(unicode.Cc, r) || r == '\u2028' || r == '\u2029' }

// checkViews checks that everything stored is text that any database takes.
func (s *siege) checkViews() {
	s.t.Helper()
	bad := func(text string) bool { return !utf8.ValidString(text) || strings.ContainsRune(text, 0) }
	line := func(text string) bool { return bad(text) || strings.ContainsFunc(text, hidden) }
	for _, k := range s.tickets() {
		if line(k.Subject) || line(k.Sender.Name) || line(k.Sender.Address) || k.Subject == "" || len([]rune(k.Subject)) > 998 {
			s.t.Errorf("ticket %s: subject %.200q of %q", k.ID, k.Subject, k.Sender)
		}
		for _, c := range s.comments(k.ID) {
			if bad(c.Text) || len(c.Text) > 2<<20 || line(c.Sender.Name) || line(c.Sender.Address) || line(c.MessageID) {
				s.t.Errorf("ticket %s, comment %s: text of %d bytes, %.100q, sender %q, id %q", k.ID, c.ID, len(c.Text), c.Text, c.Sender, c.MessageID)
			}
			for _, a := range c.Attachments {
				if err := soundName(a.Name, a.Display); err != nil || line(a.Type) || line(a.ContentID) {
					s.t.Errorf("ticket %s, attachment %+v: %v", k.ID, a, err)
				}
			}
		}
	}
	s.view(func(r storage.Reader) error {
		for e, err := range r.Ledger().List(s.t.Context(), mailbox.LedgerQuery{}) {
			if err != nil {
				return err
			}
			for _, reason := range e.Reasons {
				if line(reason.Text) {
					s.t.Errorf("reason %q", reason.Text)
				}
			}
		}
		return nil
	})
}

// TestHostileIsComplete proves that each input of groups A to D of THREATS part
// 4 has a case, and that the tests which stand elsewhere are there.
func TestHostileIsComplete(t *testing.T) {
	missing := map[string]bool{}
	for n := 1; n <= 58; n++ {
		missing[fmt.Sprintf("H%02d", n)] = true
	}
	names, tests := map[string]bool{}, map[string][]string{}
	for _, c := range hostileCases() {
		delete(missing, c.id)
		if names[c.name()] {
			t.Errorf("two cases are called %s", c.name())
		}
		names[c.name()] = true
		if c.where == "" {
			continue
		}
		dir, test, _ := strings.Cut(c.where, " ")
		if tests[dir] == nil {
			tests[dir] = testsIn(t, dir)
		}
		if !slices.Contains(tests[dir], test) {
			t.Errorf("%s: there is no %s in %s", c.name(), test, dir)
		}
	}
	if len(missing) > 0 {
		t.Errorf("no case for %v", slices.Sorted(maps.Keys(missing)))
	}
}

// testsIn returns the names of the tests in a folder.
func testsIn(t *testing.T, dir string) (tests []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") {
				tests = append(tests, fn.Name.Name)
			}
		}
	}
	return tests
}
