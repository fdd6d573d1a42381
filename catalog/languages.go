package catalog

import (
	"maps"
	"slices"

	"golang.org/x/text/language"
)

// Languages are BCP 47 tags in the order in which they are tried. Make them
// with [Wanted].
type Languages []string

// last are tried when nothing that is wanted exists.
var last = [...]string{"de", "en"}

// Wanted returns the languages for somebody: the person's, else the project's,
// else the company's, else German, else English. Empty tags are left out,
// each tag comes once. A tag that nothing matches is kept, so that [Pick]
// can tell a fallback from the language that was wanted.
func Wanted(person, project, company string) Languages {
	var l Languages
	for _, tag := range append([]string{person, project, company}, last[:]...) {
		if tag != "" && !slices.Contains(l, tag) {
			l = append(l, tag)
		}
	}
	return l
}

// A Choice is a text picked among several languages.
type Choice[T any] struct {
	Value    T
	Tag      string // key of Value in the map; empty: there is none
	Wanted   string // the first of the languages; empty: there was none
	Fallback bool   // Value is not in the wanted language, nor one its readers understand
}

// Pick returns the text in the first of the languages for which there is one.
// The zero value is no text. See [PickFunc].
func Pick[T comparable](languages Languages, texts map[string]T) Choice[T] {
	var zero T
	return PickFunc(languages, texts, func(t T) bool { return t == zero })
}

// PickFunc is [Pick] for texts that empty says are none.
//
// A language is matched as golang.org/x/text/language does: "de-AT" takes
// "de-AT", else "de", else "de-CH"; Swiss German takes "de", because its
// readers read it. Keys of texts that are no BCP 47 tag match only themselves.
// If nothing matches, the first text in the order of the keys is taken, so
// that the Value is empty only if all are.
func PickFunc[T any](languages Languages, texts map[string]T, empty func(T) bool) Choice[T] {
	var c Choice[T]
	if len(languages) > 0 {
		c.Wanted = languages[0]
	}
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		if !empty(texts[key]) {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		c.Fallback = true
		return c
	}
	var from int
	c.Tag, from = choose(languages, keys)
	c.Value, c.Fallback = texts[c.Tag], from > 0
	return c
}

// choose returns the key for the first language that has one, and which
// language that was; without any the first key and len(languages)+1.
func choose(languages Languages, keys []string) (key string, from int) {
	var m *matcher // made only if needed: it costs thirty times the rest
	for i, wanted := range languages {
		if key, ok := parent(wanted, keys); ok {
			return key, i
		}
		if m == nil {
			m = newMatcher(keys)
		}
		if key, ok := m.match(wanted); ok {
			return key, i
		}
	}
	return keys[0], len(languages) + 1
}

// parent returns the key that is the wanted language, or the nearest of its
// parents: de-AT, then de.
func parent(wanted string, keys []string) (string, bool) {
	if slices.Contains(keys, wanted) {
		return wanted, true
	}
	tag, _ := language.Parse(wanted) // what can be read of a faulty tag
	for ; tag != language.Und; tag = tag.Parent() {
		if key := tag.String(); slices.Contains(keys, key) {
			return key, true
		}
	}
	return "", false
}

// A matcher finds the best of some keys for a language.
type matcher struct {
	keys    []string // those that are tags
	matcher language.Matcher
}

func newMatcher(keys []string) *matcher {
	m := &matcher{}
	var tags []language.Tag
	for _, key := range keys {
		if tag, err := language.Parse(key); err == nil {
			m.keys, tags = append(m.keys, key), append(tags, tag)
		}
	}
	m.matcher = language.NewMatcher(tags)
	return m
}

// match returns the key for a wanted language. It goes by the index, because
// the tag that a match returns carries extensions, and by the confidence,
// because no match gives the first index.
func (m *matcher) match(wanted string) (string, bool) {
	tag, _ := language.Parse(wanted)
	if tag == language.Und || len(m.keys) == 0 {
		return "", false
	}
	_, i, confidence := m.matcher.Match(tag)
	return m.keys[i], confidence > language.No
}
