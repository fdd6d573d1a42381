package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/internal/dovecot"
	"example.com/ticketmail/internal/postgres"
	"example.com/ticketmail/mailbox"
)

// shared is the PostgreSQL of all tests here.
var shared postgres.Shared

// dsnPassword is in every DSN, and must be in no output. The server does not
// ask for it.
const dsnPassword = "pw-canary-7Q2PX"

// onBoth runs a test on a site with either database.
func onBoth(t *testing.T, test func(t *testing.T, s *site)) {
	srv := dovecot.Start(t, nil)
	t.Run("SQLite", func(t *testing.T) { test(t, newSite(t, srv)) })
	t.Run("PostgreSQL", func(t *testing.T) {
		s := newSite(t, srv)
		s.dsn = newDatabase(t)
		test(t, s)
	})
}

// newDatabase makes a database for one test on the shared server.
func newDatabase(t *testing.T) mailbox.Secret {
	t.Helper()
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, shared.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	name := pgx.Identifier{strings.ToLower(t.Name())}
	if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name.Sanitize()); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name.Sanitize()); err != nil {
		t.Fatal(err)
	}
	c := conn.Config()
	return mailbox.NewSecret(fmt.Sprintf("host=%s port=%d user=%s password=%s dbname='%s'", c.Host, c.Port, c.User, dsnPassword, name[0]))
}

// TestPlace: the database is named once, and its password is in no message.
func TestPlace(t *testing.T) {
	s := newSite(t, nil)
	dsnFile := filepath.Join(t.TempDir(), "dsn")
	if err := os.WriteFile(dsnFile, []byte("postgres://u:"+dsnPassword+"@127.0.0.1:1/x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		where []string
		code  int
		want  []string
	}{
		"none":      {nil, exitUsage, []string{"-db", "-dsn", dsnEnv, "required"}},
		"both":      {[]string{"-db", s.db, "-dsn", "postgres://u:" + dsnPassword + "@h/d"}, exitUsage, []string{"-db", "-dsn", "exclude"}},
		"noFile":    {[]string{"-dsn-file", "/does/not/exist"}, exitUsage, []string{"-dsn-file", "/does/not/exist"}},
		"noServer":  {[]string{"-dsn", "postgres://u:" + dsnPassword + "@127.0.0.1:1/x"}, exitFailed, []string{"-dsn", "127.0.0.1:1", "refused"}},
		"inAFile":   {[]string{"-dsn-file", dsnFile}, exitFailed, []string{"-dsn", "127.0.0.1:1", "refused"}},
		"port":      {[]string{"-dsn", "postgres://u:x@h:" + dsnPassword + "/d"}, exitFailed, []string{"-dsn", "postgres://user"}},
		"slash":     {[]string{"-dsn", "postgres://u:" + dsnPassword + "/x@h/d"}, exitFailed, []string{"-dsn", "postgres://user"}},
		"noDSN":     {[]string{"-dsn", dsnPassword}, exitFailed, []string{"-dsn", "postgres://user"}},
		"unknownDB": {[]string{"-db", filepath.Join(t.TempDir(), "no", "t.db")}, exitFailed, []string{"-db", "no/t.db"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := *s
			s.t = t
			for _, args := range [][]string{append([]string{"tickets"}, tt.where...), append([]string{"-once", "-addr", s.account.Addr, "-user", "u"}, tt.where...)} {
				o := s.start(args...)
				if o.code != tt.code {
					t.Errorf("ticketd %s: exit status %d, want %d\n%s", args[0], o.code, tt.code, o.stderr)
				}
				for _, want := range tt.want {
					if !strings.Contains(o.stderr, want) {
						t.Errorf("ticketd %s: the message does not say %q:\n%s", args[0], want, o.stderr)
					}
				}
			}
		})
	}
}

// TestListingMakesNothing: who looks into a database that was never used is
// told so, and leaves it as it was.
func TestListingMakesNothing(t *testing.T) {
	s := newSite(t, nil)
	s.dsn = newDatabase(t)
	for range 2 {
		o := s.start("tickets").wantCode(t, exitFailed)
		if !strings.Contains(o.stderr, "never run") {
			t.Errorf("the message is %q", o.stderr)
		}
	}
}
