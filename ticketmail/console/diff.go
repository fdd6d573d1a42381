package console

import (
	"slices"
	"strings"

	"example.com/ticketmail/notify"
)

// A comparison is one text of a template beside that of another.
type comparison struct {
	Label string
	Lines []diffLine // empty: there is no difference
}

// A diffLine is a line that stands in both texts (' '), only in the first ('-')
// or only in the second ('+').
type diffLine struct {
	Mark string
	Text string
}

// compare returns how now differs from the program's words.
func (v *visit) compare(builtin, now notify.Template) []comparison {
	list := []comparison{}
	for _, part := range []struct{ key, a, b string }{
		{"template.subject", builtin.Subject, now.Subject},
		{"template.text", builtin.Text, now.Text},
		{"template.html", builtin.HTML, now.HTML},
	} {
		if strings.TrimRight(part.a, "\n") != strings.TrimRight(part.b, "\n") {
			list = append(list, comparison{v.T(part.key), diff(part.a, part.b)})
		}
	}
	return list
}

// maxDiff bounds the lines that are compared: the work is their product.
const maxDiff = 600

// diff compares two texts line by line. Of longer ones than maxDiff lines it
// says only that all is different.
func diff(a, b string) []diffLine {
	x, y := strings.Split(strings.TrimRight(a, "\n"), "\n"), strings.Split(strings.TrimRight(b, "\n"), "\n")
	var out []diffLine
	put := func(mark string, lines ...string) {
		for _, l := range lines {
			out = append(out, diffLine{mark, l})
		}
	}
	if len(x) > maxDiff || len(y) > maxDiff {
		put("-", x...)
		put("+", y...)
		return out
	}
	// common[i][j] is the length of the longest common subsequence of x[i:] and y[j:].
	common := make([][]int, len(x)+1)
	for i := range common {
		common[i] = make([]int, len(y)+1)
	}
	for i, a := range slices.Backward(x) {
		for j, b := range slices.Backward(y) {
			if common[i][j] = max(common[i+1][j], common[i][j+1]); a == b {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	i, j := 0, 0
	for i < len(x) && j < len(y) {
		switch {
		case x[i] == y[j]:
			put(" ", x[i])
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			put("-", x[i])
			i++
		default:
			put("+", y[j])
			j++
		}
	}
	put("-", x[i:]...)
	put("+", y[j:]...)
	return out
}
