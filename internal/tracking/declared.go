package tracking

import (
	"time"

	"github.com/hashicorp/hcl/v2"
)

// Declared is one tracking that the files ask for.
type Declared struct {
	Addr  Addr
	Key   Key
	Attrs Attrs // what is managed; an attribute that is absent is never compared or sent
	// Secret are the attributes whose values come from something sensitive. They
	// are treated as the ones that always are.
	Secret    AttrSet
	Lifecycle *Lifecycle
	Source    *Source
	Row       RowPos // where in Source.CSV, for rows of a trackings block
}

// Lifecycle is how a declared tracking is treated. Blocks that ask for the same
// share one; it must not be changed.
type Lifecycle struct {
	PreventDestroy bool
	IgnoreChanges  AttrSet
	OnRemove       OnRemove
	OnMissing      OnMissing
	CreateOnly     CreateOnly
	// ArchiveAfter is how long after its last event a delivered tracking is
	// archived; 0 is never.
	ArchiveAfter time.Duration
}

// OnRemove is what happens to a tracking whose block is gone.
type OnRemove string

// The ways to deal with a removed block.
const (
	RemoveDefault OnRemove = "" // delete, but forget what was adopted
	RemoveDelete  OnRemove = "delete"
	RemoveArchive OnRemove = "archive"
	RemoveForget  OnRemove = "forget"
)

// OnMissing is what happens to a tracking that has vanished from the service.
type OnMissing string

// The ways to deal with a vanished tracking.
const (
	MissingDefault  OnMissing = "" // recreate, unless last seen delivered or expired
	MissingRecreate OnMissing = "recreate"
	MissingForget   OnMissing = "forget"
)

// CreateOnly is what happens when an attribute differs that only a create sets.
type CreateOnly string

// The ways to deal with a create-only attribute that differs.
const (
	CreateOnlyReplace CreateOnly = "replace"
	CreateOnlyIgnore  CreateOnly = "ignore"
)

// DefaultLifecycle is the lifecycle of a block without one.
var DefaultLifecycle = Lifecycle{CreateOnly: CreateOnlyReplace}

// Source is where a declaration stands in the files. The rows of one file that come
// through one trackings block share a Source.
type Source struct {
	File  string // the file of the block
	Block Span   // the block's header
	// Carrier, Number and Attrs are the arguments' expressions in the block.
	Carrier, Number Span
	Attrs           []AttrSpan
	Defaults        *Source // where the other attributes are given their values; nil for nowhere
	CSV             string  // the name of the file of rows as shown to the user, if any
	Sheet           string  // of a workbook
}

// AttrSpan is where one attribute is given its value.
type AttrSpan struct {
	Attr Attr
	Span Span
}

// SourceAt is what stands at a line of a file.
func SourceAt(file string, line int) *Source {
	return &Source{File: file, Block: SpanOf(hcl.Range{Start: hcl.Pos{Line: line}})}
}

// attr is where a block or its defaults give an attribute its value; the block's
// header if neither does.
func (s *Source) attr(a Attr) hcl.Range {
	for from := s; from != nil; from = from.Defaults {
		for _, p := range from.Attrs {
			if p.Attr == a {
				return p.Span.In(from.File)
			}
		}
	}
	return s.Block.In(s.File)
}

// RowPos is the start of a row in its file: line from 1, byte from 0. In a workbook the
// line is the number of the row.
type RowPos struct {
	Line uint32
	Byte uint32
}

// RowCounts counts what became of the rows of files. Where they make any number of
// parcels, Parcels is how many they made, and the rest counts these; else it is 0.
type RowCounts struct {
	Read       int `json:"read"`
	Parcels    int `json:"parcels,omitempty"`
	Declared   int `json:"declared"`
	Duplicates int `json:"duplicates"` // of the same parcel, passed over
	LeftOut    int `json:"left_out"`   // by where, or without a parcel
	// Files means that there are such files, though they may have no rows.
	Files bool `json:"-"`
}

// Sensitive reports whether an attribute's value must not be shown, logged or
// stored.
func (d *Declared) Sensitive(a Attr) bool { return a.Spec().Sensitive || d.Secret.Has(a) }

// Range is the place to point at when the whole declaration is meant: the row of the
// file of rows, else the block's header.
func (d *Declared) Range() hcl.Range {
	if d.Source == nil {
		return hcl.Range{}
	}
	if d.Source.CSV != "" {
		pos := hcl.Pos{Line: int(d.Row.Line), Column: 1, Byte: int(d.Row.Byte)}
		return hcl.Range{Filename: d.Source.CSV, Start: pos, End: pos}
	}
	return d.Source.Block.In(d.Source.File)
}

// NumberRange is the place to point at when the tracking number is meant.
func (d *Declared) NumberRange() hcl.Range {
	return d.orRow(func(s *Source) hcl.Range { return s.Number.In(s.File) })
}

// CarrierRange is the place to point at when the carrier is meant.
func (d *Declared) CarrierRange() hcl.Range {
	return d.orRow(func(s *Source) hcl.Range { return s.Carrier.In(s.File) })
}

// AttrRange is the place to point at when an attribute is meant.
func (d *Declared) AttrRange(a Attr) hcl.Range {
	return d.orRow(func(s *Source) hcl.Range { return s.attr(a) })
}

// RangeOf is the place to point at for what the service finds fault with.
func (d *Declared) RangeOf(about About) hcl.Range {
	a, isAttr := about.Attr()
	switch {
	case about == AboutNumber:
		return d.NumberRange()
	case about == AboutCarrier:
		return d.CarrierRange()
	case isAttr:
		return d.AttrRange(a)
	}
	return d.Range()
}

// orRow returns a range of the block, or the row itself for CSV: there the fault is
// in the data, and one expression serves all rows.
func (d *Declared) orRow(pick func(*Source) hcl.Range) hcl.Range {
	if d.Source == nil || d.Source.CSV != "" {
		return d.Range()
	}
	return pick(d.Source)
}
