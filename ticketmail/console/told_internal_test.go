package console

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/ticketmail"
)

// TestTold: each text is there in each language, with no other args than it has.
func TestTold(t *testing.T) {
	numbered := regexp.MustCompile(`%(?:\[(\d+)\])?[a-z]`)
	check := func(code, facts string, w words, all bool) {
		for i, tag := range languages {
			text := w.in(i)
			if text == "" || strings.TrimSpace(text) != text {
				t.Errorf("%s in %s: %q", code, tag, text)
			}
			named := map[int]bool{}
			for _, m := range numbered.FindAllStringSubmatch(text, -1) {
				n, err := strconv.Atoi(m[1])
				if err != nil {
					n = len(named) + 1
				}
				named[n] = true
				if n < 1 || n > len(facts) || i != english && !strings.HasSuffix(m[0], "s") {
					t.Errorf("%s in %s: %s of %d args in %q", code, tag, m[0], len(facts), text)
				}
			}
			if all && len(named) != len(facts) {
				t.Errorf("%s in %s names %d of %d args: %q", code, tag, len(named), len(facts), text)
			}
		}
		en := slices.Sorted(maps.Keys(argsOf(numbered, w.en)))
		for i, tag := range languages {
			if diff := cmp.Diff(en, slices.Sorted(maps.Keys(argsOf(numbered, w.in(i))))); diff != "" {
				t.Errorf("%s in %s does not name what it names in English (-en +%s):\n%s", code, tag, tag, diff)
			}
		}
	}
	for code, a := range advice {
		check(code, a.facts, a.cause, false)
		check(code, a.facts, a.cure, false)
	}
	for _, all := range []map[string]told{subjects, findings} {
		for code, one := range all {
			check(code, one.facts, one.words, true)
		}
	}
	for code, w := range defects {
		check(code, "", w, true)
	}
	for code, w := range portWords {
		check(code, "", w, true)
	}
}

// argsOf returns the numbers of what a text names.
func argsOf(numbered *regexp.Regexp, text string) map[int]bool {
	named := map[int]bool{}
	for _, m := range numbered.FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			n = len(named) + 1
		}
		named[n] = true
	}
	return named
}

// visits returns a visit in each language.
func visits(t *testing.T) map[string]*visit {
	t.Helper()
	dir, err := memdirectory.New(memdirectory.Data{Persons: []memdirectory.Person{{ID: "bea", Name: "Bea Braun", Kind: escalation.Employee}}})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*visit{}
	for i, tag := range languages {
		all[tag] = &visit{Console: &Console{setup: ticketmail.Setup{Directory: dir, Zone: time.UTC}}, language: i, r: request(t)}
	}
	return all
}

// TestDiagnosis: what is behind an error, as people read it.
func TestDiagnosis(t *testing.T) {
	closed := mailbox.Diagnosis{
		Code: "port-closed", Args: []string{"993", "mail.example", "imap"}, Cause: "nothing listens on port 993 of mail.example",
		Cure: "check the port: IMAP usually listens on port 993 with TLS, and on 143 with STARTTLS",
	}
	expired := mailbox.Diagnosis{Code: "certificate-expired", Args: []string{"skip-verify"}, Cause: "the certificate has expired", Cure: "have it renewed"}
	own := mailbox.Diagnosis{Code: "of-a-host", Cause: "the moon is full", Cure: "wait"}
	many := mailbox.Diagnosis{Code: "port-closed", Args: []string{"993"}, Cause: "c", Cure: "d"} // of another version
	provider := mailbox.Diagnosis{Cause: "too many requests", Cure: "nothing: it is tried again"}
	field := &mailbox.FieldError{Field: "Folders[1]", Reason: `"x" is named twice`}
	for name, tt := range map[string]struct {
		err  error
		d    mailbox.Diagnosis
		want map[string]diagnosis
	}{
		"args": {nil, closed, map[string]diagnosis{
			"en": {said{Text: closed.Cause}, said{Text: closed.Cure}},
			"de": {said{Text: "auf Port 993 von mail.example nimmt niemand Verbindungen an"}, said{Text: "prüfen Sie den Port: IMAP antwortet meist auf Port 993 mit TLS und auf 143 mit STARTTLS"}},
			"fr": {said{Text: "rien n’écoute sur le port 993 de mail.example"}, said{Text: "vérifiez le port : IMAP écoute en général sur le port 993 avec TLS, et sur 143 avec STARTTLS"}},
		}},
		"a last resort": {nil, expired, map[string]diagnosis{
			"de": {said{Text: "das Zertifikat ist abgelaufen"}, said{Text: "lassen Sie es auf dem Server erneuern, oder prüfen Sie die Uhr dieses Rechners; als letzter Ausweg nimmt InsecureSkipVerify jedes Zertifikat an, und jeden dazwischen"}},
		}},
		"a provider's": {nil, provider, map[string]diagnosis{
			"de": {said{Text: "Zu viele Anfragen"}, said{Text: "Nichts: es wird wieder versucht"}},
		}},
		"a host's own": {nil, own, map[string]diagnosis{
			"en": {said{Text: own.Cause}, said{Text: own.Cure}},
			"de": {said{own.Cause, true}, said{own.Cure, true}},
		}},
		"other args": {nil, many, map[string]diagnosis{"fr": {said{"c", true}, said{"d", true}}}},
		"a field": {field, mailbox.Diagnosis{}, map[string]diagnosis{
			"en": {Cause: said{Text: `Folders: "x" is named twice`}},
			"de": {Cause: said{Text: "Ordner: „x“ steht zweimal da"}},
			"fr": {Cause: said{Text: "Dossiers : « x » figure deux fois"}},
		}},
		"nothing": {nil, mailbox.Diagnosis{}, map[string]diagnosis{"en": {}, "de": {}, "fr": {}}},
	} {
		for tag, want := range tt.want {
			if diff := cmp.Diff(want, visits(t)[tag].diagnose(tt.err, tt.d)); diff != "" {
				t.Errorf("%s in %s (-want +got):\n%s", name, tag, diff)
			}
		}
	}
}

// TestFinding: findings, warnings and defects, as people read them.
func TestFinding(t *testing.T) {
	v := visits(t)
	for name, tt := range map[string]struct {
		f      ticketmail.Finding
		de, fr finding
	}{
		"a mailbox": {
			ticketmail.Finding{Code: "mailbox-unassigned", Where: `mailbox "shop"`, Text: "is assigned to no task", Subject: "mailbox", Names: []string{"shop"}},
			finding{said{Text: "Mailbox „shop“"}, said{Text: "dient keinem Vorgang: sie wird nicht abgefragt und behält ihre Mails"}},
			finding{said{Text: "Boîte « shop »"}, said{Text: "ne sert aucune tâche : elle n’est pas relevée et garde ses e-mails"}},
		},
		"a person": {
			ticketmail.Finding{Code: "rule-person-unreachable", Subject: "project-rule", Names: []string{"status_done", "service"}, Args: []string{"bea"}},
			finding{said{Text: "Benachrichtigung des Projekts „service“: Status „fertig“"}, said{Text: "nennt jemanden, der keine Mail bekommen kann: Bea Braun"}},
			finding{said{Text: "Notification du projet « service » : Statut « terminé »"}, said{Text: "nomme quelqu’un qui ne peut être joint : Bea Braun"}},
		},
		"exactly": {
			ticketmail.Finding{Code: "mails-held", Subject: "outbox", Args: []string{"1000", "x@y.example"}},
			finding{said{Text: "Postausgang"}, said{Text: "von einer Obergrenze angehaltene Mails: 1000, die erste an x@y.example"}},
			finding{said{Text: "Boîte d’envoi"}, said{Text: "e-mails retenus par un plafond : 1000, le premier à x@y.example"}},
		},
		"or more": {
			ticketmail.Finding{Code: "mails-held", Subject: "outbox", Args: []string{"1000+", "x@y.example"}},
			finding{said{Text: "Postausgang"}, said{Text: "von einer Obergrenze angehaltene Mails: über 1000, die erste an x@y.example"}},
			finding{said{Text: "Boîte d’envoi"}, said{Text: "e-mails retenus par un plafond : plus de 1000, le premier à x@y.example"}},
		},
		"an errand": { // without the error, which is in English
			ticketmail.Finding{Code: "people-not-told", Text: "events that wait to be told: 6, for example of ticket 7 (the directory is down)", Subject: "directory", Args: []string{"6", "7"}},
			finding{said{Text: "Verzeichnis der Personen"}, said{Text: "Ereignisse, die noch mitzuteilen sind: 6, zum Beispiel zu Ticket 7"}},
			finding{said{Text: "Annuaire des personnes"}, said{Text: "événements restant à annoncer : 6, par exemple du ticket 7"}},
		},
		"a broken template": {
			ticketmail.Finding{Code: "template-broken", Subject: "template", Names: []string{"status_done"}, Args: []string{`unknown placeholder "x"`}},
			finding{said{Text: "Mailvorlage: Status „fertig“"}, said{Text: "ist nicht zu benutzen, es gilt die mitgelieferte: Unbekannter Platzhalter „x“"}},
			finding{said{Text: "Modèle d’e-mail : Statut « terminé »"}, said{Text: "est inutilisable, celui fourni le remplace : Champ inconnu « x »"}},
		},
		"of another version": {
			ticketmail.Finding{Code: "new", Where: "here", Text: "it rains"}, finding{said{"here", true}, said{"it rains", true}}, finding{said{"here", true}, said{"it rains", true}},
		},
	} {
		for tag, want := range map[string]finding{"de": tt.de, "fr": tt.fr, "en": {said{Text: tt.f.Where}, said{Text: tt.f.Text}}} {
			if diff := cmp.Diff(want, v[tag].finding(tt.f)); diff != "" {
				t.Errorf("%s in %s (-want +got):\n%s", name, tag, diff)
			}
		}
	}
	w := oauth.Warning{About: oauth.AboutSecret, At: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), Left: time.Hour, Text: "the client secret expires"}
	over, other := w, w
	over.Left, other.About = 0, "something else"
	for _, tt := range []struct {
		tag  string
		w    oauth.Warning
		want said
	}{
		{"de", w, said{Text: "Der Clientschlüssel läuft am 31.01.2027 ab: erzeugen Sie in der App-Registrierung einen neuen und geben Sie ihn vorher ein."}},
		{"fr", over, said{Text: "Le secret client a expiré le 31/01/2027 : créez-en un nouveau dans l’enregistrement de l’application et saisissez-le."}},
		{"en", w, said{Text: w.Text}},
		{"de", other, said{w.Text, true}},
	} {
		if got := v[tt.tag].SignInWarning(tt.w); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.tag, got, tt.want)
		}
	}
	d := message.Defect{Code: "encoding-unknown", Text: `unknown transfer encoding, taken as it stands: "x"`, Quote: `"x"`}
	for tag, want := range map[string]said{
		"de": {Text: `unbekannte Codierung, genommen wie sie dasteht: "x"`},
		"fr": {Text: `codage inconnu, pris tel quel : "x"`},
		"en": {Text: d.Text},
	} {
		if got := v[tag].Defect(d); got != want {
			t.Errorf("%s: %+v, want %+v", tag, got, want)
		}
	}
	if got := v["de"].Defect(message.Defect{Code: "new", Text: "t"}); got != (said{"t", true}) {
		t.Errorf("of another version: %+v", got)
	}
}
