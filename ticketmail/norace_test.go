//go:build !race

package ticketmail_test

const raced = false
