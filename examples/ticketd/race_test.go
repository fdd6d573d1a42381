//go:build race

package main

// raced tells that the race detector watches, which makes ticketd ten times
// slower.
const raced = true
