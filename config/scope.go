package config

import (
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/files"
	"github.com/tmsync/tmsync/config/internal/funcs"
	"github.com/tmsync/tmsync/internal/carrier"
	"github.com/tmsync/tmsync/internal/tracking"
)

// Scope is what expressions see, and what evaluates them: during Load, and afterwards
// for Evaluate and Answer.
type Scope struct {
	*diagnostics
	inputs
	files    *files.Directory // open while something is read or evaluated
	progress *Progress
	now      time.Time // of timestamp()

	eval      *eval.Evaluator
	functions *funcs.Table
	ctx       *hcl.EvalContext // var, local, path and the functions; nil where the files cannot be read
	vars      map[string]*variable
	locals    map[string]*local // nil: to be evaluated
	memory    eval.Memory       // of values that are kept
	heldByVar int               // of it, that of variables
	private   map[string]bool   // see isPrivate

	localBlocks hcl.Blocks

	declared []tracking.Declared
	spans    map[tracking.Addr]span
	objects  map[tracking.Addr]cty.Value // what trackings are in expressions
	made     int                         // of these objects
	broken   bool                        // Load has ended with errors

	stdin    io.Reader // see openRows
	piped    []byte    // what it had; nil: it has not been read
	rowCount []Rows

	own    map[string]string  // codes by the names of the carriers block
	listed []tracking.Carrier // the service's own list; nil: it is not at hand
	names  *carrier.Names     // of both; see carrierNames
	asked  bool               // carrier() has been called since the list is known

	data      []*dataBlock
	dataValue cty.Value // of all of them; see dataObject
	answers   *Answers  // nil before Answer
}

func newScope(opts Options) *Scope {
	s := &Scope{
		diagnostics: &diagnostics{},
		inputs:      inputs{},
		progress:    opts.Progress,
		now:         time.Now(),
		stdin:       opts.Stdin,
		eval:        eval.New(),
		private:     map[string]bool{},
		objects:     map[tracking.Addr]cty.Value{},
	}
	if opts.Now != nil {
		s.now = opts.Now()
	}
	return s
}

// open sets the directory that the functions read.
func (s *Scope) open(dir *files.Directory) {
	s.files = dir
	s.functions = funcs.New(funcs.Env{
		Files: dir, Now: s.now, ReadFile: s.readInput, OpenRows: s.openRows, MatchRows: s.matchRows, ShownRows: s.shownRows, Carrier: s.carrierCode, Step: s.progress.step,
		Note: s.note, Report: s.report, Memory: &s.memory,
	})
}

// begin creates the context of expressions, without variables and local values yet.
func (s *Scope) begin() {
	s.ctx = &hcl.EvalContext{
		Functions: s.functions.Functions(),
		Variables: map[string]cty.Value{
			"path": cty.ObjectVal(map[string]cty.Value{"module": cty.StringVal("."), "root": cty.StringVal(".")}),
		},
	}
}

// maxReadFile is what file() and its like return at most, in bytes.
const maxReadFile = 10 << 20

// readInput reads a file for a function.
func (s *Scope) readInput(name string) ([]byte, error) {
	b, err := s.files.ReadFile(name, maxReadFile)
	if err != nil {
		return nil, err
	}
	s.note(noteFile+name, b)
	return b, nil
}

// carrierNames returns the names that carriers have: the user's, and those of the list.
func (s *Scope) carrierNames() *carrier.Names {
	if s.names == nil {
		s.names = carrier.NewNames(s.own, s.listed)
	}
	return s.names
}

// carrierCode returns the code of the carrier that a name stands for; "" for a name
// whose code the carriers block leaves open.
func (s *Scope) carrierCode(name, number string) (string, error) {
	names := s.carrierNames()
	if !s.asked {
		s.asked = true
		for _, c := range s.listed {
			s.note("carrier "+c.Code, []byte(c.Name))
		}
	}
	found := names.Find(name, number)
	if found.Code == "" && found.By != carrier.ByOwnName {
		return "", errors.New(found.Problem(name))
	}
	return found.Code, nil
}

// OwnCarriers returns the codes that the carriers block gives to names. They are "" where
// it leaves one open.
func (s *Scope) OwnCarriers() map[string]string { return s.own }

// Progress returns what Options.Progress was: evaluations after Load count there,
// too.
func (s *Scope) Progress() *Progress { return s.progress }

// Progress lets another goroutine observe how far reading and evaluating have come.
// An evaluation cannot be interrupted, and what it may cost is bounded by whoever
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
