package config

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/rows"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// rowBlock turns the rows of one block's files into trackings.
type rowBlock struct {
	x       *expander
	m       *blueprint
	options rows.Options
	key     *input // nil: the tracking number
	where   *input
	forEach *input

	eachWhere bool // where refers to each: it is of every parcel, not of the row

	keys    map[string]int32       // where in Config.Declared the tracking with the key is
	parcels map[tracking.Key]int32 // where the parcel is; nil: a second one is an error
	twice   *hcl.Range             // says what becomes of a second one; nil: it is an error
	start   int                    // where in Config.Declared the block's first tracking is
	count   Rows
	errs    *hcldiag.Kinds
	harm    *hcldiag.Kinds     // what spreadsheet programs have done to values
	unfit   *hcldiag.Kinds     // what whole files lack
	kinds   map[rows.Kind]bool // of the files
}

// rowJob reads one of these files.
type rowJob struct {
	*rowBlock
	source *tracking.Source // shared by the rows of the file
	file   string           // its name as shown
	in     rows.Reader

	index   map[string]int // columns by name; -1: there are several
	refers  bool           // an expression refers to one of them
	columns []int          // that the current row's object must have
	secret  map[int]bool   // columns that sensitive attributes are made of
	ctx     *hcl.EvalContext
	built   bool  // ctx holds the current row
	wrong   bool  // something in the current row is wrong
	size    int64 // of the file
	missing []missingColumn
	first   int // where in Config.Declared its first tracking is
}

// readAll reads the files. Which row of a parcel is the first goes by their names.
func (b *rowBlock) readAll(names []string) {
	if b.parcels != nil {
		slices.Sort(names)
	}
	b.kinds = map[rows.Kind]bool{}
	b.errs = b.x.diagnostics.kinds("Rows")
	b.harm = b.x.diagnostics.kinds("Rows")
	b.unfit = b.x.diagnostics.kinds("Files")
	defer b.errs.Close()
	defer b.harm.Close()
	defer b.unfit.Close()
	for _, name := range names {
		source := *b.m.source
		source.CSV = b.x.shownRows(name)
		j := &rowJob{rowBlock: b, source: &source, file: source.CSV, ctx: b.x.ctx.NewChild()}
		j.run(name)
	}
	b.checkOptions()
	if b.m.onDuplicate == keepLast {
		for i := b.start; i < len(b.x.declared); i++ {
			b.m.look(&b.x.declared[i])
		}
	}
	b.count.Declared = len(b.x.declared) - b.start
	b.x.rowCount = append(b.x.rowCount, b.count)
}

// checkOptions warns of arguments that mean nothing to any of the files.
func (b *rowBlock) checkOptions() {
	for name, kinds := range fileOptions {
		a := b.m.rowArgs[name]
		if a == nil || len(b.kinds) == 0 || slices.ContainsFunc(kinds, func(k rows.Kind) bool { return b.kinds[k] }) {
			continue
		}
		words := make([]string, len(kinds))
		for i, k := range kinds {
			words[i] = string(k)
		}
		w := hcldiag.Warning("Argument without effect", fmt.Sprintf("%s says what %s is like; no file of this block is one.", name, strings.Join(words, " or ")))
		w.Subject = &a.NameRange
		b.x.report(w)
	}
}

// run reads the file.
func (j *rowJob) run(name string) {
	f, done, err := j.x.openRows(name)
	if err != nil {
		rng := j.m.rowFile.Expr.Range()
		j.misfit(err.Error(), &rng, "Cannot read file", fmt.Sprintf("%s: %s.", hcldiag.FileName(j.file), err))
		return
	}
	defer done()
	j.size, j.first = f.Size, len(j.x.declared)
	j.in, err = rows.Open(f, j.options)
	if err != nil {
		j.failErr(tracking.RowPos{Line: 1}, err)
		return
	}
	defer j.in.Close()
	j.kinds[j.in.Kind()] = true
	j.source.Sheet = j.in.Sheet()
	j.noteKind(name)
	if !j.bind() {
		return
	}
	j.readRows()
	if n, first := j.in.Short(); n > 0 {
		j.count.Short += n
		w := hcldiag.Warning("Short rows", fmt.Sprintf("Rows of %s with fewer fields than the header has: %d, the first in line %d. The fields that are missing count as empty.", hcldiag.FileName(j.file), n, first.Line))
		w.Subject = j.place(tracking.RowPos(first))
		j.x.report(w)
	}
}

// noteKind warns of a file that is not what its name says.
func (j *rowJob) noteKind(name string) {
	if seems := rows.Seems(name); seems != "" && seems != j.in.Kind() {
		w := hcldiag.Warning("File is not what its name says", fmt.Sprintf("%s is %s, and is read as one; its name is that of %s.", hcldiag.FileName(j.file), j.in.Kind(), seems))
		w.Subject = j.place(tracking.RowPos{Line: 1})
		j.x.report(w)
	}
}

func (j *rowJob) place(pos tracking.RowPos) *hcl.Range {
	p := hcl.Pos{Line: int(pos.Line), Column: 1, Byte: int(pos.Byte)}
	return &hcl.Range{Filename: j.file, Start: p, End: p}
}

func (j *rowJob) fail(pos tracking.RowPos, summary, detail string) {
	j.failFor(nil, pos, "", "", summary, detail)
}

// failFor is fail for what is wrong with an input. Of all rows in which it is, one is
// told, for each summary and why. value is what to show of it, "" for nothing.
func (j *rowJob) failFor(in *input, pos tracking.RowPos, value, why, summary, detail string) {
	kind := summary
	at := hcldiag.At{File: j.file, Place: strconv.Itoa(int(pos.Line))}
	if in != nil {
		kind += "\x00" + hcldiag.Place(in.rng) + in.field.String() + hcldiag.Pattern(why)
		at = j.at(in.row)
	}
	if !j.wrong {
		j.wrong = true
		j.count.Wrong++
	}
	j.errs.Add(kind, hcldiag.Error(j.place(pos), summary, detail), at, value)
}

// failRow is fail for the current row.
func (j *rowJob) failRow(summary, detail string) {
	j.fail(tracking.RowPos(j.in.Start()), summary, detail)
}

// failErr is fail for what a reader says.
func (j *rowJob) failErr(pos tracking.RowPos, err error) {
	var wrong *rows.Error
	if errors.As(err, &wrong) {
		j.fail(tracking.RowPos(wrong.Pos), wrong.Summary, wrong.Detail)
		return
	}
	j.fail(pos, "Cannot read file", text.Sentence(err))
}

// readRows goes through the rows.
func (j *rowJob) readRows() {
	for len(j.x.declared) <= MaxDeclared && !j.errs.Full() {
		j.wrong = false
		if err := j.in.Read(); err == nil {
			j.row()
		} else if !j.goesOn(err) {
			return
		}
	}
}

// goesOn reports whether there is more to read after an error. It reports that.
func (j *rowJob) goesOn(err error) bool {
	if errors.Is(err, io.EOF) {
		return false
	}
	j.failErr(tracking.RowPos(j.in.Start()), err)
	var wrong *rows.Error
	if errors.As(err, &wrong) && wrong.Row {
		j.count.Read++
		return true
	}
	return false
}

// row declares the trackings of the current row, unless where excludes it.
func (j *rowJob) row() {
	j.built = false
	j.count.Read++
	j.x.progress.step()
	switch {
	case !j.eachWhere && !j.isWanted(0):
	case j.forEach == nil:
		j.parcel()
	default:
		j.parcelsOf()
	}
}

// isWanted reports whether where is true. If it is false, it counts what is left out: a
// parcel of the row, from 1, or with 0 the row.
func (j *rowJob) isWanted(parcel int) bool {
	wanted, ok := j.wanted()
	if ok && !wanted {
		j.leaveOut(SkipWhere, &j.where.rng, parcel)
	}
	return wanted && ok
}

// leaveOut counts a row, or a parcel in it, that declares nothing.
func (j *rowJob) leaveOut(why Skip, by *hcl.Range, parcel int) {
	j.count.LeftOut++
	j.count.Parcels++
	j.skip(Skipped{Why: why, By: by, File: j.file, Sheet: j.source.Sheet, Row: tracking.RowPos(j.in.Start()), Parcel: parcel})
}

func (b *rowBlock) skip(s Skipped) {
	if b.x.skipped != nil {
		s.Block = b.m.addr
		b.x.skipped(s)
	}
}

// parcelsOf makes a tracking of each element of for_each.
func (j *rowJob) parcelsOf() {
	v, diags := j.x.eval.Value(j.forEach.expr, j.rowContext(), false)
	if j.report(j.forEach, diags) {
		return
	}
	v, marks := v.Unmark()
	if !v.IsKnown() {
		return
	}
	ty := v.Type()
	if !v.IsNull() && !ty.IsListType() && !ty.IsTupleType() && !ty.IsSetType() {
		j.failRow("Invalid for_each", fmt.Sprintf("The for_each at %s must be a list of texts or of objects, an element for each parcel in the row; for this row it is %s.", hcldiag.Place(j.forEach.rng), ty.FriendlyName()))
		return
	}
	if n := eval.Length(v); n > maxForEach {
		j.failRow("Invalid for_each", fmt.Sprintf("The for_each at %s has %d elements for this row; at most %d are allowed.", hcldiag.Place(j.forEach.rng), n, maxForEach))
		return
	}
	parcels := 0
	if eval.Length(v) > 0 {
		for it := v.ElementIterator(); it.Next(); {
			_, el := it.Element()
			el, ok := j.element(el)
			if !ok {
				continue
			}
			parcels++
			j.rowContext().Variables["each"] = cty.ObjectVal(map[string]cty.Value{"value": el.WithMarks(marks)})
			if !j.eachWhere || j.isWanted(parcels) {
				j.parcel()
			}
		}
	}
	if parcels == 0 {
		j.leaveOut(SkipNoParcel, &j.forEach.rng, 0)
	}
}

// element trims a text; ok reports whether anything is left.
func (j *rowJob) element(el cty.Value) (_ cty.Value, ok bool) {
	plain, marks := el.Unmark()
	if plain.IsNull() {
		return el, false
	}
	if plain.Type() != cty.String || !plain.IsKnown() {
		return el, true
	}
	text := strings.TrimSpace(plain.AsString())
	return cty.StringVal(text).WithMarks(marks), text != ""
}

// parcel makes a tracking of the current row, or of each.value in it.
func (j *rowJob) parcel() {
	j.count.Parcels++
	key, goodKey := j.rowKey()
	decl, good := j.m.make(j.value)
	if !good || !goodKey {
		return
	}
	if j.key == nil {
		key = decl.Key.Number
	}
	decl.Addr, decl.Source, decl.Row = j.m.addr.Index(key), j.source, tracking.RowPos(j.in.Start())
	if i, twice := j.parcels[decl.Key]; twice {
		j.duplicate(decl, key, i)
		return
	}
	if i, taken := j.keys[key]; taken {
		j.sameKey(decl, key, &j.x.declared[i])
		return
	}
	j.keys[key] = int32(len(j.x.declared))
	if j.parcels != nil {
		j.parcels[decl.Key] = int32(len(j.x.declared))
	}
	j.reserve()
	j.m.declare(decl, j.rowContext)
}

// duplicate deals with a parcel that another row has declared.
func (j *rowJob) duplicate(decl tracking.Declared, key string, i int32) {
	first := &j.x.declared[i]
	left := &decl
	if j.m.onDuplicate == keepLast {
		if k, taken := j.keys[key]; taken && k != i {
			j.sameKey(decl, key, &j.x.declared[k])
			return
		}
		delete(j.keys, keyOf(first.Addr, j.m.addr))
		j.keys[key] = i
		*first, decl = decl, *first
		j.m.waitAgain(int(i), j.rowContext)
	}
	j.count.Duplicates++
	j.skip(Skipped{Why: SkipDuplicate, By: j.twice, File: left.Source.CSV, Sheet: left.Source.Sheet, Row: left.Row, Key: left.Key, Instead: first.Addr})
}

// sameKey complains of a key that another row has.
func (j *rowJob) sameKey(decl tracking.Declared, key string, first *tracking.Declared) {
	where := fmt.Sprintf("%s:%d", hcldiag.FileName(first.Source.CSV), first.Row.Line)
	if first.Key == decl.Key {
		j.failRow("Duplicate tracking", fmt.Sprintf("This row and the one at %s both declare %s. If a parcel may be in several rows, say which of them counts: on_duplicate = \"first\" or \"last\".", where, decl.Key))
		return
	}
	advice := "Keys are unique within a trackings block. Add to the key what tells them apart, as in key = \"${row.order}/${row.number}\"."
	if j.key == nil {
		advice = "Without a key argument, the number is the key. Give one that tells them apart, as in key = \"${row.carrier}/${row.number}\"."
	} else if j.forEach != nil {
		advice = "Keys are unique within a trackings block. Add to the key what tells them apart, as in key = \"${row.order}/${each.value}\"."
	}
	j.failRow("Duplicate key", fmt.Sprintf("This row and the one at %s both have the key %q, but are different parcels: %s and %s. %s", where, key, decl.Key, first.Key, advice))
}

// wanted evaluates where.
func (j *rowJob) wanted() (wanted, ok bool) {
	if j.where == nil {
		return true, true
	}
	if c := j.where.row.compare; c != nil {
		if cell, isText := j.in.Text(c.column); isText {
			same := cty.NormalizeString(string(cell)) == c.text
			return same == c.equal, true
		}
	}
	v, diags := j.x.eval.Value(j.where.expr, j.rowContext(), false)
	if j.report(j.where, diags) {
		return false, false
	}
	v, _ = v.Unmark()
	v, err := convert.Convert(v, cty.Bool)
	if err != nil || v.IsNull() {
		j.failRow("Invalid where", fmt.Sprintf("The condition at %s must be true or false for each row; for this one it is neither.", hcldiag.Place(j.where.rng)))
		return false, false
	}
	return v.IsKnown() && v.True(), v.IsKnown()
}

func (j *rowJob) rowKey() (string, bool) {
	switch {
	case j.key == nil:
		return "", true
	case j.key.fixed:
		return j.key.sets.text, !j.key.bad
	}
	key, ok := j.value(j.key)
	return key.text, ok
}
