package console

// An item is a line of the menu.
type item struct {
	Text, URL string
	Here      bool
}

// Item returns the line of the menu that leads to a path.
func (p page) Item(path, name string) item {
	return item{Text: p.T("menu." + name), URL: p.URL(path), Here: p.Nav == name}
}
