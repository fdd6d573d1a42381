package postfix

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

// Mails returns the mails that one of the server's addresses got, in no
// particular order, with LF line ends and the server's own fields in front. It
// waits until the server has delivered all that it took.
func (s *Server) Mails(t testing.TB, to string) [][]byte {
	t.Helper()
	i := slices.Index(s.to, to)
	if i < 0 {
		t.Fatalf("the server takes no mail for %s", to)
	}
	s.settle(t)
	files, err := filepath.Glob(s.path("mail", strconv.Itoa(i), "new", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var mails [][]byte
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		mails = append(mails, data)
	}
	return mails
}

// patience is how long mails may be under way. They take a moment where the
// machine has time for them.
const patience = 3 * time.Minute

// settle waits until no mail is under way.
func (s *Server) settle(t testing.TB) {
	t.Helper()
	retry := time.NewTicker(10 * time.Millisecond)
	defer retry.Stop()
	deadline := time.After(patience)
	for s.underWay(t) {
		select {
		case <-retry.C:
		case <-deadline:
			log, _ := os.ReadFile(s.path("log"))
			t.Fatalf("Postfix does not deliver: %s", log)
		}
	}
}

// underWay looks into the queues in the order in which a mail goes through
// them, so that none slips through.
func (s *Server) underWay(t testing.TB) bool {
	t.Helper()
	for _, q := range []string{"maildrop", "incoming", "active", "deferred"} {
		found := false
		err := filepath.WalkDir(s.path("queue", q), func(_ string, d fs.DirEntry, err error) error {
			found = found || err == nil && !d.IsDir()
			return nil // what is gone already is delivered
		})
		if err != nil {
			t.Fatal(err)
		}
		if found {
			return true
		}
	}
	return false
}
