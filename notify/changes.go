package notify

import (
	"slices"
	"strings"
)

// changesMark stands for {{changes}} where a frame for later changes is
// rendered. No value and no template can hold it: NUL is refused in both.
const changesMark = "\x00"

// changes tells of each event in a paragraph of its own, in order.
func (v *values) changes() string {
	var list []string
	size := 0
	for _, ev := range commentsOnce(v.events) {
		one := *v
		one.event, one.events, one.known, one.modules = ev, nil, nil, nil
		words, _ := one.module(v.templates.changeModule(ev.Kind, v.audience), false)
		if words != "" {
			list = append(list, words)
		}
		if size += len(words); size > MaxRendered {
			break // it is cut there anyway
		}
	}
	return strings.Join(list, "\n\n")
}

// changeModule returns the name of the module that tells of an event.
func (t *Templates) changeModule(k Kind, a Audience) string {
	if name := modulePrefix + "change." + string(k); t.all().has(name, a) {
		return name
	}
	return modulePrefix + "change.other"
}

// commentsOnce takes a comment away from all events that have it but one: the
// event about it, or else the first.
func commentsOnce(events []*Event) []*Event {
	var owners []*Event
	for _, about := range []bool{true, false} {
		for _, ev := range events {
			if ev.Comment != nil && aboutComment(ev.Kind) == about && !slices.ContainsFunc(owners, ev.sharesComment) {
				owners = append(owners, ev)
			}
		}
	}
	once := slices.Clone(events)
	for i, ev := range once {
		if ev.Comment != nil && !slices.Contains(owners, ev) {
			without := *ev
			without.Comment = nil
			once[i] = &without
		}
	}
	return once
}

func aboutComment(k Kind) bool {
	return k == CommentAdded || k.byPerson() || k == InternalCommentAdded || k == CommentEdited
}

// sharesComment reports whether both events have the same comment.
func (ev *Event) sharesComment(other *Event) bool {
	return ev.Comment == other.Comment || ev.Comment.ID != "" && ev.Comment.ID == other.Comment.ID
}
