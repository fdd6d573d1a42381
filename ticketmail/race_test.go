//go:build race

package ticketmail_test

// raced tells that the race detector watches, which makes everything about ten
// times slower.
const raced = true
