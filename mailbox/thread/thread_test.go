package thread_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox/thread"
)

func TestNewRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		opts thread.Options
		want string
	}{
		"no ref":             {thread.Options{Format: "[Ticket {code}]"}, "{ref} 0 times"},
		"two refs":           {thread.Options{Format: "[{ref}-{ref}]"}, "{ref} 2 times"},
		"two codes":          {thread.Options{Format: "[{ref}-{code}{code}]"}, "{code} 2 times"},
		"nothing in front":   {thread.Options{Format: "{ref}-{code}]"}, "in front"},
		"code first, bare":   {thread.Options{Format: "{code}-{ref}]"}, "in front"},
		"nothing behind":     {thread.Options{Format: "[T#{ref}-{code}"}, "behind"},
		"control character":  {thread.Options{Format: "[T\x01{ref}]"}, "control"},
		"line break":         {thread.Options{Format: "[T\r\n{ref}]"}, "control"},
		"C1 control":         {thread.Options{Format: "[T\u0085{ref}]"}, "control"},
		"override":           {thread.Options{Format: "[T\u202e{ref}]"}, "bidirectional"},
		"two blanks":         {thread.Options{Format: "[T  {ref}]"}, "single blanks"},
		"blank at the end":   {thread.Options{Format: "[T{ref}] "}, "white space"},
		"invalid UTF-8":      {thread.Options{Format: "[T\xff{ref}]"}, "UTF-8"},
		"domain with at":     {thread.Options{Domain: "a@b"}, "Options.Domain"},
		"domain with blank":  {thread.Options{Domain: "a b"}, "Options.Domain"},
		"domain empty label": {thread.Options{Domain: "a..b"}, "label"},
		"domain final dot":   {thread.Options{Domain: "a.b."}, "label"},
		"domain hyphen":      {thread.Options{Domain: "-a.b"}, "hyphen"},
		"domain not ASCII":   {thread.Options{Domain: "bücher.example"}, "ASCII"},
		"domain Kelvin sign": {thread.Options{Domain: "\u212a.example"}, "ASCII"},
		"domain line break":  {thread.Options{Domain: "a.b\r\nBcc: x"}, "Options.Domain"},
		"domain too long":    {thread.Options{Domain: strings.Repeat("abc.", 64) + "d"}, "253"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := thread.New([][]byte{testKey}, &tt.opts)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("New(%+v) error = %v, want one with %q", tt.opts, err, tt.want)
			}
		})
	}
}

func TestNewNeedsKeys(t *testing.T) {
	for name, keys := range map[string][][]byte{
		"nil":        nil,
		"short":      {[]byte("fifteen bytes!!")},
		"second one": {testKey, []byte("short")},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := thread.New(keys, nil); !errors.Is(err, thread.ErrKeys) {
				t.Errorf("New error = %v, want ErrKeys", err)
			}
		})
	}
}

func TestKeysAreCopied(t *testing.T) {
	key := []byte(strings.Repeat("k", 16))
	r, err := thread.New([][]byte{key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	before := r.Token("1")
	key[0] = 'x'
	if got := r.Token("1"); got != before {
		t.Errorf("Token changed with the caller's slice: %s, then %s", before, got)
	}
}

func TestFindAfterKeyChange(t *testing.T) {
	oldR := newReferencer(t, nil)
	newKey := []byte("another key of sixteen bytes")
	r, err := thread.New([][]byte{newKey, testKey}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []thread.Key{
		{Ref: "1", Source: thread.InReplyTo, Strong: true, Mail: "m"},
		{Ref: "1", Source: thread.Subject, Strong: true},
	}
	got := r.Find("Re: "+oldR.Token("1"), []string{oldR.MessageID("1", "m", false)}, nil)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("marks of the old key (-want +got):\n%s", diff)
	}
	if got := oldR.Find(r.Token("1"), []string{r.MessageID("1", "m", false)}, nil); len(got) != 0 {
		t.Errorf("marks of the new key verify with the old one: %+v", got)
	}
}

func TestFind(t *testing.T) {
	r := newReferencer(t, nil)
	id := func(ref thread.Ref, mail string, internal bool) string { return r.MessageID(ref, mail, internal) }
	many := make([]string, 150)
	for i := range many {
		many[i] = "foreign@example.com"
	}
	many[0], many[149], many[50] = id("first", "", false), id("last", "", false), id("hundredth", "", false)

	for name, tt := range map[string]struct {
		subject               string
		inReplyTo, references []string
		want                  []thread.Key
	}{
		"nothing":    {"Printer", nil, nil, nil},
		"empty ids":  {"", []string{"", "@", "<>"}, []string{""}, nil},
		"foreign id": {"", []string{"4711.17.p@tickets.example"}, []string{"CAF=x+1@mail.gmail.com"}, nil},
		"all sources, strongest first": {
			r.Token("3"), []string{id("1", "a", true)}, []string{id("2", "b", false)},
			[]thread.Key{
				{Ref: "1", Source: thread.InReplyTo, Strong: true, Mail: "a", Internal: true},
				{Ref: "2", Source: thread.References, Strong: true, Mail: "b"},
				{Ref: "3", Source: thread.Subject, Strong: true},
			},
		},
		"last reference first, each ref once": {
			"", nil, []string{id("1", "a", false), id("2", "b", false), id("1", "c", true)},
			[]thread.Key{
				{Ref: "1", Source: thread.References, Strong: true, Mail: "c", Internal: true},
				{Ref: "2", Source: thread.References, Strong: true, Mail: "b"},
			},
		},
		"one ref, every source": {
			r.Token("1") + r.Token("1"), []string{id("1", "a", false)}, []string{id("1", "a", false)},
			[]thread.Key{
				{Ref: "1", Source: thread.InReplyTo, Strong: true, Mail: "a"},
				{Ref: "1", Source: thread.References, Strong: true, Mail: "a"},
				{Ref: "1", Source: thread.Subject, Strong: true},
			},
		},
		"the last hundred references": {
			"", nil, many,
			[]thread.Key{
				{Ref: "last", Source: thread.References, Strong: true},
				{Ref: "hundredth", Source: thread.References, Strong: true},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, r.Find(tt.subject, tt.inReplyTo, tt.references)); diff != "" {
				t.Errorf("Find (-want +got):\n%s", diff)
			}
		})
	}
	if many[149] != id("last", "", false) {
		t.Error("Find changed the caller's references")
	}
}

// Subjects of 200 KiB made to be expensive cost about as much per byte as
// short ones: the work a byte causes is bounded.
func TestFindIsBounded(t *testing.T) {
	const size = 200 << 10
	formats := []string{"", "({ref}{code})", "#{ref}#", "#{ref}-{code}#", "A{code}{ref}A", "({ref})"}
	pieces := []string{"[Ticket#", "(", "#", "A", "#1-AAAAAAAA", "(AAAAAAAAA)", "[Ticket#1-00000000]", "()", "Re: ", "\u202e", ")"}
	for _, format := range formats {
		r := newReferencer(t, &thread.Options{Format: format})
		for _, piece := range pieces {
			subject := strings.Repeat(piece, size/len(piece))
			allocs := testing.AllocsPerRun(1, func() { r.Find(subject, nil, nil) })
			if allocs > 3000 {
				t.Errorf("format %q, %q repeated: %.0f allocations, want a bounded number", format, piece, allocs)
			}
			if got := len(r.Subject("1", subject)); got > 998 {
				t.Errorf("format %q, %q repeated: Subject has %d bytes, want at most 998", format, piece, got)
			}
		}
	}
}

func BenchmarkFind(b *testing.B) {
	r := newReferencer(b, nil)
	id := r.MessageID("4711", "01J8Z3K4M5N6P7Q8R9S0T1V2W3", false)
	foreign := []string{"CAFx@mail.gmail.com", "a.b.c@outlook.com", "5f@x"}
	for name, in := range map[string]struct {
		subject   string
		inReplyTo []string
	}{
		"new mail":       {"Printer on fire in room 12", nil},
		"reply":          {"AW: " + r.Token("4711") + " Printer on fire", []string{id}},
		"hostile 200KiB": {strings.Repeat("[Ticket#1-00000000]", 200<<10/19), nil},
		"plain 200KiB":   {strings.Repeat("Printer on fire ", 200<<10/16), nil},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(in.subject)))
			for b.Loop() {
				r.Find(in.subject, in.inReplyTo, foreign)
			}
		})
	}
}
