package message_test

import (
	"fmt"
	"net/mail"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"example.com/ticketmail/mailbox/message"
	"github.com/google/go-cmp/cmp"
)

func TestParseAddresses(t *testing.T) {
	type list = []message.Address
	one := func(name, address string) list { return list{{Name: name, Address: address}} }
	for name, tt := range map[string]struct {
		raw  string
		want list
	}{
		"empty":                       {"", nil},
		"blanks and separators":       {" , ; ,\t", nil},
		"bare":                        {"joe@x.example", one("", "joe@x.example")},
		"angle":                       {"<joe@x.example>", one("", "joe@x.example")},
		"name":                        {"Joe Doe <joe@x.example>", one("Joe Doe", "joe@x.example")},
		"quoted name":                 {`"Doe, \"Joe\"" <joe@x.example>`, one(`Doe, "Joe"`, "joe@x.example")},
		"mixed name":                  {`Joe "X." Doe <joe@x.example>`, one("Joe X. Doe", "joe@x.example")},
		"comment as name":             {"joe@x.example (Joe Doe)", one("Joe Doe", "joe@x.example")},
		"comment beside name":         {"Joe (the plumber) <joe@x.example> (work)", one("Joe", "joe@x.example")},
		"comments nested":             {"joe(a(b)c)@(d)x.example", one("", "joe@x.example")},
		"name behind":                 {"<joe@x.example> Joe Doe", one("Joe Doe", "joe@x.example")},
		"two":                         {"joe@x.example, Ann <ann@x.example>", list{{Address: "joe@x.example"}, {Name: "Ann", Address: "ann@x.example"}}},
		"semicolons":                  {"joe@x.example; Ann <ann@x.example>;", list{{Address: "joe@x.example"}, {Name: "Ann", Address: "ann@x.example"}}},
		"missing comma":               {"<joe@x.example> <ann@x.example>", list{{Address: "joe@x.example"}, {Address: "ann@x.example"}}},
		"missing comma, bare":         {"joe@x.example ann@x.example", list{{Address: "joe@x.example"}, {Address: "ann@x.example"}}},
		"comma in name":               {"Doe, Joe <joe@x.example>, Ann <ann@x.example>", list{{Name: "Doe, Joe", Address: "joe@x.example"}, {Name: "Ann", Address: "ann@x.example"}}},
		"group":                       {"Team: joe@x.example, Ann <ann@x.example>;, z@x.example", list{{Address: "joe@x.example"}, {Name: "Ann", Address: "ann@x.example"}, {Address: "z@x.example"}}},
		"undisclosed":                 {"undisclosed-recipients:;", nil},
		"undisclosed, quoted":         {`"Undisclosed recipients": ;`, nil},
		"missing <":                   {"Joe Doe joe@x.example>", one("Joe Doe", "joe@x.example")},
		"missing >":                   {"Joe Doe <joe@x.example", one("Joe Doe", "joe@x.example")},
		"missing >, another":          {"Joe <joe@x.example, Ann <ann@x.example>", list{{Name: "Joe", Address: "joe@x.example"}, {Name: "Ann", Address: "ann@x.example"}}},
		"missing quote":               {`"Joe Doe <joe@x.example>`, one(`"Joe Doe`, "joe@x.example")},
		"doubled brackets":            {"Joe <<joe@x.example>>", one("Joe", "joe@x.example")},
		"name in brackets":            {"<Joe Doe joe@x.example>", one("Joe Doe", "joe@x.example")},
		"route":                       {"<@a.example,@b.example:joe@x.example>", one("", "joe@x.example")},
		"mailto":                      {"Joe <mailto:joe@x.example>", one("Joe", "joe@x.example")},
		"blanks around @":             {"joe @ x.example", one("", "joe@x.example")},
		"blanks around dots":          {"joe . doe @ x . example", one("", "joe.doe@x.example")},
		"folded in brackets":          {"Joe <joe@\tx.example >", one("Joe", "joe@x.example")},
		"quotes not needed":           {`"joe.doe"@x.example`, one("", "joe.doe@x.example")},
		"quotes needed":               {`<"joe doe"@x.example>`, one("", `"joe doe"@x.example`)},
		"quoted bracket":              {`<"a>b"@x.example>`, one("", `"a>b"@x.example`)},
		"only a quoted address":       {`"joe@x.example"`, one("", "joe@x.example")},
		"domain literal":              {"joe@[IPv6:::1], ann@[192.0.2.1]", list{{Address: "joe@[IPv6:::1]"}, {Address: "ann@[192.0.2.1]"}}},
		"no domain":                   {"root", one("", "root")},
		"no address":                  {"Joe Doe", one("Joe Doe", "")},
		"empty brackets":              {"Mail Delivery <>", one("Mail Delivery", "")},
		"only brackets":               {"<>", nil},
		"raw UTF-8":                   {"Jörg Groß <jörg@x.example>", one("Jörg Groß", "jörg@x.example")},
		"raw windows-1252":            {"J\xf6rg <joe@x.example>", one("Jörg", "joe@x.example")},
		"encoded name":                {"=?utf-8?q?J=C3=B6rg?= =?utf-8?q?_Gro=C3=9F?= <joe@x.example>", one("Jörg Groß", "joe@x.example")},
		"encoded name in quotes":      {`"=?utf-8?q?J=C3=B6rg?=" <joe@x.example>`, one("Jörg", "joe@x.example")},
		"encoded comma":               {"=?utf-8?q?Doe,_Joe?= <joe@x.example>", one("Doe, Joe", "joe@x.example")},
		"encoded whole":               {"=?utf-8?q?Joe_=3Cjoe=40x.example=3E?=", one("Joe", "joe@x.example")},
		"controls in name":            {"=?utf-8?q?a=0D=0ABcc:_v?= <joe@x.example>", one("a Bcc: v", "joe@x.example")},
		"controls in address":         {"<jo\x00e\x1b@x.example>", one("", "joe@x.example")},
		"H22 quoted address as name":  {`"boss@corp.example" <x@evil.example>`, one("boss@corp.example", "x@evil.example")},
		"H22 encoded address as name": {"=?utf-8?q?boss=40corp.example?= <x@evil.example>", one("boss@corp.example", "x@evil.example")},
		"H22 encoded brackets":        {"=?utf-8?q?=3Cboss=40corp.example=3E?= <x@evil.example>", one("<boss@corp.example>", "x@evil.example")},
		"H22 address in a comment":    {"(boss@corp.example) x@evil.example", one("boss@corp.example", "x@evil.example")},
		"H23 unquoted address":        {"boss@corp.example <x@evil.example>", one("boss@corp.example", "x@evil.example")},
		"H21 second address behind":   {"<x@evil.example> boss@corp.example", list{{Address: "x@evil.example"}, {Address: "boss@corp.example"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, message.ParseAddresses(tt.raw, 10)); diff != "" {
				t.Errorf("parseAddresses(%q) (-want +got):\n%s", tt.raw, diff)
			}
		})
	}
}

func TestParseAddressesStopsAtMax(t *testing.T) {
	raw := strings.Repeat("joe@x.example, ", 1000)
	for _, most := range []int{0, 1, 500} {
		if got := len(message.ParseAddresses(raw, most)); got != most {
			t.Errorf("max %d gave %d addresses", most, got)
		}
	}
}

// What net/mail writes must come back.
func FuzzParseAddresses(f *testing.F) {
	f.Add("Joe Doe", "joe", "x.example", `Doe, Joe <a@b>, "c" <d@[::1]>; g: (x) e@f;`)
	f.Add("=?utf-8?q?x?= \" \\", "a b", "y", "<<a@b")
	f.Fuzz(func(t *testing.T, name, local, domain, raw string) {
		for _, a := range message.ParseAddresses(raw, 20) {
			checkHeaderText(t, a.Name)
			checkHeaderText(t, a.Address)
			if a == (message.Address{}) {
				t.Errorf("parseAddresses(%q) has an empty entry", raw)
			}
		}
		if at := strings.LastIndex(local+"@"+domain, "@"); at > len(local) {
			return // more than one @: net/mail quotes what is before the last one
		}
		if len(local) > 64 {
			return // more than a local part may have (RFC 5321 section 4.5.3.1.1)
		}
		if strings.ContainsFunc(local+domain, func(r rune) bool { return r > ' ' && (unicode.IsControl(r) || unicode.IsSpace(r)) }) {
			return // net/mail keeps C1 controls and Unicode's blanks, which no address has
		}
		if strings.HasPrefix(local, "'") && strings.HasSuffix(domain, "'") {
			return // mailers write 'joe@x.example', and mean what is between
		}
		written := (&mail.Address{Name: name, Address: local + "@" + domain}).String()
		read, err := mail.ParseAddress(written)
		if err != nil || !utf8.ValidString(name) || strings.Contains(name, "=?") {
			return // not an address, not UTF-8, or an encoded-word to decode twice
		}
		want := fmt.Sprint([]message.Address{{Name: message.DecodeHeader(read.Name), Address: read.Address}})
		got := message.ParseAddresses(written, 20)
		if len(got) == 1 && strings.HasPrefix(got[0].Address, `"`) {
			return // net/mail drops quotes that are needed
		}
		if fmt.Sprint(got) != want {
			t.Errorf("parseAddresses(%q) = %q, want %q", written, got, want)
		}
	})
}
