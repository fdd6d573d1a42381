package safehtml_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// ownAddress is where the host of these tests shows images.
const ownAddress = "/files/"

var (
	harmlessElements = strings.Fields("a abbr b bdi bdo big blockquote br caption center cite code dd del dfn div dl dt em font h1 h2 h3 h4 h5 h6 " +
		"hr i img ins kbd li mark ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var wbr")
	harmlessAttributes = strings.Fields("align alt bgcolor border cellpadding cellspacing color colspan dir face height href lang nowrap " +
		"referrerpolicy rel rowspan size src start style target title type valign value width")
	harmlessLink  = regexp.MustCompile(`^(https?://[^/\\?#]|mailto:.|tel:.)[^\x00-\x20"<>\\` + "`" + `]*$`)
	harmlessStyle = regexp.MustCompile(`^([a-z-]+:([a-zA-Z0-9#.,% _-]|(rgb|hsl)a?\([0-9.,%]*\))+(;|$))+$`)
	movingStyle   = regexp.MustCompile(`(?i)(^|;)(position|top|left|right|bottom|inset|z-index|opacity|transform|float|animation.*|transition|content|cursor|src):|:-|[: ]-[0-9.]`)
)

// harm parses output as a browser does that is given it as the content of a
// div, and says what is active, remote or out of place in the tree, or "".
func harm(output string) string {
	for _, scripting := range []bool{true, false} {
		host := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
		nodes, err := html.ParseFragmentWithOptions(strings.NewReader(output), host, html.ParseOptionEnableScripting(scripting))
		if err != nil {
			return err.Error()
		}
		for _, n := range nodes {
			host.AppendChild(n)
		}
		for n := range host.Descendants() {
			if why := harmIn(n); why != "" {
				return why
			}
		}
		if why := repaired(output, host); why != "" {
			return why
		}
	}
	return escapes(output)
}

// harmIn says what is wrong with one node.
func harmIn(n *html.Node) string {
	if n.Type != html.ElementNode {
		if n.Type != html.TextNode {
			return fmt.Sprintf("node of type %d: %q", n.Type, n.Data)
		}
		return ""
	}
	if n.Namespace != "" || !slices.Contains(harmlessElements, n.Data) {
		return fmt.Sprintf("element %s:%s", n.Namespace, n.Data)
	}
	for _, a := range n.Attr {
		ok := a.Namespace == "" && slices.Contains(harmlessAttributes, a.Key)
		switch a.Key {
		case "href":
			ok = n.Data == "a" && harmlessLink.MatchString(a.Val)
		case "src":
			ok = n.Data == "img" && strings.HasPrefix(a.Val, ownAddress)
		case "style":
			ok = harmlessStyle.MatchString(a.Val) && !movingStyle.MatchString(a.Val)
		case "rel":
			ok = a.Val == "noopener noreferrer nofollow"
		case "target":
			ok = a.Val == "_blank"
		case "title", "alt":
		default:
			ok = ok && regexp.MustCompile(`^[a-zA-Z0-9#.,%()+ _-]*$`).MatchString(a.Val)
		}
		if !ok {
			return fmt.Sprintf("attribute %s:%s=%q of %s", a.Namespace, a.Key, a.Val, n.Data)
		}
	}
	return ""
}

// repaired says where the parser made another tree than the tags of the output
// say, but for table sections, which it adds.
func repaired(output string, tree *html.Node) string {
	var b strings.Builder
	for n := range tree.ChildNodes() {
		if err := html.Render(&b, n); err != nil {
			return err.Error()
		}
	}
	if got, want := tags(b.String()), tags(output); got != want {
		return fmt.Sprintf("the parser made\n%s\nof\n%s", got, want)
	}
	return ""
}

// tags writes HTML in one form.
func tags(source string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(source))
	for z.Next() != html.ErrorToken {
		t := z.Token()
		if t.Data == "tbody" && len(t.Attr) == 0 {
			continue
		}
		if t.Type == html.SelfClosingTagToken {
			t.Type = html.StartTagToken
		}
		// The parser sorts the attributes of some elements.
		slices.SortFunc(t.Attr, func(a, b html.Attribute) int { return strings.Compare(a.Key, b.Key) })
		// It passes over the first line end in a pre.
		b.WriteString(strings.ReplaceAll(t.String(), "\n", ""))
	}
	return b.String()
}

// escapes says whether output ends the element it is put into.
func escapes(output string) string {
	doc, err := html.Parse(strings.NewReader("<!doctype html><div title=host>" + output + "<hr title=after></div><hr title=beside>"))
	if err != nil {
		return err.Error()
	}
	for n := range doc.Descendants() {
		if n.Data != "hr" || len(n.Attr) != 1 {
			continue
		}
		if parent := n.Parent; (n.Attr[0].Val == "after") != (parent.Data == "div" && len(parent.Attr) == 1 && parent.Attr[0].Val == "host") {
			return fmt.Sprintf("%s stands in %s %v", n.Attr[0].Val, parent.Data, parent.Attr)
		}
	}
	return ""
}

// imagesIn counts the images in output that are loaded.
func imagesIn(output string) int {
	n := 0
	z := html.NewTokenizer(strings.NewReader(output))
	for z.Next() != html.ErrorToken {
		if t := z.Token(); t.Data == "img" && slices.ContainsFunc(t.Attr, func(a html.Attribute) bool { return a.Key == "src" }) {
			n++
		}
	}
	return n
}
