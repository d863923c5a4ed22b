package config

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
)

// judge decides what refers to trackings or data: preconditions, checks and outputs.
// What depends on the answers of the service waits for them.
type judge struct {
	*Scope
	outputs    []Output
	failed     []Failure
	moreFailed int             // preconditions beyond those that are kept
	warnings   hcl.Diagnostics // checks that do not hold

	preconditions []*precondition
	waiting       []*mould // with trackings whose preconditions wait
	again         []func() // decides what waits for the answers
}

// decideAgain decides what waits for the answers.
func (j *judge) decideAgain() {
	again := j.again
	j.again = nil
	for _, decide := range again {
		decide()
	}
	j.sortOutputs()
	j.sortFailures()
	hcldiag.Sort(j.warnings)
}

// forget lets go of what was needed to decide.
func (j *judge) forget() {
	j.preconditions, j.waiting = nil, nil
	j.Scope.forget()
}
