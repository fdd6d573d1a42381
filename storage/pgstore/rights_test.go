package pgstore_test

import (
	"testing"

	"example.com/ticketmail/storage/pgstore"
)

// TestNotesAreNotForOthers: the functions that note what is stale work with the
// rights of who made them, and nobody else can have them run code of his own.
func TestNotesAreNotForOthers(t *testing.T) {
	pool := sharedPool(t)
	schema := newSchema(t, pool)
	openWith(t, pool, &pgstore.Options{Schema: schema})
	c, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	run := func(q string) {
		t.Helper()
		if _, err := c.Exec(t.Context(), q); err != nil {
			t.Logf("%s: %v", q, err) // refused, as it should be
		}
	}
	run(`DROP ROLE IF EXISTS reporter`)
	run(`CREATE ROLE reporter`)
	defer func() {
		run(`RESET ROLE`)
		run(`DROP OWNED BY reporter CASCADE`)
		run(`DROP ROLE reporter`)
	}()
	run(`GRANT USAGE ON SCHEMA ` + schema + ` TO reporter`)
	run(`SET ROLE reporter`)
	run(`CREATE TEMP TABLE tm_tickets (seq bigint)`)
	run(`CREATE TEMP TABLE tm_stale (ticket bigint)`)
	run(`CREATE TEMP TABLE tm_search_state (last_value bigint)`)
	run(`INSERT INTO tm_search_state VALUES (1)`)
	run(`CREATE TEMP TABLE seen (who text)`)
	run(`GRANT ALL ON pg_temp.tm_stale, pg_temp.tm_search_state, pg_temp.seen TO PUBLIC`)
	run(`CREATE FUNCTION pg_temp.evil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO pg_temp.seen VALUES (current_user); RETURN NULL; END $$`)
	run(`CREATE TRIGGER e AFTER INSERT ON pg_temp.tm_stale FOR EACH ROW EXECUTE FUNCTION pg_temp.evil()`)
	run(`CREATE TRIGGER n AFTER INSERT ON pg_temp.tm_tickets FOR EACH ROW EXECUTE FUNCTION ` + schema + `.tm_note()`)
	run(`INSERT INTO pg_temp.tm_tickets VALUES (1)`)
	var got string
	if err := c.QueryRow(t.Context(), `SELECT coalesce(max(who),'-') FROM pg_temp.seen`).Scan(&got); err != nil {
		t.Fatal(err)
	}
	if got != "-" {
		t.Errorf("code of a role that may only look ran as %q", got)
	}
}
