package notify

import (
	"encoding/json"
	"slices"
	"time"

	"example.com/ticketmail/escalation"
)

// A RulePatch changes single fields of a [Rule], or all of them. A nil field
// keeps what the rule has; taking a field out of a patch is "back to default".
// A list that is set but empty means nobody.
//
// Patches are stored as JSON; the field names below are for ever, and a nil
// field is not written. Delay is in nanoseconds, Attach in bytes.
type RulePatch struct {
	Active            *bool                  `json:"active,omitempty"`
	Roles             *[]Role                `json:"roles,omitempty"`
	Unassigned        *[]Role                `json:"unassigned,omitempty"`
	UnassignedAsRoles bool                   `json:"unassigned_as_roles,omitempty"` // Roles count without an assignee as well; not together with Unassigned
	People            *[]escalation.PersonID `json:"people,omitempty"`
	Addresses         *[]string              `json:"addresses,omitempty"`
	SkipActor         *bool                  `json:"skip_actor,omitempty"`
	Template          *string                `json:"template,omitempty"`
	Delay             *time.Duration         `json:"delay,omitempty"`
	Attach            *int64                 `json:"attach,omitempty"`
}

// PatchOf returns the patch that sets every field as r has it: a whole rule
// that overrides another. [Rule.Kind] is not part of it.
func PatchOf(r Rule) RulePatch {
	p := RulePatch{
		Active: &r.Active, Roles: new(some(r.Roles)), People: new(some(r.People)), Addresses: new(some(r.Addresses)),
		SkipActor: &r.SkipActor, Template: &r.Template, Delay: &r.Delay, Attach: &r.Attach,
	}
	if p.UnassignedAsRoles = r.Unassigned == nil; !p.UnassignedAsRoles {
		p.Unassigned = new(some(r.Unassigned))
	}
	return p
}

// some returns a copy of list that is not nil, so that JSON keeps it a list.
func some[T any](list []T) []T { return append([]T{}, list...) }

// MarshalJSON writes a list that is set to nil as an empty one: null would be
// read as "keep".
func (p RulePatch) MarshalJSON() ([]byte, error) {
	type plain RulePatch // without this method
	p.Roles, p.Unassigned, p.People, p.Addresses = listed(p.Roles), listed(p.Unassigned), listed(p.People), listed(p.Addresses)
	return json.Marshal(plain(p))
}

func listed[T any](list *[]T) *[]T {
	if list == nil {
		return nil
	}
	return new(some(*list))
}

// With returns r with the fields that p sets. The lists are copies.
func (r Rule) With(p RulePatch) Rule {
	set(&r.Active, p.Active)
	setList(&r.Roles, p.Roles)
	setList(&r.Unassigned, p.Unassigned)
	if p.UnassignedAsRoles {
		r.Unassigned = nil
	}
	setList(&r.People, p.People)
	setList(&r.Addresses, p.Addresses)
	set(&r.SkipActor, p.SkipActor)
	set(&r.Template, p.Template)
	set(&r.Delay, p.Delay)
	set(&r.Attach, p.Attach)
	return r
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

func setList[T any](field, value *[]T) {
	if value != nil {
		*field = some(*value)
	}
}

// Validate returns an *[InvalidError] for the first field that cannot work in
// any rule. groups are those a host has beside the seed's.
func (p RulePatch) Validate(groups ...escalation.Group) error {
	if p.Unassigned != nil && p.UnassignedAsRoles {
		return invalid("UnassignedAsRoles", "contradicts Unassigned, which is set too")
	}
	return Rule{Kind: "any"}.With(p).Validate(groups...)
}

// Fields returns the names of the [Rule] fields that p sets, in their order
// in Rule.
func (p RulePatch) Fields() []string {
	var names []string
	for _, f := range ruleFields {
		if f.set(p) {
			names = append(names, f.name)
		}
	}
	return names
}

// A ruleField is one field of a rule, as patches and comparisons see it.
type ruleField struct {
	name string
	set  func(RulePatch) bool
	same func(a, b Rule) bool
}

var ruleFields = [...]ruleField{
	{"Active", func(p RulePatch) bool { return p.Active != nil }, func(a, b Rule) bool { return a.Active == b.Active }},
	{"Roles", func(p RulePatch) bool { return p.Roles != nil }, func(a, b Rule) bool { return slices.Equal(a.Roles, b.Roles) }},
	{"Unassigned", func(p RulePatch) bool { return p.Unassigned != nil || p.UnassignedAsRoles }, func(a, b Rule) bool {
		return (a.Unassigned == nil) == (b.Unassigned == nil) && slices.Equal(a.Unassigned, b.Unassigned)
	}},
	{"People", func(p RulePatch) bool { return p.People != nil }, func(a, b Rule) bool { return slices.Equal(a.People, b.People) }},
	{"Addresses", func(p RulePatch) bool { return p.Addresses != nil }, func(a, b Rule) bool { return slices.Equal(a.Addresses, b.Addresses) }},
	{"SkipActor", func(p RulePatch) bool { return p.SkipActor != nil }, func(a, b Rule) bool { return a.SkipActor == b.SkipActor }},
	{"Template", func(p RulePatch) bool { return p.Template != nil }, func(a, b Rule) bool { return a.Template == b.Template }},
	{"Delay", func(p RulePatch) bool { return p.Delay != nil }, func(a, b Rule) bool { return a.Delay == b.Delay }},
	{"Attach", func(p RulePatch) bool { return p.Attach != nil }, func(a, b Rule) bool { return a.Attach == b.Attach }},
}
