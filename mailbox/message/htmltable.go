package message

// A textTable is one that is open.
type textTable struct {
	grid   bool // it shows lines or has headings: empty cells count
	layout bool // it only places things: it says so itself, or there is a table in it
	inRow  bool
	cells  int // begun in the row
	line   int // number of the line on which the text of the row began; -1: none yet
}

// startTable begins a table: one in the cell of another, or one of its own.
func (w *textWriter) startTable(grid, layout bool) {
	if around := w.tables.top(); around != nil {
		around.layout = around.layout || !around.grid
		w.lines(1)
	} else {
		w.lines(2)
	}
	w.tables.push(textTable{grid: grid, layout: layout, line: -1})
}

func (w *textWriter) endTable() {
	w.endRow()
	w.tables.pop()
	if len(w.tables.items) == 0 {
		w.lines(2)
	}
}

func (w *textWriter) startRow() {
	t := w.tables.top()
	if t == nil {
		w.lines(1)
		return
	}
	if t.inRow {
		w.endRow()
	}
	w.lines(1)
	t.inRow, t.cells, t.line = true, 0, -1
}

func (w *textWriter) endRow() {
	w.freshCell, w.tabs = false, 0
	w.lines(1)
	t := w.tables.top()
	if t == nil {
		return
	}
	if t.cells > 1 && t.line == w.line && w.owed > 1 {
		w.owed = 1 // no blank lines between rows because of paragraphs in their cells
	}
	t.inRow = false
}

// cell begins a cell. It stays on the line of the row as long as that is one:
// the ends of the blocks in the cell before do not count.
func (w *textWriter) cell(heading bool) {
	t := w.tables.top()
	if t == nil {
		if w.inLine && w.owed == 0 {
			w.tabs = 1
		}
		return
	}
	t.grid = t.grid || heading
	defer func() { t.cells++ }()
	switch {
	case t.layout:
		w.freshCell = false
		w.lines(1)
		return
	case t.line < 0: // nothing in the row yet
		if t.grid && t.cells > 0 {
			w.tabs++
		}
	case t.line == w.line:
		w.owed = 0
		if w.tabs == 0 || t.grid {
			w.tabs++
		}
	default:
		w.freshCell = false
		w.lines(1)
		return
	}
	w.freshCell = true
}

// rowsBegan notes that the rows that had no text yet begin on this line.
func (w *textWriter) rowsBegan() {
	for i := len(w.tables.items) - 1; i >= 0 && w.tables.items[i].line < 0; i-- {
		w.tables.items[i].line = w.line
	}
}
