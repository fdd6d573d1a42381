package memdirectory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// An outline knows on which line of a JSON text each field of a [Data]
// stands, which encoding/json does not tell.
type outline struct {
	text   []byte
	dec    *json.Decoder
	lines  map[string]int // line of the value, from 1, by path
	line   int            // of offset
	offset int64          // how far lines are counted
	errs   []error
}

// readOutline goes through text once. It refuses what is not JSON, and each
// field that is unknown, comes twice or has a value of the wrong type.
func readOutline(text []byte) (*outline, error) {
	o := &outline{text: text, dec: json.NewDecoder(bytes.NewReader(text)), lines: map[string]int{}, line: 1}
	if err := o.value("", reflect.TypeFor[Data]()); err != nil {
		return nil, o.syntax(err)
	}
	if _, err := o.dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("line %d: something follows the end", o.lineAt(o.dec.InputOffset()))
	}
	return o, errors.Join(o.errs...)
}

// value reads the value at path, which shall become a t.
func (o *outline) value(path string, t reflect.Type) error {
	tok, err := o.dec.Token()
	if err != nil {
		return err
	}
	o.lines[path] = o.lineAt(o.dec.InputOffset())
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch got, want := jsonKind(tok), goKind(t); {
	case got == "null":
		return nil
	case got != want:
		o.fault(path, "has the JSON type %s instead of %s", got, want)
		return o.skip(tok)
	case got == "object":
		return o.object(path, t)
	case got == "list":
		return o.list(path, t.Elem())
	}
	return nil
}

// object reads the fields of an object and its closing brace.
func (o *outline) object(path string, t reflect.Type) error {
	for o.dec.More() {
		tok, err := o.dec.Token()
		if err != nil {
			return err
		}
		name, _ := tok.(string) // the decoder lets no other key pass
		at := strings.TrimPrefix(path+"."+name, ".")
		_, twice := o.lines[at]
		field, known := fieldNamed(t, name)
		switch {
		case !known:
			o.lines[at] = o.lineAt(o.dec.InputOffset())
			o.fault(at, "is no field here; these are: %s", strings.Join(fieldNames(t), ", "))
			err = o.skipValue()
		case twice:
			o.lines[at] = o.lineAt(o.dec.InputOffset())
			o.fault(at, "comes twice")
			err = o.skipValue()
		default:
			err = o.value(at, field)
		}
		if err != nil {
			return err
		}
	}
	_, err := o.dec.Token()
	return err
}

// list reads the elements of a list and its closing bracket.
func (o *outline) list(path string, t reflect.Type) error {
	for i := 0; o.dec.More(); i++ {
		if err := o.value(fmt.Sprintf("%s[%d]", path, i), t); err != nil {
			return err
		}
	}
	_, err := o.dec.Token()
	return err
}

// skipValue reads one value of any kind.
func (o *outline) skipValue() error {
	tok, err := o.dec.Token()
	if err != nil {
		return err
	}
	return o.skip(tok)
}

// skip reads the rest of the value that begins with tok.
func (o *outline) skip(tok json.Token) error {
	depth := 0
	for {
		switch tok {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		var err error
		if tok, err = o.dec.Token(); err != nil {
			return err
		}
	}
}

func (o *outline) fault(path, format string, args ...any) {
	if path == "" {
		path = "the file"
	}
	o.errs = append(o.errs, &FieldError{Field: path, Line: o.line, Err: fmt.Errorf(format, args...)})
}

// syntax says on which line the text stops being JSON.
func (o *outline) syntax(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("line %d: the text ends too early", o.lineAt(int64(len(o.text))))
	}
	offset := o.dec.InputOffset()
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = max(offset, e.Offset)
	}
	return fmt.Errorf("line %d: %w", o.lineAt(offset), err)
}

// lineAt returns the line of an offset, which is not before the last one.
func (o *outline) lineAt(offset int64) int {
	offset = max(o.offset, min(offset, int64(len(o.text))))
	o.line += bytes.Count(o.text[o.offset:offset], []byte("\n"))
	o.offset = offset
	return o.line
}

// lineOf returns the line of a field, or of the nearest one around it: a
// missing field has the line of its record.
func (o *outline) lineOf(path string) int {
	for {
		if line, ok := o.lines[path]; ok || path == "" {
			return line
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
}

// jsonKind names the kind of the value that begins with tok.
func jsonKind(tok json.Token) string {
	switch tok := tok.(type) {
	case string:
		return "string"
	case bool:
		return "bool"
	case float64:
		return "number"
	case json.Delim:
		if tok == '{' {
			return "object"
		}
		return "list"
	}
	return "null"
}

// goKind names the JSON kind from which a t is read.
func goKind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct:
		return "object"
	case reflect.Slice:
		return "list"
	}
	return t.Kind().String() // string and bool are called alike
}

// fieldNamed returns the type of the field with this JSON name.
func fieldNamed(t reflect.Type, name string) (reflect.Type, bool) {
	for f := range t.Fields() {
		if f.Tag.Get("json") == name {
			return f.Type, true
		}
	}
	return nil, false
}

// fieldNames returns the JSON names of the fields of t.
func fieldNames(t reflect.Type) []string {
	var names []string
	for f := range t.Fields() {
		names = append(names, f.Tag.Get("json"))
	}
	return names
}
