package main

import (
	"encoding/json"
	"time"
)

// stampLayout has one width, so that times sort and compare as text.
const stampLayout = "2006-01-02T15:04:05.000000Z"

// stamp is a time as the ERP's columns have it: UTC, empty for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(stampLayout)
}

func unstamp(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(stampLayout, s)
}

// document is the JSON of a record, whose times are in UTC then.
func document(record any, times ...*time.Time) (string, error) {
	for _, t := range times {
		*t = t.UTC()
	}
	doc, err := json.Marshal(record)
	return string(doc), err
}
