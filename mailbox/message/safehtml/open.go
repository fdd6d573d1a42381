package safehtml

import (
	"slices"

	"golang.org/x/net/html/atom"
)

// maxDepth bounds the nesting. Parsers give up at 512 levels, some of which
// the page needs itself.
const maxDepth = 200

// An element is one that is open in the output.
type element struct {
	tag   atom.Atom
	block bool
	ended bool // it ends with the block in it that is still open
}

// openElement writes the start of an element that is no part of a table, after
// the ends of those that a parser would end there (HTML Living Standard,
// section 13.2.6.4.7): the output says itself what parsers would make of it.
func (s *sanitizer) openElement(tag, original atom.Atom, kind kind, more bool) {
	if s.betweenCells() {
		s.openCell()
	}
	if kind == block || tag == atom.Hr {
		s.closeFrom(s.find(func(t atom.Atom) bool { return t == atom.P }, isCell))
	}
	switch {
	case tag == atom.Li:
		s.closeFrom(s.find(func(t atom.Atom) bool { return t == atom.Li }, endsItems))
	case tag == atom.Dd || tag == atom.Dt:
		s.closeFrom(s.find(func(t atom.Atom) bool { return t == atom.Dd || t == atom.Dt }, endsItems))
	case isHeading(tag):
		for len(s.open) > 0 && isHeading(s.open[len(s.open)-1].tag) {
			s.closeFrom(len(s.open) - 1)
		}
	case tag == atom.A:
		s.closeFrom(s.find(func(t atom.Atom) bool { return t == atom.A }, isCell))
	}
	levels := 1
	if tag == atom.Table {
		levels = 4 // with section, row and cell, so that content always finds a place
	}
	switch {
	case kind == void:
		s.write(tag, original, kind, more)
	case len(s.open)+levels > maxDepth:
		s.over++
	default:
		s.write(tag, original, kind, more)
	}
}

// endsItems reports whether an item of a list is not ended by one inside that
// element.
func endsItems(tag atom.Atom) bool {
	_, kind := known(tag)
	return (kind == block || kind == part) && tag != atom.Div && tag != atom.P
}

// openPart writes the start of a part of a table where it may stand: in the
// nearest table, after the ends of what is open there. Without a table it is
// left out.
func (s *sanitizer) openPart(tag atom.Atom, more bool) {
	table := s.find(func(t atom.Atom) bool { return t == atom.Table }, nil)
	if table < 0 {
		return
	}
	parent := table
	switch tag {
	case atom.Tr:
		parent = s.find(holdsRows, nil)
	case atom.Td, atom.Th:
		parent = s.find(func(t atom.Atom) bool { return t == atom.Tr || holdsRows(t) }, nil)
	}
	s.closeFrom(parent + 1)
	if (tag == atom.Td || tag == atom.Th) && s.open[parent].tag != atom.Tr {
		s.write(atom.Tr, atom.Tr, part, false)
	}
	s.write(tag, tag, part, more)
}

// betweenCells reports whether the place is one in a table where no content
// may stand. Parsers would move it out of the table.
func (s *sanitizer) betweenCells() bool {
	if len(s.open) == 0 {
		return false
	}
	tag := s.open[len(s.open)-1].tag
	return tag == atom.Tr || holdsRows(tag)
}

// openCell makes room for content between the cells of a table.
func (s *sanitizer) openCell() { s.openPart(atom.Td, false) }

// closeElement writes the end of an element, if one of that name is open. It
// does not reach out of the cell of a table.
func (s *sanitizer) closeElement(tag atom.Atom, kind kind) {
	if s.over > 0 && kind != part {
		s.over--
		return
	}
	var at int
	is := func(t atom.Atom) bool { return t == tag }
	switch {
	case tag == atom.Table:
		at = s.find(is, nil)
	case kind == part:
		at = s.find(is, func(t atom.Atom) bool { return t == atom.Table })
	case tag == atom.Li:
		at = s.find(is, func(t atom.Atom) bool { return t == atom.Ul || t == atom.Ol || isCell(t) })
	default:
		at = s.find(is, isCell)
	}
	if at < 0 {
		return
	}
	if kind == inline && slices.ContainsFunc(s.open[at:], func(e element) bool { return e.block }) {
		s.open[at].ended = true
		return
	}
	s.closeFrom(at)
}

// find returns the index of the innermost open element that is looked for, or
// -1 if there is none or one that stops the search is further inside.
func (s *sanitizer) find(wanted, stop func(atom.Atom) bool) int {
	for i, e := range slices.Backward(s.open) {
		switch tag := e.tag; {
		case wanted(tag):
			return i
		case stop != nil && stop(tag):
			return -1
		}
	}
	return -1
}

// closeFrom ends the open element at that index, if it is one, and all in it.
func (s *sanitizer) closeFrom(at int) {
	if at < 0 || at >= len(s.open) {
		return
	}
	s.closeTo(at)
	for len(s.open) > 0 && s.open[len(s.open)-1].ended {
		s.closeTo(len(s.open) - 1)
	}
}

// closeTo ends open elements until so many are left.
func (s *sanitizer) closeTo(left int) {
	for len(s.open) > left {
		last := len(s.open) - 1
		s.out.endTag(s.open[last].tag.String())
		s.open = s.open[:last]
	}
}
