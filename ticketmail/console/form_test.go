package console_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// TestTooManyLines: what has too many lines is refused at its field, and stays
// as it was typed.
func TestTooManyLines(t *testing.T) {
	r := build(t, change{})
	r.seed()
	var list strings.Builder
	for i := range 1001 {
		list.WriteString("a" + strconv.Itoa(i) + "@erp.example\n")
	}
	const want = "1000 lines at most"
	a := r.post("/notifications/edit?event=status_done", "active", "on", "same", "on", "delay", "0", "attach", "0", "addresses", list.String()).want(http.StatusUnprocessableEntity)
	if got := a.fault("addresses"); !strings.Contains(got, want) {
		t.Errorf("at the addresses: %q", got)
	}
	a.has("a1000@erp.example")
	a = r.post("/mailboxes/edit", box("folders", list.String())...).want(http.StatusUnprocessableEntity)
	if got := a.fault("folders"); !strings.Contains(got, want) {
		t.Errorf("at the folders: %q", got)
	}
}

// TestChartLabels: no label sticks out of the picture.
func TestChartLabels(t *testing.T) {
	labels := 0
	for n := range build(t, change{}).get("/").doc.Descendants() {
		if n.Type != html.ElementNode || n.Data != "text" || attr(n, "y") != "146" {
			continue
		}
		labels++
		x, err := strconv.Atoi(attr(n, "x"))
		if err != nil {
			t.Fatal(err)
		}
		right := x // of 440, by 8 a letter
		if attr(n, "text-anchor") == "middle" {
			right += 8 * len(textOf(n)) / 2
		}
		if right > 440 {
			t.Errorf("%s ends at %d", textOf(n), right)
		}
	}
	if labels < 8 {
		t.Errorf("%d labels", labels)
	}
}
