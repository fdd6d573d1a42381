package message_test

import (
	"testing"
	"time"

	"example.com/ticketmail/mailbox/message"
)

func TestParseDate(t *testing.T) {
	at := func(s string) time.Time {
		d, err := time.Parse(time.DateTime, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	want := at("2026-11-23 20:30:11")
	for name, tt := range map[string]struct {
		raw  string
		want time.Time
	}{
		"RFC 5322":             {"Mon, 23 Nov 2026 22:30:11 +0200", want},
		"no weekday":           {"23 Nov 2026 22:30:11 +0200", want},
		"wrong weekday":        {"Fri, 23 Nov 2026 22:30:11 +0200", want},
		"long weekday, month":  {"Monday, 23 November 2026 22:30:11 +0200", want},
		"foreign weekday":      {"Mo., 23 Nov 2026 22:30:11 +0200", want},
		"French Tuesday":       {"mar., 23 nov. 2026 22:30:11 +0200", want},
		"German month":         {"Mo, 23 Dez 2026 22:30:11 +0200", at("2026-12-23 20:30:11")},
		"comment":              {"Mon, 23 Nov 2026 22:30:11 +0200 (CEST)", want},
		"comments everywhere":  {"(a)Mon,(b(c)) 23 (d) Nov 2026 22:30:11(e) +0200", want},
		"no seconds":           {"Mon, 23 Nov 2026 22:30 +0200", at("2026-11-23 20:30:00")},
		"fraction":             {"Mon, 23 Nov 2026 22:30:11.123 +0200", want},
		"two-digit year":       {"Mon, 23 Nov 26 22:30:11 +0200", want},
		"two-digit old year":   {"23 Nov 98 22:30:11 +0200", at("1998-11-23 20:30:11")},
		"three-digit year":     {"23 Nov 126 22:30:11 +0200", want},
		"zone with colon":      {"Mon, 23 Nov 2026 22:30:11 +02:00", want},
		"zone glued":           {"Mon, 23 Nov 2026 22:30:11+0200", want},
		"short zone":           {"Mon, 23 Nov 2026 22:30:11 +2", want},
		"GMT with offset":      {"Mon, 23 Nov 2026 22:30:11 GMT+0200", want},
		"GMT":                  {"Mon, 23 Nov 2026 20:30:11 GMT", want},
		"missing zone":         {"Mon, 23 Nov 2026 20:30:11", want},
		"EST":                  {"Mon, 23 Nov 2026 15:30:11 EST", want},
		"MESZ":                 {"Mon, 23 Nov 2026 22:30:11 MESZ", want},
		"military zone":        {"Mon, 23 Nov 2026 20:30:11 K", want},
		"impossible zone":      {"Mon, 23 Nov 2026 20:30:11 +9999", want},
		"half of the day":      {"Mon, 23 Nov 2026 10:30:11 PM +0200", want},
		"half glued":           {"Mon, 23 Nov 2026 12:30:11PM", at("2026-11-23 12:30:11")},
		"asctime":              {"Mon Nov 23 20:30:11 2026", want},
		"unix date":            {"Mon Nov 23 20:30:11 UTC 2026", want},
		"dashes":               {"23-Nov-2026 22:30:11 +0200", want},
		"dots":                 {"23.11.2026 20:30:11", want},
		"ISO 8601":             {"2026-11-23T22:30:11+02:00", want},
		"ISO 8601, Z":          {"2026-11-23T20:30:11Z", want},
		"ISO 8601, blank":      {"2026-11-23 22:30:11 +0200", want},
		"ISO 8601, fraction":   {"2026-11-23T22:30:11.5+02:00", want.Add(500 * time.Millisecond)},
		"only a date":          {"23 Nov 2026", at("2026-11-23 00:00:00")},
		"leap second":          {"31 Dec 2016 23:59:60 +0000", at("2017-01-01 00:00:00")},
		"folded":               {" Mon,\r\n\t23 Nov 2026\t22:30:11  +0200 ", want},
		"empty":                {"", time.Time{}},
		"words":                {"yesterday at noon", time.Time{}},
		"31 February":          {"31 Feb 2026 10:00:00 +0000", time.Time{}},
		"hour 25":              {"23 Nov 2026 25:00:00 +0000", time.Time{}},
		"day 0":                {"0 Nov 2026 10:00:00 +0000", time.Time{}},
		"ambiguous slashes":    {"02/03/2026 10:00", time.Time{}},
		"no year":              {"23 Nov 10:00:00", time.Time{}},
		"minus sign alone":     {"23 Nov 2026 20:30:11 -", want},
		"trailing garbage":     {"Mon, 23 Nov 2026 22:30:11 +0200 \x00??", want},
		"unclosed parenthesis": {"Mon, 23 Nov 2026 22:30:11 +0200 (CEST", want},
	} {
		t.Run(name, func(t *testing.T) {
			got := message.ParseDate(tt.raw)
			if !got.Equal(tt.want) || got.Location() != time.UTC {
				t.Errorf("parseDate(%q) = %v, want %v", tt.raw, got, tt.want)
			}
		})
	}
}

func FuzzParseDate(f *testing.F) {
	f.Add("Mon, 23 Nov 2026 22:30:11 +0200 (CEST)", int64(1795465811))
	f.Add("2026-11-23T22:30:11.5+02:00", int64(-1))
	f.Fuzz(func(t *testing.T, raw string, unix int64) {
		if got := message.ParseDate(raw); got.Location() != time.UTC {
			t.Errorf("parseDate(%q) = %v, want UTC", raw, got)
		}
		at := time.Unix(unix, 0).UTC()
		if at.Year() < 1000 || at.Year() > 9999 {
			return
		}
		for _, layout := range []string{time.RFC1123Z, time.RFC3339, time.ANSIC, time.UnixDate, "2 Jan 2006 15:04:05 -0700"} {
			if got := message.ParseDate(at.Format(layout)); !got.Equal(at) {
				t.Errorf("parseDate(%q) = %v, want %v", at.Format(layout), got, at)
			}
		}
	})
}
