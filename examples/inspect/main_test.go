package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func Example() {
	run(context.Background(), []string{"-body", "testdata/body.txt"}, os.Stdout, io.Discard)
	// Output:
	// {"file":"testdata/body.txt","error":"","subject":"","from":{"name":"","address":""},"reply_to":[],"to":[],"cc":[],"date":"","message_id":"","in_reply_to":[],"references":[],"text":"Alles gut, danke!\n\n-----Ursprüngliche Nachricht-----\nVon: Support\nGesendet: Montag\nAn: Erika\nBetreff: Drucker\n\nLäuft er wieder?\n","new_text":"Alles gut, danke!","signature":"","html":false,"attachments":[],"automatic":"","report":"","bounce":null,"defects":[],"spans":[{"kind":"fresh","start":0,"end":19},{"kind":"quoted","start":19,"end":130}],"about":""}
}

// inspected runs the program and returns its status and its lines.
func inspected(t *testing.T, args ...string) (int, []string) {
	t.Helper()
	var out, errs bytes.Buffer
	status := run(t.Context(), args, &out, &errs)
	if errs.Len() > 0 {
		t.Errorf("inspect %v wrote to stderr: %s", args, &errs)
	}
	return status, strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

func TestGolden(t *testing.T) {
	mails, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(mails) == 0 {
		t.Fatalf("no mails in testdata: %v", err)
	}
	for _, mail := range mails {
		t.Run(filepath.Base(mail), func(t *testing.T) {
			status, lines := inspected(t, filepath.ToSlash(mail))
			if status != 0 || len(lines) != 1 {
				t.Fatalf("status %d and %d lines, want 0 and 1", status, len(lines))
			}
			var got bytes.Buffer
			if err := json.Indent(&got, []byte(lines[0]), "", "\t"); err != nil {
				t.Fatal(err)
			}
			got.WriteByte('\n')
			golden := strings.TrimSuffix(mail, ".eml") + ".json"
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(want, got.Bytes()) {
				t.Errorf("inspect %s:\n%s\nwant what %s holds:\n%s", mail, &got, golden, want)
			}
		})
	}
}

// A file that cannot be read costs its own line and the exit status, nothing
// else.
func TestUnreadableFile(t *testing.T) {
	for name, args := range map[string][]string{
		"mails":  {"testdata/html.eml", "testdata/missing.eml", "testdata/bounce.eml"},
		"folder": {"testdata/html.eml", t.TempDir(), "testdata/bounce.eml"},
		"bodies": {"-body", "testdata/body.txt", "testdata/missing.txt", "testdata/body.txt"},
	} {
		t.Run(name, func(t *testing.T) {
			status, lines := inspected(t, args...)
			if status != 1 || len(lines) != 3 {
				t.Fatalf("status %d and %d lines, want 1 and 3", status, len(lines))
			}
			for i, line := range lines {
				var r report
				if err := json.Unmarshal([]byte(line), &r); err != nil {
					t.Fatal(err)
				}
				if broken := i == 1; (r.Error != "") != broken {
					t.Errorf("line %d: error %q", i, r.Error)
				}
				if strings.Contains(line, ":null") && !strings.Contains(line, `"bounce":null`) || strings.Count(line, ":null") > 1 {
					t.Errorf("line %d has a null list: %s", i, line)
				}
			}
		})
	}
}

func TestUsage(t *testing.T) {
	for name, args := range map[string][]string{"no files": nil, "unknown flag": {"-x"}, "only a flag": {"-body"}, "two kinds": {"-explain", "-body", "testdata/body.txt"}} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if status := run(t.Context(), args, &out, &errs); status != 2 || out.Len() > 0 || !strings.Contains(errs.String(), "usage: inspect") {
				t.Errorf("inspect %v = %d, stdout %q, stderr %q; want 2 and the usage", args, status, &out, &errs)
			}
		})
	}
}
