package wire_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/ticketmail/internal/wire"
)

func TestConceal(t *testing.T) {
	token := "eyJhbGciOiJSUzI1NiJ9." + strings.Repeat("a1B2", 500) + ".c2lnbmF0dXJl"
	response := wire.InitialResponse(wire.XOAuth2("kim", token))
	for name, tt := range map[string]struct {
		said   string
		secret string
		tells  bool
	}{
		"nothing":           {"NO [AUTHENTICATIONFAILED] wrong password", "hunter2", false},
		"no secret":         {"NO wrong password", "", false},
		"plain":             {"NO wrong password hunter2", "hunter2", true},
		"base64":            {"NO " + base64.StdEncoding.EncodeToString([]byte("hunter2")), "hunter2", true},
		"quoted":            {fmt.Sprintf("NO %q", "it's `\"\\x"), "it's `\"\\x", true},
		"a part of a token": {"NO token " + token[:100], token, true},
		"its end":           {"NO token ..." + token[len(token)-20:], token, true},
		"a few characters":  {"NO token eyJhbGciOi...", token, false},
		"the response":      {"NO " + response[:300], response, true},
	} {
		t.Run(name, func(t *testing.T) {
			err := errors.New(tt.said)
			got := wire.Conceal(fmt.Errorf("sign in: %w", err), "", tt.secret)
			if tells := !errors.Is(got, err); tells != tt.tells {
				t.Errorf("Conceal = %v, concealed: %t, want %t", got, tells, tt.tells)
			}
			if tt.tells && strings.Contains(fmt.Sprintf("%+v %#v", got, got), tt.said) {
				t.Errorf("what is concealed shows: %#v", got)
			}
		})
	}
	if wire.Conceal(nil, "x") != nil {
		t.Error("an error out of nothing")
	}
}
