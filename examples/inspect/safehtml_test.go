package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestSafeHTML: the HTML is shown when asked for, and then harmless.
func TestSafeHTML(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		want string // in safe_html; empty: there is none
	}{
		"not asked for": {[]string{"testdata/html.eml"}, ""},
		"asked for":     {[]string{"-safe-html", "testdata/html.eml"}, `<a href="https://laden.example/r/1"`},
	} {
		t.Run(name, func(t *testing.T) {
			status, lines := inspected(t, tt.args...)
			var r report
			if err := json.Unmarshal([]byte(lines[0]), &r); err != nil || status != 0 {
				t.Fatalf("status %d, %v", status, err)
			}
			if (r.SafeHTML != nil) != (tt.want != "") {
				t.Fatalf("safe_html = %v", r.SafeHTML)
			}
			if r.SafeHTML != nil && (!strings.Contains(*r.SafeHTML, tt.want) || strings.Contains(*r.SafeHTML, "<script")) {
				t.Errorf("safe_html = %s", *r.SafeHTML)
			}
		})
	}
}

// TestLevels: what was unpacked stands below its container.
func TestLevels(t *testing.T) {
	_, lines := inspected(t, "testdata/packed.eml")
	var r report
	if err := json.Unmarshal([]byte(lines[0]), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Attachments) != 1 || r.Attachments[0].Level != 1 || r.Attachments[0].Name != "f.txt" {
		t.Errorf("attachments = %+v", r.Attachments)
	}
}
