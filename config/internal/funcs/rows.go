package funcs

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/rows"
	"github.com/tmsync/tmsync/internal/text"
)

// rowsFunc returns the rows of a file as a list of objects. It reads a file as a
// trackings block does, and once, however often it is called for it.
func (t *Table) rowsFunc() function.Function {
	return function.New(&function.Spec{
		Params:   []function.Parameter{{Name: "file", Type: cty.String}},
		VarParam: &function.Parameter{Name: "options", Type: cty.DynamicPseudoType, AllowNull: true, AllowDynamicType: true},
		Type:     function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			var o rows.Options
			switch {
			case len(args) > 2:
				return cty.NilVal, function.NewArgErrorf(2, "rows takes a file and an object of options")
			case len(args) == 2:
				var err error
				if o, err = rowOptions(args[1]); err != nil {
					return cty.NilVal, function.NewArgError(1, err)
				}
			}
			name := args[0].AsString()
			key := fmt.Sprintf("%q %#v", name, o)
			if v, read := t.rows[key]; read {
				return v, nil
			}
			list, err := t.readRows(name, o)
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			v := list.value()
			t.remember(key, v, list.bytes)
			return v, nil
		},
	})
}

// maxRemembered is how many bytes the rows that are remembered take.
const maxRemembered = eval.MaxHeld / 2

// remember keeps rows for the next call. Others have to go where there is no room.
func (t *Table) remember(key string, v cty.Value, bytes int) {
	if t.remembered += bytes; t.remembered > maxRemembered {
		clear(t.rows)
		t.remembered = bytes
	}
	if bytes <= maxRemembered {
		t.rows[key] = v
	}
}

// rowOptions reads the second argument.
func rowOptions(v cty.Value) (o rows.Options, err error) {
	if v.IsNull() {
		return o, nil
	}
	if ty := v.Type(); !ty.IsObjectType() && !ty.IsMapType() {
		return o, errors.New("the options must be an object, such as { separator = \";\" }")
	}
	texts := map[string]*string{"separator": &o.Separator, "encoding": &o.Encoding, "sheet": &o.Sheet, "path": &o.Path}
	for name, member := range v.AsValueMap() {
		if member.IsNull() {
			continue
		}
		var ty cty.Type
		var to any
		switch named := texts[name]; {
		case named != nil:
			ty, to = cty.String, named
		case name == "header":
			ty, to = cty.Number, &o.Header
		case name == "columns":
			ty, to = cty.List(cty.String), &o.Columns
		default:
			return o, fmt.Errorf("there is no option %q.%s The options are separator, encoding, sheet, header, columns and path", name, text.DidYouMean(name, slices.Values([]string{"separator", "encoding", "sheet", "header", "columns", "path"})))
		}
		if member, err = convert.Convert(member, ty); err == nil {
			err = gocty.FromCtyValue(member, to)
		}
		if err != nil {
			return o, fmt.Errorf("the option %s is not suitable: %w", name, err)
		}
		if name == "header" {
			switch {
			case o.Header < 0 || o.Header > rows.MaxLine:
				return o, errors.New("header is the number of a line, or 0 where no line names the columns")
			case o.Header == 0:
				o.Header = rows.NoHeader
			}
		}
	}
	if _, problem := o.Problem(); problem != "" {
		return o, errors.New(strings.TrimSuffix(problem, "."))
	}
	return o, nil
}

// readRows reads the files that a name or a glob stands for.
func (t *Table) readRows(pattern string, o rows.Options) (*rowList, error) {
	names, err := t.env.MatchRows(pattern)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no file matches %q", pattern)
	}
	list := &rowList{uniform: true}
	for _, name := range names {
		if err := t.readFile(name, o, list); err != nil {
			return nil, fmt.Errorf("%s: %w", hcldiag.FileName(t.env.ShownRows(name)), err)
		}
	}
	return list, nil
}

// readFile adds the rows of one file.
func (t *Table) readFile(name string, o rows.Options, list *rowList) error {
	f, done, err := t.env.OpenRows(name)
	if err != nil {
		return err
	}
	defer done()
	in, err := rows.Open(f, o)
	if err != nil {
		return placed(err)
	}
	defer in.Close()
	names := in.Columns()
	var used []int // columns with a name of their own
	for i, name := range names {
		if name != "" && slices.Index(names, name) == i && !slices.Contains(names[i+1:], name) {
			used = append(used, i)
		}
	}
	for {
		err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			t.env.Step()
			err = list.add(in, names, used)
		}
		if err != nil {
			return placed(err)
		}
	}
}

// placed puts the line before what is wrong there.
func placed(err error) error {
	var wrong *rows.Error
	if errors.As(err, &wrong) {
		return fmt.Errorf("line %d: %s: %s", wrong.Pos.Line, wrong.Summary, strings.TrimSuffix(wrong.Detail, "."))
	}
	return err
}

// rowList collects rows.
type rowList struct {
	all     []cty.Value
	bytes   int  // that they take
	uniform bool // they are of one type
}

// add adds the current row.
func (l *rowList) add(in rows.Reader, names []string, used []int) error {
	bytes := eval.ObjectBytes + eval.StringBytes*len(used)
	members := make(map[string]cty.Value, len(used))
	for _, i := range used {
		if cell, ok := in.Text(i); ok {
			members[names[i]] = cty.StringVal(string(cell))
			bytes += len(cell)
			continue
		}
		v, err := in.Value(i)
		if err != nil {
			return err
		}
		size, problem := eval.Weigh(v)
		if problem != "" {
			return errors.New(strings.TrimSuffix(problem, "."))
		}
		bytes += size
		members[names[i]] = v
	}
	if l.bytes += bytes; l.bytes > eval.MaxHeld {
		return fmt.Errorf("the rows would take more than %d MiB of memory; a trackings block reads files of any size", eval.MaxHeld>>20)
	}
	row := cty.ObjectVal(members)
	l.uniform = l.uniform && (len(l.all) == 0 || in.Kind() != rows.JSON || row.Type().Equals(l.all[0].Type()))
	l.all = append(l.all, row)
	return nil
}

// value returns the list; a tuple, where the rows are of several types.
func (l *rowList) value() cty.Value {
	switch {
	case len(l.all) == 0:
		return cty.EmptyTupleVal
	case l.uniform && cty.CanListVal(l.all):
		return cty.ListVal(l.all)
	}
	return cty.TupleVal(l.all)
}

// carrierFunc returns the code of a carrier by its name. A tracking number may decide.
// It is null for a name that the carriers block leaves open.
func (t *Table) carrierFunc() function.Function {
	return function.New(&function.Spec{
		Params:   []function.Parameter{{Name: "name", Type: cty.String}},
		VarParam: &function.Parameter{Name: "number", Type: cty.String, AllowNull: true},
		Type:     function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			number := ""
			switch {
			case len(args) > 2:
				return cty.NilVal, function.NewArgErrorf(2, "carrier takes a name and a tracking number")
			case len(args) == 2 && !args[1].IsNull():
				number = args[1].AsString()
			}
			code, err := t.env.Carrier(args[0].AsString(), number)
			switch {
			case err != nil:
				return cty.NilVal, function.NewArgError(0, err)
			case code == "":
				return cty.NullVal(cty.String), nil
			}
			return cty.StringVal(code), nil
		},
	})
}
