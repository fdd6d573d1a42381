package console_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// TestReasonsAreSaid: the pages that say why say so in the language of whoever
// reads them, and nothing else.
func TestReasonsAreSaid(t *testing.T) {
	r := build(t, change{})
	r.seed()
	r.receive(mailFrom("coffee is cold", "<one@b.example>", "It is."), loop)
	for language, want := range map[string][]string{
		"de": {"Bearbeiter Dora Long kann keine Mail bekommen: nicht mehr beschäftigt", "Mailbox support (Vorgang helpdesk)", "kein gültiges Kennzeichen eines Tickets", "60 Received-Felder: die Mail läuft im Kreis"},
		"en": {"Assignee Dora Long cannot be mailed (has left the company)", "mailbox support of task helpdesk", "no mark of a ticket that verifies", "60 Received fields: the mail goes in circles"},
		"fr": {"Responsable Dora Long ne peut pas être joint : a quitté l’entreprise", "boîte support (tâche helpdesk)", "aucune marque de ticket valable", "60 champs Received : l’e-mail tourne en rond"},
	} {
		r.as.Language = language
		explain := r.get("/notifications/explain?ticket=1&event=ticket_created&actor=bea").has(want[0], want[1])
		journal := r.get("/journal").has(want[2], want[3])
		letter := r.get(journal.link("coffee is cold")).has(want[2])
		mail := r.get(r.get("/outbox").link("printer on fire")).has(want[0])
		for _, a := range []answer{explain, journal, letter, mail} {
			inspect(t, a)
			for n := range byID(a.doc, "main").Descendants() {
				if n.Type == html.ElementNode && attr(n, "lang") == "en" && attr(n, "class") != "paper" && strings.TrimSpace(textOf(n)) != "" {
					t.Errorf("in %s something is said in English: %s", language, textOf(n))
				}
			}
		}
	}
}
