package thread_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"example.com/ticketmail/mailbox/thread"
)

func TestSubject(t *testing.T) {
	r := newReferencer(t, nil)
	tok, other := r.Token("4711"), r.Token("12")
	foreign := "[Ticket#4711-00000000]"
	for name, tt := range map[string]struct{ subject, want string }{
		"new":               {"Printer on fire", "Printer on fire"},
		"empty":             {"", ""},
		"prefix only":       {"Re:", ""},
		"Re":                {"Re: Printer", "Printer"},
		"no blank":          {"RE:Printer", "Printer"},
		"blank before":      {"RE : Printer", "Printer"},
		"chain":             {"AW: Re: WG: Fwd: SV: Antw: Printer", "Printer"},
		"counters":          {"Re[2]: RE^3: Re(4): Re*5: Re6: AW [7] : Printer", "Printer"},
		"full-width colon":  {"回复：转发：打印机", "打印机"},
		"Polish and Greek":  {"Odp.: ΑΠ: drukarka", "drukarka"},
		"Turkish":           {"YNT: İLT: yazıcı", "yazıcı"},
		"two words":         {"Trả lời: máy in", "máy in"},
		"Arabic":            {"إعادة توجيه: طابعة", "طابعة"},
		"own token":         {"Re: " + tok + " Printer", "Printer"},
		"other own token":   {"Re: " + other + " Re: Printer", "Printer"},
		"token in between":  {"Printer " + tok + " on fire", "Printer on fire"},
		"token between":     {"a" + tok + "b", "a b"},
		"nested":            {"[Tick" + tok + "et#1]", "[Tick et#1]"},
		"foreign token":     {"AW: " + foreign + " Printer", foreign + " Printer"},
		"word and colon":    {"Printer: on fire", "Printer: on fire"},
		"prefix later":      {"Printer Re: on fire", "Printer Re: on fire"},
		"header injection":  {"Hi\r\nBcc: v@x.example", "Hi Bcc: v@x.example"},
		"controls":          {"a\rb\vc\u2028d\u0085e\x00f\x1bg", "a b c d e f g"},
		"overrides":         {"a\u202eb\u2066c", "abc"},
		"joiners stay":      {"می\u200cخواهم", "می\u200cخواهم"},
		"non-breaking":      {"a\u00a0\u3000b", "a b"},
		"invalid UTF-8":     {"a\xffb", "a\ufffdb"},
		"control in prefix": {"Re\x00: Printer", "Printer"},
		"prefix in control": {"\r\n Re: Printer", "Printer"},
		"long":              {strings.Repeat("ä", 1000), strings.Repeat("ä", 400)},
	} {
		t.Run(name, func(t *testing.T) {
			want := strings.TrimSpace(tok + " " + tt.want)
			got := r.Subject("4711", tt.subject)
			if got != want {
				t.Errorf("Subject(%q)\n got %q\nwant %q", tt.subject, got, want)
			}
			if again := r.Subject("4711", got); again != got {
				t.Errorf("again: %q", again)
			}
		})
	}
}

func TestPrefixes(t *testing.T) {
	for subject, want := range map[string]struct{ reply, forward bool }{
		"Re: x":           {reply: true},
		"  aw: x":         {reply: true},
		"RE[2]: x":        {reply: true},
		"Antw.: x":        {reply: true},
		"RÉF : x":         {reply: true},
		"Re: Fwd: x":      {reply: true},
		"VS: x":           {reply: true},
		"WG: x":           {forward: true},
		"WG: AW: x":       {forward: true},
		"Fwd: x":          {forward: true},
		"FW: x":           {forward: true},
		"TR : x":          {forward: true},
		"RV: x":           {forward: true},
		"Doorst: x":       {forward: true},
		"İLT: x":          {forward: true},
		"転送：x":            {forward: true},
		"":                {},
		":":               {},
		"1: x":            {},
		"[2]: x":          {},
		"Re x":            {},
		"Rechnung: x":     {},
		"Report: Re: x":   {},
		"x Fwd: y":        {},
		"Re; x":           {},
		"Fwd - x: y":      {},
		"Re: x" + "\x00":  {reply: true},
		"\xff\xff\xff: x": {},
	} {
		if got := thread.IsReply(subject); got != want.reply {
			t.Errorf("IsReply(%q) = %t", subject, got)
		}
		if got := thread.IsForward(subject); got != want.forward {
			t.Errorf("IsForward(%q) = %t", subject, got)
		}
	}
}

func FuzzSubject(f *testing.F) {
	var rs []*thread.Referencer
	for _, format := range []string{"", "<{code}{ref}>", "Ticket {ref} (code {code}).", "({ref})", "Re: {ref}."} {
		rs = append(rs, newReferencer(f, &thread.Options{Format: format}))
	}
	for _, s := range []string{"Re: Printer", "a\r\nBcc: x", "((1))", "(1) (2)", "Re: 1. Re: 2.", "<AAAAAAAA1>", "\u202e\xff", "Re[\x001]: x"} {
		f.Add("4711", s)
		for _, r := range rs {
			f.Add("12", "WG: "+r.Token("3")+s+r.Token("12"))
		}
	}
	f.Fuzz(func(t *testing.T, ref, subject string) {
		for _, r := range rs {
			got := r.Subject(thread.Ref(ref), subject)
			if again := r.Subject(thread.Ref(ref), got); again != got {
				t.Fatalf("not idempotent:\nonce  %q\ntwice %q", got, again)
			}
			if !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) || len(got) > 998 {
				t.Fatalf("not one clean line: %q", got)
			}
			token := r.Token(thread.Ref(ref))
			if !strings.HasPrefix(got, token) {
				t.Fatalf("Subject = %q, want it to begin with %q", got, token)
			}
			if keys := r.FindSubject(got); token != "" && (len(keys) != 1 || keys[0].Ref != thread.Ref(ref)) {
				t.Fatalf("FindSubject(%q) = %+v, want ref %q alone", got, keys, ref)
			}
		}
	})
}
