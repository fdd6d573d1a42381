package console

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A form is the fields of a page that can be filled in, with what is wrong
// with them.
type form struct {
	fields  []*field
	off     bool   // the visitor may only read
	shown   string // stamp of what it showed when it was made; see visit.over
	seen    string // stamp of what it was filled in over
	fault   string
	english bool // fault is in English, whatever the page is
}

// A field is one line of a form.
type field struct {
	Name, Label, Hint string
	Value             string
	Kind              string // of the template: "text", "email", "number", "password", "area", "select", "check", "radio", "checks"
	Options           []option
	Suggest           []option // for text: what may be chosen instead of typed
	Required, Off     bool
	Mono              bool   // code, not prose
	Rows              int    // of an area
	When              string // class that says when the field applies
	Lang              string // of its text; empty: the page's
	Error             string
	Where             string // which place of the value it is about, in the language of the page; may be empty
	English           bool   // Error is in English, whatever the page is
}

// An option is one of several things to choose.
type option struct {
	Value, Text string
	On          bool
}

// add appends a field and returns it.
func (f *form) add(one field) *field {
	one.Off = one.Off || f.off
	f.fields = append(f.fields, &one)
	return &one
}

// Get returns the field of a name, for pages that place each one; nil: there is none.
func (f *form) Get(name string) *field {
	if i := slices.IndexFunc(f.fields, func(one *field) bool { return one.Name == name }); i >= 0 {
		return f.fields[i]
	}
	return nil
}

// Fields returns all fields, in order.
func (f *form) Fields() []*field { return f.fields }

// refuse says what is wrong with a field, in the language of the page. The
// first word counts. Without such a field it is about the whole form.
func (f *form) refuse(name, text string) {
	one := f.Get(name)
	switch {
	case one == nil && f.fault == "":
		f.fault = text
	case one != nil && one.Error == "":
		one.Error = text
	}
}

// refuseEnglish is refuse for what the engine says, in English: it is said in
// the language of the page where there are words for it.
func (v *visit) refuseEnglish(f *form, name, text string) {
	words, ok := v.say(faultPhrases, "", text)
	switch one := f.Get(name); {
	case one != nil && one.Error == "":
		one.English = !ok
	case one == nil && f.fault == "":
		f.english = !ok
	}
	f.refuse(name, sentence(words))
}

// ok reports whether nothing is wrong.
func (f *form) ok() bool { return f.fault == "" && len(f.Faults()) == 0 }

// Faults returns the fields that something is wrong with.
func (f *form) Faults() []*field {
	var bad []*field
	for _, one := range f.fields {
		if one.Error != "" {
			bad = append(bad, one)
		}
	}
	return bad
}

// Fault returns what is wrong with the form as a whole.
func (f *form) Fault() string { return f.fault }

// English reports whether Fault is in English, whatever the page is.
func (f *form) English() bool { return f.english }

// Off reports whether the form can only be read.
func (f *form) Off() bool { return f.off }

// choose makes one option the one that is chosen.
func (f *field) choose(value string) {
	for i := range f.Options {
		f.Options[i].On = f.Options[i].Value == value
	}
}

// Invalid reports whether something is wrong with the field.
func (f *field) Invalid() bool { return f.Error != "" }

// Described returns the ids of what describes the field; empty: nothing does.
func (f *field) Described() string {
	var ids []string
	if f.Error != "" {
		ids = append(ids, "e-"+f.Name)
	}
	if f.Hint != "" {
		ids = append(ids, "h-"+f.Name)
	}
	return strings.Join(ids, " ")
}

// sentence makes an error text of the engine one for people.
func sentence(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if first == utf8.RuneError { // empty, or what no letter begins
		return s
	}
	return string(unicode.ToUpper(first)) + s[n:]
}

// Sentence makes what the engine says a sentence without its full stop.
func (v *visit) Sentence(s string) string { return strings.TrimSuffix(sentence(s), ".") }

// maxLines bounds what a field takes that has one thing a line.
const maxLines = 1000

// lines splits what was typed one a line, or parted by commas and semicolons,
// each thing once. It ends at one more than maxLines, which tooMany refuses.
func lines(text string) []string {
	var list []string
	had := map[string]bool{}
	for one := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' || r == ',' || r == ';' }) {
		if one = strings.TrimSpace(one); one == "" || had[one] {
			continue
		}
		had[one] = true
		if list = append(list, one); len(list) > maxLines {
			break
		}
	}
	return list
}

// tooMany says at a field that more was typed than lines takes. Nothing that
// looks at each line then needs to.
func (v *visit) tooMany(f *form, name string, list []string) bool {
	if len(list) <= maxLines {
		return false
	}
	f.Get(name).Value = v.text(name)
	f.refuse(name, v.T("form.lines", maxLines))
	return true
}
