package thread_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox/thread"
)

// The code is part of mails that wait for an answer for years: it must not
// change with the program.
func TestTokenIsStable(t *testing.T) {
	r := newReferencer(t, nil)
	if got, want := r.Token("4711"), "[Ticket#4711-Q10KAJX7]"; got != want {
		t.Errorf("Token = %s, want %s", got, want)
	}
}

func TestFindSubject(t *testing.T) {
	r := newReferencer(t, nil)
	tok, other := r.Token("4711"), r.Token("12")
	inside := func(s string) string { return tok[:12] + s + tok[12:] }
	strong := func(refs ...thread.Ref) []thread.Key {
		var ks []thread.Key
		for _, ref := range refs {
			ks = append(ks, thread.Key{Ref: ref, Source: thread.Subject, Strong: true})
		}
		return ks
	}
	for name, tt := range map[string]struct {
		subject string
		want    []thread.Key
	}{
		"as sent":            {tok + " Printer on fire", strong("4711")},
		"Re":                 {"Re: " + tok + " Printer on fire", strong("4711")},
		"AW WG Antw":         {"AW: WG: Antw: " + tok + " Printer", strong("4711")},
		"RE[2]":              {"RE[2]: " + tok + " Printer", strong("4711")},
		"SV":                 {"SV: " + tok, strong("4711")},
		"words before":       {"please read, urgent " + tok + " Printer", strong("4711")},
		"words behind":       {tok + " Printer on fire (still!)", strong("4711")},
		"title changed":      {"Re: " + tok + " Now the scanner", strong("4711")},
		"no blank around":    {"xx" + tok + "yy", strong("4711")},
		"in brackets":        {"[EXT] [" + tok + "]", strong("4711")},
		"opened twice":       {"[Ticket#" + tok, strong("4711")},
		"two tickets":        {other + " and " + tok, strong("12", "4711")},
		"twice":              {tok + tok, strong("4711")},
		"behind a wrong one": {"[Ticket#4711-00000000] " + tok, strong("4711")},
		"control around":     {"\x00" + tok + "\x1b", strong("4711")},
		"invalid UTF-8":      {"\xff" + tok + "\xff", strong("4711")},

		"empty":              {"", nil},
		"bare number":        {"Ticket 4711, #4711, [Ticket#4711]", nil},
		"wrong code":         {"[Ticket#4711-00000000]", nil},
		"code of another":    {"[Ticket#4711" + other[len(other)-10:], nil},
		"lower case code":    {tok[:13] + strings.ToLower(tok[13:]), nil},
		"all lower case":     {strings.ToLower(tok), nil},
		"no closing bracket": {strings.TrimSuffix(tok, "]"), nil},
		"no opening bracket": {strings.TrimPrefix(tok, "["), nil},
		"blank inside":       {inside(" "), nil},
		"badly folded":       {strings.Replace(tok, "-", "- ", 1), nil},
		"line break inside":  {inside("\r\n "), nil},
		"zero width space":   {inside("\u200b"), nil},
		"zero width joiner":  {inside("\u200d"), nil},
		"word joiner":        {inside("\u2060"), nil},
		"byte order mark":    {inside("\ufeff"), nil},
		"right-to-left":      {inside("\u202e"), nil},
		"isolate":            {inside("\u2066"), nil},
		"soft hyphen":        {inside("\u00ad"), nil},
		"NUL inside":         {inside("\x00"), nil},
		"full-width bracket": {strings.Replace(tok, "]", "］", 1), nil},
		"non-breaking dash":  {strings.Replace(tok, "-", "\u2011", 1), nil},
		"percent encoded":    {strings.Replace(tok, "#", "%23", 1), nil},
		"too long a ref":     {"[Ticket#" + strings.Repeat("1", 65) + "-00000000]", nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, r.FindSubject(tt.subject)); diff != "" {
				t.Errorf("FindSubject(%q) (-want +got):\n%s", tt.subject, diff)
			}
		})
	}
}

// Every byte of the token counts.
func TestDamagedTokenIsNone(t *testing.T) {
	r := newReferencer(t, nil)
	tok := r.Token("4711")
	for i := range tok {
		for _, c := range []byte{0, ' ', '0', 'Z', 'z', ']', tok[i] ^ 1, tok[i] ^ 0x20, tok[i] ^ 0x80} {
			if c == tok[i] {
				continue
			}
			damaged := tok[:i] + string([]byte{c}) + tok[i+1:]
			if got := r.FindSubject(damaged); len(got) != 0 {
				t.Errorf("FindSubject(%q) = %+v, want none", damaged, got)
			}
		}
		if got := r.FindSubject(tok[:i] + tok[i+1:]); len(got) != 0 {
			t.Errorf("FindSubject without byte %d = %+v, want none", i, got)
		}
	}
}

func TestFormats(t *testing.T) {
	for _, format := range []string{
		"", "[{ref}/{code}]", "[{code}-{ref}]", "<{code}{ref}>", "({ref}{code})", "Ticket {ref} (code {code}).",
		"-{ref}-{code}-", "A{ref}A{code}A", "0{code}0{ref}0", "票{ref}号{code}。", "Re: {ref} {code}.", "{{ref}{code}}",
	} {
		r := newReferencer(t, &thread.Options{Format: format})
		for _, ref := range refs {
			want := []thread.Key{{Ref: ref, Source: thread.Subject, Strong: true}}
			for _, subject := range []string{
				r.Token(ref), "AW: " + r.Token(ref) + " x", r.Subject(ref, "Printer"), "x" + r.Token(ref) + r.Token(ref) + "x",
			} {
				if diff := cmp.Diff(want, r.FindSubject(subject)); diff != "" {
					t.Errorf("format %q, FindSubject(%q) (-want +got):\n%s", format, subject, diff)
				}
			}
		}
	}
}

func TestFormatWithoutCodeIsWeak(t *testing.T) {
	r := newReferencer(t, &thread.Options{Format: "[T#{ref}]"})
	if got, want := r.Token("4711"), "[T#4711]"; got != want {
		t.Errorf("Token = %q, want %q", got, want)
	}
	for subject, want := range map[string][]thread.Key{
		"Re: [T#4711] x":  {{Ref: "4711", Source: thread.Subject}},
		"[T#[T#4711]":     {{Ref: "4711", Source: thread.Subject}},
		"[T#]":            nil,
		"[T#47 11]":       nil,
		"[T#47\u200b11]":  nil,
		"[T#1][T#2][T#1]": {{Ref: "1", Source: thread.Subject}, {Ref: "2", Source: thread.Subject}},
	} {
		if diff := cmp.Diff(want, r.FindSubject(subject)); diff != "" {
			t.Errorf("FindSubject(%q) (-want +got):\n%s", subject, diff)
		}
	}
	round := newReferencer(t, &thread.Options{Format: "({ref})"})
	for _, ref := range []thread.Ref{"a)b", "a(b"} {
		if got := round.Token(ref); got != "" {
			t.Errorf("Token(%q) = %q, want none: it could not be read back", ref, got)
		}
	}
}

func TestRefValidate(t *testing.T) {
	for _, ref := range refs {
		if err := ref.Validate(); err != nil {
			t.Errorf("Validate(%q) = %v", ref, err)
		}
	}
	r := newReferencer(t, nil)
	for _, ref := range []thread.Ref{
		"", "a b", "a]", "a\n", "a\u00a0b", "a\u2028", "\x00", "\u0085", "a\u200b", "\u202e1", "\xff",
		thread.Ref(strings.Repeat("a", 65)),
	} {
		if ref.Validate() == nil {
			t.Errorf("Validate(%q) = nil, want an error", ref)
		}
		if got := r.Token(ref); got != "" {
			t.Errorf("Token(%q) = %q, want none", ref, got)
		}
		if got := r.MessageID(ref, "m", false); got != "" {
			t.Errorf("MessageID(%q) = %q, want none", ref, got)
		}
		if got := r.Subject(ref, "Printer"); got != "Printer" {
			t.Errorf("Subject(%q) = %q, want the title alone", ref, got)
		}
	}
}

// Guessing the code of a ticket whose number is known fails.
// TICKETMAIL_LONG=1 makes a million guesses.
func TestGuessedCodes(t *testing.T) {
	guesses := 20_000
	if os.Getenv("TICKETMAIL_LONG") == "1" {
		guesses = 1_000_000
	}
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	r := newReferencer(t, nil)
	rnd := rand.New(rand.NewPCG(1, 2))
	hits := 0
	for range guesses {
		var code [8]byte
		for i := range code {
			code[i] = alphabet[rnd.IntN(len(alphabet))]
		}
		hits += len(r.FindSubject(fmt.Sprintf("[Ticket#4711-%s]", code[:])))
	}
	if hits != 0 {
		t.Errorf("%d of %d guessed codes verify, want 0", hits, guesses)
	}
}

// One mail cannot try thousands of codes: behind 64 wrong ones even the right
// one is not seen.
func TestGuessesOfOneMailAreCapped(t *testing.T) {
	r := newReferencer(t, nil)
	wrong := strings.Repeat("[Ticket#4711-00000000]", 63)
	if got := r.FindSubject(wrong + r.Token("4711")); len(got) != 1 {
		t.Errorf("right token behind 63 wrong ones: %+v, want one key", got)
	}
	if got := r.FindSubject(wrong + "[Ticket#4711-00000000]" + r.Token("4711")); len(got) != 0 {
		t.Errorf("right token behind 64 wrong ones: %+v, want none", got)
	}
}

func FuzzFindSubject(f *testing.F) {
	r, err := thread.New([][]byte{testKey}, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("Re: ", "4711", " Printer")
	f.Add("[Ticket#", "[Ticket#1", "]]")
	f.Add("", "1-K7Q2PX9D]", "-00000000]")
	f.Fuzz(func(t *testing.T, before, ref, after string) {
		if strings.Contains(before+after, "[Ticket#") && len(r.FindSubject(before+after)) > 0 {
			t.Skip("a true token by itself")
		}
		token := r.Token(thread.Ref(ref))
		keys := r.FindSubject(before + token + after)
		if token == "" {
			return
		}
		if strings.Count(before, "[Ticket#") >= 64 {
			t.Skip("guesses may be used up")
		}
		if len(keys) != 1 || keys[0].Ref != thread.Ref(ref) || !keys[0].Strong {
			t.Errorf("FindSubject(%q) = %+v, want ref %q", before+token+after, keys, ref)
		}
	})
}
