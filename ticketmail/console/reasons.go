package console

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.com/ticketmail/escalation"
)

// A said is what the engine says, as the visitor is told it.
type said struct {
	Text    string
	English bool // there are no other words for it
}

// Said says a reason, which the engine gives in English and with ids, in the
// visitor's language and with names.
func (v *visit) Said(code, text string) said {
	// Of a mail about several events, each reason begins with its event.
	event := ""
	if kind, rest, ok := strings.Cut(text, ": "); ok && v.has("event."+kind) {
		event, text = v.T("text.before", v.Name("event", kind))+" ", rest
	}
	words, ok := v.name(reasonPhrases, code, text)
	return said{event + words, !ok && v.language != english}
}

// say says a text in the visitor's language, or returns it as it is. In
// English it is that already.
func (v *visit) say(phrases []phrase, code, text string) (string, bool) {
	if v.language == english {
		return text, true
	}
	return v.name(phrases, code, text)
}

// name says a text in the visitor's language, English too, with names where ids
// stand in it; one that fits no phrase is returned as it is.
func (v *visit) name(phrases []phrase, code, text string) (string, bool) {
	for _, p := range phrases {
		if code != "" && p.codes != "" && !slices.Contains(strings.Fields(p.codes), code) {
			continue
		}
		facts, ok := match(p.en, text)
		if !ok {
			continue
		}
		args := make([]any, len(facts))
		for i, fact := range facts {
			args[i] = v.fact(p.facts[i], code, fact)
		}
		return fmt.Sprintf(strings.ReplaceAll(p.in(v.language), "%d", "%s"), args...), true // facts are texts
	}
	return text, false
}

// fact says what stands within a reason: i a person, r a role, o a role whose
// person may stand behind it, w why somebody cannot be mailed, p a task,
// a department or the company, s where in a mail something stands, k how it
// names a ticket, a an audience, n another reason, e an event, t a template, l a
// language, f what is wrong with a template, g an age, h the usual ports of a protocol,
// z what remains against a certificate, m a count with a plus sign where there
// are more. Everything else (-) stays as it is.
func (v *visit) fact(kind byte, code, text string) string {
	switch kind {
	case 'i':
		return v.Person(escalation.PersonID(text))
	case 'r':
		return v.Name("role", text)
	case 'o':
		if role, id, ok := strings.Cut(text, " "); ok && v.has("role."+role) {
			return v.Name("role", role) + " " + v.Person(escalation.PersonID(id))
		}
		return v.Name("role", text)
	case 'w':
		return v.Name("why", text)
	case 'a':
		return v.Name("audience", text)
	case 'e':
		return v.Name("event", text)
	case 't':
		return v.TemplateName(text)
	case 'l':
		return v.Name("language", text)
	case 'f':
		text, _ = v.say(faultPhrases, "", text)
	case 'h':
		if w, ok := portWords[text]; ok {
			return w.in(v.language)
		}
	case 'z':
		if w, ok := resortWords[text]; ok {
			return w.in(v.language)
		}
	case 'g':
		text, _ = v.say(agePhrases, "", text)
	case 'm':
		if n, ok := strings.CutSuffix(text, "+"); ok {
			return v.T("overview.many", n)
		}
	case 's':
		return v.Name("source", text)
	case 'p':
		text, _ = v.say(placePhrases, "", text)
	case 'k':
		text, _ = v.say(keyPhrases, "", text)
	case 'n':
		codes := []string{code}
		if code == "reply-to" { // the reason of a route, which has a code of its own there
			codes = []string{"task", "inactive", "none"}
		}
		for _, code := range codes {
			if words, ok := v.say(reasonPhrases, code, text); ok {
				return words
			}
		}
	}
	return text
}

// match reports whether a text may have been written with a format of %s, %d
// and %q, and returns what stands in place of these.
func match(format, text string) (facts []string, ok bool) {
	for {
		before, rest, more := strings.Cut(format, "%")
		if text, ok = strings.CutPrefix(text, before); !ok || !more {
			return facts, ok && text == ""
		}
		verb := rest[0]
		format = rest[1:]
		n := reach(verb, format, text)
		if n < 0 {
			return nil, false
		}
		fact := text[:n]
		switch verb {
		case 'q':
			fact, _ = strconv.Unquote(fact) // reach has seen to it
		case 'd':
			if _, err := strconv.Atoi(fact); err != nil {
				return nil, false
			}
		}
		facts, text = append(facts, fact), text[n:]
	}
}

// reach returns how much of a text a verb stands for that is followed by the
// rest of its format; -1: it cannot be.
func reach(verb byte, rest, text string) int {
	next, _, more := strings.Cut(rest, "%")
	switch {
	case verb == 'q':
		quoted, err := strconv.QuotedPrefix(text)
		if err != nil {
			return -1
		}
		return len(quoted)
	case more:
		return strings.Index(text, next)
	}
	return len(text) - len(next) // the last one goes on to the end
}
