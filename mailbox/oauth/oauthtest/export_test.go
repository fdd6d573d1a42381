package oauthtest

import (
	"context"

	"example.com/ticketmail/mailbox/oauth"
)

// StoreChecks runs the checks of RunStore, and returns the names of those
// that fail.
func StoreChecks(ctx context.Context, open func() oauth.Store) []string {
	var failed []string
	for _, c := range storeChecks() {
		if c.check(ctx, open()) != nil {
			failed = append(failed, c.name)
		}
	}
	return failed
}

// LockChecks is StoreChecks for RunLock.
func LockChecks(ctx context.Context, open func() oauth.Lock) []string {
	var failed []string
	for _, c := range lockChecks() {
		l := open()
		if c.check(ctx, l, l) != nil {
			failed = append(failed, c.name)
		}
	}
	return failed
}
