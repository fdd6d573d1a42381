package catalog_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/catalog"
)

func TestList(t *testing.T) {
	in := []catalog.Category{
		{ID: "b", Order: 2},
		{ID: "old", Order: 1, Inactive: true, Labels: map[string]string{"de": "Alt"}},
		{ID: "a", Order: 2, Labels: map[string]string{"de": "A"}},
		{ID: "first", Order: -1},
	}
	l, err := catalog.NewList(in)
	if err != nil {
		t.Fatal(err)
	}
	in[2].Labels["de"] = "changed" // the list has its own copy
	ids := func(cs []catalog.Category) (ids []string) {
		for _, c := range cs {
			ids = append(ids, c.ID)
		}
		return ids
	}
	if diff := cmp.Diff([]string{"first", "old", "a", "b"}, ids(l.All())); diff != "" {
		t.Errorf("All (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"first", "a", "b"}, ids(l.Active())); diff != "" {
		t.Errorf("Active (-want +got):\n%s", diff)
	}
	for id, want := range map[string]string{"a": "A", "old": "Alt", "b": "b", "gone": "gone"} {
		if got := l.Label(id, catalog.Wanted("en", "", "")); got != want {
			t.Errorf("Label(%q) = %q, want %q", id, got, want)
		}
	}
	if _, ok := l.Get("gone"); ok {
		t.Error("Get found a category that is not in the list")
	}
	if got, ok := (catalog.List{}).Get("a"); ok {
		t.Errorf("Get on the zero List = %+v", got)
	}
}

func TestNewListRefuses(t *testing.T) {
	_, err := catalog.NewList([]catalog.Category{{ID: "a"}, {ID: "a"}, {ID: "b", Labels: map[string]string{"de": "\n"}}})
	for _, want := range []string{`category "a": id: comes twice`, `category "b": labels[de]: holds a control character`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("NewList error = %v, want one with %q", err, want)
		}
	}
}

func TestFilter(t *testing.T) {
	for _, tt := range []struct {
		ids, wanted string
		any, all    bool
	}{
		{"", "", true, true},
		{"a", "", true, true},
		{"", "a", false, false},
		{"a b", "b", true, true},
		{"a b", "b c", true, false},
		{"a b", "b a", true, true},
		{"a b", "c", false, false},
	} {
		ids, wanted := strings.Fields(tt.ids), strings.Fields(tt.wanted)
		if got := catalog.HasAny(ids, wanted); got != tt.any {
			t.Errorf("HasAny(%v, %v) = %t", ids, wanted, got)
		}
		if got := catalog.HasAll(ids, wanted); got != tt.all {
			t.Errorf("HasAll(%v, %v) = %t", ids, wanted, got)
		}
	}
}
