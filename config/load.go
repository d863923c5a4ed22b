// Package config turns a directory of HCL and CSV files into the declared set of
// trackings, the settings of a run, and what the files say besides: moves,
// imports, outputs, and conditions that do not hold.
//
// It reads files, and nothing else: no network, no state. What is wrong is told
// as hcl diagnostics that point into the files, all of it at once and in file
// order. A configuration cannot crash or exhaust the program: what it may ask
// for is bounded, and files are read only inside its directory.
package config

import (
	"crypto/sha256"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/files"
	"github.com/tmsync/tmsync/config/internal/funcs"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/tracking"
)

// Options are what a configuration depends on besides its own files.
type Options struct {
	// Vars holds --var and --var-file in the order in which they were given:
	// the later one wins.
	Vars []VarFlag
	// Environ is the environment. Of it TMSYNC_VAR_name of declared variables, the
	// API key of the provider and TMSYNC_ENDPOINT are read; no expression sees it.
	Environ map[string]string
	// Display is put before file names in messages: "" or "examples/quickstart".
	Display string
	// Now is the clock of timestamp(); time.Now if nil.
	Now func() time.Time
	// Version is this program's version, for required_version. One that is not
	// of the form 1.2.3 satisfies everything.
	Version string
	// Progress is kept up to date while Load runs; nil if nobody looks at it.
	Progress *Progress
	// Ask asks a person for the value of a variable that needs one and has none,
	// in the order in which they are declared. The answer is read as that of
	// --var; ok reports whether there is one. nil: there is nobody to ask.
	Ask func(Question) (answer string, ok bool)
	// Carriers gives the whole list of carriers of a service, as it has given it
	// out itself: other codes are errors then. nil, or what gives nil, says that the
	// list is not at hand: codes that are not known are warned of.
	Carriers func(Provider) []tracking.Carrier
}

// Question is what to ask for: the value of a variable.
type Question struct {
	Name, Description string
	Sensitive         bool // the answer must not be seen
}

// VarFlag is one --var or one --var-file: one of the two is set.
type VarFlag struct {
	Assign string // NAME=VALUE
	File   string // a path, relative to the configuration's directory
}

// Config is a loaded configuration.
type Config struct {
	// StatePath is where the state file is, relative to the directory; "" when what
	// the files say of it is wrong. StateRange is where they say so, nil if nowhere.
	StatePath  string
	StateRange *hcl.Range
	Provider   Provider
	Safety     tracking.Safety
	// Declared is what the files ask for, in file order. Addresses and keys
	// are unique.
	Declared []tracking.Declared
	// What becomes of addresses, in file order.
	Moves    []tracking.Moved
	Removals []tracking.Removed
	Imports  []tracking.Import
	// Outputs are in name order. One whose precondition fails is not among them.
	// What depends on data blocks is unknown before Answer.
	Outputs []Output
	// Failed are the preconditions that do not hold, in file order.
	Failed []Failure
	// Warnings are the checks that do not hold.
	Warnings hcl.Diagnostics
	// Defaults are the attributes that a defaults block gives to blocks that are
	// silent on them.
	Defaults tracking.Set
	// Hash is a SHA-256 in hex over all that decides what is declared: files,
	// CSV files, what functions have read, and the values of variables.
	Hash string

	sources []*Source
	secrets []hcl.Range     // of sensitive variables' values, and of sensitive outputs
	secret  map[string]bool // names of sensitive variables
	unclear bool            // which variables are sensitive is not known
	loader  *loader
}

// loader is the state of one Load.
type loader struct {
	opts     Options
	literals bool // see load
	dir      string
	files    *files.Directory // while something is read or evaluated
	now      time.Time        // of timestamp()
	cfg      *Config
	diags    hcl.Diagnostics
	more     int // diagnostics beyond those that are kept

	size   int                          // bytes of configuration read so far
	inputs map[string][sha256.Size]byte // see note

	eval      *eval.Evaluator
	functions *funcs.Table
	vars      map[string]*variable
	locals    map[string]*local
	ctx       *hcl.EvalContext // var, local, path and the functions
	memory    eval.Memory      // of values that are kept
	heldByVar int              // of it, that of variables
	private   map[string]bool  // see isPrivate
	settings  hcl.Blocks
	defaults  defaults
	carriers  map[string]string // carrier codes, each held once

	once   mould                       // see newMould
	values [len(tracking.Specs)]string // of the tracking that is made last

	spans         map[tracking.Addr]span
	objects       map[tracking.Addr]cty.Value // what trackings are in expressions
	made          int                         // of these objects
	preconditions []*precondition
	waiting       []*mould // with trackings whose preconditions wait
	moreFailed    int      // preconditions beyond those that are kept
	broken        bool     // Load has ended with errors

	data      []*dataBlock
	dataValue cty.Value // of all of them; see dataObject
	answers   *Answers  // nil before Answer
	again     []func()  // evaluates what waits for the answers

	lifecycle map[tracking.Lifecycle]*tracking.Lifecycle
	linter    *linter
}

// Load reads the configuration in a directory. The Config is usable, for its
// Sources at least, even when there are errors.
//
// The order of work, each step needing the ones before it:
//
//  1. read and parse all files; stop at syntax errors
//  2. variables, then local values
//  3. settings: tmsync, provider, safety, defaults, and data blocks: what they ask
//  4. tracking and trackings blocks, in file order
//  5. keys that are declared twice
//  6. what refers to trackings: preconditions, moved, removed and import blocks,
//     checks, outputs; what depends on the answers to data blocks waits for Answer
func Load(dir string, opts Options) (*Config, hcl.Diagnostics) {
	return load(dir, opts, true)
}

// load is Load; literals reports whether literal blocks are read without the parser
// (literal.go).
func load(dir string, opts Options, literals bool) (*Config, hcl.Diagnostics) {
	l := &loader{
		opts:      opts,
		literals:  literals,
		cfg:       &Config{StatePath: DefaultStatePath, Safety: defaultSafety, secret: map[string]bool{}},
		inputs:    map[string][sha256.Size]byte{},
		dir:       dir,
		now:       time.Now(),
		private:   map[string]bool{},
		objects:   map[tracking.Addr]cty.Value{},
		carriers:  map[string]string{},
		lifecycle: map[tracking.Lifecycle]*tracking.Lifecycle{},
	}
	if opts.Now != nil {
		l.now = opts.Now()
	}
	l.cfg.loader, l.cfg.unclear = l, true
	opened, err := files.OpenDirectory(dir)
	if err != nil {
		l.error(nil, "Cannot read the configuration directory", hcldiag.Sentence(files.Problem(err)))
		return l.cfg, l.diags
	}
	defer opened.Close()
	l.files = opened
	l.eval = eval.New()
	l.functions = l.newFunctions()
	l.run()
	l.broken = l.diags.HasErrors()
	diags := l.allDiagnostics()
	if len(l.again) == 0 {
		l.forget()
	}
	return l.cfg, diags
}

// newFunctions returns the functions that the expressions of the files call.
func (l *loader) newFunctions() *funcs.Table {
	return funcs.New(funcs.Env{
		Files: l.files, Now: l.now, ReadFile: l.readInput, Shown: l.shown, Note: l.note, Report: l.report, Memory: &l.memory,
	})
}

func (l *loader) run() {
	configs, varFiles := l.listFiles()
	if l.diags.HasErrors() {
		return
	}
	if len(configs) == 0 {
		l.error(nil, "No configuration files", "The directory has no *.hcl files. Run this for an example to start from:\n\n    tmsync init\n\nor name another directory with --chdir=DIR.")
		return
	}
	l.readConfigs(configs)
	results := l.parseAll(slices.Clone(l.cfg.sources))
	values := l.readVarFiles(varFiles)
	if results == nil || values == nil {
		return
	}
	n := 0
	for _, r := range results {
		n += len(r.declares)
	}
	declares := make([]*declaration, 0, n)
	for _, r := range results {
		l.settings = append(l.settings, r.settings...)
		declares = append(declares, r.declares...)
	}
	l.ctx = &hcl.EvalContext{
		Functions: l.functions.Functions(),
		Variables: map[string]cty.Value{
			"path": cty.ObjectVal(map[string]cty.Value{"module": cty.StringVal("."), "root": cty.StringVal(".")}),
		},
	}
	l.decodeVariables()
	l.cfg.unclear = false
	l.assignVariables(values)
	l.heldByVar = l.memory.Mark()
	l.evaluateLocals()
	l.decodeTmsync()
	l.decodeProvider()
	l.decodeSafety()
	l.decodeDefaults()
	l.decodeData()
	l.expandAll(declares)
	l.checkKeys()
	l.checkWaiting()
	l.decodeImports()
	l.decodeRefactors()
	l.evaluateChecks()
	l.evaluateOutputs()
	l.sortFailures()
	l.cfg.Hash = l.hash()
}

// blocks returns the settings blocks of one type, in file order.
func (l *loader) blocks(kind string) hcl.Blocks {
	var out hcl.Blocks
	for _, b := range l.settings {
		if b.Type == kind {
			out = append(out, b)
		}
	}
	return out
}

// oneBlock returns the first block of a type, or nil, and complains of others.
func (l *loader) oneBlock(kind string) *hcl.Block {
	all := l.blocks(kind)
	if len(all) == 0 {
		return nil
	}
	for _, extra := range all[1:] {
		l.error(&extra.DefRange, "Duplicate "+kind+" block", "There may be one "+kind+" block; another one is at "+hcldiag.Place(all[0].DefRange)+".")
	}
	return all[0]
}
