package config

import (
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/files"
	"github.com/tmsync/tmsync/config/internal/funcs"
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
		eval:        eval.New(),
		private:     map[string]bool{},
		objects:     map[tracking.Addr]cty.Value{},
	}
	if opts.Now != nil {
		s.now = opts.Now()
	}
	return s
}

// open has the functions read in a directory.
func (s *Scope) open(dir *files.Directory) {
	s.files = dir
	s.functions = funcs.New(funcs.Env{Files: dir, Now: s.now, ReadFile: s.readInput, Note: s.note, Report: s.report, Memory: &s.memory})
}

// begin makes the context of expressions, without variables and local values yet.
func (s *Scope) begin() {
	s.ctx = &hcl.EvalContext{
		Functions: s.functions.Functions(),
		Variables: map[string]cty.Value{
			"path": cty.ObjectVal(map[string]cty.Value{"module": cty.StringVal("."), "root": cty.StringVal(".")}),
		},
	}
}

// readInput reads a file for a function.
func (s *Scope) readInput(name string) ([]byte, error) {
	b, err := s.files.ReadFile(name, maxReadFile)
	if err != nil {
		return nil, err
	}
	s.note(noteFile+name, b)
	return b, nil
}

// Progress returns what Options.Progress was: evaluations after Load count there,
// too.
func (s *Scope) Progress() *Progress { return s.progress }
