// Package engine opens what tmsync works in (configuration, state and service), makes
// plans and carries them out. It is a library: it returns errors and values, prints
// nothing, reads no environment, and knows neither flags nor terminals.
package engine

import (
	"errors"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/state"
)

// Code is the number of the exit code that a problem ends a command with. What the
// numbers mean to users is told by package cli.
type Code int

// The codes of problems.
const (
	Failure   Code = 1
	Unsafe    Code = 4
	Locked    Code = 5
	Partial   Code = 6
	NoCredits Code = 7
	StalePlan Code = 8
)

// Problem is a failure as users are told it: diagnostics and the code of the end.
type Problem struct {
	Code        Code // 0: it is told, and is no failure of what was done before
	Diagnostics hcl.Diagnostics
	Files       map[string]*hcl.File // the sources of the diagnostics
	Err         error                // the cause, where there is one
	Closing     string               // what the diagnostics come to, in a line; "" for one alone
}

// Failed returns a problem that no place in a file is to blame for.
func Failed(code Code, summary, detail string) *Problem {
	return &Problem{Code: code, Diagnostics: hcl.Diagnostics{{Severity: hcl.DiagError, Summary: summary, Detail: detail}}}
}

// Because returns a problem whose detail is its cause, as a sentence. The code of a
// lock that was lost is always Locked.
func Because(code Code, summary string, err error) *Problem {
	if errors.As(err, new(*state.FencedError)) {
		code = Locked
	}
	p := Failed(code, summary, text.Sentence(err))
	p.Err = err
	return p
}

// Error implements error.
func (p *Problem) Error() string {
	var all []string
	for _, d := range p.Diagnostics {
		all = append(all, strings.TrimSuffix(d.Summary+": "+d.Detail, ": "))
	}
	return strings.Join(all, "\n")
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }
