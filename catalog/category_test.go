package catalog_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/catalog"
)

// The label follows the language of the employee, or else of the project.
func ExampleCategory_Label() {
	c := catalog.Category{
		ID:     "incident",
		Labels: map[string]string{"de": "Störung", "en": "Incident", "fr": "Panne"},
	}
	fmt.Println(c.Label(catalog.Wanted("fr", "de", "en")))
	fmt.Println(c.Label(catalog.Wanted("", "en", "de")))
	fmt.Println(c.Label(catalog.Wanted("de-AT", "en", "en")))
	fmt.Println(c.Label(catalog.Wanted("ja", "", "")))
	// Output:
	// Panne
	// Incident
	// Störung
	// Störung
}

func TestLabelIsNeverEmpty(t *testing.T) {
	for name, labels := range map[string]map[string]string{
		"none":  nil,
		"empty": {"de": "", "en": ""},
		"blank": {"de": " \t"},
	} {
		if got := (catalog.Category{ID: "hw", Labels: labels}).Label(catalog.Wanted("de", "", "")); got != "hw" {
			t.Errorf("%s: Label = %q, want the ID", name, got)
		}
	}
	c := catalog.Category{ID: "hw", Labels: map[string]string{"de": " ", "cs": "Technika"}}
	if got := c.Label(catalog.Wanted("de", "", "")); got != "Technika" {
		t.Errorf("Label = %q, want the only one there is", got)
	}
}

func TestCategoryValidate(t *testing.T) {
	label := func(key, text string) catalog.Category {
		return catalog.Category{ID: "hw", Labels: map[string]string{key: text}}
	}
	for name, tt := range map[string]struct {
		category catalog.Category
		fields   []string
	}{
		"good":             {catalog.Category{ID: "hw", Labels: map[string]string{"de": "Gerät", "zh-Hant": "硬體", "x-a": ""}}, nil},
		"no labels":        {catalog.Category{ID: "hw"}, nil},
		"64 bytes":         {catalog.Category{ID: strings.Repeat("a", 64)}, nil},
		"no id":            {catalog.Category{}, []string{"id"}},
		"65 bytes":         {catalog.Category{ID: strings.Repeat("a", 65)}, []string{"id"}},
		"blank at the end": {catalog.Category{ID: "hw "}, []string{"id"}},
		"line break in id": {catalog.Category{ID: "h\nw"}, []string{"id"}},
		"id not UTF-8":     {catalog.Category{ID: "h\xffw"}, []string{"id"}},
		"no tag":           {label("deutsch!", "x"), []string{"labels[deutsch!]"}},
		"unknown tag":      {label("qq", "x"), []string{"labels[qq]"}},
		"empty tag":        {label("", "x"), []string{"labels[]"}},
		"line break":       {label("de", "a\r\nb"), []string{"labels[de]"}},
		"C1 control":       {label("de", "a\u0085b"), []string{"labels[de]"}},
		"label too long":   {label("de", strings.Repeat("a", 201)), []string{"labels[de]"}},
		"one tag twice":    {catalog.Category{ID: "hw", Labels: map[string]string{"DE": "a", "de": "b"}}, []string{"labels[de]"}},
		"all at once":      {catalog.Category{ID: "", Labels: map[string]string{"??": "\x00", "en": "\xff"}}, []string{"id", "labels[??]", "labels[??]", "labels[en]"}},
	} {
		t.Run(name, func(t *testing.T) {
			var fields []string
			if joined, ok := tt.category.Validate().(interface{ Unwrap() []error }); ok {
				for _, err := range joined.Unwrap() {
					e, ok := errors.AsType[*catalog.FieldError](err)
					if !ok || e.Category != tt.category.ID {
						t.Fatalf("fault %v is no FieldError of the category", err)
					}
					fields = append(fields, e.Field)
				}
			}
			if diff := cmp.Diff(tt.fields, fields); diff != "" {
				t.Errorf("faulty fields (-want +got):\n%s", diff)
			}
		})
	}
}
