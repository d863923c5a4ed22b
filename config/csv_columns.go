package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/scan"
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

// readHeader takes the names of the columns.
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
			j.x.error(&rng, "Unknown CSV column", fmt.Sprintf("%s has no column %q.%s", j.file, name, hcldiag.DidYouMean(name, j.header)))
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
