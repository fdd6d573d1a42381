package safehtml

import (
	"net/url"
	"strings"
)

const (
	maxAddress = 8192 // bytes; a longer one is left out, as many servers would refuse it
	maxAlt     = 1000 // bytes of the description of an image
)

// addresses are the attributes of a link or an image that need a decision.
type addresses struct {
	href, src, alt          string
	hasHref, hasSrc, hasAlt bool
}

// note takes an attribute; of one given twice the first counts, as in browsers.
func (a *addresses) note(key string, value []byte) {
	switch {
	case key == "href" && !a.hasHref:
		a.href, a.hasHref = address(value), true
	case key == "src" && !a.hasSrc:
		a.src, a.hasSrc = address(value), true
	case key == "alt" && !a.hasAlt:
		a.alt, a.hasAlt = strings.TrimSpace(cut(string(value), maxAlt)), true
	}
}

// link writes where a link leads, if it may lead there.
func (s *sanitizer) link(given addresses) {
	href := linkAddress(given.href)
	if href == "" {
		return
	}
	s.attribute("href", href)
	s.attribute("rel", "noopener noreferrer nofollow")
	if s.opts.NewWindow {
		s.attribute("target", "_blank")
	}
}

// image writes what an image shows, and reports false if there is nothing to
// see: neither a picture that may be loaded nor a description.
func (s *sanitizer) image(given addresses) bool {
	src := s.imageAddress(given.src)
	if src != "" {
		s.attribute("src", src)
		s.attribute("referrerpolicy", "no-referrer")
	}
	if given.alt != "" || src != "" { // without words screen readers pass over it; without the attribute they read its address out
		s.attribute("alt", given.alt)
	}
	return src != "" || given.alt != ""
}

// imageAddress returns from where an image is loaded, or "".
func (s *sanitizer) imageAddress(src string) string {
	if id, ok := cutScheme(src, "cid:"); ok {
		if decoded, err := url.PathUnescape(id); err == nil { // RFC 2392
			id = decoded
		}
		if id == "" || s.opts.ContentID == nil {
			return ""
		}
		return s.opts.ContentID(id)
	}
	if strings.HasPrefix(src, "//") {
		src = "https:" + src
	}
	if src = webAddress(src); src == "" || s.opts.Remote == nil {
		return ""
	}
	return s.opts.Remote(src)
}

// address returns the value of an attribute as browsers read an address:
// without white space and controls around it, line ends and tabs.
func address(value []byte) string {
	if len(value) > 2*maxAddress {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, strings.TrimFunc(string(value), func(r rune) bool { return r <= ' ' }))
}

// linkAddress returns an address that a link may have, its scheme in lower
// case, or "". Addresses without a scheme would be those of the host.
func linkAddress(s string) string {
	for _, scheme := range [...]string{"mailto:", "tel:"} {
		if rest, ok := cutScheme(s, scheme); ok && rest != "" {
			return escapeAddress(scheme, rest)
		}
	}
	return webAddress(s)
}

// webAddress returns an absolute address of http or https, or "". It names a
// host right after two slashes: "https:x" is an address within the page.
func webAddress(s string) string {
	for _, scheme := range [...]string{"https:", "http:"} {
		rest, ok := cutScheme(s, scheme)
		if !ok {
			continue
		}
		host, ok := strings.CutPrefix(rest, "//")
		if ok && host != "" && !strings.ContainsRune(`/\?#`, rune(host[0])) {
			return escapeAddress(scheme, rest)
		}
	}
	return ""
}

// cutScheme cuts off a scheme, written in any case.
func cutScheme(s, scheme string) (rest string, ok bool) {
	if len(s) < len(scheme) || !strings.EqualFold(s[:len(scheme)], scheme) {
		return "", false
	}
	return s[len(scheme):], true
}

// escapeAddress escapes what has no place in an address (RFC 3986 appendix A)
// and might mean something to somebody else; what is escaped stays so. It
// returns "" if the address is too long.
func escapeAddress(scheme, rest string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.WriteString(scheme)
	for i := range len(rest) {
		switch c := rest[i]; {
		case c <= ' ' || c == 0x7F || strings.IndexByte("\"'<>\\^`{|}", c) >= 0:
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		default:
			b.WriteByte(c)
		}
	}
	if b.Len() > maxAddress {
		return ""
	}
	return b.String()
}
