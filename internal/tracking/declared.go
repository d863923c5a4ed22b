package tracking

import "github.com/hashicorp/hcl/v2"

// Declared is one tracking that the files ask for.
type Declared struct {
	Addr  Addr
	Key   Key
	Attrs Attrs // what is managed; an attribute that is absent is never compared or sent
	// Secret are the attributes whose values come from something sensitive. They
	// are treated as the ones that always are.
	Secret    Set
	Lifecycle *Lifecycle
	Source    *Source
	Row       RowPos // where in Source.CSV, for rows of a trackings block
}

// Lifecycle says how a declared tracking is treated. Blocks that ask for the
// same share one; it must not be changed.
type Lifecycle struct {
	PreventDestroy bool
	IgnoreChanges  Set
	OnRemove       OnRemove
	OnMissing      OnMissing
	CreateOnly     CreateOnly
}

// OnRemove is what happens to a tracking whose block is gone.
type OnRemove string

// The ways to deal with a removed block.
const (
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

// DefaultLifecycle is the lifecycle of a block that says nothing about it.
var DefaultLifecycle = Lifecycle{OnRemove: RemoveDelete, CreateOnly: CreateOnlyReplace}

// Source is where a declaration stands in the files. The rows of one CSV file
// that come through one trackings block share a Source.
type Source struct {
	Block hcl.Range // the block's header
	// Carrier, Number and Attrs are the arguments' expressions, in the block
	// itself or in the defaults it takes them from.
	Carrier, Number hcl.Range
	Attrs           []AttrRange
	CSV             string // the CSV file's name as shown to the user, if any
}

// AttrRange is where one attribute is given its value.
type AttrRange struct {
	Attr  Attr
	Range hcl.Range
}

// RowPos is the start of a CSV row in its file: line from 1, byte from 0.
type RowPos struct {
	Line uint32
	Byte uint32
}

// Sensitive says whether the value of an attribute must not be shown, logged or
// stored in clear.
func (d *Declared) Sensitive(a Attr) bool { return a.Spec().Sensitive || d.Secret.Has(a) }

// Range is the place to point at when the whole declaration is meant: the row
// of the CSV file, else the block's header.
func (d *Declared) Range() hcl.Range {
	if d.Source == nil {
		return hcl.Range{}
	}
	if d.Source.CSV != "" {
		pos := hcl.Pos{Line: int(d.Row.Line), Column: 1, Byte: int(d.Row.Byte)}
		return hcl.Range{Filename: d.Source.CSV, Start: pos, End: pos}
	}
	return d.Source.Block
}

// NumberRange is the place to point at when the tracking number is meant.
func (d *Declared) NumberRange() hcl.Range {
	return d.orRow(func(s *Source) hcl.Range { return s.Number })
}

// CarrierRange is the place to point at when the carrier is meant.
func (d *Declared) CarrierRange() hcl.Range {
	return d.orRow(func(s *Source) hcl.Range { return s.Carrier })
}

// AttrRange is the place to point at when an attribute is meant.
func (d *Declared) AttrRange(a Attr) hcl.Range {
	return d.orRow(func(s *Source) hcl.Range {
		for _, r := range s.Attrs {
			if r.Attr == a {
				return r.Range
			}
		}
		return s.Block
	})
}

// orRow picks a range of the block, but the row itself for what came from CSV:
// there the fault is in the data, and one expression serves all rows.
func (d *Declared) orRow(pick func(*Source) hcl.Range) hcl.Range {
	if d.Source == nil || d.Source.CSV != "" {
		return d.Range()
	}
	if r := pick(d.Source); r.Filename != "" {
		return r
	}
	return d.Source.Block
}
