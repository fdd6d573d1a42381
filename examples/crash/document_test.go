package crash_test

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

var (
	document = flag.String("document", "../../docs/crashes.md", "`file` that is made from the table")
	update   = flag.Bool("update", false, "write the document anew")
)

// TestCrashTable wants docs/crashes.md to say what the table says.
func TestCrashTable(t *testing.T) {
	want := documentOf(readTable(t))
	if *update {
		if err := os.WriteFile(*document, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(*document)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(want, string(got)); diff != "" {
		t.Errorf("the document is not that of the table: go test -run CrashTable ./crash -update (-table +document):\n%s", diff)
	}
}

// kinds are the kinds of rows: each with a heading, and what its numbers mean.
var kinds = []struct {
	name, heading, text, steps string
	mails                      string
}{
	{"steps", "Killed at every step", "A child process takes in the mails of a scenario and is killed (SIGKILL) at one numbered step: before and after each call of the store, of the mail server and of the mail exit, and before each commit; on SQLite also before each call inside of a transaction. Another process goes on until all is quiet. Each step is a run of its own.", "steps", "mails"},
	{"random", "Killed at random", "A child process is killed at a random moment while it takes in 40 mails, another one is started, and so on: plain mails, answers, files, duplicates, loops, broken and poisoned mails, and some that are too big and stay.", "", "mails"},
	{"outbox", "Killed while sending", "The mail exit counts. A mail may come twice only where the process was killed after the exit had taken it and before that was noted; each of these is seen from outside, and no other one was repeated. A repeat has the same Message-ID.", "", "mails sent"},
	{"store", "Failing store", "Each call that the engine makes fails once, before its work, at the commit, or after it so that the answer is lost; calls fail at random, several in each poll; the disk is full; the database is restarted, becomes read-only or has a deadlock. The next poll does all that was left.", "calls", "mails"},
	{"cuts", "Cut connections", "A proxy breaks the connection after the n-th byte, n over the whole conversation.", "bytes", "mails"},
	{"nodes", "Several nodes", "Three nodes on one PostgreSQL and one mailbox are killed, stopped for longer than their lease, lose the network and have a clock that is ten minutes wrong, and the database restarts. After one that was stopped amid its work another one took over within the time given (lease: 15 s).", "longest take-over, ms", "mails"},
	{"order", "Any order", "Mails that do not refer to each other, in another order each time and taken in by one to three engines, make the same tickets.", "", "mails"},
	{"stops", "Ended in good order", "Run is ended at one numbered step. It returned within the time given, and left no goroutine.", "slowest, ms", "mails"},
	{"migrations", "Killed while migrating", "A process is killed while it makes its tables. The next one opens them, and takes in a mail.", "", "mails"},
}

// documentOf returns the document.
func documentOf(rows []row) string {
	var b strings.Builder
	b.WriteString(`# Crashes

What became of the mails when the engine was killed, its connections were cut and its store failed. A mail is *lost* if its bytes
are not found in exactly one entry of the ledger, with the comment that belongs to it; *double* if they are found twice. The
SHA-256 of the bytes is compared with what the server was given. A removal is *early* if the server was asked for it before the
mail's outcome could be read in the store. All three must be 0. A mail that is *sent twice* was taken by the mail exit just before
the kill, which cannot be told from one that was not.

The tests are in examples/crash; ` + "`go test -run Crash ./examples/crash`" + ` takes a part of them. ` + "`TICKETMAIL_LONG=1`" + ` takes all, adds what
it finds to crashes.csv, and may be stopped and taken up again; ` + "`go test -run CrashTable ./examples/crash -update`" + ` makes this file of it.
SQLite is modernc.org/sqlite, PostgreSQL is 15; their files were in memory, since a kill does not need the disk.

`)
	b.WriteString("| | runs | mails | lost | double | removals | early | sent twice |\n|---|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, k := range kinds {
		if sum := sumOf(rows, func(r row) bool { return r.Kind == k.name }); sum.Runs > 0 {
			fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d | %d |\n", k.heading, sum.Runs, sum.Mails, sum.Lost, sum.Double, sum.Removed, sum.Early, sum.Repeats)
		}
	}
	for _, k := range kinds {
		var lines []row
		for _, r := range rows {
			if r.Kind == k.name && !slices.ContainsFunc(lines, func(l row) bool { return l.key() == r.key() && l.Commit == r.Commit && l.Date == r.Date }) {
				lines = append(lines, r)
			}
		}
		if len(lines) == 0 {
			continue
		}
		slices.SortStableFunc(lines, func(a, b row) int {
			return cmp.Or(cmp.Compare(a.Store, b.Store), cmp.Compare(a.Server, b.Server))
		})
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| store | server | | %s | runs | %s | lost | double | early | sent twice | date | commit |\n|---|---|---|---:|---:|---:|---:|---:|---:|---:|---|---|\n", k.heading, k.text, cmp.Or(k.steps, " "), k.mails)
		for _, l := range lines {
			sum := sumOf(rows, func(r row) bool { return r.key() == l.key() && r.Commit == l.Commit && r.Date == l.Date })
			steps := fmt.Sprint(l.Steps)
			if k.steps == "" {
				steps = ""
			}
			failed := ""
			if sum.Failed {
				failed = " (failed)"
			}
			fmt.Fprintf(&b, "| %s | %s | %s%s | %s | %d | %d | %d | %d | %d | %d | %s | %s |\n", l.Store, l.Server, l.Scenario, failed, steps,
				sum.Runs, sum.Mails, sum.Lost, sum.Double, sum.Early, sum.Repeats, l.Date, l.Commit)
		}
	}
	return b.String()
}

// sumOf adds up some of the rows.
func sumOf(rows []row, which func(row) bool) (sum row) {
	for _, r := range rows {
		if which(r) {
			sum.Runs, sum.Mails, sum.Lost, sum.Double = sum.Runs+r.Runs, sum.Mails+r.Mails, sum.Lost+r.Lost, sum.Double+r.Double
			sum.Early, sum.Removed, sum.Repeats, sum.Failed = sum.Early+r.Early, sum.Removed+r.Removed, sum.Repeats+r.Repeats, sum.Failed || r.Failed
		}
	}
	return sum
}
