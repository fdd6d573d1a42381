package web

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"example.com/ticketmail/storage"
)

// Every text that a page asks for is there, in every language.
func TestWords(t *testing.T) {
	for key, w := range words {
		for i, text := range w {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s has no word in %s", key, tags[i])
			}
		}
	}
	used := map[string]bool{}
	asks := regexp.MustCompile(`\.T "([^"]+)"`)
	files, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		page, err := pageFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range asks.FindAllSubmatch(page, -1) {
			used[string(m[1])] = true
			if _, ok := words[string(m[1])]; !ok {
				t.Errorf("%s asks for %q", name, m[1])
			}
		}
	}
	for key := range words {
		made, _, _ := strings.Cut(key, ".")
		if !used[key] && made != "status" && made != "do" && made != "change" {
			t.Errorf("no page asks for %q", key)
		}
	}
	for _, s := range statuses {
		if _, ok := words["status."+string(s)]; !ok {
			t.Errorf("status %s has no word", s)
		}
	}
	for _, f := range []string{
		storage.FieldCreated, storage.FieldStatus, storage.FieldAssignee, storage.FieldCustomerContact, storage.FieldTask, storage.FieldSubject,
		storage.FieldCategories, storage.FieldComment, storage.FieldCommentText, storage.FieldForwarded, storage.FieldFollows, storage.FieldMergedInto,
		storage.FieldAbsorbed, storage.FieldRaised, storage.FieldNotified, storage.FieldSkipped, storage.FieldUndelivered,
	} {
		if _, ok := words["change."+f]; !ok {
			t.Errorf("change %s has no word", f)
		}
	}
}
