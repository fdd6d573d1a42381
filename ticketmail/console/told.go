package console

import (
	"errors"
	"fmt"
	"strings"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/ticketmail"
)

// A sentence of the engine has a code and names what varies, so that it is said
// in another language without looking at its English. That is kept here all the
// same, as the format it is written with: a test reads the engine's source and
// fails for a code without words, or with others in English.
type told struct {
	facts string // what each arg is, a letter each: see visit.fact
	words
}

// An advised is what is behind an error and what to do about it, both of the
// same args.
type advised struct {
	facts       string
	cause, cure words
}

// args returns what varies as the visitor is told it; not ok: they are not those
// of this code.
func (v *visit) args(facts string, given []string) ([]any, bool) {
	if len(facts) != len(given) {
		return nil, false
	}
	all := make([]any, len(given))
	for i, one := range given {
		all[i] = v.fact(facts[i], "", one)
	}
	return all, true
}

// phrase returns words with their args in the visitor's language.
func (v *visit) phrase(w words, args []any) string {
	text := w.in(v.language)
	if !strings.Contains(text, "%") {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// A diagnosis is what is behind an error, as the visitor is told it. Without a
// Cause nothing is known.
type diagnosis struct{ Cause, Cure said }

// Whole returns what is said as a sentence.
func (s said) Whole() said { return said{strings.TrimSuffix(sentence(s.Text), ".") + ".", s.English} }

// diagnosis says what is behind an error. What no code stands for is package
// oauth's, or a host's own.
func (v *visit) diagnosis(d mailbox.Diagnosis) diagnosis {
	if v.language == english {
		return diagnosis{said{Text: d.Cause}, said{Text: d.Cure}}
	}
	if a, ok := advice[d.Code]; ok && d.Code != "" {
		if args, ok := v.args(a.facts, d.Args); ok {
			return diagnosis{said{Text: v.phrase(a.cause, args)}, said{Text: v.phrase(a.cure, args)}}
		}
	}
	return diagnosis{v.ofSignIn(d.Cause), v.ofSignIn(d.Cure)}
}

// ofSignIn says what package oauth says about a sign-in.
func (v *visit) ofSignIn(text string) said {
	words, ok := v.say(oauthPhrases, "", text)
	return said{words, !ok && text != ""}
}

// diagnose says what is behind an error that a mailbox or its form met. Of one
// about a field it says which.
func (v *visit) diagnose(err error, d mailbox.Diagnosis) diagnosis {
	x := v.diagnosis(d)
	fault, ok := errors.AsType[*mailbox.FieldError](err)
	if !ok {
		return x
	}
	words, known := v.say(faultPhrases, "", fault.Reason)
	about := said{v.T("text.before", v.fieldName(fault.Field)) + " " + words, !known}
	if d.Cause != "" {
		about = said{v.T("text.before", x.Cause.Text) + " " + about.Text, x.Cause.English || about.English}
	}
	x.Cause = about
	return x
}

// fieldName returns how a field of mailbox.Mailbox or oauth.Account is called in
// the form.
func (v *visit) fieldName(path string) string {
	name, known := formField(path)
	switch label := "box." + name; {
	case name == "protocol":
		return v.T("box.type")
	case known && v.has(label):
		return strings.TrimRight(v.T(label), " \u00a0?")
	}
	return path
}

// A finding is one of Lint, as the visitor is told it.
type finding struct{ Where, Text said }

func (v *visit) finding(f ticketmail.Finding) finding {
	x := finding{said{f.Where, v.language != english}, said{f.Text, v.language != english}}
	if v.language == english {
		return x
	}
	if t, ok := subjects[f.Subject]; ok {
		if args, ok := v.args(t.facts, f.Names); ok {
			x.Where = said{Text: v.phrase(t.words, args)}
		}
	}
	if t, ok := findings[f.Code]; ok {
		if args, ok := v.args(t.facts, f.Args); ok {
			x.Text = said{Text: v.phrase(t.words, args)}
		}
	}
	return x
}

// SignInWarning says what will end a sign-in, and what to do.
func (v *visit) SignInWarning(w oauth.Warning) said {
	key := "warning." + string(w.About)
	if w.Left <= 0 {
		key += ".over"
	}
	if v.language == english || !v.has(key) {
		return said{w.Text, v.language != english}
	}
	return said{Text: v.T(key, v.Day(w.At))}
}

// Defect says what is wrong with a mail. What it quotes of it stands behind.
func (v *visit) Defect(d message.Defect) said {
	w, ok := defects[d.Code]
	if v.language == english || !ok {
		return said{d.Text, v.language != english}
	}
	text := w.in(v.language)
	if d.Quote != "" {
		text = v.T("text.before", text) + " " + d.Quote
	}
	return said{Text: text}
}
