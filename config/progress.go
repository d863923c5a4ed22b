package config

import (
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"
)

// Progress tells another goroutine how far reading and evaluating have come. An
// evaluation cannot be interrupted, and what it may cost is bounded by whoever
// watches it: this package looks at no clock.
type Progress struct {
	steps atomic.Uint64
	size  atomic.Uint64
	place atomic.Pointer[hcl.Range]
}

// Steps counts what has been begun: files, pieces of them, expressions, elements,
// rows. Each takes a fraction of a second.
func (p *Progress) Steps() uint64 { return p.steps.Load() }

// Size counts the bytes of text that have been given to a parser.
func (p *Progress) Size() uint64 { return p.size.Load() }

// Place returns the expression or the block that is worked at, nil before the
// first.
func (p *Progress) Place() *hcl.Range { return p.place.Load() }

func (p *Progress) step() { p.read(0) }

// read counts a step that parses so many bytes.
func (p *Progress) read(bytes int) {
	if p != nil {
		p.size.Add(uint64(bytes))
		p.steps.Add(1)
	}
}

func (p *Progress) at(rng hcl.Range) {
	if p != nil {
		p.place.Store(&rng)
		p.steps.Add(1)
	}
}
