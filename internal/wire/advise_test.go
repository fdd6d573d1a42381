package wire_test

import (
	"fmt"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/internal/wire"
)

// TestAdvise: what is said in English and what others say it by name the same.
func TestAdvise(t *testing.T) {
	for name, tt := range map[string]struct {
		got, want wire.Advice
	}{
		"no args": {wire.Advise("a", "100 percent", "b"), wire.Advice{Code: "a", Cause: "100 percent", Cure: "b"}},
		"another order": {
			wire.Advise("a", "%[2]q and %[1]d", "%[1]d%[3]s", 7, "x", wire.AnyResort),
			wire.Advice{Code: "a", Args: []string{"7", "x", "skip-verify"}, Cause: `"x" and 7`, Cure: "7" + wire.AnyResort.String()},
		},
		"in the cure alone": {wire.Advise("a", "b", "c%[1]s", wire.NoResort), wire.Advice{Code: "a", Args: []string{""}, Cause: "b", Cure: "c"}},
		"network": {
			wire.NetworkAdvice(fmt.Errorf("x: %w", syscall.ECONNREFUSED), "mail.example", 993, wire.IMAPPorts),
			wire.Advice{
				Code: "port-closed", Args: []string{"993", "mail.example", "imap"}, Cause: "nothing listens on port 993 of mail.example",
				Cure: "check the port: IMAP usually listens on port 993 with TLS, and on 143 with STARTTLS",
			},
		},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
