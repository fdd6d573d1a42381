package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"example.com/ticketmail/internal/postgres"
	"example.com/ticketmail/storage/pgstore"
)

// TestKill kills a process that stores mails, again and again: what it said
// is stored is, whole transactions only, and every mail has its bytes.
func TestKill(t *testing.T) {
	const kills = 12
	dsn := server.DSN(t)
	pool := sharedPool(t)
	schema := newSchema(t, pool)
	store := openSchema(t, pool, schema)
	random := rand.New(rand.NewPCG(1, 2))
	acknowledged := -1
	for range kills {
		acknowledged = max(acknowledged, killWhileStoring(t, dsn, schema, random.IntN(8)))
		checkMails(t, store, acknowledged)
	}
	if acknowledged < kills {
		t.Errorf("only %d mails were stored in %d runs", acknowledged+1, kills)
	}
}

// killWhileStoring starts a child and kills it after a number of lines; what
// it does between the line and the kill differs from run to run. It returns the
// last mail acknowledged.
func killWhileStoring(t *testing.T, dsn, schema string, lines int) (last int) {
	t.Helper()
	cmd, scanner := startChild(t, "store", dsn, schema)
	last = -1
	for n := 0; ; n++ {
		if n == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		if !scanner.Scan() {
			break
		}
		var err error
		if last, err = strconv.Atoi(scanner.Text()); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); !wasKilled(err) {
		t.Fatalf("child ended with %v, want it killed", err)
	}
	return last
}

// slowMigrations are this release's and others behind them, each of which
// takes a while between its two halves.
func slowMigrations() fstest.MapFS {
	files := readMigrations()
	for len(files) < 12 {
		n := len(files) + 1
		files[fmt.Sprintf("migrations/%04d_slow.sql", n)] = &fstest.MapFile{Data: fmt.Appendf(nil,
			"CREATE TABLE tm_first_%d (x integer); SELECT pg_sleep(0.005); CREATE TABLE tm_second_%d (x integer);", n, n)}
	}
	return files
}

// TestKillWhileMigrating kills a process while it migrates: what it leaves is
// a whole number of migrations, and the next one goes on from there.
func TestKillWhileMigrating(t *testing.T) {
	dsn := server.DSN(t)
	pool := sharedPool(t)
	for kill := range 6 {
		schema := newSchema(t, pool)
		cmd, _ := startChild(t, "migrate", dsn, schema)
		awaitMigration(t, pool.QueryRow, schema, 2*kill)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); !wasKilled(err) {
			t.Fatalf("child ended with %v, want it killed", err)
		}
		if err := pgstore.Migrate(t.Context(), pool, schema, slowMigrations()); err != nil {
			t.Fatalf("after a kill at migration %d: %v", 2*kill, err)
		}
		if n := scalar[int](t, pool, "SELECT count(*) FROM "+schema+".tm_migrations"); n != 12 {
			t.Errorf("%d migrations are recorded, want 12", n)
		}
		halves := scalar[int](t, pool, `SELECT count(*) FROM pg_tables WHERE schemaname = $1 AND (tablename LIKE 'tm_first%' OR tablename LIKE 'tm_second%')`, schema)
		if want := 2 * (12 - len(readMigrations())); halves != want {
			t.Errorf("%d halves of migrations are there, want %d", halves, want)
		}
	}
}

// TestRestart ends the server at once and starts it again, while several
// workers store mails: each goes on by itself, and nothing acknowledged is lost.
func TestRestart(t *testing.T) {
	private := postgres.Start(t)
	pool := openPool(t, private.DSN+" pool_max_conns=10")
	const workers, restarts = 3, 4
	var stores [workers]*pgstore.Store
	for i := range stores {
		stores[i] = openSchema(t, pool, fmt.Sprint("worker", i))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // an end of their own only where they hang
	defer cancel()
	var acknowledged [workers]int
	var mu sync.Mutex
	progress := sync.NewCond(&mu)
	stop := false
	var wg sync.WaitGroup
	for i, store := range stores {
		wg.Go(func() {
			next := 0
			for {
				err := storeThree(ctx, store, next)
				if err != nil { // the commit may have gone through all the same
					if n, viewErr := firstMissing(ctx, store); viewErr == nil {
						next = n
					}
				} else {
					next += 3
				}
				mu.Lock()
				if err == nil {
					acknowledged[i] = next
					progress.Broadcast()
				}
				ended := stop || ctx.Err() != nil
				mu.Unlock()
				if ended {
					return
				}
			}
		})
	}
	go func() { <-ctx.Done(); progress.Broadcast() }()
	for range restarts {
		awaitProgress(t, ctx, &mu, progress, &acknowledged)
		private.Stop()
		if err := private.Start(); err != nil {
			t.Error(err)
			break
		}
	}
	awaitProgress(t, ctx, &mu, progress, &acknowledged)
	mu.Lock()
	stop = true
	mu.Unlock()
	wg.Wait()
	for i, store := range stores {
		n := checkMails(t, store, acknowledged[i]-1)
		t.Logf("worker %d stored %d mails", i, n)
	}
}

// awaitProgress waits until each worker has stored more.
func awaitProgress(t *testing.T, ctx context.Context, mu *sync.Mutex, progress *sync.Cond, acknowledged *[3]int) {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	from := *acknowledged
	for i := range from {
		for acknowledged[i] <= from[i]+6 && ctx.Err() == nil {
			progress.Wait()
		}
	}
	if err := context.Cause(ctx); errors.Is(err, context.DeadlineExceeded) {
		t.Fatal("the workers do not go on")
	}
}
