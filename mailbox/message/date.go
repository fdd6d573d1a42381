package message

import (
	"strconv"
	"strings"
	"time"
)

// maxDate is how much of a Date field is read; more is not a date.
const maxDate = 256

// parseDate reads the Date field of RFC 5322 section 3.3 with the obsolete
// forms of section 4.3 and those that real mailers write: no day of the week
// or a wrong or foreign one, no seconds, two-digit years, no zone (then UTC),
// named zones, zones with colon, comments anywhere, day-month-year with
// dashes or dots, the order of asctime, and ISO 8601. The result is in UTC,
// and zero if no date can be read with certainty.
func parseDate(raw string) time.Time {
	raw = strings.TrimSpace(withoutComments(raw[:min(len(raw), maxDate)]))
	if t, ok := parseISO(raw); ok {
		return t
	}
	var d dateParts
	for _, word := range strings.FieldsFunc(raw, func(r rune) bool { return r <= ' ' || r == ',' || r == '"' }) {
		if !d.take(word) {
			return time.Time{}
		}
	}
	return d.time()
}

// parseISO reads the forms of ISO 8601 and RFC 3339, and those of programs
// that print their own time type.
func parseISO(raw string) (time.Time, bool) {
	const year = 4
	if len(raw) < year || strings.Trim(raw[:year], "0123456789") != "" {
		return time.Time{}, false // a failed attempt costs more than reading the rest of the header
	}
	for _, layout := range [...]string{
		time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02T15:04",
		"2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05",
		"2006-01-02 15:04", "2006-01-02", "20060102T150405Z0700", "20060102T150405",
	} {
		if t, err := time.Parse(layout, raw); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// dateParts are the parts of a date found so far. Months and days count from
// one; zero is missing.
type dateParts struct {
	day, month, year     int
	hour, minute, second int
	hasYear, hasClock    bool
	offset               int // seconds east of UTC
}

// take understands one word. It returns false if the word contradicts what is
// known; words that mean nothing are passed over.
func (d *dateParts) take(word string) bool {
	switch {
	case strings.Count(word, ":") > 0 && word[0] >= '0' && word[0] <= '9':
		return d.takeClock(word)
	case word[0] == '+' || word[0] == '-':
		d.offset = numericZone(word)
		return true
	case word[0] >= '0' && word[0] <= '9':
		return d.takeNumbers(word)
	}
	if month := monthNumber(word); month > 0 && !d.complete() {
		d.month = month // the last one: French "mar." may be a day before it
		return true
	}
	return d.takeName(word)
}

// takeNumbers reads "23", "2026", "23-Nov-2026", "23.11.2026" and the like.
func (d *dateParts) takeNumbers(word string) bool {
	for part := range strings.FieldsFuncSeq(word, func(r rune) bool { return r == '-' || r == '.' || r == '/' }) {
		month := monthNumber(part)
		n, err := strconv.Atoi(part)
		switch {
		case month > 0 && d.month == 0:
			d.month = month
		case err != nil:
			return d.day > 0 // "1st" would be guessing; rubbish at the end is not
		case d.day == 0 && len(part) <= 2:
			d.day = n
		case d.month == 0 && len(part) <= 2 && strings.Contains(word, "."):
			d.month = n
		case !d.hasYear && len(part) >= 2 && len(part) <= 4:
			d.year, d.hasYear = fullYear(n, len(part)), true
		default:
			return d.complete()
		}
	}
	return true
}

// fullYear completes a year of two or three digits (RFC 5322 section 4.3).
func fullYear(n, digits int) int {
	switch {
	case digits == 2 && n < 50:
		return 2000 + n
	case digits < 4:
		return 1900 + n
	}
	return n
}

// takeClock reads "9:05", "09:05:06" and "09:05:06.789", also with a zone or
// half of the day behind it.
func (d *dateParts) takeClock(word string) bool {
	if d.hasClock {
		return true
	}
	zone := strings.IndexFunc(word, func(r rune) bool { return r != ':' && r != '.' && (r < '0' || r > '9') })
	suffix := ""
	if zone > 0 {
		word, suffix = word[:zone], word[zone:]
	}
	word, _, _ = strings.Cut(word, ".")
	parts := strings.Split(word, ":")
	if len(parts) > 3 {
		return false
	}
	var clock [3]int
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || len(p) > 2 {
			return false
		}
		clock[i] = n
	}
	d.hour, d.minute, d.second, d.hasClock = clock[0], clock[1], clock[2], true
	if clock[0] > 23 || clock[1] > 59 || clock[2] > 60 {
		return false
	}
	return suffix == "" || d.take(suffix)
}

// takeName reads a named zone, with an offset behind it or not, and AM or PM.
func (d *dateParts) takeName(word string) bool {
	name, offset := strings.ToUpper(word), ""
	if i := strings.IndexAny(name, "+-"); i > 0 {
		name, offset = name[:i], name[i:]
	}
	switch {
	case offset != "":
		d.offset = numericZone(offset)
	case name == "PM" && d.hour < 12:
		d.hour += 12
	case name == "AM" && d.hour == 12:
		d.hour = 0
	case d.offset == 0:
		d.offset = namedZone(name)
	}
	return true
}

func (d *dateParts) complete() bool { return d.day > 0 && d.month > 0 && d.hasYear }

// time puts the parts together, or returns zero if they are no date.
func (d *dateParts) time() time.Time {
	if !d.complete() || d.month > 12 || d.hour > 23 {
		return time.Time{}
	}
	t := time.Date(d.year, time.Month(d.month), d.day, d.hour, d.minute, d.second, 0, time.UTC)
	if midnight := time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC); midnight.Day() != d.day {
		return time.Time{} // 31 February
	}
	return t.Add(-time.Duration(d.offset) * time.Second)
}

// monthNumber knows the English months, by their first three letters as
// mailers write them, and the German abbreviations that differ.
func monthNumber(word string) int {
	if len(word) < 3 {
		return 0
	}
	switch strings.ToLower(strings.TrimRight(word, ".")) {
	case "mär", "mrz", "märz":
		return 3
	case "mai":
		return 5
	case "okt", "oktober":
		return 10
	case "dez", "dezember":
		return 12
	}
	const names = "janfebmaraprmayjunjulaugsepoctnovdec"
	for i := 0; i < len(names); i += 3 {
		if strings.EqualFold(word[:3], names[i:i+3]) {
			return i/3 + 1
		}
	}
	return 0
}

// numericZone reads "+0200", "+02:00", "-5" as seconds. No zone on earth is
// more than 15 hours from UTC; what is more is read as UTC.
func numericZone(word string) int {
	sign := 1
	if word[0] == '-' {
		sign = -1
	}
	digits := strings.ReplaceAll(strings.TrimLeft(word, "+-"), ":", "")
	n, err := strconv.Atoi(digits)
	if err != nil || len(digits) > 4 {
		return 0
	}
	if len(digits) <= 2 {
		n *= 100
	}
	if n/100 > 15 || n%100 > 59 {
		return 0
	}
	return sign * (n/100*3600 + n%100*60)
}

// namedZone returns the offset of a named zone in seconds: those of RFC 5322
// section 4.3 and the common ones whose names mean one thing. The military
// letters and unknown names count as UTC, as that section advises.
func namedZone(name string) int {
	const hour = 3600
	switch name {
	case "EDT":
		return -4 * hour
	case "EST", "CDT":
		return -5 * hour
	case "CST", "MDT":
		return -6 * hour
	case "MST", "PDT":
		return -7 * hour
	case "PST", "AKDT":
		return -8 * hour
	case "AKST":
		return -9 * hour
	case "HST":
		return -10 * hour
	case "CET", "MET", "MEZ", "BST", "WEST":
		return 1 * hour
	case "CEST", "MEST", "MESZ", "EET":
		return 2 * hour
	case "EEST", "MSK":
		return 3 * hour
	case "JST", "KST":
		return 9 * hour
	case "AEST":
		return 10 * hour
	case "AEDT":
		return 11 * hour
	}
	return 0
}
