package web

import (
	"context"
	"strings"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
	"example.com/ticketmail/ticketmail/console"
)

// A teller says what the engine writes into a ticket's history, which holds ids
// and codes, in a reader's language and with names.
type teller struct {
	name       func(escalation.PersonID) string
	categories catalog.List
	languages  catalog.Languages
	lang       int
}

// teller tells somebody.
func (s *site) teller(ctx context.Context, who escalation.Person, categories catalog.List) *teller {
	return &teller{func(id escalation.PersonID) string { return s.name(ctx, id) }, categories, languages(who), languageOf(who)}
}

// tell fills in what people read of the lines of a history.
func (s *site) tell(ctx context.Context, who escalation.Person, lines []line) error {
	if len(lines) == 0 {
		return nil
	}
	categories, err := s.categories(ctx)
	if err != nil {
		return err
	}
	t := s.teller(ctx, who, categories)
	for i := range lines {
		h := &lines[i]
		if h.Text = t.text(h.Change); h.Actor != "" {
			h.Who = t.name(h.Actor) + ":"
		} else if byMail(h.Change) {
			h.Who = word("by.mail", t.lang)
		}
	}
	return nil
}

// byMail reports whether a mail did it: its place in the mailbox is kept then.
func byMail(c storage.Change) bool {
	switch c.Field {
	case storage.FieldCreated, storage.FieldStatus, storage.FieldComment, storage.FieldFollows:
		return c.Via != ""
	}
	return false
}

// text says a line in one sentence. What a host has written, and what cannot be
// read any more, stands there as it is.
func (t *teller) text(c storage.Change) string {
	switch c.Field {
	case storage.FieldCreated, storage.FieldStatus:
		return t.sentence(c.Field, t.status(c.Old), t.status(c.New))
	case storage.FieldAssignee, storage.FieldCustomerContact:
		return t.sentence(c.Field, t.name(escalation.PersonID(c.Old)), t.name(escalation.PersonID(c.New)))
	case storage.FieldCategories:
		return t.sentence(c.Field, t.labels(c.Old), t.labels(c.New))
	case storage.FieldComment, storage.FieldCommentText: // the comment itself says what it says
		return t.sentence(c.Field, "", "")
	case storage.FieldRaised: // Old is for the engine
		return t.sentence(c.Field, "", t.event(notify.Kind(c.New)))
	case storage.FieldNotified:
		event := t.event(notify.Kind(c.Via))
		if event == c.Via { // none of the engine's: perhaps of one whose rule is gone
			event = ""
		}
		return t.sentence(c.Field, event, "")
	case storage.FieldSkipped:
		if text, ok := t.notTold(c.New); ok {
			return text
		}
	case storage.FieldTask, storage.FieldSubject, storage.FieldForwarded, storage.FieldFollows, storage.FieldMergedInto, storage.FieldAbsorbed, storage.FieldUndelivered:
		return t.sentence(c.Field, c.Old, c.New)
	}
	return strings.TrimSpace(c.Field + ": " + strings.TrimPrefix(c.Old+" → "+c.New, " → "))
}

// sentence returns the words for a field with what was and what is in them; for
// many there are others where one of these is empty.
func (t *teller) sentence(field, old, now string) string {
	key := "change." + field
	switch {
	case old == "" && has(key+".set"):
		key += ".set"
	case now == "" && has(key+".gone"):
		key += ".gone"
	}
	return t.say(key, old, now)
}

// say puts what was and what is into a text.
func (t *teller) say(key, old, now string) string {
	return strings.NewReplacer("{old}", old, "{new}", now).Replace(word(key, t.lang))
}

func (t *teller) status(s string) string {
	if s == "" {
		return ""
	}
	return word("status."+s, t.lang)
}

func (t *teller) event(kind notify.Kind) string { return console.Name(tags[t.lang], kind) }

func (t *teller) labels(ids string) string {
	if ids == "" {
		return ""
	}
	var all []string
	for id := range strings.SplitSeq(ids, ",") {
		all = append(all, t.categories.Label(id, t.languages))
	}
	return strings.Join(all, ", ")
}

// notTold says who was meant and got no mail, event by event.
func (t *teller) notTold(text string) (string, bool) {
	list, more, ok := ticketmail.ParseNotTold(text)
	if !ok || len(list) == 0 {
		return "", false
	}
	var said []string
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].Event == list[0].Event {
			n++
		}
		said = append(said, t.say("change.skipped", t.event(list[0].Event), t.people(list[:n])))
		list = list[n:]
	}
	if more > 0 {
		said = append(said, counted("skipped.more", more, t.lang))
	}
	return strings.Join(said, " "), true
}

// people names some who were not told, each with why.
func (t *teller) people(list []ticketmail.NotTold) string {
	var all []string
	for _, n := range list {
		all = append(all, t.passed(n.Role, n.Who, n.Why))
	}
	return strings.Join(all, ", ")
}

// passed names somebody who is not told: as whom he was meant, and why he is
// not. Without a reason his mail is held.
func (t *teller) passed(role notify.Role, id string, why escalation.Reason) string {
	tag := tags[t.lang]
	reason := word("skipped.held", t.lang)
	if why != "" {
		reason = console.Name(tag, why)
	}
	switch name := t.name(escalation.PersonID(id)); {
	case id == "":
		return console.Name(tag, role) + " (" + reason + ")"
	case role == "":
		return name + " (" + reason + ")"
	default:
		return name + " (" + console.Name(tag, role) + ", " + reason + ")"
	}
}
