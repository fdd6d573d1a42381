package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/escalation"
	"example.com/ticketmail/storage"
)

// tellers tell in every language, of people whose names are not their ids.
func tellers() map[string]*teller {
	all := map[string]*teller{}
	names := map[escalation.PersonID]string{"bea": "Bea Braun", "dora": "Dora Lange"}
	for i, tag := range tags {
		all[tag] = &teller{func(id escalation.PersonID) string {
			if name, ok := names[id]; ok {
				return name
			}
			return string(id)
		}, catalog.List{}, catalog.Wanted(tag, "", ""), i}
	}
	return all
}

// fieldsOf returns the fields of history that the engine writes: the constants
// Field... of package storage.
func fieldsOf(t *testing.T) (fields []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "storage", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok || len(v.Values) != 1 || !strings.HasPrefix(v.Names[0].Name, "Field") {
				return true
			}
			if l, ok := v.Values[0].(*ast.BasicLit); ok && l.Kind == token.STRING {
				field, err := strconv.Unquote(l.Value)
				if err != nil {
					t.Fatal(err)
				}
				fields = append(fields, field)
			}
			return true
		})
	}
	return fields
}

// TestEveryChange: whatever the engine writes into a history is told in a
// sentence, in every language.
func TestEveryChange(t *testing.T) {
	fields := fieldsOf(t)
	if len(fields) < 17 {
		t.Fatalf("found %v: the search does not see them", fields)
	}
	known := map[string]bool{}
	for _, field := range fields {
		known["change."+field] = true
		for tag, s := range tellers() {
			for _, c := range []storage.Change{{Old: "7", New: "8"}, {New: "8"}, {Old: "7"}} {
				c.Field = field
				if field == storage.FieldSkipped {
					c.New = "task_members dora (ticket_created, left)"
				}
				text := s.text(c)
				if strings.HasPrefix(text, field+":") || strings.ContainsAny(text, "_{}→") || !strings.HasSuffix(text, ".") {
					t.Errorf("%s from %q to %q in %s: %q is no sentence", field, c.Old, c.New, tag, text)
				}
			}
		}
	}
	for key := range historyWords {
		base := strings.TrimSuffix(strings.TrimSuffix(key, ".set"), ".gone")
		if strings.HasPrefix(key, "change.") && !known[base] {
			t.Errorf("the engine writes no %s", key)
		}
	}
}

func TestTell(t *testing.T) {
	for _, tt := range []struct {
		c          storage.Change
		de, en, fr string
	}{
		{
			storage.Change{Field: storage.FieldSkipped, New: "task_members dora (ticket_created, left)"},
			"Ticket oder Teilaufgabe erstellt: keine Mail an Dora Lange (Vorgangsmitarbeiter, nicht mehr beschäftigt).",
			"Ticket or subtask created: no mail to Dora Lange (Members of the task, has left the company).",
			"Ticket ou sous-tâche créé : pas d’e-mail à Dora Lange (Membres de la tâche, a quitté l’entreprise).",
		},
		{
			storage.Change{Field: storage.FieldSkipped, New: "assignee (comment_added, empty); kim@x.example (comment_added, held: 3 automatic mails to this address within a day); creator bea (status_done, no_address); and 1 more"},
			"Bemerkung oder Datei hinzugefügt: keine Mail an Bearbeiter (niemand eingetragen), kim@x.example (angehalten: zu viele automatische Mails). Status „fertig“: keine Mail an Bea Braun (Ersteller, keine E-Mail-Adresse). Auch eine weitere Person bekam keine.",
			"Comment or file added: no mail to Assignee (nobody is set), kim@x.example (held: too many automatic mails). Status “done”: no mail to Bea Braun (Creator, no e-mail address). One more got none either.",
			"Commentaire ou fichier ajouté : pas d’e-mail à Responsable (personne n’est indiqué), kim@x.example (retenu : trop d’e-mails automatiques). Statut « terminé » : pas d’e-mail à Bea Braun (Créateur, pas d’adresse e-mail). Une autre personne n’en a pas reçu non plus.",
		},
		{
			storage.Change{Field: storage.FieldSkipped, New: "creator bea (status_done, left); and 3 more"},
			"Status „fertig“: keine Mail an Bea Braun (Ersteller, nicht mehr beschäftigt). Auch 3 weitere bekamen keine.",
			"Status “done”: no mail to Bea Braun (Creator, has left the company). 3 more got none either.",
			"Statut « terminé » : pas d’e-mail à Bea Braun (Créateur, a quitté l’entreprise). 3 autres n’en ont pas reçu non plus.",
		},
		{
			storage.Change{Field: storage.FieldNotified, New: "nobody", Via: "comment_added"},
			"Niemand konnte eine Mail bekommen: Bemerkung oder Datei hinzugefügt.", "Nobody could be mailed: Comment or file added.", "Personne n’a pu recevoir d’e-mail : Commentaire ou fichier ajouté.",
		},
		{
			storage.Change{Field: storage.FieldNotified, New: "nobody", Via: "tell 7"},
			"Niemand konnte eine Mail bekommen.", "Nobody could be mailed.", "Personne n’a pu recevoir d’e-mail.",
		},
		{
			storage.Change{Field: storage.FieldStatus, Old: "new", New: "in_process"},
			"Der Status wechselte von „neu“ zu „in Arbeit“.", "The status went from “new” to “in process”.", "Le statut est passé de « nouveau » à « en cours ».",
		},
		{
			storage.Change{Field: storage.FieldAssignee, New: "bea"},
			"Bearbeiter ist jetzt Bea Braun.", "The assignee is now Bea Braun.", "Le responsable est désormais Bea Braun.",
		},
		{
			storage.Change{Field: storage.FieldAssignee, Old: "bea"},
			"Niemand ist mehr Bearbeiter, vorher war es Bea Braun.", "Nobody is the assignee any more; it was Bea Braun.", "Il n’y a plus de responsable ; c’était Bea Braun.",
		},
		{storage.Change{Field: "of the host", Old: "7", New: "8"}, "of the host: 7 → 8", "of the host: 7 → 8", "of the host: 7 → 8"},
		{storage.Change{Field: storage.FieldSkipped, New: "[erased]"}, "skipped: [erased]", "skipped: [erased]", "skipped: [erased]"},
		{storage.Change{Field: storage.FieldSubject, Old: "{new}", New: "{old}"}, "Der Betreff wurde von „{new}“ in „{old}“ geändert.", "The subject was changed from “{new}” to “{old}”.", "L’objet « {new} » est devenu « {old} »."},
	} {
		for tag, want := range map[string]string{"de": tt.de, "en": tt.en, "fr": tt.fr} {
			if got := tellers()[tag].text(tt.c); got != want {
				t.Errorf("%+v in %s:\n got %s\nwant %s", tt.c, tag, got, want)
			}
		}
	}
}
