package config

import (
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"
)

// Progress tells another goroutine how Load gets on. What Load does is bounded,
// and an evaluation cannot be interrupted: this is for whoever watches over it,
// in case that a bound was forgotten. This package looks at no clock.
type Progress struct {
	steps atomic.Uint64
	place atomic.Pointer[hcl.Range]
}

// Steps counts what has been begun: files, pieces of them, expressions, rows.
// Each takes a fraction of a second.
func (p *Progress) Steps() uint64 { return p.steps.Load() }

// Place is the expression or the block that is worked at, nil before the first.
func (p *Progress) Place() *hcl.Range { return p.place.Load() }

func (p *Progress) step() {
	if p != nil {
		p.steps.Add(1)
	}
}

func (p *Progress) at(rng hcl.Range) {
	if p != nil {
		p.place.Store(&rng)
		p.steps.Add(1)
	}
}
