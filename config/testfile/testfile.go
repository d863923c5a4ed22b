// Package testfile reads the files of tmsync test.
package testfile

import (
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/terraform"
	"github.com/tmsync/tmsync/config/source"
	"github.com/tmsync/tmsync/internal/tracking"
)

// MaxSize bounds a file of tests, in bytes.
const MaxSize = 1 << 20

// File is a file of tests: runs, one after the other, against a service that
// has what the fixture says.
type File struct {
	Name   string // as shown
	Vars   []Var
	Remote []Tracking
	Runs   []Run

	source *source.File
	values []hcl.Range // of variables, which may be sensitive
}

// Var is the value that a variable of the configuration is given.
type Var struct {
	Name  string
	Text  string    // the value as it stands in the file: a constant
	Range hcl.Range // of the value
}

// Tracking is one tracking of the fixture.
type Tracking struct {
	Key    tracking.Key
	Attrs  tracking.Attrs // without the status
	Status string         // the live status, "" for that of a new tracking
	Range  hcl.Range
}

// Run is one plan, or one apply, and what it should be.
type Run struct {
	Name    string
	Apply   bool // carry the plan out
	Vars    []Var
	Options Options
	Expect  Expect
	Asserts []Assert
	Range   hcl.Range
}

// Options are those flags of plan that a run may have.
type Options struct {
	Mode                       tracking.Mode // "" for that of the configuration
	Targets, Excludes, Replace []tracking.Pattern
	Destroy, RefreshOnly       bool
	// What is allowed beyond the safety block; nil where it is not given.
	AllowDeletes, AllowMissing, AllowCredits *int
}

// Expect is what a run should give. What is not named is not checked.
type Expect struct {
	Counts   []Count // in the order of Counts
	Actions  []Action
	Errors   []string // parts of messages; with any, there is no plan
	Warnings []string
	Args     map[string]hcl.Range // where each argument stands, by its name
}

// Count is how many changes of a kind are expected.
type Count struct {
	Kind  string
	Count int
}

// Action is what is expected for one address: an action, or None.
type Action struct {
	Addr   tracking.Addr
	Action string
}

// None means no change.
const None = "none"

// Actions are the words of a plan's actions, and Counts all that can be
// counted: these, their sum, and what a plan leaves alone.
var (
	Actions = actionWords()
	Counts  = slices.Concat(Actions, []string{"changes", "unchanged", "unmanaged", "overwritten"})
)

func actionWords() (words []string) {
	for _, a := range tracking.Actions() {
		words = append(words, string(a))
	}
	return words
}

// Assert is a condition about what the configuration declares. Both
// expressions are for Config.EvaluateAssert.
type Assert struct {
	Condition, Message hcl.Expression
}

// Foreign returns a warning about files that only Terraform reads, nil without them.
// names are those of the files of a directory of tests.
func Foreign(names []string) *hcl.Diagnostic {
	var foreign []string
	for _, name := range names {
		if terraform.IsFile(name) {
			foreign = append(foreign, name)
		}
	}
	if len(foreign) == 0 {
		return nil
	}
	return hcldiag.Warning("Terraform's files are not read", terraform.FilesNotice(foreign))
}

// Sources returns the file for the snippets of messages. Customers' data and the
// values of variables, which may be sensitive, are overwritten with "*"; where
// the file cannot be parsed, everything is.
func (f *File) Sources() map[string]*hcl.File {
	return map[string]*hcl.File{f.Name: f.source.Masked(f.values, false)}
}
