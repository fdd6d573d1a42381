package thread_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox/thread"
)

func TestForeign(t *testing.T) {
	known := thread.KnownFormats()
	for name, tt := range map[string]struct {
		format, prefix, subject string
		want                    []thread.Ref
	}{
		"rt":                 {known["rt"], "rt-", "Re: [example.com #17] Printer", []thread.Ref{"rt-17"}},
		"otrs":               {known["otrs"], "", "AW: [Ticket#2026112510000017] Printer", []thread.Ref{"2026112510000017"}},
		"jira":               {known["jira"], "", "[JIRA] (SUP-42) Printer", []thread.Ref{"SUP-42"}},
		"glpi":               {known["glpi"], "g", "[GLPI #0000017] Printer", []thread.Ref{"g0000017"}},
		"osticket":           {known["osticket"], "", "Re: Printer [#123456]", []thread.Ref{"123456"}},
		"redmine":            {known["redmine"], "", "Re: [Infra - Bug #99] Printer", []thread.Ref{"99"}},
		"open at the end":    {"Ticket {ref}", "", "Re: Ticket 17", []thread.Ref{"17"}},
		"not a part":         {"Ticket {ref}", "", "Ticket 17a-4, Ticket 18", []thread.Ref{"17a-4", "18"}},
		"twice":              {known["osticket"], "", "[#1] [#1] [#2]", []thread.Ref{"1", "2"}},
		"another one":        {known["glpi"], "", "[RT #17]", nil},
		"nothing inside":     {known["osticket"], "", "[#] [# 1] [#\u200b1]", nil},
		"a pattern's letter": {"[a.c {ref}]", "", "[abc 1]", nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReferencer(t, &thread.Options{Foreign: []thread.Foreign{{Format: tt.format, Prefix: tt.prefix}}})
			var got []thread.Ref
			for _, k := range r.FindSubject(tt.subject) {
				if k.Strong || k.Source != thread.Subject {
					t.Errorf("%+v, want a weak key of the subject", k)
				}
				got = append(got, k.Ref)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("refs (-want +got):\n%s", diff)
			}
		})
	}
}

// TestForeignBesideOurs: our own token is strong and comes first.
func TestForeignBesideOurs(t *testing.T) {
	r := newReferencer(t, &thread.Options{Foreign: []thread.Foreign{{Format: "[Ticket#{ref}]"}}})
	got := r.FindSubject("[Ticket#1] " + r.Token("2"))
	want := []thread.Key{{Ref: "2", Source: thread.Subject, Strong: true}, {Ref: "1", Source: thread.Subject}}
	// Our token itself looks like one of that system, of no ticket there is.
	if len(got) < 2 || cmp.Diff(want, got[:2]) != "" {
		t.Errorf("keys = %+v", got)
	}
}

func TestForeignRefuses(t *testing.T) {
	for name, f := range map[string]thread.Foreign{
		"no ref":        {Format: "[Ticket]"},
		"two refs":      {Format: "[{ref} {ref}]"},
		"nothing ahead": {Format: "{ref}]"},
		"only any":      {Format: "{any} {ref}]"},
		"line break":    {Format: "[a\n{ref}]"},
		"prefix":        {Format: "[{ref}]", Prefix: "a b"},
		"long":          {Format: "[" + strings.Repeat("x", 300) + "{ref}]"},
	} {
		if _, err := thread.New([][]byte{testKey}, &thread.Options{Foreign: []thread.Foreign{f}}); err == nil || !strings.Contains(err.Error(), "Foreign[0]") {
			t.Errorf("%s: %v, want a refusal that names the field", name, err)
		}
	}
}

// TestForeignIsLinear: a subject of nothing but beginnings costs no more than
// its length.
func TestForeignIsLinear(t *testing.T) {
	var all []thread.Foreign
	for _, f := range thread.KnownFormats() {
		all = append(all, thread.Foreign{Format: f})
	}
	r := newReferencer(t, &thread.Options{Foreign: all})
	subject, best := strings.Repeat("[a - ", 200_000), time.Hour
	for range 5 { // other work on the machine does not last
		started := time.Now()
		r.FindSubject(subject)
		if best = min(best, time.Since(started)); best <= 10*time.Second {
			return
		}
	}
	t.Errorf("a subject of 1 MB took %v", best)
}

func TestAddress(t *testing.T) {
	r := newReferencer(t, nil)
	const box = "support@erp.example"
	a := r.Address("4711", box)
	if a != "support+4711-q10kajx7@erp.example" {
		t.Errorf("Address = %q", a)
	}
	if got := thread.WithoutMark(a); got != box {
		t.Errorf("WithoutMark = %q", got)
	}
	for name, tt := range map[string]struct {
		address string
		want    []thread.Key
	}{
		"as written":    {a, []thread.Key{{Ref: "4711", Source: thread.Address}}},
		"in capitals":   {strings.ToUpper(a), []thread.Key{{Ref: "4711", Source: thread.Address}}},
		"another code":  {"support+4711-00000000@erp.example", nil},
		"another one's": {strings.Replace(a, "4711", "4712", 1), nil},
		"no mark":       {box, nil},
		"a tag":         {"support+news@erp.example", nil},
		"no address":    {"+4711-q10kajx7", nil},
		"empty":         {"", nil},
	} {
		if diff := cmp.Diff(tt.want, r.FindAddress([]string{tt.address, tt.address})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, ref := range refs {
		if a := r.Address(ref, box); a != "" {
			if got := r.FindAddress([]string{a}); len(got) != 1 || got[0].Ref != ref {
				t.Errorf("address %q of %q is read as %+v", a, ref, got)
			}
		}
	}
	if a := r.Address("4711", strings.Repeat("x", 60)+"@erp.example"); a != "" {
		t.Errorf("a local part that is too long: %q", a)
	}
}
