package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/emersion/go-smtp"

	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/examples/internal/axe"
	"example.com/ticketmail/examples/internal/browser"
	"example.com/ticketmail/internal/dovecot"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/seal"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/notify/smtpsender"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
	"example.com/ticketmail/ticketmail/console"
)

// A gate lets the steps of a connection test pass one at a time.
type gate struct{ pass chan struct{} }

// slow returns report with the gate behind it.
func (g gate) slow(ctx context.Context, report func(mailbox.Step)) func(mailbox.Step) {
	return func(s mailbox.Step) {
		report(s)
		select {
		case <-g.pass:
		case <-ctx.Done():
		}
	}
}

// gatedBox and gatedSender are what the engine is given.
type gatedBox struct {
	*imapbox.Connector
	gate
}

func (g gatedBox) Probe(ctx context.Context, m mailbox.Mailbox, report func(mailbox.Step)) error {
	return g.Connector.Probe(ctx, m, g.slow(ctx, report))
}

type gatedSender struct {
	*smtpsender.Sender
	gate
}

func (g gatedSender) Probe(ctx context.Context, report func(mailbox.Step)) error {
	return g.Sender.Probe(ctx, g.slow(ctx, report))
}

var (
	_ mailbox.Prober = gatedBox{}
	_ notify.Prober  = gatedSender{}
)

// startReal serves a console whose mailboxes and mail exit are real servers.
func startReal(t *testing.T, box mailbox.Connector, exit notify.Sender) (*demo, string) {
	t.Helper()
	dir, err := memdirectory.New(people())
	if err != nil {
		t.Fatal(err)
	}
	ring, err := seal.NewRing(seal.NewKey("demo"))
	if err != nil {
		t.Fatal(err)
	}
	d := &demo{}
	d.engine, err = ticketmail.New(t.Context(), ticketmail.Config{
		Store: memstore.New(nil), Directory: dir, Sender: exit, Sealer: ring, From: message.Address{Address: "service@erp.example"},
		Connectors: map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: box}, AllowVolatileStore: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if d.console, err = console.New(d.engine, console.AccessFunc(visitor), &console.Options{Prefix: prefix, Places: places{}}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(d.handler())
	t.Cleanup(server.Close)
	return d, server.URL + prefix
}

// stepsShown are the steps of a test that stand on the page.
type stepsShown []struct {
	Class, Name, Text string
	English           bool // what the library says is marked so
}

const readSteps = `[...document.querySelectorAll("ol.steps > li")].map(li => ({
	Class: li.className, Name: (li.querySelector("strong") || li).textContent, Text: li.innerText, English: !!li.querySelector("[lang=en]"),
}))`

// follow lets a test go on step by step, each only when the one before it can
// be seen, and returns all of them.
func follow(w *browser.Window, g gate) (steps stepsShown) {
	for seen := 0; ; seen = len(steps) {
		w.Until(fmt.Sprintf("step %d", seen+1), func() bool {
			steps = browser.Eval[stepsShown](w, readSteps)
			return len(steps) > seen
		})
		if browser.Eval[bool](w, `!!document.querySelector("ol.steps > li:last-child a")`) {
			return steps
		}
		g.pass <- struct{}{}
	}
}

// check fails the test unless all steps went well but the one of a name.
func (s stepsShown) check(t *testing.T, bad, cure, end string) {
	t.Helper()
	for i, step := range s {
		class := "told"
		if last := i == len(s)-1; bad != "" && (last || step.Name == bad) {
			class = "wrong"
		}
		if step.Class != class {
			t.Errorf("step %d, %q, is %q, want %q:\n%s", i+1, step.Name, step.Class, class, step.Text)
		}
		if step.Name == bad && (!strings.Contains(step.Text, cure) || !step.English) {
			t.Errorf("no advice: %s", step.Text)
		}
	}
	if last := s[len(s)-1].Name; len(s) < 4 || last != end {
		t.Errorf("%d steps, at the end stands %q, want %q", len(s), last, end)
	}
	if bad != "" && s[len(s)-2].Name != bad {
		t.Errorf("the last step is %q, want %q", s[len(s)-2].Name, bad)
	}
}

// TestConnection tests a mailbox on Dovecot: the steps come in one by one, and
// one that fails is named, with what to do, in the language of the page.
func TestConnection(t *testing.T) {
	t.Parallel() // Dovecot takes its time to refuse somebody
	imap := dovecot.Start(t, &dovecot.Options{TLS: true})
	g := gate{make(chan struct{})}
	box := imapbox.New(&imapbox.Options{TLS: &tls.Config{RootCAs: imap.Roots}})
	d, address := startReal(t, gatedBox{box, g}, nil)
	host, port, err := net.SplitHostPort(imap.AddressTLS)
	if err != nil {
		t.Fatal(err)
	}
	w := browser.Open(t)
	for _, tt := range []struct{ tag, signIn, cure, good, bad string }{
		{"de", "Anmelden", "Abhilfe: prüfen Sie beide, und ob IMAP", "Alles in Ordnung.", "Der Test ist nicht gelungen."},
		{"en", "Sign in", "What to do: check both, and whether IMAP", "All is well.", "The test did not succeed."},
		{"fr", "S’authentifier", "Remède : vérifiez les deux, et si IMAP", "Tout va bien.", "Le test a échoué."},
	} {
		t.Run(tt.tag, func(t *testing.T) {
			w := w.In(t)
			speak(w, address, tt.tag)
			w.Go(address + "/mailboxes/edit")
			for _, pair := range [][2]string{
				{"new", "dovecot-" + tt.tag}, {"own", "on"}, {"host", host}, {"port", port}, {"user", tt.tag}, {"password", dovecot.Password},
			} {
				w.Put(pair[0], pair[1])
			}
			w.Click("[data-test]") // before anything is stored
			follow(w, g).check(t, "", "", tt.good)
			w.Put("password", "wrong")
			w.Click("[data-test]")
			follow(w, g).check(t, tt.signIn, tt.cure, tt.bad)
			w.Put("password", dovecot.Password)
			w.Press("main form button.main")

			w.Click("form[action*='/mailboxes/test'] button") // a page of its own, without script
			follow(w, g).check(t, "", "", tt.good)
			if n, err := imap.Count(tt.tag); err != nil || n != 0 {
				t.Errorf("%d mails, %v", n, err)
			}
		})
	}
	routes, err := d.engine.Routes(t.Context())
	if err != nil || len(routes.Mailboxes) != 3 {
		t.Errorf("%d mailboxes, %v", len(routes.Mailboxes), err)
	}
}

// A door is a mail exit that lets nobody in while it is shut.
type door struct{ shut atomic.Bool }

// NewSession implements [smtp.Backend].
func (d *door) NewSession(*smtp.Conn) (smtp.Session, error) {
	if d.shut.Load() {
		return nil, &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "we do not know you"}
	}
	return idle{}, nil
}

// An idle session takes no mail.
type idle struct{ smtp.Session }

// Logout implements [smtp.Session].
func (idle) Logout() error { return nil }

// Reset implements [smtp.Session].
func (idle) Reset() {}

// TestMailExit tests the mail exit in the same manner.
func TestMailExit(t *testing.T) {
	var d door
	server := smtp.NewServer(&d)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	exit, err := smtpsender.New(smtpsender.Options{Addr: l.Addr().String(), Security: mailbox.None})
	if err != nil {
		t.Fatal(err)
	}
	g := gate{make(chan struct{})}
	_, address := startReal(t, imapbox.New(nil), gatedSender{exit, g})
	w := browser.Open(t)
	for _, tt := range []struct{ tag, capabilities, cure, good, bad string }{
		{"de", "Was der Server kann", "Abhilfe: setzen Sie LocalName", "Alles in Ordnung.", "Der Test ist nicht gelungen."},
		{"en", "What the server can do", "What to do: set LocalName", "All is well.", "The test did not succeed."},
		{"fr", "Capacités du serveur", "Remède : donnez à LocalName", "Tout va bien.", "Le test a échoué."},
	} {
		t.Run(tt.tag, func(t *testing.T) {
			w := w.In(t)
			speak(w, address, tt.tag)
			for _, shut := range []bool{false, true} {
				d.shut.Store(shut)
				w.Go(address + "/outbox")
				w.Click("form[action$='/outbox/test'] button")
				if steps := follow(w, g); shut {
					steps.check(t, tt.capabilities, tt.cure, tt.bad)
				} else {
					steps.check(t, "", "", tt.good)
				}
				axe.Check(t, w, "the page of a connection test")
				w.Press("ol.steps > li:last-child a")
				if at := browser.Eval[string](w, "location.pathname"); at != prefix+"/outbox" {
					t.Errorf("leads back to %s", at)
				}
			}
		})
	}
}
