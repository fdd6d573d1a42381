package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// explained runs inspect -explain and returns its status and both outputs.
func explained(t *testing.T, args ...string) (status int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status = run(t.Context(), append([]string{"-explain"}, args...), &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

// TestExplainGolden explains mails that come one after the other, each for
// another reason.
func TestExplainGolden(t *testing.T) {
	mails, err := filepath.Glob("testdata/explain/*.eml")
	if err != nil || len(mails) < 15 {
		t.Fatalf("%d mails: %v", len(mails), err)
	}
	args := []string{"-config", "testdata/explain/config.json"}
	for _, m := range mails {
		args = append(args, filepath.ToSlash(m))
	}
	status, got, errs := explained(t, args...)
	if status != 0 || errs != "" {
		t.Fatalf("status %d, stderr %q", status, errs)
	}
	const golden = "testdata/explain/golden.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("inspect -explain:\n%s\nwant what %s holds:\n%s", got, golden, want)
	}
	if _, again, _ := explained(t, args...); again != got {
		t.Error("a second run says something else")
	}
}

// TestExplainFlags: a flag stands above the file.
func TestExplainFlags(t *testing.T) {
	mails := []string{"testdata/explain/01-new.eml", "testdata/explain/04-stranger.eml"}
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"nothing said":   {nil, "a new ticket, number 2"}, // the token is another key's
		"the key":        {[]string{"-key", "a key for the golden file"}, "a comment on ticket 1"},
		"from the file":  {[]string{"-config", "testdata/explain/config.json"}, "a comment on ticket 1"},
		"above the file": {[]string{"-config", "testdata/explain/config.json", "-key", "another key, long enough"}, "a new ticket, number 2"},
	} {
		t.Run(name, func(t *testing.T) {
			status, got, errs := explained(t, append(tt.args, mails...)...)
			if status != 0 || !strings.Contains(got, tt.want) {
				t.Errorf("status %d, %s%s\nwant %q in it", status, errs, got, tt.want)
			}
		})
	}
}

// TestExplainUnreadable: a file that cannot be read stops no other.
func TestExplainUnreadable(t *testing.T) {
	status, got, errs := explained(t, "testdata/explain/01-new.eml", "testdata/missing.eml", "testdata/explain/02-reply.eml")
	if status != 1 || errs != "" || !strings.Contains(got, "  error ") || !strings.Contains(got, "a comment on ticket 1") {
		t.Errorf("status %d, stderr %q:\n%s", status, errs, got)
	}
}

// TestExplainRefuses names what cannot work, before anything is explained.
func TestExplainRefuses(t *testing.T) {
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "config.json")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"no such file":      {[]string{"-config", "testdata/none.json"}, "-config"},
		"broken":            {[]string{"-config", file(`{`)}, "-config"},
		"an unknown field":  {[]string{"-config", file(`{"adress": "x@y.example"}`)}, "adress"},
		"no people":         {[]string{"-people", "testdata/none.json"}, "testdata/none.json"},
		"broken people":     {[]string{"-people", file(`{"persons": [{"id": ""}]}`)}, "persons[0]"},
		"people without":    {[]string{"-people", file(`{}`)}, "mailbox.task"},
		"a short key":       {[]string{"-key", "short"}, "Config.Keys[0]"},
		"no address":        {[]string{"-address", "nobody"}, "Address"},
		"no such policy":    {[]string{"-config", file(`{"strangers": "shot"}`)}, "shot"},
		"a useless format":  {[]string{"-config", file(`{"foreign": ["x"]}`)}, "Config.Threading"},
		"a negative amount": {[]string{"-config", file(`{"max_message_bytes": -1}`)}, "MaxMessageBytes"},
	} {
		t.Run(name, func(t *testing.T) {
			status, got, errs := explained(t, append(tt.args, "testdata/explain/01-new.eml")...)
			if status != 2 || got != "" || !strings.Contains(errs, tt.want) {
				t.Errorf("status %d, stdout %q, stderr %q; want 2 and %q", status, got, errs, tt.want)
			}
		})
	}
}

// TestExplainIsHarmless: what mails say steers no terminal.
func TestExplainIsHarmless(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.eml")
	raw := "From: =?utf-8?q?=1B[2J=0D=0A?= \x1b[31m <x@y.example>\r\nSubject: \x1b]0;title\x07 =?utf-8?q?=1B[2J=C2=9B?= \u202e\r\nbroken \x1b[31m\r\nAuto-Submitted: \x1b[31mauto\r\n\r\ntext\r\n"
	if err := os.WriteFile(name, []byte(raw), 0o600); err != nil {
		t.Fatal(err)
	}
	_, got, _ := explained(t, name)
	if i := strings.IndexFunc(got, func(r rune) bool { return r < ' ' && r != '\n' || 0x7f <= r && r <= 0x9f || r == 0x202e }); i >= 0 {
		t.Errorf("%q in the output", got[i:i+10])
	}
}
