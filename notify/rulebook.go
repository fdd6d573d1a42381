package notify

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"example.com/ticketmail/escalation"
)

// A RuleBook is a host's rules: the defaults, what the company changed of
// them, and what single projects changed of that, field by field. The zero
// value is the seed's rules. It is data; whoever changes it while others read
// it must lock.
type RuleBook struct {
	Defaults map[Kind]Rule                               `json:"-"` // nil: DefaultRules; own kinds must be in it
	Company  map[Kind]RulePatch                          `json:"company,omitempty"`
	Projects map[escalation.ProjectID]map[Kind]RulePatch `json:"projects,omitempty"`
}

// Rule returns the rule for an event in a project; of no project it is the
// company's. An unknown kind has an inactive rule. The caller owns the lists
// of the rule that patches have set, and must not change the others.
func (b RuleBook) Rule(kind Kind, project escalation.ProjectID) Rule {
	return b.fallback(kind).With(b.Company[kind]).With(b.Projects[project][kind])
}

// fallback returns the rule without any patch.
func (b RuleBook) fallback(kind Kind) Rule {
	rules := b.Defaults
	if rules == nil {
		rules = DefaultRules()
	}
	r := rules[kind]
	r.Kind = kind
	return r
}

// Kinds returns the kinds that have a default, in alphabetical order.
func (b RuleBook) Kinds() []Kind {
	rules := b.Defaults
	if rules == nil {
		rules = DefaultRules()
	}
	return slices.Sorted(maps.Keys(rules))
}

// An Origin is who decided a field of a rule.
type Origin string

// The origins.
const (
	FromDefault Origin = "default"
	FromCompany Origin = "company"
	FromProject Origin = "project"
)

// A FieldOrigin says where a field of a rule comes from.
type FieldOrigin struct {
	Field   string // of Rule, for example "SkipActor"
	Origin  Origin // the last that set it
	Differs bool   // its value is not the default's; a patch may set what was there already
}

// Origins returns for each field of a rule who decided it, in their order in
// [Rule]. [Rule.Kind] is nobody's.
func (b RuleBook) Origins(kind Kind, project escalation.ProjectID) []FieldOrigin {
	before, now := b.fallback(kind), b.Rule(kind, project)
	list := make([]FieldOrigin, len(ruleFields))
	for i, f := range ruleFields {
		list[i] = FieldOrigin{Field: f.name, Origin: FromDefault, Differs: !f.same(before, now)}
		if f.set(b.Company[kind]) {
			list[i].Origin = FromCompany
		}
		if f.set(b.Projects[project][kind]) {
			list[i].Origin = FromProject
		}
	}
	return list
}

// Validate returns an *[InvalidError] for the first patch that cannot work,
// in alphabetical order of projects and kinds, the company's first. groups
// are those a host has beside the seed's.
func (b RuleBook) Validate(groups ...escalation.Group) error {
	if err := b.validate("Company", b.Company, groups); err != nil {
		return err
	}
	for _, project := range slices.Sorted(maps.Keys(b.Projects)) {
		if err := b.validate(fmt.Sprintf("Projects[%q]", project), b.Projects[project], groups); err != nil {
			return err
		}
	}
	return nil
}

func (b RuleBook) validate(where string, patches map[Kind]RulePatch, groups []escalation.Group) error {
	known := b.Kinds()
	for _, kind := range slices.Sorted(maps.Keys(patches)) {
		field := fmt.Sprintf("%s[%q]", where, kind)
		if !slices.Contains(known, kind) {
			return invalid(field, "there is no event of this kind")
		}
		if inner, ok := errors.AsType[*InvalidError](patches[kind].Validate(groups...)); ok {
			return invalid(field+"."+inner.Field, "%s", inner.Reason)
		}
	}
	return nil
}
