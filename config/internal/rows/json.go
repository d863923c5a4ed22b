package rows

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/scan"
)

// The bounds of a row of JSON.
const (
	maxNesting = 100
	maxValues  = 100_000 // in one row
)

// jsonReader reads objects: those of a list, or of NDJSON. It goes through the file
// twice, first for the names of all columns: an object need not have all of them.
type jsonReader struct {
	table
	walk  *walk
	index map[string]int

	row     []byte            // the current object
	cells   [][]byte          // its values in the order of the columns; nil: it has none
	texts   []byte            // its texts, one after the other
	members *jsontext.Decoder // of row
}

func openJSON(in *input, o Options) (Reader, error) {
	j := &jsonReader{index: map[string]int{}, members: jsontext.NewDecoder(strings.NewReader(""))}
	if ext := strings.ToLower(path.Ext(in.Name)); o.Path == "" && ext != ".ndjson" && ext != ".jsonl" {
		if err := checkWrapped(in); err != nil {
			return nil, err
		}
	}
	j.walk = newWalk(in, o.Path)
	var first *Error // of the elements that are no objects
	for {
		in.step()
		var wrong *Error
		switch err := j.walk.next(); {
		case errors.Is(err, io.EOF) && first != nil && len(j.columns) == 0:
			first.Row = false // nothing in the list is a row
			return nil, first
		case errors.Is(err, io.EOF):
			j.cells = make([][]byte, len(j.columns))
			j.walk = newWalk(in, o.Path)
			return j, nil
		case errors.As(err, &wrong) && wrong.Row: // Read says so again
			first = cmp.Or(first, wrong)
			continue
		case err != nil:
			return nil, err
		}
		if err := j.nameAll(); err != nil {
			return nil, err
		}
	}
}

// each yields the members of the current object. The values are parts of it.
func (j *jsonReader) each(do func(name string, value []byte) error) error {
	raw := j.walk.raw
	j.members.Reset(bytes.NewReader(raw))
	if _, err := j.members.ReadToken(); err != nil {
		return err
	}
	for j.members.PeekKind() == '"' {
		name, err := j.members.ReadToken()
		if err != nil {
			return err
		}
		key := name.String()
		value, err := j.members.ReadValue()
		if err != nil {
			return err
		}
		end := int(j.members.InputOffset())
		if err := do(key, raw[end-len(value):end]); err != nil {
			return err
		}
	}
	return nil
}

// nameAll adds the names of the current object that are not columns yet.
func (j *jsonReader) nameAll() error {
	return j.each(func(name string, _ []byte) error {
		if _, known := j.index[name]; known {
			return nil
		}
		if len(j.columns) == MaxColumns {
			return fail(j.walk.start, "Too many names in JSON", "The objects of a JSON file may have %d different names; with this one they have more.", MaxColumns)
		}
		j.index[name] = len(j.columns)
		return j.name(j.walk.start, name)
	})
}

// Kind implements Reader.
func (j *jsonReader) Kind() Kind { return JSON }

// Sheet implements Reader.
func (j *jsonReader) Sheet() string { return "" }

// Start implements Reader.
func (j *jsonReader) Start() Pos { return j.walk.start }

// Cell implements Reader.
func (j *jsonReader) Cell(int) string { return "" }

// IsNumber implements Reader.
func (j *jsonReader) IsNumber(i int) bool {
	value := j.cells[i]
	return len(value) > 0 && (value[0] == '-' || scan.IsDigit(value[0]))
}

// Close implements Reader.
func (j *jsonReader) Close() {}

// Read implements Reader.
func (j *jsonReader) Read() error {
	for {
		if err := j.walk.next(); err != nil {
			return err
		}
		clear(j.cells)
		j.row = append(j.row[:0], j.walk.raw...)
		j.walk.raw, j.texts = j.row, j.texts[:0]
		empty := true
		err := j.each(func(name string, value []byte) error {
			i, known := j.index[name]
			if !known || i >= len(j.cells) {
				return fail(j.walk.start, "Cannot read JSON file", "The file has changed while it was read. Run this again.")
			}
			j.cells[i] = value
			empty = empty && isNothing(value)
			return nil
		})
		if err != nil || !empty {
			return err
		}
	}
}

// isNothing reports whether a value is null or a blank text.
func isNothing(value []byte) bool {
	if value[0] != '"' {
		return value[0] == 'n'
	}
	return len(bytes.TrimSpace(value[1:len(value)-1])) == 0
}

// Text implements Reader.
func (j *jsonReader) Text(i int) ([]byte, bool) {
	value := j.cells[i]
	if len(value) == 0 || value[0] != '"' {
		return nil, false
	}
	from := len(j.texts)
	all, err := jsontext.AppendUnquote(j.texts, value)
	if err != nil {
		return nil, false
	}
	j.texts = all
	return j.texts[from:], true
}

// Value implements Reader.
func (j *jsonReader) Value(i int) (cty.Value, error) {
	if len(j.cells[i]) == 0 {
		return cty.NullVal(cty.DynamicPseudoType), nil
	}
	values := 0
	j.members.Reset(bytes.NewReader(j.cells[i]))
	return j.value(0, &values)
}

// value makes a value of what the decoder of members comes to next.
func (j *jsonReader) value(depth int, values *int) (cty.Value, error) {
	if *values++; depth > maxNesting || *values > maxValues {
		return cty.DynamicVal, j.fail("Value too large", "A value of JSON may be nested %d levels deep and be made of %d values; this one is beyond that.", maxNesting, maxValues)
	}
	token, err := j.members.ReadToken()
	if err != nil {
		return cty.DynamicVal, err
	}
	switch token.Kind() {
	case '"':
		return cty.StringVal(token.String()), nil
	case 't', 'f':
		return cty.BoolVal(token.Bool()), nil
	case '0':
		return j.number(token.String())
	case '[':
		return j.list(depth, values)
	case '{':
		return j.object(depth, values)
	}
	return cty.NullVal(cty.DynamicPseudoType), nil
}

func (j *jsonReader) number(written string) (cty.Value, error) {
	at := strings.TrimPrefix(written, "-")
	if _, ok := scan.JSONNumber([]byte(at), 0); !ok {
		return cty.DynamicVal, j.fail("Number out of range", "This object has a number of more than %d digits, or beyond 1e%d.", scan.MaxDigits, scan.MaxExponent)
	}
	v, err := cty.ParseNumberVal(written)
	if err != nil {
		return cty.DynamicVal, j.fail("Number out of range", "This object has a number that cannot be read.")
	}
	return v, nil
}

func (j *jsonReader) list(depth int, values *int) (cty.Value, error) {
	var all []cty.Value
	for j.members.PeekKind() != ']' {
		v, err := j.value(depth+1, values)
		if err != nil {
			return v, err
		}
		all = append(all, v)
	}
	_, err := j.members.ReadToken()
	return cty.TupleVal(all), err
}

func (j *jsonReader) object(depth int, values *int) (cty.Value, error) {
	all := map[string]cty.Value{}
	for j.members.PeekKind() != '}' {
		name, err := j.members.ReadToken()
		if err != nil {
			return cty.DynamicVal, err
		}
		key := name.String()
		v, err := j.value(depth+1, values)
		if err != nil {
			return v, err
		}
		all[key] = v
	}
	_, err := j.members.ReadToken()
	return cty.ObjectVal(all), err
}

// fail is an error of the current row alone.
func (j *jsonReader) fail(summary, format string, args ...any) error {
	return &Error{Pos: j.walk.start, Summary: summary, Detail: fmt.Sprintf(format, args...), Row: true}
}
