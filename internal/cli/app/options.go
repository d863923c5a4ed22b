package app

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// ConfigOptions are the flags of every command that reads the configuration.
type ConfigOptions struct {
	Vars    []config.VarFlag // in the order in which they were given
	NoInput bool
	At      time.Time // the value of timestamp(); the zero value is now
	// Lint: there are warnings of likely mistakes.
	Lint bool
	// Skipped is told of each row that declares nothing; nil: nobody asks.
	Skipped func(config.Skipped)
	// located is what config.Options has by that name.
	located func(path string, step func())
	// anyCarrier: carrier codes are not held against the service's own list.
	AnyCarrier bool
}

// Flags declares them.
func (o *ConfigOptions) Flags(fs *pflag.FlagSet) {
	o.varFlags(fs)
	input := fs.VarPF(negated{&o.NoInput}, "input", "", "ask on a terminal for missing variables; --input=false never asks")
	input.NoOptDefVal = "true"
}

// varFlags declares those that give variables their values.
func (o *ConfigOptions) varFlags(fs *pflag.FlagSet) {
	fs.Var(varFlag{&o.Vars, false}, "var", "set a variable: `NAME=VALUE` (repeatable)")
	fs.Var(varFlag{&o.Vars, true}, "var-file", "read variables from a `FILE` (repeatable)")
}

// varFlag gathers --var and --var-file into one list, because the later one wins.
type varFlag struct {
	vars *[]config.VarFlag
	file bool
}

func (varFlag) String() string { return "" }
func (varFlag) Type() string   { return "string" }

func (v varFlag) Set(s string) error {
	if v.file {
		*v.vars = append(*v.vars, config.VarFlag{File: s})
	} else {
		*v.vars = append(*v.vars, config.VarFlag{Assign: s})
	}
	return nil
}

// StateOptions are the flags of every command that opens the state.
type StateOptions struct {
	Path        string
	NoLock      bool
	lockTimeout time.Duration
}

// Flags declares those of commands that only read.
func (o *StateOptions) Flags(fs *pflag.FlagSet) {
	fs.StringVar(&o.Path, "state", "", "use the state in this `FILE` instead of the configured one")
}

// LockFlags declares all of them.
func (o *StateOptions) LockFlags(fs *pflag.FlagSet) {
	o.Flags(fs)
	lock := fs.VarPF(negated{&o.NoLock}, "lock", "", "lock the state; --lock=false only if nobody else can be running")
	lock.NoOptDefVal = "true"
	fs.DurationVar(&o.lockTimeout, "lock-timeout", 0, "wait up to this `DURATION`, such as 30s, for somebody else's lock")
}

// OpenOptions are the flags of every command that opens a workspace.
type OpenOptions struct {
	ConfigOptions
	StateOptions
	ahead *state.Ahead // the state, while the configuration is read; nil before
}

// ReadFlags declares those of commands that read both, and write nothing: they need no
// lock.
func (o *OpenOptions) ReadFlags(fs *pflag.FlagSet) {
	o.NoLock = true
	o.ConfigOptions.Flags(fs)
	o.StateOptions.Flags(fs)
}

// PlaceFlags declares the flags that decide where the state is, variables included.
// It is for commands that want nothing else of the configuration.
func (o *OpenOptions) PlaceFlags(fs *pflag.FlagSet) {
	o.NoInput = true
	o.StateOptions.Flags(fs)
	o.varFlags(fs)
}

// PlaceLockFlags declares PlaceFlags and those of the lock.
func (o *OpenOptions) PlaceLockFlags(fs *pflag.FlagSet) {
	o.NoInput = true
	o.StateOptions.LockFlags(fs)
	o.varFlags(fs)
}

// DataOptions are the flags of every command that reads data blocks.
type DataOptions struct{ paid bool }

// Flags declares them.
func (o *DataOptions) Flags(fs *pflag.FlagSet) { PaidFlag(fs, &o.paid) }

// PaidFlag declares the flag that lets data blocks spend credits.
func PaidFlag(fs *pflag.FlagSet, paid *bool) {
	fs.BoolVar(paid, "allow-paid-data", false, "let data blocks spend credits: 0.2 for a remote area, 20–50 for an air waybill")
}

// PlanningOptions are the flags for what is planned.
type PlanningOptions struct{ engine.PlanOptions }

// SelectFlags are the flags that narrow a plan.
func (o *PlanningOptions) SelectFlags(fs *pflag.FlagSet) {
	fs.Var(PatternsIn(&o.Targets), "target", "only this `ADDRESS`, or a key such as sto/402934299065, with * and ? where nothing has exactly that name (repeatable)")
	fs.Var(PatternsIn(&o.Excludes), "exclude", "everything except this `ADDRESS` or key; overrides --target (repeatable)")
}

// RefreshFlag is the flag for how the service is asked.
func (o *PlanningOptions) RefreshFlag(fs *pflag.FlagSet, words ...engine.Refresh) {
	text := "what to read from the service: `HOW` is auto or true (all that is managed, in the fewest requests), full, or managed"
	if slices.Contains(words, engine.RefreshNone) {
		text = "what to read from the service: `HOW` is auto or true (all that is managed, in the fewest requests), changed (what the configuration changes), full, managed, or false (plan from the state alone)"
	}
	refresh := fs.VarPF(optional[engine.Refresh]{OneOf(&o.Refresh, append(words, refreshAll)...)}, "refresh", "", text)
	refresh.NoOptDefVal = string(refreshAll)
}

// refreshAll is the word for auto that the plain flag has, as in Terraform.
const refreshAll engine.Refresh = "true"

// Check finds flags that do not go together.
func (o *PlanningOptions) Check() error {
	return cmp.Or(
		Conflict(o.RefreshOnly && o.Destroy, "--refresh-only and --destroy exclude each other"),
		Conflict(o.RefreshOnly && o.Refresh == engine.RefreshNone, "--refresh-only needs a refresh; leave --refresh=false out"),
		Conflict(o.RefreshOnly && o.Refresh == engine.RefreshChanged, "--refresh-only looks for drift, so it reads everything; leave --refresh=changed out"),
		Conflict(o.Destroy && o.Refresh == engine.RefreshChanged, "a destroy changes everything, so it reads everything; leave --refresh=changed out"),
		Conflict(o.RefreshOnly && len(o.Replace) > 0, "--refresh-only replaces nothing; leave --replace out"),
		Conflict(o.Destroy && len(o.Replace) > 0, "--destroy replaces nothing; leave --replace out"),
	)
}

// Conflict returns an error if something holds of flags that do not go together.
func Conflict(holds bool, text string) error {
	if !holds {
		return nil
	}
	return errors.New(text)
}

// Patterns is a flag that may be given several times.
type Patterns struct{ list *[]tracking.Pattern }

// PatternsIn returns the flag that adds to a list.
func PatternsIn(list *[]tracking.Pattern) Patterns { return Patterns{list} }

func (Patterns) String() string { return "" }
func (Patterns) Type() string   { return "string" }

func (p Patterns) Set(s string) error {
	pattern, err := tracking.ParsePattern(s)
	if err == nil {
		*p.list = append(*p.list, pattern)
	}
	return err
}

// negated is a flag that is on unless it is switched off: --lock=false.
type negated struct{ off *bool }

func (n negated) String() string {
	if n.off == nil {
		return ""
	}
	return strconv.FormatBool(!*n.off)
}

func (n negated) Type() string { return "bool" }

func (n negated) Set(s string) error {
	on, err := strconv.ParseBool(s)
	*n.off = !on
	return err
}

// Choice is a flag that takes one of a few words.
type Choice[T ~string] struct {
	value *T
	words []T
}

// OneOf returns the flag that sets a value to one of a few words.
func OneOf[T ~string](value *T, words ...T) Choice[T] { return Choice[T]{value, words} }

func (c Choice[T]) String() string {
	if c.value == nil {
		return ""
	}
	return string(*c.value)
}

func (c Choice[T]) Type() string { return "string" }

// Choices is a choice of any kind of words.
type Choices interface{ All() []string }

// All returns the words.
func (c Choice[T]) All() []string {
	var words []string
	for _, w := range c.words {
		words = append(words, string(w))
	}
	return words
}

func (c Choice[T]) Set(s string) error {
	for _, w := range c.words {
		if s == string(w) {
			*c.value = w
			return nil
		}
	}
	return fmt.Errorf("it is one of %q", c.words)
}

// optional is a choice that may be left out: to the help that is a switch.
type optional[T ~string] struct{ Choice[T] }

func (optional[T]) Type() string { return "bool" }

// Count is a flag that takes a number from 0 on; without it, the value stays nil.
type Count struct{ value **int }

// CountIn returns the flag that sets a number.
func CountIn(value **int) Count { return Count{value} }

func (c Count) String() string {
	if c.value == nil || *c.value == nil {
		return ""
	}
	return strconv.Itoa(**c.value)
}

func (c Count) Type() string { return "int" }

func (c Count) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return fmt.Errorf("it is a number from 0 on")
	}
	*c.value = &n
	return nil
}
