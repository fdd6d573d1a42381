package message_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/internal/cputime"
	"example.com/ticketmail/mailbox/message"
)

// TestReadIsLinear compares four times a mail with the mail, at the limits and
// without any: whatever the machine does beside, quadratic work takes sixteen
// times as long.
func TestReadIsLinear(t *testing.T) {
	without := message.Limits{Depth: 1 << 30, Parts: 1 << 30, Fields: 1 << 30, HeaderBytes: 1 << 30, FieldBytes: 1 << 30}
	mixed := "Content-Type: multipart/mixed; boundary=b\n\n"
	for name, tt := range map[string]struct {
		mail func(n int) string
		n    int
		// deep mails are compared with the depth limit only: with no limit,
		// each boundary is held against all that are open.
		limited bool
	}{
		"parts":            {func(n int) string { return mixed + strings.Repeat("--b\n\nx\n", n) }, 10_000, false},
		"named parts":      {func(n int) string { return mixed + strings.Repeat("--b\nContent-Type: a/b; name=c\n\nx\n", n) }, 5_000, false},
		"nesting":          {nested, 3_000, true},
		"nesting and ends": {nestedAndClosed, 2_000, true},
		"boundary lines":   {func(n int) string { return nested(90) + strings.Repeat("--b\n--\n", n) }, 20_000, false},
		"TNEF files":       {func(n int) string { return winmail("", tnef(bytes.Repeat(outlookFile("A", "a", "x"), n))) }, 2_000, false},
		"TNEF properties": {func(n int) string {
			return winmail("", tnef(attribute(attAttachment, properties(bytes.Repeat(prop(propNumber, "1234"), n)))))
		}, 50_000, false},
		"uuencoded files": {func(n int) string { return "\n" + strings.Repeat("begin 644 f\n#0V%T\n`\nend\n", n) }, 5_000, false},
		"uuencode in one line of base64": {
			func(n int) string {
				return "Content-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte("begin 644 f\n"+strings.Repeat("#0V%T\n", n)))
			}, 50_000, false,
		},
		"signed texts": {func(n int) string {
			return "\n" + strings.Repeat("-----BEGIN PGP SIGNED MESSAGE-----\n\nx\n"+pgpSignature, n)
		}, 3_000, false},
		"signatures not begun": {func(n int) string { return "\n" + strings.Repeat("-----BEGIN PGP SIGNED MESSAGE-----\n", n) }, 10_000, false},
		"flowed quotations": {func(n int) string {
			return "Content-Type: text/plain; format=flowed\n\n" + strings.Repeat(">", n) + "\n" + strings.Repeat("x \n", n)
		}, 50_000, false},
		"broken header lines": {func(n int) string { return strings.Repeat("X: y\nbroken\nReceived: z\n", n) + "\nx" }, 5_000, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, limits := range []message.Limits{{}, without} {
				if tt.limited && limits.Depth > 0 {
					continue
				}
				checkLinear(t, tt.mail(tt.n), tt.mail(4*tt.n), &message.Options{Limits: limits, Sink: discard{}})
			}
		})
	}
}

// checkLinear compares the shortest times of a mail and of four times as much.
// It measures again while they look quadratic: other work on the machine does
// not last.
func checkLinear(t *testing.T, once, four string, opts *message.Options) {
	t.Helper()
	short, long := time.Hour, time.Hour
	for range 20 {
		short, long = min(short, timeOfRead(t, once, opts)), min(long, timeOfRead(t, four, opts))
		if long <= 10*short+50*time.Millisecond {
			return
		}
	}
	t.Errorf("took %v, four times as much %v", short, long)
}

// quickest returns the shortest time of f, which is measured again while that is
// more than most: other work on the machine does not last.
func quickest(most time.Duration, f func()) time.Duration {
	best := time.Hour
	for range 5 {
		if best = min(best, cputime.Of(f)); best <= most {
			break
		}
	}
	return best
}

func timeOfRead(t *testing.T, mail string, opts *message.Options) time.Duration {
	t.Helper()
	return cputime.Of(func() {
		if _, err := message.Read(t.Context(), strings.NewReader(mail), opts); err != nil {
			t.Fatal(err)
		}
	})
}

// nestedAndClosed returns multiparts in each other that all end.
func nestedAndClosed(depth int) string {
	var b strings.Builder
	b.WriteString(nested(depth))
	for i := range depth {
		fmt.Fprintf(&b, "--b%d--\n", depth-1-i)
	}
	return b.String()
}
