package web

import (
	"net/mail"
	"testing"
)

// What the form shows is what people would type, and is read back.
func TestRawAddress(t *testing.T) {
	for _, tt := range []struct {
		address mail.Address
		want    string
	}{
		{mail.Address{Name: "Paula Gómez", Address: "p@x.example"}, `"Paula Gómez" <p@x.example>`},
		{mail.Address{Name: `A "B" \C`, Address: "p@x.example"}, `"A \"B\" \\C" <p@x.example>`},
		{mail.Address{Address: "p@x.example"}, "p@x.example"},
	} {
		got := rawAddress(tt.address)
		if got != tt.want {
			t.Errorf("%v is written %s, want %s", tt.address, got, tt.want)
		}
		if back, err := mail.ParseAddress(got); err != nil || *back != tt.address {
			t.Errorf("%s is read as %v, %v", got, back, err)
		}
	}
}
