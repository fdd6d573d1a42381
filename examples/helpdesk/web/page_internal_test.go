package web

import (
	"slices"
	"testing"
	"time"
)

func TestWhen(t *testing.T) {
	now := time.Date(2026, 11, 26, 17, 30, 0, 0, time.Local)
	for lang, want := range map[string]string{"de": "21.11. 05:59", "en": "21 Nov 05:59", "fr": "21/11 05:59"} {
		v := view{Now: now, lang: slices.Index(tags[:], lang)}
		if got := v.When(time.Date(2026, 11, 21, 5, 59, 0, 0, time.Local)); got != want {
			t.Errorf("in %s: %q, want %q", lang, got, want)
		}
		if got, want := v.When(now.AddDate(-1, 0, 0)), map[string]string{"de": "26.11.2025", "en": "26 Nov 2025", "fr": "26/11/2025"}[lang]; got != want {
			t.Errorf("of another year, in %s: %q, want %q", lang, got, want)
		}
		if got := v.When(now.Add(-time.Hour)); got != "16:30" {
			t.Errorf("of today, in %s: %q", lang, got)
		}
	}
}
