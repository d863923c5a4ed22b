package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/rows"
	"github.com/tmsync/tmsync/internal/tracking"
)

const maxPatterns = 100 // globs in one file argument

// onDuplicate is which of the rows that declare the same parcel counts.
type onDuplicate string

const (
	keepNone  onDuplicate = "error"
	keepFirst onDuplicate = "first"
	keepLast  onDuplicate = "last"
)

// fileOptions are the arguments that describe files, each with the kinds that it
// concerns.
var fileOptions = map[string][]rows.Kind{
	"separator": {rows.CSV},
	"encoding":  {rows.CSV, rows.JSON},
	"sheet":     {rows.XLSX},
	"header":    {rows.CSV, rows.XLSX},
	"columns":   {rows.CSV, rows.XLSX},
	"path":      {rows.JSON},
}

// rowSchemas are the arguments that only trackings blocks have.
func rowSchemas() []hcl.AttributeSchema {
	names := append(slices.Sorted(maps.Keys(fileOptions)), "file", "csv", "for_each", "where", "key", "on_duplicate")
	schemas := make([]hcl.AttributeSchema, len(names))
	for i, name := range names {
		schemas[i].Name = name
	}
	return schemas
}

// readRowArgs reads the arguments that describe the files.
func (d *declaration) readRowArgs(block *hcl.Block, attrs hcl.Attributes) hcl.Diagnostics {
	d.rowArgs, d.rowFile = attrs, attrs["file"]
	csv := attrs["csv"]
	switch {
	case d.rowFile == nil && csv == nil:
		return hcl.Diagnostics{hcldiag.Error(block.DefRange.Ptr(), "Missing required argument", "The argument \"file\" is required: it names the files that the rows are in, such as \"orders.csv\" or \"orders/*\".")}
	case d.rowFile != nil && csv != nil:
		return hcl.Diagnostics{hcldiag.Error(&csv.NameRange, "File named twice", "\"csv\" is an older name of \"file\". Give one of them.")}
	case csv != nil:
		d.rowFile = csv
	}
	return nil
}

// expandTrackings adds trackings for the rows of a block's files.
func (x *expander) expandTrackings(d *declaration) *blueprint {
	d.onDuplicate = keepNone
	choice(&decoder{Scope: x.Scope}, d.rowArgs["on_duplicate"], &d.onDuplicate, []onDuplicate{keepFirst, keepLast, keepNone})
	own := []string{"row"}
	if d.forEach != nil {
		own = append(own, "each")
	}
	m := x.newBlueprint(d, own...)
	b := &rowBlock{x: x, m: m, keys: map[string]int32{}, start: len(x.declared), count: Rows{Addr: d.addr, ByParcel: d.forEach != nil}}
	if d.onDuplicate != keepNone {
		b.parcels, b.twice = map[tracking.Key]int32{}, d.rowArgs["on_duplicate"].Expr.Range().Ptr()
	}
	good := true
	if d.key != nil {
		b.key = &input{argument: argument{field: keyField, expr: d.key, span: tracking.SpanOf(d.key.Range())}}
		x.compile(b.key, d.key.Range().Filename, own...)
		m.bad = m.bad || b.key.bad
	}
	for _, a := range []struct {
		expr hcl.Expression
		to   **input
	}{{d.where, &b.where}, {d.forEach, &b.forEach}} {
		if a.expr == nil {
			continue
		}
		*a.to = &input{argument: argument{expr: a.expr}, rng: a.expr.Range()}
		roots := []string{"row"}
		if a.to == &b.where && d.forEach != nil {
			roots, b.eachWhere = own, refersTo(a.expr, "each")
		}
		good = x.checkReferences(a.expr, roots...) && good
	}
	options, ok := x.rowOptions(d.rowArgs)
	if !good || !ok {
		return m
	}
	b.options = options
	x.progress.at(*d.subject())
	b.readAll(x.rowFiles(d.rowFile))
	return m
}

// rowOptions evaluates what a block says of its files.
func (x *expander) rowOptions(attrs hcl.Attributes) (o rows.Options, ok bool) {
	dec := &decoder{Scope: x.Scope}
	before := len(x.diags) + x.more
	for name, to := range map[string]*string{"separator": &o.Separator, "encoding": &o.Encoding, "sheet": &o.Sheet, "path": &o.Path} {
		if text, ok := dec.text(attrs[name]); ok {
			*to = text
		}
	}
	if header := attrs["header"]; header != nil {
		o.Header = int(dec.number(header, 0, 0, rows.MaxLine, true))
		if o.Header == 0 {
			o.Header = rows.NoHeader
		}
	}
	if list, ok := x.evaluateAs(attrs["columns"], cty.List(cty.String)); ok {
		list, _ = list.UnmarkDeep()
		if !list.IsWhollyKnown() {
			return o, false
		}
		for _, v := range list.AsValueSlice() {
			name := ""
			if !v.IsNull() {
				name = v.AsString()
			}
			o.Columns = append(o.Columns, name)
		}
	}
	if name, problem := o.Problem(); problem != "" {
		at := attrs[name]
		if at == nil {
			at = attrs["header"]
		}
		x.error(at.Expr.Range().Ptr(), "Invalid "+at.Name, problem)
	}
	return o, len(x.diags)+x.more == before
}

// rowFiles evaluates the file argument: names or globs, one or a list of them.
func (x *expander) rowFiles(arg *hcl.Attribute) []string {
	rng, summary := arg.Expr.Range(), "Invalid "+arg.Name+" argument"
	v := x.evaluate(arg.Expr)
	v, _ = v.UnmarkDeep()
	if !v.IsWhollyKnown() {
		return nil
	}
	if s, err := convert.Convert(v, cty.String); err == nil {
		v = cty.ListVal([]cty.Value{s})
	}
	list, err := convert.Convert(v, cty.List(cty.String))
	if err != nil || list.IsNull() {
		x.error(&rng, summary, fmt.Sprintf("%s is the name of a file or a glob such as \"orders/*\", or a list of them.", arg.Name))
		return nil
	}
	var names []string
	seen := map[string]bool{}
	for i, pattern := range list.AsValueSlice() {
		switch {
		case i == maxPatterns:
			x.error(&rng, summary, fmt.Sprintf("%s may have %d names or globs.", arg.Name, maxPatterns))
			return nil
		case pattern.IsNull():
			x.error(&rng, summary, fmt.Sprintf("%s must not be null, nor have a null in it.", arg.Name))
			continue
		}
		matches, err := x.matchRows(pattern.AsString())
		if err != nil {
			x.error(&rng, summary, fmt.Sprintf("The glob %q cannot be used: %s.", pattern.AsString(), err))
			continue
		}
		if len(matches) == 0 {
			x.error(&rng, "No file of rows", fmt.Sprintf("No file matches %q. Names are relative to the configuration's directory.", pattern.AsString()))
		}
		for _, name := range matches {
			if !seen[name] {
				names = append(names, name)
			}
			seen[name] = true
		}
	}
	return names
}
