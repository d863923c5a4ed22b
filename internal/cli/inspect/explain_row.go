package inspect

import (
	"bufio"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// cutPlace reads FILE:LINE. Neither a key nor an address looks so.
func cutPlace(s string) (file string, line int, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 1 {
		return "", 0, false
	}
	n, err := strconv.ParseUint(s[i+1:], 10, 32)
	return s[:i], int(n), err == nil && n > 0
}

// rowExplanation is what became of one row.
type rowExplanation struct {
	File     string       `json:"file"`
	Row      uint32       `json:"row"` // where it begins
	Outcomes []rowOutcome `json:"outcomes"`
}

// rowOutcome is what one block makes of the row, or of one parcel in it.
type rowOutcome struct {
	Block   tracking.Addr `json:"block"`
	Sheet   string        `json:"sheet,omitempty"`
	Parcel  int           `json:"parcel,omitempty"` // which one of the row's for_each, where where decides on each
	Outcome string        `json:"outcome"`          // declared, or the reason why nothing is
	By      string        `json:"by,omitempty"`     // the place of the argument that decides so
	Address tracking.Addr `json:"address,omitempty"`
	At      string        `json:"at,omitempty"` // where that is declared, of a duplicate
	Key     string        `json:"key,omitempty"`
}

// declaredOutcome is the outcome of a parcel that counts.
const declaredOutcome = "declared"

// rowFinder finds what became of the row that begins in a line. Where none does, it is
// the last one before it.
type rowFinder struct {
	file  string
	line  uint32
	found rowExplanation
	keys  map[tracking.Key]bool // of duplicates
	files map[string]bool       // that have rows
}

// add takes a row's outcome if the row is not above the one found.
func (f *rowFinder) add(file string, row tracking.RowPos, out func() rowOutcome) {
	f.files[file] = true
	if file != f.file || row.Line > f.line || row.Line < f.found.Row {
		return
	}
	if row.Line > f.found.Row {
		f.found.Row, f.found.Outcomes = row.Line, nil
	}
	f.found.Outcomes = append(f.found.Outcomes, out())
}

// explainRow shows what became of a row. Configuration and files suffice for that.
func explainRow(a *app.App, o *app.ConfigOptions, file string, line int, asJSON bool) error {
	if file == config.Stdin {
		file = config.StdinShown
	}
	if a.Display != "" && file != config.StdinShown && !strings.HasPrefix(file, a.Display+"/") {
		file = path.Join(a.Display, file)
	}
	f := &rowFinder{file: path.Clean(file), line: uint32(line), keys: map[tracking.Key]bool{}, files: map[string]bool{}}
	o.Skipped = func(s config.Skipped) {
		f.add(s.File, s.Row, func() rowOutcome {
			out := rowOutcome{Block: s.Block, Sheet: s.Sheet, Parcel: s.Parcel, Outcome: string(s.Why), By: fmt.Sprintf("%s:%d", s.By.Filename, s.By.Start.Line)}
			if !s.Key.IsZero() {
				f.keys[s.Key], out.Key = true, s.Key.String()
			}
			return out
		})
	}
	cfg, err := a.Load(o)
	if err != nil {
		return err
	}
	for i := range cfg.Declared {
		if d := &cfg.Declared[i]; d.Source != nil && d.Source.CSV != "" {
			f.add(d.Source.CSV, d.Row, func() rowOutcome {
				return rowOutcome{Block: d.Addr.Block(), Sheet: d.Source.Sheet, Outcome: declaredOutcome, Address: d.Addr, Key: d.Key.String()}
			})
		}
	}
	f.found.File = f.file
	if err := f.problem(); err != nil {
		return err
	}
	f.nameOthers(cfg)
	if asJSON {
		return app.Written(text.WriteJSON(app.Exact(a.Stdout), f.found))
	}
	return app.Written(app.Flushed(bufio.NewWriter(a.Stdout), f.text))
}

// problem returns an error if there is no such row.
func (f *rowFinder) problem() error {
	if len(f.found.Outcomes) > 0 {
		return nil
	}
	if f.files[f.file] {
		return app.Fail("No such row", fmt.Sprintf("Line %d is above the first row of %s.", f.line, text.Inert(f.file)))
	}
	names := slices.Sorted(maps.Keys(f.files))
	detail := "No trackings block reads a row of any file."
	if len(names) > 0 {
		detail = fmt.Sprintf("No trackings block reads a row of %s.%s", text.Inert(f.file), text.DidYouMean(f.file, slices.Values(names)))
	}
	return app.Fail("No such row", detail)
}

// nameOthers adds to duplicates what declares their parcels.
func (f *rowFinder) nameOthers(cfg *config.Config) {
	for i := range cfg.Declared {
		d := &cfg.Declared[i]
		if !f.keys[d.Key] {
			continue
		}
		for j := range f.found.Outcomes {
			if out := &f.found.Outcomes[j]; out.Outcome == string(config.SkipDuplicate) && out.Key == d.Key.String() {
				out.Address, out.At = d.Addr, app.PlaceOf(d)
			}
		}
	}
}

// text writes the row for people, a line an outcome.
func (f *rowFinder) text(w *bufio.Writer) error {
	row := fmt.Sprintf("%s:%d", text.Inert(f.found.File), f.found.Row)
	if f.found.Row != f.line {
		fmt.Fprintf(w, "No row begins in line %d; the last one before it does at %s.\n", f.line, row)
	}
	for i := range f.found.Outcomes {
		out := &f.found.Outcomes[i]
		at := row
		if out.Sheet != "" {
			at += fmt.Sprintf(" (sheet %s)", text.Quote(out.Sheet))
		}
		fmt.Fprintf(w, "%s: %s\n", at, text.Inert(out.sentence()))
	}
	return nil
}

// sentence returns what became of the row.
func (out *rowOutcome) sentence() string {
	switch config.Skip(out.Outcome) {
	case config.SkipWhere:
		which := "it"
		if out.Parcel > 0 {
			which = fmt.Sprintf("parcel %d in it", out.Parcel)
		}
		return fmt.Sprintf("left out of %s: the condition at %s is false for %s.", out.Block, out.By, which)
	case config.SkipNoParcel:
		return fmt.Sprintf("left out of %s: the for_each at %s finds no parcel in it.", out.Block, out.By)
	case config.SkipDuplicate:
		return fmt.Sprintf("a duplicate of %s: %s, at %s, declares it, as on_duplicate at %s says.", out.Key, out.Address, out.At, out.By)
	}
	return fmt.Sprintf("declares %s, %s.", out.Address, out.Key)
}
