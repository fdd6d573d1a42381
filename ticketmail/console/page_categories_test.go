package console_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/catalog"
)

func (r *rig) category(id string) catalog.Category {
	r.t.Helper()
	all, err := r.Categories(r.t.Context())
	r.must(err)
	for _, c := range all {
		if c.ID == id {
			return c
		}
	}
	return catalog.Category{}
}

func TestCategoryIsMadeChangedAndDeleted(t *testing.T) {
	r := build(t, change{})
	r.get("/categories").has("no categories yet")
	r.post("/categories/edit", "new", "print", "order", "3", "active", "on", "label.de", "Drucker ", "label.en", "Printer", "tag", "it", "text", "Stampante").
		leads("/categories?done=category")
	want := catalog.Category{ID: "print", Order: 3, Labels: map[string]string{"de": "Drucker", "en": "Printer", "it": "Stampante"}}
	if diff := cmp.Diff(want, r.category("print")); diff != "" {
		t.Errorf("made (-want +got):\n%s", diff)
	}
	r.get("/categories?done=category").has("The category is saved", "Printer", "missing: French", "active")

	r.post("/categories/edit?id=print", "order", "4", "label.de", "Drucker", "label.it", "").leads("/categories?done=category")
	want = catalog.Category{ID: "print", Order: 4, Inactive: true, Labels: map[string]string{"de": "Drucker"}}
	if diff := cmp.Diff(want, r.category("print")); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}

	r.get("/categories/delete?id=print").has("No ticket has this category")
	r.post("/categories/delete?id=print").leads("/categories?done=category.gone")
	if c := r.category("print"); c.ID != "" {
		t.Errorf("it is still there: %v", c)
	}
	r.post("/categories/delete?id=print").want(http.StatusNotFound)
}

func TestCategoryInUse(t *testing.T) {
	r := build(t, change{})
	r.seed()
	r.must(r.PutCategory(t.Context(), catalog.Category{ID: "other", Labels: map[string]string{"en": "Other"}}))
	r.get("/categories/delete?id=bug").has("1 ticket has this category")
	if got := r.post("/categories/delete?id=bug").fault("replacement"); got != "Please fill this in." {
		t.Errorf("fault = %q", got)
	}
	r.post("/categories/delete?id=bug", "replacement", "other").leads("/categories?done=category.gone")
	use, err := r.CategoryUse(t.Context())
	if diff := cmp.Diff(map[string]int{"other": 1}, use); diff != "" || err != nil {
		t.Errorf("use (-want +got):\n%s%v", diff, err)
	}
}

func TestBadCategories(t *testing.T) {
	r := build(t, change{})
	r.seed()
	for name, tt := range map[string]struct {
		form         []string
		field, fault string
	}{
		"no name":       {[]string{"order", "1"}, "new", "fill this in"},
		"blank at end":  {[]string{"new", "x ", "order", "1"}, "new", "1 to 64 bytes"},
		"too long":      {[]string{"new", strings.Repeat("x", 65), "order", "1"}, "new", "1 to 64 bytes"},
		"taken":         {[]string{"new", "bug", "order", "1"}, "new", "exists already"},
		"no number":     {[]string{"new", "x", "order", "first"}, "order", "whole number"},
		"huge number":   {[]string{"new", "x", "order", "123456789"}, "order", "whole number"},
		"no language":   {[]string{"new", "x", "order", "1", "tag", "klingon!", "text", "x"}, "tag", "no language tag"},
		"no tag":        {[]string{"new", "x", "order", "1", "text", "x"}, "tag", "fill this in"},
		"tag twice":     {[]string{"new", "x", "order", "1", "tag", "de", "text", "x"}, "tag", "stands above"},
		"only a tag":    {[]string{"new", "x", "order", "1", "tag", "it"}, "text", "fill this in"},
		"long label":    {[]string{"new", "x", "order", "1", "label.fr", strings.Repeat("é", 101)}, "label.fr", "200 bytes"},
		"control":       {[]string{"new", "x", "order", "1", "label.en", "a\x00b"}, "label.en", "control"},
		"long in other": {[]string{"new", "x", "order", "1", "tag", "it", "text", strings.Repeat("x", 201)}, "text", "200 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			r.t = t
			a := r.post("/categories/edit", tt.form...)
			if got := a.fault(tt.field); !strings.Contains(got, tt.fault) {
				t.Errorf("fault = %q, want %q", got, tt.fault)
			}
			inspect(t, a)
			a.has("Please correct")
			if len(tt.form) > 1 && tt.form[0] == "new" && attr(byID(a.doc, "f-new"), "value") != strings.TrimRight(tt.form[1], "") {
				t.Errorf("what was typed is lost: %q", attr(byID(a.doc, "f-new"), "value"))
			}
			if c := r.category("x"); c.ID != "" {
				t.Errorf("saved %v", c)
			}
		})
	}
}
