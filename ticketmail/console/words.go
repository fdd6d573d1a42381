package console

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// languages are those of the console, in the order of [words].
var languages = [...]string{"de", "en", "fr"}

const english = 1

// words are one text in all languages. It is written without field names, so
// that one without a language does not compile.
type words struct{ de, en, fr string }

// in returns the text in a language, by its index.
func (w words) in(language int) string {
	return [...]string{w.de, w.en, w.fr}[language]
}

// catalogue are all texts, by key.
var catalogue = func() map[string]words {
	all := map[string]words{}
	for _, part := range []map[string]words{
		commonWords, nameWords, categoryWords, notificationWords, explainWords, templateWords,
		mailboxWords, mailboxFormWords, journalWords, outboxWords, overviewWords,
	} {
		maps.Copy(all, part)
	}
	return all
}()

// has reports whether there is a text.
func (v *visit) has(key string) bool {
	_, ok := catalogue[key]
	return ok
}

// T returns a text in the visitor's language; args fill its verbs.
func (v *visit) T(key string, args ...any) string {
	w, ok := catalogue[key]
	if !ok {
		return key // a test sees to it that this does not happen
	}
	if len(args) == 0 {
		return w.in(v.language)
	}
	return fmt.Sprintf(w.in(v.language), args...)
}

// Name returns how a value of ours is called, such as the role "creator", and
// the value itself where a host has made it up.
func (v *visit) Name(group string, value any) string {
	text := toText(value)
	if w, ok := catalogue[group+"."+text]; ok {
		return w.in(v.language)
	}
	return text
}

// Language returns the tag of the language of the page.
func (v *visit) Language() string { return languages[v.language] }

// chooseLanguage returns the language that comes first in the lists, each a
// BCP 47 tag or what browsers send in Accept-Language. A region does not
// matter. English is the last resort.
func chooseLanguage(lists ...string) int {
	for _, list := range lists {
		for tag := range strings.SplitSeq(list, ",") {
			tag, _, _ = strings.Cut(tag, ";")
			tag, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
			if i := slices.Index(languages[:], tag); i >= 0 {
				return i
			}
		}
	}
	return english
}
