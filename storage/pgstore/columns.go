package pgstore

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"example.com/ticketmail/storage"
)

// timeValue turns a time into its column: NULL for the zero time.
func timeValue(t time.Time) pgtype.Timestamptz {
	return pgtype.Timestamptz{Time: t, Valid: !t.IsZero()}
}

// dueValue is timeValue for columns that are searched by: the zero time comes
// before all others.
func dueValue(t time.Time) pgtype.Timestamptz {
	if t.IsZero() {
		return pgtype.Timestamptz{InfinityModifier: pgtype.NegativeInfinity, Valid: true}
	}
	return pgtype.Timestamptz{Time: t, Valid: true}
}

// A timeColumn reads what timeValue and dueValue wrote.
type timeColumn struct{ to *time.Time }

// ScanTimestamptz implements [pgtype.TimestamptzScanner].
func (c timeColumn) ScanTimestamptz(v pgtype.Timestamptz) error {
	*c.to = time.Time{}
	if v.Valid && v.InfinityModifier == pgtype.Finite {
		*c.to = v.Time.UTC()
	}
	return nil
}

// list turns a slice into its column: JSON, or NULL for an empty one. JSON may
// hold NUL, as an escape, and nothing that is not UTF-8.
func list[T any](items []T) *string {
	if len(items) == 0 {
		return nil
	}
	return new(toJSON(items))
}

func toJSON(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // strings, numbers and structs of them can always be encoded
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// fromList reads what list wrote.
func fromList[T any](text *string, to *[]T) error {
	*to = nil
	if text == nil {
		return nil
	}
	return json.Unmarshal([]byte(*text), to)
}

// hashValue turns a SHA-256 into its column: NULL for none.
func hashValue(sum [32]byte, none bool) []byte {
	if none {
		return nil
	}
	return sum[:]
}

func blobHash(b storage.Blob) []byte { return hashValue(b.SHA256, b.IsZero()) }

// A hashColumn reads what hashValue wrote.
type hashColumn struct{ to *[32]byte }

// ScanBytes implements [pgtype.BytesScanner].
func (c hashColumn) ScanBytes(v []byte) error {
	*c.to = [32]byte{}
	if v == nil {
		return nil
	}
	if len(v) != len(c.to) {
		return fmt.Errorf("hash column holds %d bytes", len(v))
	}
	copy(c.to[:], v)
	return nil
}

// placeholders returns $from to $to, separated by commas.
func placeholders(from, to int) string {
	var b strings.Builder
	for n := from; n <= to; n++ {
		if n > from {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", n)
	}
	return b.String()
}
