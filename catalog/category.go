// Package catalog ...
package catalog

// A Category is something tickets can be filed under (seed: Ticketkategorie).
type Category struct {
	ID       string            // short name (Kurzform): 1 to 64 bytes, never changes
	Labels   map[string]string // label (Bezeichnung) per BCP 47 tag, for example "de", "en", "fr"
	Order    int               // ascending in lists, then by ID
	Inactive bool              // keeps its assignments, is not offered for new ones
}
