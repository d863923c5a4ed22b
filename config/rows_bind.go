package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/rows"
	"github.com/tmsync/tmsync/internal/carrier"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// rowInput is an argument that depends on the row. The commonest forms, a plain
// column and, in where, the comparison of one with a text, are not evaluated.
type rowInput struct {
	column  int         // row.NAME and nothing else; -1 otherwise
	columns []int       // what the expression refers to
	compare *comparison // nil if it is none
}

// comparison is row.NAME == "text", or != .
type comparison struct {
	column int
	text   string
	equal  bool
}

// bind finds the columns that the block's expressions refer to.
func (j *rowJob) bind() bool {
	j.secret = map[int]bool{}
	j.index = map[string]int{}
	for i, name := range j.in.Columns() {
		if _, several := j.index[name]; several {
			i = -1
		}
		if name != "" {
			j.index[name] = i
		}
	}
	if j.in.Kind() == rows.JSON && len(j.index) == 0 {
		return false // it has no objects
	}
	good := true
	bind := func(in *input, short func(hcl.Expression, *rowInput) bool) {
		row, ok := j.bindExpr(in.expr)
		if !ok || len(row.columns) != 1 || !short(in.expr, &row) || row.compare != nil && j.in.Kind() == rows.JSON {
			j.columns = append(j.columns, row.columns...)
		}
		in.row = row
		j.refers = j.refers || len(row.columns) > 0
		good = good && ok
	}
	for i := range j.m.inputs {
		in := &j.m.inputs[i]
		if in.fixed {
			continue
		}
		bind(in, bindColumn)
		if in.field.sensitive() {
			for _, column := range in.row.columns {
				j.secret[column] = true
			}
		}
	}
	if j.key != nil && !j.key.fixed {
		bind(j.key, bindColumn)
	}
	if j.where != nil {
		bind(j.where, bindComparison)
	}
	if j.forEach != nil {
		bind(j.forEach, func(hcl.Expression, *rowInput) bool { return false })
		if j.sensitiveEach() {
			for _, column := range j.forEach.row.columns {
				j.secret[column] = true
			}
		}
	}
	for _, p := range j.m.conditions {
		for _, expr := range []hcl.Expression{p.holds, p.message} {
			in, ok := j.bindExpr(expr)
			j.columns = append(j.columns, in.columns...)
			good = good && ok
		}
	}
	slices.Sort(j.columns)
	j.columns = slices.Compact(j.columns)
	j.reportMissing()
	return good
}

// sensitiveEach reports whether a sensitive attribute is made of each.value.
func (j *rowJob) sensitiveEach() bool {
	return slices.ContainsFunc(j.m.inputs, func(in input) bool {
		return !in.fixed && in.expr != nil && in.field.sensitive() && refersTo(in.expr, "each")
	})
}

// bindExpr finds the columns of one expression. What the file does not have is an error,
// but for where try() or can() deals with it.
func (j *rowJob) bindExpr(expr hcl.Expression) (rowInput, bool) {
	in := rowInput{column: -1}
	good := true
	for _, t := range expr.Variables() {
		if t.RootName() != "row" {
			continue
		}
		name, ok := columnName(t)
		if !ok { // the row as a whole
			for _, i := range j.index {
				if i >= 0 {
					in.columns = append(in.columns, i)
				}
			}
			continue
		}
		i, known := j.index[name]
		switch {
		case known && i >= 0:
			in.columns = append(in.columns, i)
		case !eval.Attempted(expr, t):
			j.missing = append(j.missing, missingColumn{t.SourceRange(), name, known})
			good = false
		}
	}
	slices.Sort(in.columns)
	in.columns = slices.Compact(in.columns)
	return in, good
}

// bindColumn recognises a plain column.
func bindColumn(expr hcl.Expression, in *rowInput) bool {
	if isColumn(expr) {
		in.column = in.columns[0]
	}
	return isColumn(expr)
}

// isColumn reports whether an expression is row.NAME and nothing else.
func isColumn(expr hcl.Expression) bool {
	t, ok := expr.(*hclsyntax.ScopeTraversalExpr)
	return ok && len(t.Traversal) == 2 && t.Traversal.RootName() == "row"
}

// bindComparison recognises row.NAME == "text".
func bindComparison(expr hcl.Expression, in *rowInput) bool {
	op, ok := expr.(*hclsyntax.BinaryOpExpr)
	if !ok || op.Op != hclsyntax.OpEqual && op.Op != hclsyntax.OpNotEqual || !isColumn(op.LHS) {
		return false
	}
	literal := newArgument(0, op.RHS)
	if literal.expr != nil {
		return false
	}
	in.compare = &comparison{in.columns[0], literal.text, op.Op == hclsyntax.OpEqual}
	return true
}

// columnName reads row.NAME and row["NAME"].
func columnName(t hcl.Traversal) (string, bool) {
	if len(t) < 2 {
		return "", false
	}
	switch step := t[1].(type) {
	case hcl.TraverseAttr:
		return step.Name, true
	case hcl.TraverseIndex:
		return eval.Text(step.Key), step.Key.Type() == cty.String && !step.Key.IsNull()
	}
	return "", false
}

// value returns the text of an input for the current row. It reports what is
// wrong.
func (j *rowJob) value(in *input) (s setting, ok bool) {
	var wrong *problem
	var shown string
	b := in.row
	cell, isText := []byte(nil), false
	if b.column >= 0 {
		cell, isText = j.in.Text(b.column)
	}
	if isText {
		if code, found := j.x.carriers[string(cell)]; found && in.field == carrierField {
			return setting{text: code, has: true}, true
		}
		if s, wrong = j.x.fieldText(in.field, string(cell)); wrong != nil {
			shown = j.showable(in, b, cty.StringVal(string(cell)))
		}
	} else {
		v, good := j.evaluate(in, b)
		if !good || !v.IsWhollyKnown() {
			return setting{}, false
		}
		if s, wrong = j.x.valueText(in.field, exactText(v)); wrong != nil {
			shown = j.showable(in, b, v)
		}
	}
	if wrong != nil {
		detail := wrong.detail
		if from := j.from(b); from != "" {
			if shown != "" && !strings.Contains(detail, shown) {
				from += ", " + text.Quote(shown)
			}
			detail = fmt.Sprintf("%s: %s", from, detail)
		}
		j.failFor(in, tracking.RowPos(j.in.Start()), shown, wrong.detail, wrong.summary, fmt.Sprintf("%s\n\n%s is set at %s.", detail, in.field, hcldiag.Place(in.rng)))
	}
	if wrong == nil && s.has && in.field.isAttr() {
		j.noteDamage(in, s.text, b)
	}
	return s, wrong == nil
}

// showable returns what may be shown of an input's value in the current row: nothing
// of what is sensitive, or looks like a customer's.
func (j *rowJob) showable(in *input, b rowInput, v cty.Value) string {
	names := j.in.Columns()
	secret := func(i int) bool { return j.secret[i] || hcldiag.Personal(names[i]) }
	if in.field.sensitive() || v.IsMarked() || v.IsNull() || v.Type() != cty.String || slices.ContainsFunc(b.columns, secret) {
		return ""
	}
	if s := v.AsString(); !strings.Contains(s, "@") && strings.ContainsAny(s, "0123456789") {
		return text.Shorten(s, maxCell)
	}
	return ""
}

// maxCell is how much of a value a message shows, in bytes.
const maxCell = 60

// noteDamage warns of a value in which a spreadsheet program has left a trace.
func (j *rowJob) noteDamage(in *input, value string, b rowInput) {
	if !j.m.lint {
		return
	}
	f, find := in.field, carrier.Damage
	if slices.Contains(digits, f) {
		find = carrier.DigitsDamage
	}
	what, advice := find(value)
	if what == "" && f == field(tracking.CustomerPhone) && len(b.columns) == 1 && j.in.IsNumber(b.columns[0]) && strings.Trim(value[:min(len(value), 1)], "123456789") == "" {
		what, advice = "a number, which has no zero and no + before it any more", "Keep phone numbers in a column that is formatted as text."
	}
	if what == "" {
		return
	}
	kind, shown := f.String()+"\x00"+what, j.showable(in, b, cty.StringVal(value))
	var w *hcl.Diagnostic
	if !j.harm.Has(kind) {
		from := j.from(b)
		if from == "" {
			from = fmt.Sprintf("Row %d", j.in.Start().Line)
		}
		if shown != "" {
			from += ", " + text.Quote(shown)
		}
		w = hcldiag.Warning("Damaged values", fmt.Sprintf("%s: A spreadsheet program has changed this value. It is %s. %s\n\nIf it is right, set lint = false in the lifecycle block. %s is set at %s.", from, what, advice, f, hcldiag.Place(in.rng)))
		w.Subject = j.place(tracking.RowPos(j.in.Start()))
	}
	j.harm.Add(kind, w, j.at(b), shown)
}

// at is where the current row has what an input is made of.
func (j *rowJob) at(b rowInput) hcldiag.At {
	if j.in.Kind() == rows.XLSX && len(b.columns) == 1 {
		return hcldiag.At{File: j.file, Place: j.in.Cell(b.columns[0])}
	}
	return hcldiag.At{File: j.file, Place: strconv.Itoa(int(j.in.Start().Line))}
}

// evaluate returns the value of an input for the current row.
func (j *rowJob) evaluate(in *input, b rowInput) (v cty.Value, ok bool) {
	if b.column >= 0 {
		v, err := j.in.Value(b.column)
		if err != nil {
			j.failErr(tracking.RowPos(j.in.Start()), err)
		}
		return v, err == nil
	}
	v, diags := j.x.eval.Value(in.expr, j.rowContext(), in.field.sensitive())
	return v, !j.report(in, diags)
}

// exactBelow is the first whole number of which some programs keep not all digits.
const exactBelow = 1e15

// exactText returns a whole number of JSON as a text. A larger one stays as it is:
// whatever wrote it may have rounded it.
func exactText(v cty.Value) cty.Value {
	if v.Type() != cty.Number {
		return v
	}
	plain, marks := v.Unmark()
	if plain.IsNull() {
		return v
	}
	n := plain.AsBigFloat()
	if small, _ := n.Float64(); !n.IsInt() || small < 0 || small >= exactBelow {
		return v
	}
	return cty.StringVal(n.Text('f', 0)).WithMarks(marks)
}

// from names the place in the file that a value comes from.
func (j *rowJob) from(b rowInput) string {
	names := j.names(b)
	row := fmt.Sprintf("Row %d", j.in.Start().Line)
	switch {
	case names == "":
		return ""
	case j.in.Kind() == rows.XLSX && len(b.columns) == 1:
		row = fmt.Sprintf("Sheet %q, cell %s", j.in.Sheet(), j.in.Cell(b.columns[0]))
	case j.in.Kind() == rows.XLSX:
		row = fmt.Sprintf("Sheet %q, row %d", j.in.Sheet(), j.in.Start().Line)
	}
	return row + ", " + names
}

// names lists the columns that a value comes from.
func (j *rowJob) names(b rowInput) string {
	var names []string
	for _, i := range b.columns {
		names = append(names, fmt.Sprintf("%q", j.in.Columns()[i]))
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return "column " + names[0]
	}
	return "columns " + strings.Join(names, ", ")
}

// report moves the diagnostics of an expression to the row that caused them.
func (j *rowJob) report(in *input, diags hcl.Diagnostics) bool {
	j.x.nameValues(diags, func(hcl.Traversal) bool { return in.field.sensitive() })
	for _, d := range diags {
		row := fmt.Sprintf("row %d", j.in.Start().Line)
		if sheet := j.in.Sheet(); sheet != "" {
			row += fmt.Sprintf(" of sheet %q", sheet)
		}
		j.failFor(in, tracking.RowPos(j.in.Start()), "", d.Detail, d.Summary, fmt.Sprintf("%s\n\nThis happened for %s in the expression at %s.", d.Detail, row, hcldiag.Place(in.rng)))
	}
	return diags.HasErrors()
}

// rowContext returns the scope in which row has the columns that are referred to.
func (j *rowJob) rowContext() *hcl.EvalContext {
	if j.built {
		return j.ctx
	}
	names := j.in.Columns()
	row := make(map[string]cty.Value, len(j.columns))
	for _, i := range j.columns {
		cell, err := j.in.Value(i)
		if err != nil {
			j.failErr(tracking.RowPos(j.in.Start()), err)
			cell = cty.DynamicVal
		}
		if j.secret[i] {
			cell = cell.Mark(eval.Personal{})
		}
		row[names[i]] = cell
	}
	j.ctx.Variables = map[string]cty.Value{"row": cty.ObjectVal(row)}
	j.built = true
	return j.ctx
}
