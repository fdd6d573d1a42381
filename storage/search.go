package storage

import (
	"context"
	"iter"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// A Searcher is a [TicketReader] that finds tickets by their words. It is
// optional: ask whether the Tickets of a Reader or Writer are one.
//
// What is searched of a ticket is its id, its subject, and of each comment the
// text, the sender and the names of files; of a ticket with very much of it the
// first 256 KiB or 500 comments. [Words] says what a word is.
type Searcher interface {
	TicketReader

	// Search is List for the tickets in which all of text is found, as
	// [ParseSearch] reads it. Internal comments are looked at only if internal
	// is set: a customer must not find a ticket by them. A text without words
	// finds nothing.
	Search(ctx context.Context, text string, internal bool, q TicketQuery) iter.Seq2[Ticket, error]
}

// How much of a ticket is searched, where it has more.
const (
	SearchBytes    = 256 << 10 // of text
	SearchComments = 500
)

// A SearchTerm is words that stand one behind the other.
type SearchTerm struct {
	Words  []string // as Words returns them; at least one
	Prefix bool     // the last one may go on
}

// maxTerms and maxSearchWords bound what one search asks for; the rest is not
// used.
const (
	maxTerms       = 50
	maxSearchWords = 100
)

// ParseSearch reads what a person typed into a search field. Words stand for
// themselves, in any order; "words in quotes" are found as they stand, and
// prefix* stands for all words that begin so. What is written without a blank
// (a hyphen, an address, a number with dots) is found as it stands too. Nothing
// is an error: other signs separate words, and a quotation may lack its end. Of
// very much the first 50 terms and 100 words are used.
func ParseSearch(text string) (terms []SearchTerm) {
	left := maxSearchWords
	add := func(part string) {
		if left == 0 || len(terms) == maxTerms {
			return
		}
		words, prefix := Words(part), strings.HasSuffix(part, "*")
		if len(words) > left {
			words, prefix = words[:left:left], false
		}
		if left -= len(words); len(words) > 0 {
			terms = append(terms, SearchTerm{words, prefix})
		}
	}
	for i, part := range strings.Split(text, `"`) {
		if i%2 == 1 {
			add(part)
			continue
		}
		for word := range strings.FieldsSeq(part) {
			add(word)
		}
	}
	return terms
}

// maxWord is how long a word may be, in bytes; of a longer one this much counts.
const maxWord = 128

// Words returns the words of a text, as they are compared: runs of letters and
// digits, NFKC and case-folded, so that full-width letters, "ﬁ" and ß are what
// they look like. Nothing else is the same as something else: u does not find ü.
// In scripts without blanks (Chinese, Japanese, Thai and others) each character
// is a word, so that parts of a text are found, without knowing its words.
func Words(text string) (words []string) {
	text = fold(text)
	start := -1
	end := func(at int) {
		if start >= 0 {
			words = append(words, cutWord(text[start:at]))
		}
		start = -1
	}
	single := false // the word under way is one character, with its marks
	for i, r := range text {
		switch {
		case unicode.Is(unicode.M, r): // belongs to what it stands on
		case unicode.In(r, unscripted...):
			end(i)
			start, single = i, true
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			if single {
				end(i)
			}
			if start < 0 {
				start, single = i, false
			}
		default:
			end(i)
		}
	}
	end(len(text))
	return words
}

// unscripted are scripts that put no blanks between words.
var unscripted = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

func fold(text string) string {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(text)))
		}
	}
	return strings.ToLower(text)
}

func cutWord(word string) string {
	if len(word) <= maxWord {
		return word
	}
	return strings.ToValidUTF8(word[:maxWord], "")
}

// Searched is the text of a ticket that is searched, for implementors of
// [Searcher]: words in the order in which they stand, those of internal comments
// apart. Begin it with [NewSearched], and add the comments in their order.
type Searched struct {
	Public, Internal []string
	left, comments   int
}

// NewSearched begins the text of a ticket.
func NewSearched(t *Ticket) *Searched {
	s := &Searched{left: SearchBytes, comments: SearchComments}
	s.add(&s.Public, string(t.ID))
	s.add(&s.Public, t.Subject)
	return s
}

// Full reports whether no more comments need be added.
func (s *Searched) Full() bool { return s.left <= 0 || s.comments <= 0 }

// Add adds a comment, unless s is full.
func (s *Searched) Add(c *Comment) {
	if s.Full() {
		return
	}
	defer func() { s.comments-- }()
	to := &s.Public
	if c.Internal {
		to = &s.Internal
	}
	for _, part := range []string{c.Sender.Name, c.Sender.Address, c.Text} {
		s.add(to, part)
	}
	for _, a := range c.Attachments {
		s.add(to, a.Display)
	}
}

// add adds a part, behind a mark that no phrase goes over.
func (s *Searched) add(to *[]string, part string) {
	if len(part) > s.left {
		part = strings.ToValidUTF8(part[:s.left], "")
	}
	s.left -= len(part)
	if words := Words(part); len(words) > 0 {
		*to = append(append(*to, searchBreak), words...)
	}
}

// searchBreak is no word that anybody can search for: a character of private
// use, which is no letter.
const searchBreak = "\ue000"

// Match reports whether all terms are found, internally too if that is set.
func (s *Searched) Match(terms []SearchTerm, internal bool) bool {
	for _, t := range terms {
		if !t.in(s.Public) && !(internal && t.in(s.Internal)) {
			return false
		}
	}
	return len(terms) > 0
}

// in reports whether words hold the term.
func (t SearchTerm) in(words []string) bool {
	last := len(t.Words) - 1
	for i := range max(0, len(words)-last) {
		found := true
		for j, w := range t.Words {
			if has := words[i+j]; has != w && !(j == last && t.Prefix && strings.HasPrefix(has, w)) {
				found = false
				break
			}
		}
		if found {
			return true
		}
	}
	return false
}
