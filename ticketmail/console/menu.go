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

// A consentView is what the part of a page about a first contact shows.
type consentView struct {
	V     *visit
	C     *consentBody
	Again bool
}

// With returns the data of the part about a first contact.
func (p page) With(c *consentBody) consentView { return consentView{p.visit, c, c.Again} }
