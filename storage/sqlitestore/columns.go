package sqlitestore

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"example.com/ticketmail/storage"
)

// micros turns a time into its column.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// A timeColumn reads what micros wrote.
type timeColumn struct{ to *time.Time }

func (c timeColumn) Scan(v any) error {
	var n sql.NullInt64
	if err := n.Scan(v); err != nil {
		return err
	}
	*c.to = time.Time{}
	if n.Valid {
		*c.to = time.UnixMicro(n.Int64).UTC()
	}
	return nil
}

// list turns a slice into its column: JSON, or NULL for an empty one.
func list[T any](items []T) any {
	if len(items) == 0 {
		return nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(items); err != nil {
		panic(err) // strings, numbers and structs of them can always be encoded
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// A listColumn reads what list wrote.
type listColumn[T any] struct{ to *[]T }

func (c listColumn[T]) Scan(v any) error {
	*c.to = nil
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(v), c.to)
	case []byte:
		return json.Unmarshal(v, c.to)
	}
	return fmt.Errorf("list column holds %T", v)
}

// hashValue turns a SHA-256 into its column: NULL for none.
func hashValue(sum [32]byte, none bool) any {
	if none {
		return nil
	}
	return sum[:]
}

// A hashColumn reads what hashValue wrote.
type hashColumn struct{ to *[32]byte }

func (c hashColumn) Scan(v any) error {
	*c.to = [32]byte{}
	if v == nil {
		return nil
	}
	b, ok := v.([]byte)
	if !ok || len(b) != len(c.to) {
		return fmt.Errorf("hash column holds %T of %d bytes", v, len(b))
	}
	copy(c.to[:], b)
	return nil
}

func blobHash(b storage.Blob) any { return hashValue(b.SHA256, b.IsZero()) }

// values returns n rows of width placeholders, for VALUES.
func values(n, width int) string {
	row := "(?" + strings.Repeat(", ?", width-1) + ")"
	return row + strings.Repeat(", "+row, n-1)
}

// batches cuts items into few sizes, so that few statements need preparing:
// many rows at once cost much less than one by one.
func batches[T any](items []T, fn func([]T) error) error {
	for len(items) > 0 {
		n := 1
		for _, size := range []int{32, 8} {
			if len(items) >= size {
				n = size
				break
			}
		}
		if err := fn(items[:n]); err != nil {
			return err
		}
		items = items[n:]
	}
	return nil
}
