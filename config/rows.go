package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/scan"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// row declares the tracking of the current row, unless where excludes it.
func (j *csvJob) row() {
	j.built = false
	j.x.progress.step()
	if wanted, ok := j.wanted(); !ok || !wanted {
		return
	}
	key, goodKey := j.rowKey()
	decl, good := j.m.make(j.value)
	if !good || !goodKey {
		return
	}
	if j.key == nil {
		key = decl.Key.Number
	}
	if i, taken := j.keys[key]; taken {
		first := &j.x.declared[i]
		j.fail(tracking.RowPos(j.in.Start()), "Duplicate key", fmt.Sprintf("This row and the one at %s:%d both have the key %q. Keys are unique within a trackings block.", first.Source.CSV, first.Row.Line, key))
		return
	}
	j.keys[key] = int32(len(j.x.declared))
	j.reserve()
	decl.Addr, decl.Source, decl.Row = j.m.addr.Index(key), j.source, tracking.RowPos(j.in.Start())
	j.m.declare(decl, j.rowContext)
}

// rowsToJudge is how many trackings of a file suffice to estimate the rest.
const rowsToJudge = 1000

// reserve allocates for the rest of the file, estimated from what has been read:
// growing in steps would copy all that is declared.
func (j *csvJob) reserve() {
	made, read := len(j.x.declared)-j.start, int64(j.in.Start().Byte)
	if made != rowsToJudge || j.size <= read {
		return
	}
	rest := int64(made) * (j.size - read) / read
	rest = min(rest+rest/32, int64(MaxDeclared-len(j.x.declared)+1))
	j.x.declared = slices.Grow(j.x.declared, int(max(rest, 0)))
}

// wanted evaluates where.
func (j *csvJob) wanted() (wanted, ok bool) {
	if j.where == nil {
		return true, true
	}
	if c := j.bound[j.where.expr].compare; c != nil {
		same := cty.NormalizeString(string(j.in.Field(c.column))) == c.text
		return same == c.equal, true
	}
	v, diags := j.x.eval.Value(j.where.expr, j.rowContext(), false)
	if j.report(j.where, diags) {
		return false, false
	}
	v, _ = v.Unmark()
	v, err := convert.Convert(v, cty.Bool)
	if err != nil || v.IsNull() {
		j.fail(tracking.RowPos(j.in.Start()), "Invalid where", fmt.Sprintf("The condition at %s must be true or false for each row; for this one it is neither.", hcldiag.Place(j.where.rng)))
		return false, false
	}
	return v.IsKnown() && v.True(), v.IsKnown()
}

func (j *csvJob) rowKey() (string, bool) {
	switch {
	case j.key == nil:
		return "", true
	case j.key.fixed:
		return j.key.sets.text, !j.key.bad
	}
	key, ok := j.value(j.key)
	return key.text, ok
}

// value returns the text of an input for the current row. It reports what is
// wrong.
func (j *csvJob) value(in *input) (s setting, ok bool) {
	var wrong *problem
	b := j.bound[in.expr]
	if b.column >= 0 {
		cell := j.in.Field(b.column)
		if code, found := j.x.carriers[string(cell)]; found && in.field == carrierField {
			return setting{text: code, has: true}, true
		}
		s, wrong = j.x.fieldText(in.field, string(cell))
	} else {
		v, diags := j.x.eval.Value(in.expr, j.rowContext(), in.field.sensitive())
		if j.report(in, diags) || !v.IsWhollyKnown() {
			return setting{}, false
		}
		s, wrong = j.x.valueText(in.field, v)
	}
	if wrong != nil {
		detail := wrong.detail
		if names := j.names(b); names != "" {
			detail = fmt.Sprintf("Row %d, %s: %s", j.in.Start().Line, names, detail)
		}
		j.fail(tracking.RowPos(j.in.Start()), wrong.summary, fmt.Sprintf("%s\n\n%s is set at %s.", detail, in.field, hcldiag.Place(in.rng)))
	}
	return s, wrong == nil
}

// names lists the columns that a value comes from.
func (j *csvJob) names(b rowInput) string {
	var names []string
	for _, i := range b.columns {
		names = append(names, fmt.Sprintf("%q", j.header[i]))
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
func (j *csvJob) report(in *input, diags hcl.Diagnostics) bool {
	for _, d := range diags {
		j.fail(tracking.RowPos(j.in.Start()), d.Summary, fmt.Sprintf("%s\n\nThis happened for row %d in the expression at %s.", d.Detail, j.in.Start().Line, hcldiag.Place(in.rng)))
	}
	return diags.HasErrors()
}

// rowContext returns the scope in which row has the columns that are referred to.
func (j *csvJob) rowContext() *hcl.EvalContext {
	if !j.built {
		row := make(map[string]cty.Value, len(j.columns))
		for _, i := range j.columns {
			cell := cty.StringVal(string(j.in.Field(i)))
			if j.secret[i] {
				cell = cell.Mark(eval.Personal{})
			}
			row[j.header[i]] = cell
		}
		j.ctx.Variables = map[string]cty.Value{"row": cty.ObjectVal(row)}
		j.built = true
	}
	return j.ctx
}

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

// readHeader reads the names of the columns.
func (j *csvJob) readHeader() bool {
	first := map[string]int{}
	good := true
	for i := range j.in.Fields() {
		name := strings.TrimSpace(string(j.in.Field(i)))
		other, taken := first[name]
		switch {
		case j.in.Fields() == 1 && strings.ContainsAny(name, ";\t"):
			j.fail(tracking.RowPos(j.in.Start()), "CSV file is not separated by commas", "The header has no comma, but semicolons or tabs. Save the file with commas between the fields.")
			return false
		case name == "":
			j.fail(tracking.RowPos(j.in.Start()), "Empty CSV column name", fmt.Sprintf("Column %d of the header has no name.", i+1))
			good = false
		case len(name) > scan.MaxName:
			j.fail(tracking.RowPos(j.in.Start()), "CSV column name too long", fmt.Sprintf("A column name may have %d bytes; that of column %d has more.", scan.MaxName, i+1))
			good = false
		case taken:
			j.fail(tracking.RowPos(j.in.Start()), "Duplicate CSV column name", fmt.Sprintf("Columns %d and %d have the same name.", other+1, i+1))
			good = false
		}
		first[name] = i
		j.header = append(j.header, name)
	}
	return good
}

// bind finds the columns that the block's expressions refer to.
func (j *csvJob) bind() bool {
	j.bound = map[hcl.Expression]rowInput{}
	j.secret = map[int]bool{}
	good := true
	bind := func(expr hcl.Expression, short func(hcl.Expression, *rowInput) bool) {
		in, ok := j.bindExpr(expr)
		if !ok || len(in.columns) != 1 || !short(expr, &in) {
			j.columns = append(j.columns, in.columns...)
		}
		j.bound[expr] = in
		good = good && ok
	}
	for i := range j.m.inputs {
		in := &j.m.inputs[i]
		if in.fixed {
			continue
		}
		bind(in.expr, bindColumn)
		if in.field.sensitive() {
			for _, column := range j.bound[in.expr].columns {
				j.secret[column] = true
			}
		}
	}
	if j.key != nil && !j.key.fixed {
		bind(j.key.expr, bindColumn)
	}
	if j.where != nil {
		bind(j.where.expr, bindComparison)
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
	return good
}

func (j *csvJob) bindExpr(expr hcl.Expression) (rowInput, bool) {
	in := rowInput{column: -1}
	good := true
	for _, t := range expr.Variables() {
		if t.RootName() != "row" {
			continue
		}
		name, ok := columnName(t)
		if !ok { // the row as a whole
			for i := range j.header {
				in.columns = append(in.columns, i)
			}
			continue
		}
		i := slices.Index(j.header, name)
		if i < 0 {
			rng := t.SourceRange()
			j.x.error(&rng, "Unknown CSV column", fmt.Sprintf("%s has no column %q.%s", j.file, name, text.DidYouMean(name, slices.Values(j.header))))
			good = false
			continue
		}
		in.columns = append(in.columns, i)
	}
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
		return eval.Text(step.Key), step.Key.Type() == cty.String
	}
	return "", false
}
