package message_test

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/ticketmail/mailbox/message"
)

func TestDecodeHeader(t *testing.T) {
	for name, tt := range map[string]struct{ raw, want string }{
		"empty":                    {"", ""},
		"plain":                    {"Printer on fire", "Printer on fire"},
		"blanks collapse":          {"  a \t b\r\n c ", "a b c"},
		"quoted-printable":         {"=?utf-8?q?Gr=C3=BC=C3=9Fe_aus_K=c3=b6ln?=", "Grüße aus Köln"},
		"base64":                   {"=?UTF-8?B?R3LDvMOfZQ==?=", "Grüße"},
		"latin-1":                  {"=?iso-8859-1?Q?Gr=FC=DFe?=", "Grüße"},
		"blank between words goes": {"=?utf-8?q?a?= \r\n =?utf-8?q?b?=", "ab"},
		"blank before text stays":  {"=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"},
		"character cut in two":     {"=?utf-8?q?Gr=C3?= =?utf-8?q?=BC=C3=9Fe?=", "Grüße"},
		"cut in two, base64":       {"=?utf-8?b?R3LD?= =?utf-8?b?vMOfZQ==?=", "Grüße"},
		"group of four cut in two": {"=?utf-8?b?R3LDvM?= =?utf-8?b?OfZQ==?=", "Grüße"},
		"not joined across labels": {"=?utf-8?q?Gr=C3?= =?iso-8859-1?q?=BC?=", "GrÃ¼"},
		"charset stays in words":   {"=?iso-2022-jp?b?GyRCRnxLXBsoQg==?= =?utf-8?q?!?=", "日本!"},
		"with a language":          {"=?us-ascii*en?q?Hello?=", "Hello"},
		"no padding":               {"=?utf-8?b?R3LDvMOfZQ?=", "Grüße"},
		"glued to text":            {"Re:=?utf-8?q?_Gr=C3=BC=C3=9Fe?=!", "Re: Grüße!"},
		"inside quotes":            {`"=?utf-8?q?Gr=C3=BC=C3=9Fe?="`, `"Grüße"`},
		"blanks inside":            {"=?utf-8?Q?two words?=", "two words"},
		"question marks inside":    {"=?utf-8?Q?What?=20Now?=20Really??=", "What? Now? Really?"},
		"invalid escape":           {"=?utf-8?q?100=%=XY?=", "100=%=XY"},
		"never closed":             {"=?utf-8?q?open", "=?utf-8?q?open"},
		"unknown encoding":         {"=?utf-8?x?text?=", "=?utf-8?x?text?="},
		"no charset":               {"=??q?caf=E9?=", "café"},
		"unknown charset":          {"=?x-klingon?q?Qap=ECla?=", "Qap\uFFFDla"},
		"unknown charset, UTF-8":   {"=?x-klingon?q?Gr=C3=BC=C3=9Fe?=", "Grüße"},
		"charset of 10 KiB":        {"=?" + strings.Repeat("x", 10<<10) + "?q?still=20here?=", "still here"},
		"utf-7":                    {"=?utf-7?q?Gr+APwA3w-e?=", "Grüße"},
		"raw UTF-8":                {"Grüße", "Grüße"},
		"raw windows-1252":         {"Gr\xfc\xdfe \x80", "Grüße €"},
		"line break encoded":       {"=?utf-8?q?Hi=0D=0ABcc=3A_v=40x.example?=", "Hi Bcc: v@x.example"},
		"controls":                 {"a\x00b\x1b[31mc\x7fd\u0085e\u009bf\u2028g\x0bh", "ab[31mcd ef g h"},
		"controls encoded":         {"=?utf-8?q?=00=1B=07x?=", "x"},
		"only controls":            {"\x00\x1b", ""},
		"zero-width stays":         {"[Tick\u200bet#1]", "[Tick\u200bet#1]"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := message.DecodeHeader(tt.raw); got != tt.want {
				t.Errorf("decodeHeader(%q) = %q, want %q", tt.raw, got, tt.want)
			}
		})
	}
}

// hostileTexts are header values that make careless parsers quadratic: each
// is 100 KiB, the most a field may have.
func hostileTexts() map[string]string {
	const size = 100 << 10
	texts := map[string]string{}
	for _, piece := range []string{
		"=?", "=?a?q?", "=?a?q?x", "=?a?q??=20", "=?a?q??=20 ", "=?a?b?", "=?a?q?x?=", "=?a?q?x?= ", "(", "((a)", "\"", "\"a\" ", "<", "<a@b>", "<a", "a@", "@",
		"a@b,", ",", ";", ":", "a:", "a:b@c:", "\\", "\\\"", "a b ", ".", "[", "@[", "=", "<\"", "(\\", "a,<b>", "é", "\xff", "12:", "1.", " ", "\t\n",
	} {
		texts[piece] = strings.Repeat(piece, size/len(piece))
	}
	return texts
}

// linear fails the test if f takes much longer for a field than reading it
// could: quadratic work on 100 KiB takes many seconds.
func linear(t *testing.T, what string, f func(string)) {
	t.Helper()
	for piece, text := range hostileTexts() {
		if took := quickest(2*time.Second, func() { f(text) }); took > 2*time.Second {
			t.Errorf("%s of 100 KiB of %q took %v", what, piece, took)
		}
	}
}

func TestHeaderParsersAreLinear(t *testing.T) {
	linear(t, "decodeHeader", func(s string) { message.DecodeHeader(s) })
	linear(t, "parseAddresses", func(s string) { message.ParseAddresses(s, 500) })
	linear(t, "parseIDs", func(s string) { message.ParseIDs(s) })
	linear(t, "parseDate", func(s string) { message.ParseDate(s) })
	linear(t, "automatic", func(s string) {
		message.Automatic(message.Header{{Name: "Subject", Value: s}, {Name: "Return-Path", Value: s}, {Name: "From", Value: s}, {Name: "Auto-Submitted", Value: s}})
	})
}

// checkHeaderText fails the test if s could break a header, a log line or a
// database.
func checkHeaderText(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("%q is not valid UTF-8", s)
	}
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }) {
		t.Errorf("%q holds control characters", s)
	}
	if strings.Contains(s, "  ") || strings.TrimSpace(s) != s {
		t.Errorf("%q has blanks that are not collapsed", s)
	}
}

func FuzzDecodeHeader(f *testing.F) {
	f.Add("=?utf-8?q?Gr=C3?= =?utf-8?q?=BC=C3=9Fe?=")
	f.Add("Re: =?iso-2022-jp?b?GyRCRnxLXBsoQg==?= \x1b \xff")
	f.Fuzz(func(t *testing.T, raw string) {
		got := message.DecodeHeader(raw)
		checkHeaderText(t, got)
		if most := 4*len(raw) + 16; len(got) > most {
			t.Errorf("%d bytes became %d", len(raw), len(got))
		}
	})
}
