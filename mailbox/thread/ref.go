// Package thread ties replies to tickets: ...
package thread

// A Ref names a ticket as people see it: its number, for example "4711".
// It is opaque text without white space or control characters, at most 64
// bytes; the store assigns it.
type Ref string
