package crash_test

import (
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The table is kept as lines of a file, to which each long run adds its own;
// docs/crashes.md is made from it (TestCrashTable).
var (
	tableFile = flag.String("table", "../../docs/crashes.csv", "`file` to which long runs add what they have found")
	tested    = flag.String("commit", "", "what is tested, for the table; empty: git's HEAD")
	again     = flag.Bool("again", false, "repeat what is in the table already")
)

// A row is what one run has found.
type row struct {
	Date     string
	Commit   string
	Kind     string // see kinds
	Scenario string
	Store    string
	Server   string
	Steps    int // numbered points of the whole run; 0: does not apply
	Runs     int // kills, faults or cuts
	Mails    int // that the server was given
	Lost     int
	Double   int
	Early    int // removals before the commit
	Removed  int // removals seen
	Repeats  int // mails that were sent twice
	Failed   bool
}

func (r *row) add(s step) {
	if s.killed {
		r.Runs++
	}
	r.Mails += s.mails
	r.Lost, r.Double, r.Early = r.Lost+s.bad.Lost, r.Double+s.bad.Double, r.Early+s.bad.Early
	r.Removed, r.Repeats = r.Removed+s.removed, r.Repeats+s.repeats
}

func (r row) key() [4]string { return [4]string{r.Kind, r.Scenario, r.Store, r.Server} }

func (r row) fields() []string {
	return []string{
		r.Date, r.Commit, r.Kind, r.Scenario, r.Store, r.Server, strconv.Itoa(r.Steps), strconv.Itoa(r.Runs), strconv.Itoa(r.Mails),
		strconv.Itoa(r.Lost), strconv.Itoa(r.Double), strconv.Itoa(r.Early), strconv.Itoa(r.Removed), strconv.Itoa(r.Repeats), strconv.FormatBool(r.Failed),
	}
}

func rowOf(f []string) (r row, err error) {
	if len(f) != 15 {
		return r, fmt.Errorf("%d fields, want 15", len(f))
	}
	r = row{Date: f[0], Commit: f[1], Kind: f[2], Scenario: f[3], Store: f[4], Server: f[5]}
	var errs error
	for i, n := range []*int{&r.Steps, &r.Runs, &r.Mails, &r.Lost, &r.Double, &r.Early, &r.Removed, &r.Repeats} {
		*n, err = strconv.Atoi(f[6+i])
		errs = errors.Join(errs, err)
	}
	r.Failed, err = strconv.ParseBool(f[14])
	return r, errors.Join(errs, err)
}

// readTable returns all rows.
func readTable(t testing.TB) (rows []row) {
	t.Helper()
	f, err := os.Open(*tableFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		r, err := rowOf(line)
		if err != nil {
			t.Fatalf("%s: %v in %q", *tableFile, err, line)
		}
		rows = append(rows, r)
	}
	return rows
}

// tableHas reports whether a long run has no need to find this out again.
func tableHas(t testing.TB, what row) bool {
	t.Helper()
	return long() && !*again && slices.ContainsFunc(readTable(t), func(r row) bool { return r.key() == what.key() && !r.Failed })
}

// runsIn returns how many runs of a kind are in the table.
func runsIn(t testing.TB, what row) (n int) {
	t.Helper()
	for _, r := range readTable(t) {
		if r.key() == what.key() && !r.Failed {
			n += r.Runs
		}
	}
	return n
}

// record adds what a long run has found, in one write, so that several runs may
// add at a time.
func (r row) record(t testing.TB) {
	t.Helper()
	t.Logf("%s %s, %s, %s: %d runs, %d mails, %d lost, %d double, %d of %d removals before the commit, %d mails sent twice",
		r.Kind, r.Scenario, r.Store, r.Server, r.Runs, r.Mails, r.Lost, r.Double, r.Early, r.Removed, r.Repeats)
	if !long() {
		return
	}
	r.Date, r.Commit, r.Failed = time.Now().UTC().Format(time.DateOnly), commit(), r.Failed || t.Failed()
	var line strings.Builder
	w := csv.NewWriter(&line)
	_ = w.Write(r.fields())
	w.Flush()
	f, err := os.OpenFile(*tableFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(line.String())
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// commit names what is tested.
func commit() string {
	if *tested != "" {
		return *tested
	}
	out, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}
