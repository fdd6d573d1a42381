package pgstore_test

import (
	"testing"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
)

// A transaction in which plans without an index count as endless must not have
// them compiled: each Update would take hundreds of milliseconds.
func TestNothingIsCompiled(t *testing.T) {
	pool := openPool(t, server.DSN(t)+" options='-c jit=on -c jit_above_cost=0'")
	store := openSchema(t, pool, newSchema(t, pool))
	update(t, store, func(w storage.Writer) error {
		got, err := pgstore.ServerSetting(t.Context(), w, "jit")
		if got != "off" {
			t.Errorf("jit is %s in an Update, want off", got)
		}
		return err
	})
}
