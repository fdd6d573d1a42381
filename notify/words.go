package notify

import (
	"sync"
	"time"

	"golang.org/x/text/language"
)

// words are the few terms that values need in the language of the mail.
type words struct {
	ticket, subtask string
	day             string            // layout of a date
	statuses        map[string]string // by their stored names
}

// knownWords are the terms of the languages that have their own, made once.
var knownWords = sync.OnceValue(func() map[string]words {
	return map[string]words{
		"de": {"Ticket", "Teilaufgabe", "02.01.2006", map[string]string{
			"new": "neu", "in_process": "in Arbeit", "done": "fertig", "rejected": "abgelehnt", "accepted": "abgenommen"}},
		"fr": {"ticket", "sous-tâche", "02/01/2006", map[string]string{
			"new": "nouveau", "in_process": "en cours", "done": "terminé", "rejected": "refusé", "accepted": "validé"}},
		// A day in English is read differently on the two sides of the
		// Atlantic, except in this form.
		"en": {"ticket", "subtask", time.DateOnly, map[string]string{
			"new": "new", "in_process": "in process", "done": "done", "rejected": "rejected", "accepted": "accepted"}},
	}
})

// wordsFor returns the terms of a language, English where it has none of its own.
func wordsFor(tag string) words {
	t, _ := parseTag(tag)
	base, _ := t.Base()
	if w, ok := knownWords()[base.String()]; ok {
		return w
	}
	return knownWords()["en"]
}

func (w words) status(s string) string {
	if label, ok := w.statuses[s]; ok {
		return label
	}
	return s // a host's own status
}

func (w words) kind(subtask bool) string {
	if subtask {
		return w.subtask
	}
	return w.ticket
}

func (w words) date(t time.Time) string { return t.Format(w.day) }

// parseTag reads a BCP 47 tag and refuses the empty and the undetermined one.
func parseTag(s string) (language.Tag, error) {
	t, err := language.Parse(s)
	if err == nil && t == language.Und {
		err = errNoLanguage
	}
	return t, err
}
