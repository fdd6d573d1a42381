package message

// A region is an element whose content is treated in its own way up to its
// end, whatever is in it. Only the elements of its own name are counted.
type region struct {
	name  string // empty: none is open
	depth int    // elements of that name open, itself included
}

func (r *region) open() bool { return r.name != "" }

func (r *region) begin(name []byte) { r.name, r.depth = string(name), 1 }

// endsAt takes the start of an element and reports whether it ends the
// region: a paragraph cannot hold another one. Any other element of the same
// name is one in it.
func (r *region) endsAt(name []byte) bool {
	if r.name != string(name) {
		return false
	}
	if r.name == "p" {
		*r = region{}
		return true
	}
	r.depth++
	return false
}

// end takes the end of an element.
func (r *region) end(name []byte) {
	if r.name != string(name) {
		return
	}
	if r.depth--; r.depth == 0 {
		*r = region{}
	}
}

// maxShallow is how many open elements of a kind are told apart.
const maxShallow = 100

// A shallow is a stack that keeps the outermost elements and only counts the
// deeper ones, so that hostile nesting takes no memory.
type shallow[T any] struct {
	items  []T
	deeper int
}

func (s *shallow[T]) push(item T) {
	if len(s.items) == maxShallow {
		s.deeper++
		return
	}
	s.items = append(s.items, item)
}

// pop removes the innermost element. It reports false if there is none or if
// it was only counted.
func (s *shallow[T]) pop() (item T, ok bool) {
	if s.deeper > 0 {
		s.deeper--
		return item, false
	}
	if len(s.items) == 0 {
		return item, false
	}
	last := len(s.items) - 1
	item = s.items[last]
	s.items = s.items[:last]
	return item, true
}

// top returns the innermost element that is kept, or nil.
func (s *shallow[T]) top() *T {
	if len(s.items) == 0 {
		return nil
	}
	return &s.items[len(s.items)-1]
}
