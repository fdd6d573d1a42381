package console

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLines(t *testing.T) {
	for text, want := range map[string][]string{
		"":                        nil,
		" \n,;\r\n":               nil,
		"b\r\na, c;b\n a ":        {"b", "a", "c"},
		strings.Repeat("x,", 9e5): {"x"},
	} {
		if diff := cmp.Diff(want, lines(text)); diff != "" {
			t.Errorf("%.20q: %s", text, diff)
		}
	}
	var b strings.Builder
	for i := range 200_000 {
		b.WriteString(strconv.Itoa(i) + "\n")
	}
	if got := len(lines(b.String())); got != maxLines+1 {
		t.Errorf("%d lines of many, want %d", got, maxLines+1)
	}
}
