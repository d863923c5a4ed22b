// Package draft proposes a configuration for a file of rows: from the names of its columns
// and from what is in them. It decides what the file proves, and leaves the rest to people,
// as a comment at the place.
package draft

import (
	"errors"
	"fmt"

	"github.com/tmsync/tmsync/config/internal/files"
	"github.com/tmsync/tmsync/config/internal/rows"
)

// Options are what people say of the file.
type Options = rows.Options

// NoHeader is the Header of a file without names.
const NoHeader = rows.NoHeader

// Draft is a proposal.
type Draft struct {
	Text string // HCL, formatted
	Kind string // of the file: "a CSV file"
	Shop string // whose export it is; "" for nobody's that is known
	Rows int
	Open []Open // what it leaves to people, in the order of the text
}

// Open is something that is not decided.
type Open struct {
	Line int // of the text, from 1
	What string
}

// Problem is why there is no draft.
type Problem struct {
	Summary, Detail string
	Line            int      // of the file; 0 where it is not of one
	Lists           []string // of a JSON file: the paths where its rows may be
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// From proposes a configuration for a file in a directory that may have none.
func From(dir, name string, o Options) (*Draft, error) {
	d, err := files.OpenDirectory(dir, "")
	if err != nil {
		return nil, &Problem{Summary: "Cannot read the configuration directory", Detail: files.Problem(err).Error() + "."}
	}
	defer d.Close()
	if option, problem := o.Problem(); problem != "" && option != "columns" {
		return nil, &Problem{Summary: "Invalid " + option, Detail: problem}
	}
	draft, err := from(d, name, o)
	if only := rows.OnlyList(err); only != "" {
		o.Path = only
		draft, err = from(d, name, o)
	}
	var wrong *rows.Error
	var unknown *Problem
	switch {
	case errors.As(err, &unknown):
		return nil, unknown
	case errors.As(err, &wrong):
		return nil, &Problem{Summary: wrong.Summary, Detail: wrong.Detail, Line: int(wrong.Pos.Line), Lists: wrong.Lists}
	case err != nil:
		return nil, &Problem{Summary: "Cannot read file", Detail: fmt.Sprintf("%s. It must be in the directory of the configuration, and its name relative to that.", err)}
	}
	return draft, nil
}

func from(dir *files.Directory, name string, o Options) (*Draft, error) {
	t, err := readTable(dir, name, o)
	if err != nil {
		return nil, err
	}
	defer t.close()
	w := &writer{table: t}
	w.numbers = t.findNumbers()
	for _, c := range t.columns {
		c.elsewhere = c.path != nil && c.path.inList && (w.numbers == nil || !c.sameList(w.numbers.column))
	}
	if w.order = t.first(orderRole); w.order == nil && w.numbers != nil && w.numbers.column.path != nil {
		w.order = t.ownNumber()
	}
	if w.numbers != nil {
		w.carriers = t.findCarriers()
		if err := t.relate(w.numbers, w.order, w.carriers); err != nil {
			return nil, err
		}
		if w.carriers != nil && w.carriers.many {
			w.carriers = nil
		}
	}
	draft := &Draft{Kind: string(t.kind), Rows: t.rows}
	if t.shop >= 0 {
		draft.Shop = shops[t.shop].name
	}
	draft.Text, draft.Open = w.write()
	return draft, nil
}

// first returns the surest column of a role that has anything in it; nil if there is none.
func (t *table) first(r role) *column {
	for _, c := range t.find(r) {
		if c.filled > 0 && c.lists == 0 {
			return c
		}
	}
	return nil
}
