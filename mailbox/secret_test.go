package mailbox_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox"
)

func TestSecretIsNeverPrinted(t *testing.T) {
	const canary = "canary-7f3a"
	m := mailbox.Mailbox{ID: "support", Password: mailbox.NewSecret(canary)}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T %p"} {
		fmt.Fprintf(&out, strings.ReplaceAll(verb, "%T ", "")+"\n", m.Password)
		fmt.Fprintf(&out, "%v %+v %#v\n", m, m, &m)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "mailbox", m, "password", m.Password)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "mailbox", m, "password", m.Password)
	if strings.Contains(out.String(), canary) {
		t.Errorf("a secret was printed:\n%s", out.String())
	}
	if !strings.Contains(out.String(), "[secret]") {
		t.Errorf("nothing stands in the secret's place:\n%s", out.String())
	}
	if b, err := json.Marshal(m); err == nil {
		t.Errorf("json.Marshal of a secret = %s, want an error", b)
	}
	if err := gob.NewEncoder(&out).Encode(m); err == nil {
		t.Error("gob encodes a secret")
	}
	if got := m.Password.Reveal(); got != canary {
		t.Errorf("Reveal = %q, want the text", got)
	}
}
