package console

import "fmt"

// counted is a text about a number of things: of one, and of any other number.
type counted struct{ one, many words }

// same is a text that is the same for one and for many.
func same(w words) counted { return counted{w, w} }

// Count returns a text about n things in the visitor's language, which French
// speaks of as one also where there is none.
func (v *visit) Count(key string, n int) string {
	c, ok := counts[key]
	if !ok {
		return key // a test sees to it that this does not happen
	}
	w := c.many
	if n == 1 || n == 0 && languages[v.language] == "fr" {
		w = c.one
	}
	return fmt.Sprintf(w.in(v.language), v.Number(n))
}
