package notify_test

import (
	"testing"

	"example.com/ticketmail/notify"
)

func TestFoldAddress(t *testing.T) {
	for name, tt := range map[string]struct {
		a, b string
		same bool
	}{
		"case":              {"Kim@Corp.Example", " kim@corp.example", true},
		"another":           {"kim@corp.example", "jim@corp.example", false},
		"Kelvin sign":       {"\u212aim@corp.example", "kim@corp.example", false},
		"dotted I":          {"k\u0130m@corp.example", "kim@corp.example", false},
		"long s":            {"\u017fue@corp.example", "sue@corp.example", false},
		"domain":            {"kim@corp.e\u212aample", "kim@corp.ekample", false},
		"domain in letters": {"kim@m\u00fcller.example", "kim@xn--mller-kva.example", true},
		"look-alike domain": {"kim@m\u00fcller.example", "kim@muller.example", false},
		"Kelvin domain":     {"kim@\u212Aorp.example", "kim@korp.example", false},
		"no domain at all":  {"kim@\u00fc..example", "kim@\u00fc..example", true},
	} {
		t.Run(name, func(t *testing.T) {
			if same := notify.FoldAddress(tt.a) == notify.FoldAddress(tt.b); same != tt.same {
				t.Errorf("%q and %q: the same is %t", tt.a, tt.b, same)
			}
		})
	}
}

func TestOtherForm(t *testing.T) {
	for address, want := range map[string]string{
		"kim@m\u00fcller.example":   "kim@xn--mller-kva.example",
		"Kim@XN--mller-kva.example": "Kim@m\u00fcller.example",
		"j\u00fcrgen@corp.example":  "",
		"kim@CORP.example":          "",
		"kim@xn--\u00fc.example":    "",
		"kim@\u212Ar\u00e4.example": "",
		"kim@\u212Aorp.example":     "",
		"kim@":                      "",
		"":                          "",
	} {
		if got := notify.OtherForm(address); got != want {
			t.Errorf("OtherForm(%q) = %q, want %q", address, got, want)
		}
	}
}
