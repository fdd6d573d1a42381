package memdirectory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxJSON bounds what [ReadJSON] takes into memory.
const maxJSON = 64 << 20

// ReadJSON reads a [Data] as shown in the package comment and validates it.
// A field that does not exist, comes twice or has a value of the wrong type is
// refused; null counts as left out. Faults are [*FieldError] values with line
// and path, joined; broken JSON is reported with its line. A file of more
// than 64 MiB is refused.
func ReadJSON(r io.Reader) (Data, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxJSON+1))
	if err != nil {
		return Data{}, fmt.Errorf("read people: %w", err)
	}
	if len(text) > maxJSON {
		return Data{}, fmt.Errorf("read people: more than %d bytes", maxJSON)
	}
	d, err := decode(bytes.TrimPrefix(text, []byte("\uFEFF"))) // some editors write a byte order mark
	if err != nil {
		return Data{}, fmt.Errorf("read people: %w", err)
	}
	return d, nil
}

func decode(text []byte) (Data, error) {
	o, err := readOutline(text)
	if err != nil {
		return Data{}, err
	}
	var d Data
	if err := json.Unmarshal(text, &d); err != nil {
		return Data{}, err
	}
	err = d.Validate()
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range joined.Unwrap() {
			if e, ok := errors.AsType[*FieldError](err); ok {
				e.Line = o.lineOf(e.Field)
			}
		}
	}
	if err != nil {
		return Data{}, err
	}
	return d, nil
}
