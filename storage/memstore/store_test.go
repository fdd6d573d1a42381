package memstore_test

import (
	"testing"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/storage/storetest"
)

func TestStore(t *testing.T) {
	clock := new(storetest.Clock)
	storetest.Run(t, func(*testing.T) storage.Store {
		return memstore.New(&memstore.Options{Now: clock.Now})
	}, &storetest.Options{Advance: clock.Advance})
}

func TestBlobs(t *testing.T) {
	storetest.RunBlobs(t, func(*testing.T) storage.Blobs { return memstore.New(nil) },
		&storetest.Options{Skip: map[string]string{"BoundedMemory": "it keeps content in memory on purpose"}})
}

func TestNotDurable(t *testing.T) {
	if memstore.New(nil).Durable() {
		t.Error("Durable() = true: a real mailbox would be emptied into memory")
	}
}

func TestPruner(t *testing.T) {
	storetest.RunPruner(t, func(t *testing.T) storage.Pruner { return memstore.New(nil) }, nil)
}

func TestTenants(t *testing.T) {
	storetest.RunTenants(t, func(*testing.T) storage.Tenants { return memstore.NewTenants(nil) }, nil)
}
