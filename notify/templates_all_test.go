package notify_test

import (
	"slices"
	"testing"

	"example.com/ticketmail/notify"
)

// TestAllTemplates: built-in ones, own ones beside them and instead of them, in
// order and each once.
func TestAllTemplates(t *testing.T) {
	own := notify.Template{Name: "status_done", Audience: notify.Staff, Language: "de", Subject: "x", Text: "ours"}
	beside := notify.Template{Name: "status_done", Audience: notify.Staff, Language: "it", Subject: "x", Text: "nostro"}
	words, err := notify.NewTemplates(own, beside)
	if err != nil {
		t.Fatal(err)
	}
	all := words.All()
	if got, want := len(all), len(notify.BuiltinTemplates())+1; got != want {
		t.Errorf("%d templates, want %d", got, want)
	}
	for _, want := range []notify.Template{own, beside} {
		if !slices.Contains(all, want) {
			t.Errorf("%v is missing", want)
		}
	}
	if !slices.Equal(all, words.All()) {
		t.Error("the order changes")
	}
	if got := (*notify.Templates)(nil).All(); len(got) != len(notify.BuiltinTemplates()) {
		t.Errorf("nil has %d templates", len(got))
	}
}
