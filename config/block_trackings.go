package config

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

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

// csvJob turns the rows of one CSV file into trackings.
type csvJob struct {
	l      *loader
	m      *mould
	source *tracking.Source // shared by the rows of the file
	file   string           // its name as shown
	in     *csvReader
	errs   *mistakes

	header []string
	bound  map[hcl.Expression]rowInput
	key    *input // nil: the tracking number
	where  *input

	columns []int // that the current row's object must have
	ctx     *hcl.EvalContext
	built   bool // ctx holds the current row
	keys    map[string]rowPlace
}

// rowPlace is where a key was first met.
type rowPlace struct {
	file string
	line uint32
}

// expandTrackings makes a tracking of each row of a block's CSV files.
func (l *loader) expandTrackings(d *declaration) {
	m := l.newMould(d, "row")
	var key, where *input
	if d.key != nil {
		key = l.compileKey(d.key)
		m.bad = m.bad || key.bad
	}
	if d.where != nil {
		where = &input{argument: argument{expr: d.where, rng: d.where.Range()}}
		m.bad = !l.checkReferences(d.where, "row") || m.bad
	}
	keys := map[string]rowPlace{}
	for _, name := range l.csvFiles(d.csv) {
		source := *m.source
		source.CSV = l.shown(name)
		job := &csvJob{l: l, m: m, source: &source, file: source.CSV, key: key, where: where, keys: keys, ctx: l.ctx.NewChild()}
		job.run(name)
	}
}

func (l *loader) compileKey(expr hcl.Expression) *input {
	in := l.compile(argument{field: keyField, expr: expr, rng: expr.Range()}, "row")
	return &in
}

// csvFiles evaluates the csv argument: names or globs, one or a list of them.
func (l *loader) csvFiles(expr hcl.Expression) []string {
	rng := expr.Range()
	v := l.evaluate(expr)
	v, _ = v.UnmarkDeep()
	if !v.IsWhollyKnown() {
		return nil
	}
	if s, err := convert.Convert(v, cty.String); err == nil {
		v = cty.ListVal([]cty.Value{s})
	}
	list, err := convert.Convert(v, cty.List(cty.String))
	if err != nil || list.IsNull() {
		l.error(&rng, "Invalid csv argument", "csv is the name of a file or a glob such as \"orders/*.csv\", or a list of them.")
		return nil
	}
	var names []string
	for i, pattern := range list.AsValueSlice() {
		switch {
		case i == maxPatterns:
			l.error(&rng, "Invalid csv argument", fmt.Sprintf("csv may have %d names or globs.", maxPatterns))
			return nil
		case pattern.IsNull():
			l.error(&rng, "Invalid csv argument", "csv must not be null, nor have a null in it.")
			continue
		}
		matches, err := l.glob(pattern.AsString())
		if err != nil {
			l.error(&rng, "Invalid csv argument", fmt.Sprintf("The glob %q cannot be used: %s.", pattern.AsString(), err))
			continue
		}
		if len(matches) == 0 {
			l.error(&rng, "No CSV file", fmt.Sprintf("No file matches %q. Names are relative to the configuration's directory.", pattern.AsString()))
		}
		for _, name := range matches {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// run reads the file.
func (j *csvJob) run(name string) {
	j.errs = j.l.newMistakes(j.place(tracking.RowPos{Line: 1}), j.file)
	defer j.errs.close()
	f, err := openFile(j.l.root, name)
	if err != nil {
		rng := j.m.csv.Range()
		j.l.error(&rng, "Cannot read CSV file", fmt.Sprintf("%s: %s.", j.file, fileProblem(err)))
		return
	}
	defer f.Close() //nolint:errcheck // nothing was written
	if info, err := f.Stat(); err == nil && info.Size() > maxCSVFile {
		j.fail(tracking.RowPos{Line: 1}, "CSV file too large", fmt.Sprintf("A CSV file may have %s. Split it.", sizeText(maxCSVFile)))
		return
	}
	sum := sha256.New()
	j.in = newCSVReader(io.TeeReader(io.LimitReader(f, maxCSVFile), sum))
	err = j.rows()
	var wrong *csvError
	switch {
	case errors.As(err, &wrong):
		j.fail(wrong.pos, wrong.summary, wrong.detail)
	case err != nil:
		j.fail(j.in.here(), "Cannot read CSV file", sentence(fileProblem(err)))
	}
	j.l.noteSum("file "+j.file, [sha256.Size]byte(sum.Sum(nil)))
}

func (j *csvJob) place(pos tracking.RowPos) *hcl.Range {
	p := hcl.Pos{Line: int(pos.Line), Column: 1, Byte: int(pos.Byte)}
	return &hcl.Range{Filename: j.file, Start: p, End: p}
}

func (j *csvJob) fail(pos tracking.RowPos, summary, detail string) {
	j.errs.add(newError(j.place(pos), summary, detail))
}

// rows reads the header, binds the expressions to its columns, and goes on to
// the rows.
func (j *csvJob) rows() error {
	switch err := j.in.read(); {
	case errors.Is(err, io.EOF):
		j.fail(tracking.RowPos{Line: 1}, "CSV file without a header", "The file is empty. Its first row must name the columns.")
		return nil
	case err != nil:
		return err
	}
	if !j.readHeader() || !j.bind() {
		return nil
	}
	for {
		switch err := j.in.read(); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case len(j.l.cfg.Declared) > maxDeclared:
			return nil
		}
		if n := j.in.fields(); n != len(j.header) {
			j.fail(j.in.start, "Wrong number of CSV fields", fmt.Sprintf("This row has %d fields, but the header has %d. A field with a comma in it must be quoted.", n, len(j.header)))
			continue
		}
		j.row()
	}
}

// readHeader takes the names of the columns.
func (j *csvJob) readHeader() bool {
	first := map[string]int{}
	good := true
	for i := range j.in.fields() {
		name := strings.TrimSpace(string(j.in.field(i)))
		other, taken := first[name]
		switch {
		case j.in.fields() == 1 && strings.ContainsAny(name, ";\t"):
			j.fail(j.in.start, "CSV file is not separated by commas", "The header has no comma, but semicolons or tabs. Save the file with commas between the fields.")
			return false
		case name == "":
			j.fail(j.in.start, "Empty CSV column name", fmt.Sprintf("Column %d of the header has no name.", i+1))
			good = false
		case taken:
			j.fail(j.in.start, "Duplicate CSV column name", fmt.Sprintf("Columns %d and %d have the same name.", other+1, i+1))
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
		if in := &j.m.inputs[i]; !in.fixed {
			bind(in.expr, bindColumn)
		}
	}
	if j.key != nil && !j.key.fixed {
		bind(j.key.expr, bindColumn)
	}
	if j.where != nil {
		bind(j.where.expr, bindComparison)
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
			j.l.error(&rng, "Unknown CSV column", fmt.Sprintf("%s has no column %q.%s", j.file, name, didYouMean(name, j.header)))
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

// isColumn says whether an expression is row.NAME and nothing else.
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
		return known(step.Key), step.Key.Type() == cty.String
	}
	return "", false
}

// row makes a tracking of the current row, unless where says no.
func (j *csvJob) row() {
	j.built = false
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
	if first, taken := j.keys[key]; taken {
		j.fail(j.in.start, "Duplicate key", fmt.Sprintf("This row and the one at %s:%d both have the key %q. Keys are unique within a trackings block.", first.file, first.line, key))
		return
	}
	j.keys[key] = rowPlace{j.file, j.in.start.Line}
	decl.Addr, decl.Source, decl.Row = j.m.addr.Index(key), j.source, j.in.start
	j.l.declare(decl)
}

// wanted evaluates where.
func (j *csvJob) wanted() (wanted, ok bool) {
	if j.where == nil {
		return true, true
	}
	if c := j.bound[j.where.expr].compare; c != nil {
		same := cty.NormalizeString(string(j.in.field(c.column))) == c.text
		return same == c.equal, true
	}
	v, diags := value(j.where.expr, j.rowContext(), false)
	if j.report(j.where, diags) {
		return false, false
	}
	v, _ = v.Unmark()
	v, err := convert.Convert(v, cty.Bool)
	if err != nil || v.IsNull() {
		j.fail(j.in.start, "Invalid where", fmt.Sprintf("The condition at %s must be true or false for each row; for this one it is neither.", placeText(j.where.rng)))
		return false, false
	}
	return v.IsKnown() && v.True(), v.IsKnown()
}

func (j *csvJob) rowKey() (string, bool) {
	switch {
	case j.key == nil:
		return "", true
	case j.key.fixed:
		return j.key.text, !j.key.bad
	}
	key, _, ok := j.value(j.key)
	return key, ok
}

// value gives the text of an input for the current row. It reports what is
// wrong.
func (j *csvJob) value(in *input) (text string, has, ok bool) {
	var wrong *problem
	b := j.bound[in.expr]
	if b.column >= 0 {
		cell := j.in.field(b.column)
		if code, found := j.l.carriers[string(cell)]; found && in.field == carrierField {
			return code, true, true
		}
		text, has, wrong = j.l.fieldText(in.field, string(cell))
	} else {
		v, diags := value(in.expr, j.rowContext(), in.field.sensitive())
		if j.report(in, diags) || !v.IsWhollyKnown() {
			return "", false, false
		}
		text, has, wrong = j.l.valueText(in.field, v)
	}
	if wrong != nil {
		detail := wrong.detail
		if names := j.names(b); names != "" {
			detail = fmt.Sprintf("Row %d, %s: %s", j.in.start.Line, names, detail)
		}
		j.fail(j.in.start, wrong.summary, fmt.Sprintf("%s\n\n%s is set at %s.", detail, in.field, placeText(in.rng)))
	}
	return text, has, wrong == nil
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
		j.fail(j.in.start, d.Summary, fmt.Sprintf("%s\n\nThis happened for row %d in the expression at %s.", d.Detail, j.in.start.Line, placeText(in.rng)))
	}
	return diags.HasErrors()
}

// rowContext gives the scope in which row has the columns that are referred to.
func (j *csvJob) rowContext() *hcl.EvalContext {
	if !j.built {
		row := make(map[string]cty.Value, len(j.columns))
		for _, i := range j.columns {
			row[j.header[i]] = cty.StringVal(string(j.in.field(i)))
		}
		j.ctx.Variables = map[string]cty.Value{"row": cty.ObjectVal(row)}
		j.built = true
	}
	return j.ctx
}
