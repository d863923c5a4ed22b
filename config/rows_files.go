package config

import (
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config/internal/files"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/rows"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// Rows counts what became of the rows of a trackings block. Where ByParcel is set, rows
// make any number of parcels, and these are what is counted; otherwise each row makes one.
type Rows struct {
	Addr       tracking.Addr
	ByParcel   bool
	Read       int // rows
	Parcels    int // Declared, Duplicates and LeftOut together, if nothing is wrong
	Declared   int
	Duplicates int // of the same parcel, with on_duplicate
	LeftOut    int // by where, or rows without a parcel
	Wrong      int // rows in which something is
	Short      int // rows with fewer cells than there are columns
}

// Skipped is a row, or a parcel in it, that declares nothing.
type Skipped struct {
	Block tracking.Addr
	File  string // as it is shown to the user
	Sheet string // of a workbook
	Row   tracking.RowPos
	// Parcel is which one of the row's for_each it is, from 1; 0 is the row as a whole.
	Parcel int
	Why    Skip
	By     *hcl.Range   // the argument of the block that decides so
	Key    tracking.Key // of a duplicate
	// Instead is what declares the parcel of a duplicate. With Last it may be
	// superseded itself.
	Instead tracking.Addr
}

// Skip is why a row declares nothing.
type Skip string

// The reasons.
const (
	SkipWhere     Skip = "where"
	SkipNoParcel  Skip = "no parcel"
	SkipDuplicate Skip = "duplicate"
)

// Stdin stands for the standard input in a file argument, StdinShown in messages.
const (
	Stdin      = "-"
	StdinShown = "<stdin>"
)

// ReadsStdin reports whether rows came from the standard input.
func (s *Scope) ReadsStdin() bool { return s.piped != nil }

// shownRows returns the name of a file of rows in messages.
func (s *Scope) shownRows(name string) string {
	if name == Stdin {
		return StdinShown
	}
	return s.files.Shown(name)
}

// matchRows lists the files that a name or a glob stands for.
func (s *Scope) matchRows(pattern string) ([]string, error) {
	if pattern == Stdin {
		return []string{Stdin}, nil
	}
	return s.files.Glob(pattern)
}

// openRows opens a file of rows, for done to be called. It records a digest of it.
func (s *Scope) openRows(name string) (f rows.File, done func(), err error) {
	if name == Stdin {
		b, err := s.readStdin()
		if err != nil {
			return f, nil, err
		}
		f = rows.Piped(b)
		f.Step = s.progress.step
		return f, func() {}, nil
	}
	opened, err := s.files.Open(name)
	if err != nil {
		return f, nil, files.Problem(err)
	}
	done = func() { _ = opened.Close() } // nothing was written
	if f, err = rows.Opened(name, opened); err != nil {
		done()
		return f, nil, files.Problem(err)
	}
	f.Step = s.progress.step
	if f.Size > rows.MaxFile {
		return f, done, nil // which package rows says is too large
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(opened, 0, f.Size)); err != nil {
		done()
		return f, nil, files.Problem(err)
	}
	s.noteSum(noteFile+name, [sha256.Size]byte(sum.Sum(nil)))
	return f, done, nil
}

// readStdin reads the standard input, once for all who ask.
func (s *Scope) readStdin() ([]byte, error) {
	if s.piped != nil {
		return s.piped, nil
	}
	b, err := rows.ReadPiped(s.stdin)
	if err != nil {
		return nil, err
	}
	s.piped = b
	if b == nil {
		s.piped = []byte{}
	}
	s.note("standard input", b)
	return s.piped, nil
}

// misfit is an error about the whole file. Files with the same one, as the key tells,
// share a message.
func (j *rowJob) misfit(key string, at *hcl.Range, summary, detail string) {
	j.unfit.Add(summary+"\x00"+hcldiag.Place(*at)+"\x00"+key, hcldiag.Error(at, summary, detail), hcldiag.At{Place: hcldiag.FileName(j.file)}, "")
}

// missingColumn is a reference to a column that is not there, or is several times.
type missingColumn struct {
	at      hcl.Range
	name    string
	several bool
}

// reportMissing complains of these columns. It names the ones that there are if at least
// one of them is referred to, or they look like names: otherwise the line may be a
// customer's.
func (j *rowJob) reportMissing() {
	names := j.in.Columns()
	isHeader := len(j.columns) > 0 || j.refers || areNames(names)
	for _, m := range j.missing {
		file := hcldiag.FileName(j.file)
		switch {
		case m.several:
			j.misfit(m.name, &m.at, "Duplicate column name", fmt.Sprintf("%s has several columns named %q: %s. Rename them in the file, so that it is clear which one is meant.", file, m.name, placesOf(m.name, names)))
		case isHeader || j.in.Kind() == rows.JSON:
			j.misfit(m.name, &m.at, "Unknown column", fmt.Sprintf("%s has no column %q.%s%s", file, m.name, text.DidYouMean(m.name, slices.Values(names)), columnList(names)))
		default:
			j.misfit("nameless "+m.name, &m.at, "Unknown column", fmt.Sprintf("%s has no column %q, nor any other that this block refers to.\n\nIf another line names the columns, say which: header = 3 for example. If there is none, name them: header = 0, and columns = [\"carrier\", \"number\"].", file, m.name))
		}
	}
}

// areNames reports whether a line is one of names, and no order: it has no address, and
// no number of three digits.
func areNames(cells []string) bool {
	return !slices.ContainsFunc(cells, func(cell string) bool {
		return strings.Contains(cell, "@") || threeDigits.MatchString(cell)
	})
}

var threeDigits = regexp.MustCompile(`[0-9]{3}`)

// placesOf lists the numbers of the columns that have a name.
func placesOf(name string, names []string) string {
	var at []string
	for i, other := range names {
		if other == name {
			at = append(at, strconv.Itoa(i+1))
		}
	}
	return strings.Join(at, ", ")
}

// maxListed is how many columns a message names.
const maxListed = 30

func columnList(names []string) string {
	var quoted []string
	for _, name := range names {
		if name != "" && len(quoted) < maxListed && len(name) <= 100 {
			quoted = append(quoted, text.Quote(name))
		}
	}
	if len(quoted) == 0 {
		return ""
	}
	more := ""
	if n := len(names) - len(quoted); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("\n\nIt has: %s%s.", strings.Join(quoted, ", "), more)
}

// rowsToJudge is how many trackings of a file suffice to estimate the rest.
const rowsToJudge = 1000

// reserve allocates for the rest of the file, estimated from what has been read:
// growing in steps would copy all that is declared.
func (j *rowJob) reserve() {
	made, read := len(j.x.declared)-j.first, int64(j.in.Start().Byte)
	if made != rowsToJudge || j.size <= read || j.in.Kind() == rows.XLSX {
		return
	}
	rest := int64(made) * (j.size - read) / read
	rest = min(rest+rest/32, int64(MaxDeclared-len(j.x.declared)+1))
	j.x.declared = slices.Grow(j.x.declared, int(max(rest, 0)))
	keys := make(map[string]int32, len(j.keys)+int(max(rest, 0)))
	maps.Copy(keys, j.keys)
	j.keys = keys
}
