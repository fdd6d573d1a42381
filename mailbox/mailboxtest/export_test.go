package mailboxtest

import "context"

// Checks runs each check of the suite on an account of its own and returns
// the names of those that failed.
func Checks(ctx context.Context, open func() Account) (failed []string) {
	for _, c := range checks {
		if c.run(ctx, open()) != nil {
			failed = append(failed, c.name)
		}
	}
	return failed
}
