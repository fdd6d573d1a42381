package wire_test

import (
	"strings"
	"testing"

	"example.com/ticketmail/internal/wire"
	"github.com/google/go-cmp/cmp"
)

func TestXOAuth2(t *testing.T) {
	c := wire.XOAuth2("someuser@example.com", "ya29.token")
	mech, ir, err := c.Start()
	got := []string{mech, string(ir)}
	want := []string{"XOAUTH2", "user=someuser@example.com\x01auth=Bearer ya29.token\x01\x01"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Start (-want +got), %v:\n%s", err, diff)
	}
	answer, err := c.Next([]byte(`{"status":"400","schemes":"bearer"}` + strings.Repeat("x", 1000)))
	if answer != nil || err == nil || !strings.Contains(err.Error(), `\"status\":\"400\"`) || len(err.Error()) > 500 {
		t.Errorf("Next = %q, %v, want an error that tells what the server said, in short", answer, err)
	}
	if strings.Contains(err.Error(), "ya29") {
		t.Errorf("the error tells the token: %v", err)
	}
}
