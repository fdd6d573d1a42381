package console

import "context"

// A PlaceKind is a sort of place that tickets live in.
type PlaceKind string

// The kinds of places.
const (
	Projects    PlaceKind = "project"
	Tasks       PlaceKind = "task"
	Departments PlaceKind = "department"
)

// A Place is a project, task or department of the host.
type Place struct {
	ID   string
	Name string // for people; empty: the ID
}

// Places lists the host's places, for forms that pick one. It is an optional
// capability: without it ids are typed.
//
// Implementations are safe for concurrent use.
type Places interface {
	// Places returns at most limit places of a kind, in the order in which
	// people expect them.
	Places(ctx context.Context, kind PlaceKind, limit int) ([]Place, error)
}

// maxPlaces bounds what a form offers; others can still be typed.
const maxPlaces = 200
