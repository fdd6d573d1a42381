package console_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/net/html"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/ticketmail"
)

// A refuser is a mail server that lets nobody in and says why, in its own words.
type refuser struct{}

var errRefused = errors.New("NO [AUTHENTICATIONFAILED] go away")

func (refuser) Connect(context.Context, mailbox.Mailbox) (mailbox.Session, error) {
	return nil, errRefused
}

// Diagnose implements [mailbox.Diagnoser].
func (refuser) Diagnose(m mailbox.Mailbox, err error) mailbox.Diagnosis {
	if !errors.Is(err, errRefused) {
		return mailbox.Diagnosis{}
	}
	return mailbox.Diagnosis{Code: "imap-token-refused", Args: []string{m.User}, Cause: "the server refuses the access token", Cure: "check it"}
}

// Probe implements [mailbox.Prober].
func (r refuser) Probe(_ context.Context, m mailbox.Mailbox, report func(mailbox.Step)) error {
	s := mailbox.Step{Name: mailbox.StepSignIn, Err: errRefused}
	s.Diagnose(r.Diagnose(m, errRefused))
	report(s)
	return errRefused
}

// TestFailingMailbox: what is behind a mailbox that fails is said in the
// language of the page wherever it is told, and the server's own words as they
// are, in theirs.
func TestFailingMailbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := build(t, change{config: func(c *ticketmail.Config) {
			c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: refuser{}}
		}})
		r.must(r.PutMailbox(t.Context(), mailbox.Mailbox{ID: "support", Name: "Support", Address: "support@erp.example", Host: "imap.erp.example", User: "sup", Password: mailbox.NewSecret("hunter2")}))
		r.must(r.AssignMailbox(t.Context(), mailbox.Assignment{Mailbox: "support", Task: "helpdesk"}))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		synctest.Wait()
		defer func() {
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("Run = %v", err)
			}
		}()
		for language, words := range map[string][]string{
			"de": {"Der Server lehnt das Zugangstoken ab.", "den Benutzer „sup“"},
			"fr": {"Le serveur refuse le jeton d’accès.", "l’utilisateur « sup »"},
			"en": {"The server refuses the access token.", "Check it."},
		} {
			r.as.Language = language
			for _, path := range []string{"/", "/mailboxes/show?id=support"} {
				a := r.get(path)
				inspect(t, a)
				a.has(append(words, errRefused.Error())...)
				if got := languageOf(a.doc, "AUTHENTICATIONFAILED"); got != "en" {
					t.Errorf("%s in %s: the server's words are in %q", path, language, got)
				}
				if got := languageOf(a.doc, words[0]); got != language {
					t.Errorf("%s in %s: the cause is in %q", path, language, got)
				}
			}
			short := strings.TrimSuffix(words[0][strings.Index(words[0], " "):], ".")
			r.get("/mailboxes").has(short)
			a := r.post("/mailboxes/test?id=support").want(http.StatusOK)
			inspect(t, a)
			a.has(short, errRefused.Error())
			if got := languageOf(a.doc, short); got != language {
				t.Errorf("test in %s: the cause is in %q", language, got)
			}
			a = r.post("/mailboxes/inventory?id=support").want(http.StatusOK)
			inspect(t, a)
			a.has(words[0], errRefused.Error())
		}
	})
}

// TestOverviewSpeaks: no finding and no warning of the overview is in English
// where the page is not.
func TestOverviewSpeaks(t *testing.T) {
	r := build(t, change{})
	r.seed()
	for language, words := range map[string][]string{
		"de": {"Speicher: alles geht verloren", "Mailbox „shop“: dient keinem Vorgang", "Der Clientschlüssel läuft am 13.12.2026 ab"},
		"fr": {"Stockage : tout est perdu", "Boîte « shop » : ne sert aucune tâche", "Le secret client expire le 13/12/2026"},
		"en": {"Store: everything is lost", `Mailbox "shop": is assigned to no task`, "The client secret expires on 2026-12-13"},
	} {
		r.as.Language = language
		a := r.get("/")
		inspect(t, a)
		a.has(words...)
		for n := range byID(a.doc, "main").Descendants() {
			if n.Type == html.ElementNode && attr(n, "lang") != "" {
				t.Errorf("in %s this is in %s: %s", language, attr(n, "lang"), textOf(n))
			}
		}
	}
}

// languageOf returns the language that the page says a text to be in.
func languageOf(doc *html.Node, text string) string {
	for n := range doc.Descendants() {
		if n.Type == html.TextNode && strings.Contains(n.Data, text) && inside(n, "main") {
			for p := n.Parent; p != nil; p = p.Parent {
				if p.Type == html.ElementNode && attr(p, "lang") != "" {
					return attr(p, "lang")
				}
			}
		}
	}
	return ""
}

// inside reports whether a node stands in the element of an id.
func inside(n *html.Node, id string) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Type == html.ElementNode && attr(p, "id") == id {
			return true
		}
	}
	return false
}
