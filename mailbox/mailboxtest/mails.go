package mailboxtest

import (
	"fmt"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// hostile are mails whose bytes are easily damaged on the way.
func hostile() []string {
	return []string{
		"Subject: one\r\n\r\nfirst\r\n",
		"Subject: dots\r\n\r\n.\r\n..\r\n.two\r\n\r\n",
		"Subject: 8 bit\r\n\r\n\xe4\xf6\xfc\xff \xc3\xa9 \u202e\r\n",
		"Subject: looks like a protocol\r\n\r\n)\r\n* 1 EXPUNGE\r\nT1 OK done\r\n{10}\r\n+OK\r\n",
		"\r\nno header at all\r\n",
		"Subject: big\r\n\r\n" + strings.Repeat(strings.Repeat("x", 76)+"\r\n", 20000),
		"Subject: blanks \t\r\n \r\n\r\n \t \r\n",
	}
}

func numbered(n int) []string {
	raws := make([]string, n)
	for i := range raws {
		raws[i] = fmt.Sprintf("Subject: mail %d\r\n\r\n%s\r\n", i, strings.Repeat("y", i%97))
	}
	return raws
}

func equal[T any](what string, got, want []T) error {
	if len(got) == 0 && len(want) == 0 {
		return nil
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return fmt.Errorf("%s (-want +got):\n%.4000s", what, diff)
	}
	return nil
}
