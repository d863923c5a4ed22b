// Package config turns a directory of HCL files, and files of rows, into the declared set of
// trackings, the settings of a run, and what the files say besides: moves,
// imports, outputs, and conditions that do not hold.
//
// It reads files, and nothing else: no network, no state. What is wrong is told
// as hcl diagnostics that point into the files, all of it at once and in file
// order. A configuration cannot crash or exhaust the program: what it may ask
// for is bounded, and files are read only inside its directory.
package config

import (
	"io"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config/internal/files"
	"github.com/tmsync/tmsync/config/source"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// Options are what a configuration depends on besides its own files.
type Options struct {
	// Vars are --var and --var-file in the order in which they were given: the later
	// one wins.
	Vars []VarFlag
	// Environ is the environment. Of it TMSYNC_VAR_name of declared variables, the
	// API key of the provider, TMSYNC_ENDPOINT and what a backend has variables for
	// are read; no expression sees it.
	Environ map[string]string
	// Display is put before file names in messages: "" or "examples/quickstart".
	Display string
	// Now is the clock of timestamp(); time.Now if nil.
	Now func() time.Time
	// Version is this program's version, for required_version. One that is not
	// of the form 1.2.3 satisfies everything.
	Version string
	// NoLint leaves out the warnings of likely mistakes, which have been given before.
	NoLint bool
	// Stdin is what the file "-" of a trackings block stands for; nil: there is none.
	Stdin io.Reader
	// Skipped is told of each row that declares nothing, and why; nil: nobody asks.
	Skipped func(Skipped)
	// Located is told where the state is, before trackings are expanded, which may take
	// long. It is not where that is no file, or anything is wrong so far. step counts in
	// Progress what is done meanwhile. nil: nobody asks.
	Located func(path string, step func())
	// Progress is kept up to date while Load runs; nil if nobody looks at it.
	Progress *Progress
	// Ask asks a person for the value of a required variable without one. Variables are
	// asked for in the order of their declaration. The answer is read as that of --var;
	// ok reports whether there is one. nil: there is nobody to ask.
	Ask func(Question) (answer string, ok bool)
	// Carriers returns the whole list of a service's carriers, as the service returned
	// it: other codes are errors then. A nil function or list means that the list is
	// not at hand: codes that are not known are warned of.
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
	Name string // that it gives itself, "" for none; plain characters
	// StatePath is where the state file is, relative to the directory; "" with a
	// backend, and when what the files say of it is wrong. StateRange is where they
	// say so, nil if nowhere.
	StatePath  string
	StateRange *hcl.Range
	Backend    *Backend             // nil when the state is a file
	Refresh    tracking.RefreshMode // what plan and apply read unless they are told; "" where nothing is said
	Provider   Provider
	Safety     tracking.Safety
	// Declared is what the files ask for, in file order. Addresses and keys
	// are unique.
	Declared []tracking.Declared
	// Many are the lifecycles of the blocks that declare any number of trackings, even
	// none: those with rows or for_each.
	Many map[tracking.Addr]*tracking.Lifecycle
	// Rows counts the rows of each trackings block, in file order.
	Rows []Rows
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
	// Defaults are the attributes that a defaults block gives to other blocks.
	Defaults tracking.AttrSet
	// Hash is a SHA-256 in hex over all that decides what is declared: files,
	// files of rows, what functions have read, and the values of variables.
	Hash string

	// Scope evaluates expressions, also after Load.
	*Scope

	sources []*source.File
	secrets []hcl.Range // of sensitive variables' values, and of sensitive outputs
	unclear bool        // which variables are sensitive is not known
	judge   *judge      // of what waits for Answer
}

// Sources returns the configuration's files for the snippets in messages, by name.
// What is sensitive is masked. CSV files are not among them.
func (c *Config) Sources() map[string]*hcl.File {
	files := make(map[string]*hcl.File, len(c.sources))
	for _, f := range c.sources {
		files[f.Name] = f.Masked(c.secrets, c.unclear)
	}
	return files
}

// RowCounts counts the rows of all trackings blocks together.
func (c *Config) RowCounts() (sum tracking.RowCounts) {
	parcels := 0
	sum.Files = len(c.Rows) > 0
	for _, r := range c.Rows {
		sum.Read += r.Read
		parcels += r.Parcels
		sum.Declared += r.Declared
		sum.Duplicates += r.Duplicates
		sum.LeftOut += r.LeftOut
	}
	if parcels != sum.Read {
		sum.Parcels = parcels
	}
	return sum
}

// RowBlocks lists the trackings blocks, whether or not their files have any rows.
func (c *Config) RowBlocks() []tracking.Addr {
	var blocks []tracking.Addr
	for _, r := range c.Rows {
		blocks = append(blocks, r.Addr)
	}
	return blocks
}

// Load reads the configuration in a directory. The Config is usable, for its
// Sources at least, even when there are errors.
//
// The order of work, each step needing the ones before it:
//
//  1. read and parse all files; stop at syntax errors
//  2. variables, names of carriers, then local values
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
	s := newScope(opts)
	c := &Config{StatePath: DefaultStatePath, Safety: defaultSafety, Scope: s, unclear: true}
	opened, err := files.OpenDirectory(dir, opts.Display)
	if err != nil {
		s.error(nil, "Cannot read the configuration directory", text.Sentence(files.Problem(err)))
		return c, s.diags
	}
	defer opened.Close()
	s.open(opened)
	rd := &reader{diagnostics: s.diagnostics, inputs: s.inputs, files: opened, progress: opts.Progress, literals: literals}
	in := rd.read(opts.Vars)
	c.sources = rd.sources
	if in != nil {
		c.evaluate(in, opts)
	}
	s.broken = s.diags.HasErrors()
	s.nameValues(s.diags, nil)
	diags := s.all()
	if c.judge != nil && len(c.judge.again) == 0 {
		c.judge.forget()
	}
	return c, diags
}

// evaluate fills in the configuration from its parsed files.
func (c *Config) evaluate(in *written, opts Options) {
	s := c.Scope
	s.begin()
	dec := &decoder{Scope: s, settings: in.settings}
	before := countErrors(s.diags)
	vars := &variableDecoder{decoder: dec, environ: opts.Environ, ask: opts.Ask}
	vars.decodeVariables()
	c.unclear = false
	vars.assignVariables(in.values)
	s.heldByVar, s.localBlocks = s.memory.Mark(), dec.blocks("locals")
	s.own = decodeCarriers(dec)
	s.evaluateLocals()
	dec.doubtful = countErrors(s.diags) > before

	g := decodeTmsync(dec, opts.Version, opts.Environ)
	c.Name, c.Refresh = g.name, g.refresh
	c.StatePath, c.StateRange, c.Backend = g.path, g.at, g.backend
	if opts.Located != nil && g.path != "" && countErrors(s.diags) == before {
		opts.Located(g.path, s.progress.step)
	}
	c.Provider = decodeProvider(dec, opts.Environ)
	c.Safety = decodeSafety(dec)
	if opts.Carriers != nil {
		s.listed, s.names, s.asked = opts.Carriers(c.Provider), nil, false
	}
	c.judge = &judge{Scope: s}
	x := newExpander(s, c.judge, c.Provider, opts)
	x.decodeDefaults(dec)
	c.Defaults = x.defaults.attrs
	decodeData(dec, c.Provider.Service)

	x.expandAll(in.declares)
	c.Declared, c.Many, c.Rows = s.declared, x.many, s.rowCount
	checkKeys(s)
	c.judge.checkWaiting()

	imports, moves := &importDecoder{decoder: dec}, &moveDecoder{decoder: dec}
	imports.decodeImports()
	moves.decodeRefactors()
	c.Imports, c.Moves, c.Removals = imports.imports, moves.moves, moves.removals
	c.judge.evaluateChecks(dec)
	c.judge.evaluateOutputs(dec)
	c.judge.sortFailures()
	c.Outputs, c.Failed, c.Warnings = c.judge.outputs, c.judge.failed, c.judge.warnings
	c.Hash, c.secrets = s.hash(), dec.secrets
}
