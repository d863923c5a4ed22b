package config

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tmsync/tmsync/config/internal/csv"
	"github.com/tmsync/tmsync/config/internal/files"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

const (
	maxCSVFile  = 256 << 20 // bytes
	maxPatterns = 100       // globs in one csv argument
)

// csvJob turns the rows of one CSV file into trackings.
type csvJob struct {
	x      *expander
	m      *blueprint
	source *tracking.Source // shared by the rows of the file
	file   string           // its name as shown
	in     *csv.Reader
	errs   *hcldiag.Repeated

	header []string
	bound  map[hcl.Expression]rowInput
	key    *input // nil: the tracking number
	where  *input

	columns []int        // that the current row's object must have
	secret  map[int]bool // columns that sensitive attributes are made of
	ctx     *hcl.EvalContext
	built   bool             // ctx holds the current row
	keys    map[string]int32 // where in Config.Declared the tracking with the key is
	size    int64            // of the file; 0: not known
	start   int              // where in Config.Declared its first tracking is
}

// expandTrackings adds a tracking for each row of a block's CSV files.
func (x *expander) expandTrackings(d *declaration) *blueprint {
	m := x.newBlueprint(d, "row")
	var key, where *input
	if d.key != nil {
		key = x.compileKey(d.key)
		m.bad = m.bad || key.bad
	}
	if d.where != nil {
		where = &input{argument: argument{expr: d.where}, rng: d.where.Range()}
		if !x.checkReferences(d.where, "row") {
			return m
		}
	}
	x.progress.at(*d.subject())
	keys := map[string]int32{}
	for _, name := range x.csvFiles(d.csv) {
		source := *m.source
		source.CSV = x.files.Shown(name)
		job := &csvJob{x: x, m: m, source: &source, file: source.CSV, key: key, where: where, keys: keys, ctx: x.ctx.NewChild()}
		job.run(name)
	}
	return m
}

func (x *expander) compileKey(expr hcl.Expression) *input {
	in := &input{argument: argument{field: keyField, expr: expr, span: tracking.SpanOf(expr.Range())}}
	x.compile(in, expr.Range().Filename, "row")
	return in
}

// csvFiles evaluates the csv argument: names or globs, one or a list of them.
func (x *expander) csvFiles(expr hcl.Expression) []string {
	rng := expr.Range()
	v := x.evaluate(expr)
	v, _ = v.UnmarkDeep()
	if !v.IsWhollyKnown() {
		return nil
	}
	if s, err := convert.Convert(v, cty.String); err == nil {
		v = cty.ListVal([]cty.Value{s})
	}
	list, err := convert.Convert(v, cty.List(cty.String))
	if err != nil || list.IsNull() {
		x.error(&rng, "Invalid csv argument", "csv is the name of a file or a glob such as \"orders/*.csv\", or a list of them.")
		return nil
	}
	var names []string
	seen := map[string]bool{}
	for i, pattern := range list.AsValueSlice() {
		switch {
		case i == maxPatterns:
			x.error(&rng, "Invalid csv argument", fmt.Sprintf("csv may have %d names or globs.", maxPatterns))
			return nil
		case pattern.IsNull():
			x.error(&rng, "Invalid csv argument", "csv must not be null, nor have a null in it.")
			continue
		}
		matches, err := x.files.Glob(pattern.AsString())
		if err != nil {
			x.error(&rng, "Invalid csv argument", fmt.Sprintf("The glob %q cannot be used: %s.", pattern.AsString(), err))
			continue
		}
		if len(matches) == 0 {
			x.error(&rng, "No CSV file", fmt.Sprintf("No file matches %q. Names are relative to the configuration's directory.", pattern.AsString()))
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

// run reads the file.
func (j *csvJob) run(name string) {
	j.errs = j.x.repeated(j.place(tracking.RowPos{Line: 1}), j.file)
	defer j.errs.Close()
	f, err := j.x.files.Open(name)
	if err != nil {
		rng := j.m.csv.Range()
		j.x.error(&rng, "Cannot read CSV file", fmt.Sprintf("%s: %s.", hcldiag.FileName(j.file), files.Problem(err)))
		return
	}
	defer f.Close() // nothing was written
	if info, err := f.Stat(); err == nil {
		j.size = info.Size()
	}
	if j.size > maxCSVFile {
		j.fail(tracking.RowPos{Line: 1}, "CSV file too large", fmt.Sprintf("A CSV file may have %s. Split it.", text.Size(maxCSVFile)))
		return
	}
	j.start = len(j.x.declared)
	sum := sha256.New()
	j.in = csv.NewReader(io.TeeReader(io.LimitReader(f, maxCSVFile), sum))
	err = j.rows()
	var wrong *csv.Error
	switch {
	case errors.As(err, &wrong):
		j.fail(tracking.RowPos(wrong.Pos), wrong.Summary, wrong.Detail)
	case err != nil:
		j.fail(tracking.RowPos(j.in.Here()), "Cannot read CSV file", text.Sentence(files.Problem(err)))
	}
	j.x.noteSum(noteFile+name, [sha256.Size]byte(sum.Sum(nil)))
}

func (j *csvJob) place(pos tracking.RowPos) *hcl.Range {
	p := hcl.Pos{Line: int(pos.Line), Column: 1, Byte: int(pos.Byte)}
	return &hcl.Range{Filename: j.file, Start: p, End: p}
}

func (j *csvJob) fail(pos tracking.RowPos, summary, detail string) {
	j.errs.Add(hcldiag.Error(j.place(pos), summary, detail))
}

// rows reads the header, binds the expressions to its columns, and reads the rows.
func (j *csvJob) rows() error {
	switch err := j.in.Read(); {
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
		switch err := j.in.Read(); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case len(j.x.declared) > MaxDeclared || j.errs.Full():
			return nil
		}
		if n := j.in.Fields(); n != len(j.header) {
			j.fail(tracking.RowPos(j.in.Start()), "Wrong number of CSV fields", fmt.Sprintf("Fields in this row: %d; in the header: %d. A field with a comma in it must be quoted.", n, len(j.header)))
			continue
		}
		j.row()
	}
}
