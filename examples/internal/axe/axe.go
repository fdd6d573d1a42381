// Package axe looks for faults of accessibility in pages that a browser shows,
// with axe-core 4.14.1 of Deque Systems (Mozilla Public License 2.0, see
// LICENSE), unchanged as its authors publish it.
package axe

import (
	_ "embed"
	"testing"

	"example.com/ticketmail/examples/internal/browser"
)

//go:embed axe.min.js
var script string

// Check fails the test for every violation of WCAG 2.0, 2.1 and 2.2, levels A
// and AA, that the page in the window has. name says which page it is.
func Check(t testing.TB, w *browser.Window, name string) {
	t.Helper()
	if !browser.Eval[bool](w, "typeof axe === 'object'") {
		browser.Eval[bool](w, script+"; true")
	}
	browser.Eval[bool](w, `axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).then(
		r => window.axeFound = r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.html.slice(0, 200) + " – " + n.failureSummary.slice(0, 300))),
		e => window.axeFound = ["axe failed: " + e]), true`)
	w.Until("axe", func() bool { return browser.Eval[bool](w, "Array.isArray(window.axeFound)") })
	for _, found := range browser.Eval[[]string](w, "window.axeFound") {
		t.Errorf("%s: %s", name, found)
	}
}
