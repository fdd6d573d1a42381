package console_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// maxPage bounds a page, without what it loads.
const maxPage = 100 << 10

// inspect fails the test for whatever a page must not hold, in its markup: code
// within the page, what screen readers cannot read, references to nothing.
func inspect(t testing.TB, a answer) {
	t.Helper()
	if len(a.body) > maxPage {
		t.Errorf("the page has %d bytes, at most %d are allowed", len(a.body), maxPage)
	}
	ids, count := map[string]int{}, map[string]int{}
	for n := range a.doc.Descendants() {
		if n.Type == html.ElementNode {
			if !foreign(n) {
				count[n.Data]++
			}
			if id := attr(n, "id"); id != "" {
				ids[id]++
			}
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("id %q stands %d times", id, n)
		}
	}
	for _, one := range []string{"main", "h1", "title", "header"} {
		if count[one] != 1 {
			t.Errorf("the page has %d %s elements, want 1", count[one], one)
		}
	}
	for n := range a.doc.Descendants() {
		if n.Type == html.ElementNode {
			faults := active(n)
			if !foreign(n) {
				faults = append(faults, unreadable(a.doc, n, ids)...)
			}
			for _, fault := range faults {
				t.Errorf("<%s%s>: %s", n.Data, attrs(n), fault)
			}
		}
	}
}

// foreign reports whether an element is part of a mail's HTML: how readable
// that is, is the sender's business.
func foreign(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if attr(p, "class") == "paper html" {
			return true
		}
	}
	return false
}

// active says what of an element could run, or load something foreign.
func active(n *html.Node) (faults []string) {
	switch n.Data {
	case "script":
		if !strings.HasPrefix(attr(n, "src"), prefix+"/assets/") || textOf(n) != "" {
			faults = append(faults, "is a script, and not ours")
		}
	case "style", "iframe", "object", "embed", "base", "svg:script":
		faults = append(faults, "must not stand in a page")
	}
	for _, a := range n.Attr {
		value := strings.ToLower(strings.TrimSpace(a.Val))
		switch {
		case a.Key == "style" && foreign(n): // safehtml leaves harmless ones, and the policy ignores them
		case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "srcdoc":
			faults = append(faults, "has "+a.Key)
		case slices.Contains([]string{"href", "src", "action", "formaction", "poster", "xlink:href"}, a.Key):
			if strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "data:") || strings.HasPrefix(value, "vbscript:") {
				faults = append(faults, a.Key+" runs something")
			}
			if a.Key == "src" && !strings.HasPrefix(value, prefix+"/") {
				faults = append(faults, "loads something foreign")
			}
		}
	}
	return faults
}

// unreadable says what of an element somebody with a screen reader or without
// a mouse could not use.
func unreadable(doc, n *html.Node, ids map[string]int) (faults []string) {
	for _, key := range []string{"for", "aria-describedby", "aria-labelledby", "aria-controls", "list"} {
		for id := range strings.FieldsSeq(attr(n, key)) {
			if ids[id] == 0 {
				faults = append(faults, fmt.Sprintf("%s names %q, which is not there", key, id))
			}
		}
	}
	if to, ok := strings.CutPrefix(attr(n, "href"), "#"); ok && ids[to] == 0 {
		faults = append(faults, "leads to nothing")
	}
	switch n.Data {
	case "input", "select", "textarea":
		if attr(n, "type") != "hidden" && !labelled(doc, n) {
			faults = append(faults, "has no label")
		}
	case "th":
		if attr(n, "scope") == "" || textOf(n) == "" {
			faults = append(faults, "does not say what it is the head of")
		}
	case "button", "a", "legend", "summary", "caption", "h1", "h2", "h3":
		if textOf(n) == "" && attr(n, "aria-label") == "" {
			faults = append(faults, "says nothing")
		}
	case "img":
		if !hasAttr(n, "alt") {
			faults = append(faults, "has no alt text")
		}
	case "svg":
		if attr(n, "aria-hidden") == "" && (attr(n, "role") != "img" || attr(n, "aria-label")+attr(n, "aria-labelledby") == "") {
			faults = append(faults, "is a picture without words")
		}
	case "html":
		if attr(n, "lang") == "" {
			faults = append(faults, "has no language")
		}
	case "nav":
		if attr(n, "aria-label") == "" {
			faults = append(faults, "is one of several, and has no name")
		}
	case "form":
		if attr(n, "method") == "post" && !strings.HasPrefix(attr(n, "action"), prefix+"/") && !strings.HasPrefix(attr(n, "action"), "https://erp.example"+prefix) {
			faults = append(faults, "is sent elsewhere")
		}
	}
	return faults
}

// labelled reports whether a control has a name.
func labelled(doc, n *html.Node) bool {
	if attr(n, "aria-label") != "" || attr(n, "aria-labelledby") != "" {
		return true
	}
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == "label" && textOf(p) != "" {
			return true
		}
	}
	for l := range doc.Descendants() {
		if l.Data == "label" && attr(l, "for") == attr(n, "id") && attr(n, "id") != "" && textOf(l) != "" {
			return true
		}
	}
	return false
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func attrs(n *html.Node) string {
	var b strings.Builder
	for _, a := range n.Attr {
		fmt.Fprintf(&b, " %s=%q", a.Key, a.Val)
	}
	return b.String()
}

// byID returns the element with an id, or nil.
func byID(doc *html.Node, id string) *html.Node {
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && attr(n, "id") == id {
			return n
		}
	}
	return nil
}

// textOf returns the text in n as people read it, with single blanks.
func textOf(n *html.Node) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	for d := range n.Descendants() {
		switch {
		case d.Type == html.TextNode && d.Parent.Data != "script" && d.Parent.Data != "style":
			b.WriteString(d.Data)
		case d.Type == html.ElementNode && d.Data != "span" && d.Data != "a" && d.Data != "code" && d.Data != "strong":
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
