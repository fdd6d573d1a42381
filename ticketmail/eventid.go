package ticketmail

import (
	"fmt"
	"strconv"
	"strings"

	"example.com/ticketmail/notify"
)

// The ID of an event names what it is about, so that the event can be made
// anew: its kind, and the id of a comment or the number of a line of history.

func commentEventID(kind notify.Kind, comment string) string { return string(kind) + "." + comment }

func changeEventID(kind notify.Kind, seq int64) string { return fmt.Sprintf("%s.%d", kind, seq) }

// eventID is what the ID of an event says.
type eventID struct {
	comment string // empty: about a line of history
	change  int64
}

func parseEventID(c notify.Cause) (eventID, error) {
	id, ok := strings.CutPrefix(c.Event, string(c.Kind)+".")
	if !ok || id == "" {
		return eventID{}, fmt.Errorf("%q is not the id of an event of kind %s", c.Event, c.Kind)
	}
	switch c.Kind {
	case notify.TicketCreated, notify.CommentAdded, notify.InternalCommentAdded, notify.Reply, notify.Receipt:
		return eventID{comment: id}, nil
	}
	seq, err := strconv.ParseInt(id, 10, 64)
	return eventID{change: seq}, err
}
