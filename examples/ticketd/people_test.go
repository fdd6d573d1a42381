package main

import (
	"testing"

	"example.com/ticketmail/escalation/memdirectory"
)

// The file that the program's documentation points to is one it takes.
func TestPeopleFile(t *testing.T) {
	people, as, err := readPeople("people.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := memdirectory.New(people); err != nil {
		t.Error(err)
	}
	if as.Task != "inbox" || as.Creator != "bea" {
		t.Errorf("assignment = %+v", as)
	}
}
