package console

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// toText writes a value of any of our string types, or a number.
func toText(value any) string { return fmt.Sprint(value) }

// Time returns a point in time as the visitor's language writes it, in the
// company's zone; of the zero time a dash.
func (v *visit) Time(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	layout := [...]string{"02.01.2006 15:04", "2 Jan 2006 15:04", "02/01/2006 15:04"}[v.language]
	return t.In(v.setup.Zone).Format(layout)
}

// Day returns the day of a point in time as the visitor's language writes it, in
// the company's zone; of the zero time a dash.
func (v *visit) Day(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(v.setup.Zone).Format([...]string{"02.01.2006", "2 Jan 2006", "02/01/2006"}[v.language])
}

// Stamp returns a point in time for the datetime attribute.
func (v *visit) Stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Ago returns how long ago t was, or how long until then, in one unit.
func (v *visit) Ago(t time.Time) string {
	d := v.now().Sub(t)
	switch {
	case t.IsZero():
		return "–"
	case d < -time.Second:
		return v.T("time.in", v.Span(-d))
	case d < time.Second:
		return v.T("time.now")
	}
	return v.T("time.ago", v.Span(d))
}

// Span returns a length of time in one unit.
func (v *visit) Span(d time.Duration) string {
	for _, u := range []struct {
		key  string
		unit time.Duration
	}{{"time.days", 24 * time.Hour}, {"time.hours", time.Hour}, {"time.minutes", time.Minute}} {
		if d >= 2*u.unit || d == u.unit {
			return v.T(u.key, int(d/u.unit))
		}
	}
	return v.T("time.seconds", max(int(d/time.Second), 0))
}

// Number writes a count with the separators of the visitor's language.
func (v *visit) Number(n int) string {
	digits := strconv.Itoa(max(n, -n))
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString([...]string{".", ",", "\u202f"}[v.language])
		}
		b.WriteRune(d)
	}
	if n < 0 {
		return "−" + b.String()
	}
	return b.String()
}

// Bytes writes a size, in one unit.
func (v *visit) Bytes(n int64) string {
	if n < 1024 {
		return v.Count("count.bytes", int(n))
	}
	f, unit := float64(n), 0
	for f >= 1024 && unit < 3 {
		f, unit = f/1024, unit+1
	}
	text := strconv.FormatFloat(f, 'f', 1, 64)
	if f >= 100 {
		text = strconv.FormatFloat(f, 'f', 0, 64)
	}
	if v.language != english {
		text = strings.Replace(text, ".", ",", 1)
	}
	units := [...]string{"", "KB", "MB", "GB"}
	if v.Language() == "fr" {
		units = [...]string{"", "ko", "Mo", "Go"}
	}
	return text + "\u00a0" + units[unit]
}
