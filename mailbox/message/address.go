package message

import (
	"slices"
	"strings"
)

// parseAddresses reads an address list (RFC 5322 section 3.4) as people and
// programs really write it, in linear time, and returns at most most
// mailboxes.
//
// Where there is an angle-addr it alone is the address, whatever the display
// name claims to be. Groups are replaced by their members; semicolons
// separate like commas; comments, routes and blanks around @ are dropped; a
// missing bracket, comma or quote costs as little as possible. Two addresses
// in one place are both returned, so that the sender counts as ambiguous.
// Words without any address give an Address that has only a name, or for a
// single word a local part.
func parseAddresses(raw string, most int) []Address {
	p := addressParser{most: most}
	lex := addressLexer{rest: raw}
	for len(p.list) < most {
		t, ok := lex.next()
		if !ok {
			break
		}
		p.take(t)
	}
	p.endMailbox(false)
	p.flushCarry()
	if len(p.list) == 1 && p.list[0].Address == "" && strings.Contains(raw, "=?") {
		// Some mailers encode the address together with the name.
		if whole := decodeHeader(raw); strings.Contains(whole, "@") && !strings.Contains(whole, "=?") {
			return parseAddresses(whole, most)
		}
	}
	return p.list
}

// An addressParser collects the tokens of one mailbox after the other.
type addressParser struct {
	most  int
	list  []Address
	item  []addressToken
	carry []addressToken // an item without address, possibly "Doe" of "Doe, John <j@x.example>"
}

func (p *addressParser) take(t addressToken) {
	switch t.kind {
	case tokenComma:
		p.endMailbox(true)
	case tokenSemicolon:
		p.endMailbox(false)
		p.flushCarry()
	case tokenColon:
		if len(addressUnits(p.item)) == 0 { // the name of a group
			p.item = p.item[:0]
		} else {
			p.endMailbox(false)
		}
	default:
		p.item = append(p.item, t)
	}
}

// endMailbox turns the tokens collected since the last separator into
// addresses. An item without any is kept back if a comma ended it: it may be
// the first half of an unquoted name.
func (p *addressParser) endMailbox(comma bool) {
	item := p.item
	p.item = nil
	if len(item) == 0 {
		return
	}
	switch {
	case slices.ContainsFunc(item, addressToken.isAngle):
		if len(p.carry) > 0 {
			item = slices.Concat(p.carry, []addressToken{{kind: tokenWord, text: ",", glued: true}}, item)
			p.carry = nil
		}
		p.addAngled(item)
	case len(addressUnits(item)) > 0:
		p.flushCarry()
		p.addBare(item)
	default:
		p.flushCarry()
		p.carry = item
		if !comma {
			p.flushCarry()
		}
	}
}

// addAngled adds the angle-addrs of an item, each with the name before it.
func (p *addressParser) addAngled(item []addressToken) {
	for {
		i := slices.IndexFunc(item, addressToken.isAngle)
		if i < 0 {
			break
		}
		addr, spare := angleAddr(item[i].text)
		name := phrase(item[:i])
		item = item[i+1:]
		if name == "" && !slices.ContainsFunc(item, addressToken.isAngle) && len(addressUnits(item)) == 0 {
			name = phrase(item) // <j@x.example> John, or (John)
			item = nil
		}
		if name == "" {
			name = decodeHeader(spare)
		}
		p.add(Address{Name: name, Address: addr})
	}
	if len(addressUnits(item)) > 0 {
		p.addBare(item)
	}
}

// addBare adds the addresses of an item without angle brackets. Only a single
// one takes the other words as its name.
func (p *addressParser) addBare(item []addressToken) {
	units := addressUnits(item)
	for _, u := range units {
		a := Address{Address: cleanAddr(u.text)}
		if len(units) == 1 {
			a.Name = phrase(slices.Concat(item[:u.from], item[u.to:]))
		}
		p.add(a)
	}
}

// flushCarry adds what stood alone: a single word is an address without a
// domain, more is only a name.
func (p *addressParser) flushCarry() {
	item := p.carry
	p.carry = nil
	switch {
	case len(item) == 0:
	case len(item) == 1 && item[0].kind == tokenWord && !strings.HasPrefix(item[0].text, "=?"):
		p.add(Address{Address: cleanAddr(item[0].text)})
	default:
		p.add(Address{Name: phrase(item)})
	}
}

func (p *addressParser) add(a Address) {
	if a != (Address{}) && len(p.list) < p.most {
		p.list = append(p.list, a)
	}
}

// An addressUnit is an address made of the tokens from:to of an item.
type addressUnit struct {
	text     string
	from, to int
}

// addressUnits finds the addresses outside of angle brackets: tokens that
// stand together, or around an @ or a dot, with an @ outside of quotes. If
// there is none, a quoted string that looks like nothing but an address is.
func addressUnits(item []addressToken) []addressUnit {
	var units []addressUnit
	for from := afterComments(item, 0); from < len(item); from = afterComments(item, from) {
		to, at := from+1, item[from].hasAt()
		for {
			next := afterComments(item, to)
			if next == len(item) || !item[next].continues(item[to-1], next > to) {
				break
			}
			at = at || item[next].hasAt()
			to = next + 1
		}
		if at {
			units = append(units, addressUnit{text: written(item[from:to]), from: from, to: to})
		}
		from = to
	}
	if len(units) == 0 && len(item) == 1 && item[0].kind == tokenQuoted &&
		strings.Count(item[0].text, "@") == 1 && !strings.ContainsAny(item[0].text, " \t\\,<>") {
		units = append(units, addressUnit{text: item[0].text, to: 1})
	}
	return units
}

// afterComments returns the index of the first token from i on that is no
// comment.
func afterComments(item []addressToken, i int) int {
	for i < len(item) && item[i].kind == tokenComment {
		i++
	}
	return i
}

// written joins the tokens of an address as they were written.
func written(tokens []addressToken) string {
	var b strings.Builder
	for _, t := range tokens {
		switch t.kind {
		case tokenWord:
			b.WriteString(t.text)
		case tokenQuoted:
			b.WriteString(`"` + t.text + `"`)
		}
	}
	return b.String()
}

// phrase decodes the display name that tokens make. Without one, the last
// comment is the name: "j@x.example (John)" is how it was written before RFC
// 822.
func phrase(tokens []addressToken) string {
	var b strings.Builder
	comment := ""
	for i, t := range tokens {
		switch t.kind {
		case tokenComment:
			comment = t.text
			continue
		case tokenQuoted, tokenWord:
			if i > 0 && !t.glued {
				b.WriteByte(' ')
			}
		}
		if t.kind == tokenQuoted {
			b.WriteString(unescape(t.text))
		} else if t.kind == tokenWord {
			b.WriteString(t.text)
		}
	}
	if name := decodeHeader(b.String()); name != "" {
		return name
	}
	return decodeHeader(unescape(comment))
}

// angleAddr cleans what stands between angle brackets. Words beside the
// address are returned as spare, for a name that got into the brackets.
func angleAddr(s string) (addr, spare string) {
	s = strings.TrimSpace(withoutComments(s))
	if strings.HasPrefix(s, "@") { // a route (RFC 5322 section 4.4)
		if _, rest, ok := strings.Cut(s, ":"); ok {
			s = rest
		}
	}
	words := strings.Fields(s)
	if len(words) < 2 || strings.HasPrefix(s, `"`) {
		return cleanAddr(s), ""
	}
	whole := func(w string) bool { return strings.Contains(strings.Trim(w, "@"), "@") }
	if i := slices.IndexFunc(words, whole); i >= 0 && !slices.ContainsFunc(words[i+1:], whole) {
		return cleanAddr(words[i]), strings.Join(slices.Delete(words, i, i+1), " ")
	}
	return cleanAddr(strings.Join(words, "")), ""
}

// cleanAddr returns an addr-spec as valid UTF-8 without control characters,
// unquoted where RFC 5322 allows.
func cleanAddr(s string) string {
	s = collapse(toUTF8(nil, "", []byte(s)))
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	if len(s) > 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
		s = s[1 : len(s)-1]
	}
	if n := quotedLen(s); n > 0 && strings.HasPrefix(s[n:], "@") {
		s = s[:n] + strings.ReplaceAll(s[n:], " ", "")
		if local := unescape(s[1 : n-1]); isDotAtom(local) {
			return local + s[n:]
		}
		return s
	}
	return strings.ReplaceAll(s, " ", "")
}

// isDotAtom reports whether s needs no quotes as a local part (RFC 5322
// section 3.2.3, RFC 6532 section 3.2).
func isDotAtom(s string) bool {
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" || strings.ContainsFunc(atom, func(r rune) bool {
			return r <= ' ' || r == 0x7f || strings.ContainsRune(`()<>[]:;@\,"`, r)
		}) {
			return false
		}
	}
	return true
}
