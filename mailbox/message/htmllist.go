package message

import "strconv"

// maxIndent bounds how far lists indent their items, in blanks.
const maxIndent = 20

// A list is one that is open.
type list struct {
	ordered bool
	next    int // number of its next item
	indent  int // of its items
	width   int // of the mark before its last item
}

// startList begins a list: a further one in an item, or one of its own.
func (c *htmlConverter) startList(ordered bool, attrs htmlAttributes) {
	l := list{ordered: ordered, next: 1, width: 2}
	if attrs.number >= 0 {
		l.next = attrs.number
	}
	if around := c.lists.top(); around != nil {
		l.indent = min(around.indent+around.width, maxIndent)
		c.out.lines(1)
	} else {
		c.out.lines(2)
	}
	c.lists.push(l)
}

func (c *htmlConverter) endList() {
	c.lists.pop()
	if around := c.lists.top(); around != nil {
		c.out.indent = around.indent + around.width
		c.out.lines(1)
		return
	}
	c.out.indent = 0
	c.out.lines(2)
}

// startItem begins an item. The lines after its first one begin below its text.
func (c *htmlConverter) startItem(attrs htmlAttributes) {
	c.out.lines(1)
	l := c.lists.top()
	if l == nil {
		c.out.item, c.out.itemIndent = "- ", 0
		return
	}
	mark := "- "
	if l.ordered {
		if attrs.number >= 0 {
			l.next = attrs.number
		}
		mark = strconv.Itoa(l.next) + ". "
		l.next++
	}
	l.width = len(mark)
	c.out.item, c.out.itemIndent, c.out.indent = mark, l.indent, l.indent+l.width
}
