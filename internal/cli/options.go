package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/tracking"
)

// configOptions are the flags of every command that reads the configuration.
type configOptions struct {
	vars    []config.VarFlag // in the order in which they were given
	noInput bool
	at      time.Time // what timestamp() says; the zero value is now
	// anyCarrier: carrier codes are not held against the service's own list.
	anyCarrier bool
}

func (o *configOptions) flags(fs *pflag.FlagSet) {
	fs.Var(varFlag{&o.vars, false}, "var", "set a variable: `NAME=VALUE` (repeatable)")
	fs.Var(varFlag{&o.vars, true}, "var-file", "read variables from a `FILE` (repeatable)")
	input := fs.VarPF(negated{&o.noInput}, "input", "", "ask on a terminal for missing variables; --input=false never asks")
	input.NoOptDefVal = "true"
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

// stateOptions are the flags of every command that opens the state.
type stateOptions struct {
	path        string
	noLock      bool
	lockTimeout time.Duration
}

func (o *stateOptions) flags(fs *pflag.FlagSet) {
	fs.StringVar(&o.path, "state", "", "use the state in this `FILE` instead of the configured one")
}

func (o *stateOptions) lockFlags(fs *pflag.FlagSet) {
	o.flags(fs)
	lock := fs.VarPF(negated{&o.noLock}, "lock", "", "lock the state; --lock=false only if nobody else can be running")
	lock.NoOptDefVal = "true"
	fs.DurationVar(&o.lockTimeout, "lock-timeout", 0, "wait up to this `DURATION`, such as 30s, for somebody else's lock")
}

// openOptions are the flags of every command that opens a workspace.
type openOptions struct {
	configOptions
	stateOptions
}

// dataOptions are the flags of every command that reads data blocks.
type dataOptions struct{ paid bool }

func (o *dataOptions) flags(fs *pflag.FlagSet) { paidFlag(fs, &o.paid) }

func paidFlag(fs *pflag.FlagSet, paid *bool) {
	fs.BoolVar(paid, "allow-paid-data", false, "let data blocks spend credits: 0.2 for a remote area, 20–50 for an air waybill")
}

// planningOptions are the flags that say what is planned.
type planningOptions struct{ engine.PlanOptions }

// selectFlags are the flags that narrow a plan.
func (o *planningOptions) selectFlags(fs *pflag.FlagSet) {
	fs.Var(patterns{&o.Targets}, "target", "only this `ADDRESS`, or a key such as sto/402934299065, with * and ? where nothing has exactly that name (repeatable)")
	fs.Var(patterns{&o.Excludes}, "exclude", "everything except this `ADDRESS` or key; overrides --target (repeatable)")
}

// refreshFlag is the flag that says how to ask the service.
func (o *planningOptions) refreshFlag(fs *pflag.FlagSet, words ...engine.Refresh) {
	text := "what to read from the service: `HOW` is auto (the fewest requests), full, or managed"
	if slices.Contains(words, engine.RefreshNone) {
		text = "what to read from the service: `HOW` is auto (the fewest requests), full, managed, or false (plan from the state alone)"
	}
	refresh := fs.VarPF(choice[engine.Refresh]{&o.Refresh, words}, "refresh", "", text)
	o.Refresh, refresh.DefValue = engine.RefreshAuto, ""
}

// check finds flags that do not go together.
func (o *planningOptions) check() error {
	return first([]conflict{
		{o.RefreshOnly && o.Destroy, "--refresh-only and --destroy exclude each other"},
		{o.RefreshOnly && o.Refresh == engine.RefreshNone, "--refresh-only needs a refresh; leave --refresh=false out"},
		{o.RefreshOnly && len(o.Replace) > 0, "--refresh-only replaces nothing; leave --replace out"},
		{o.Destroy && len(o.Replace) > 0, "--destroy replaces nothing; leave --replace out"},
	})
}

// conflict is a reason why flags do not go together, if it holds.
type conflict struct {
	holds bool
	text  string
}

func first(conflicts []conflict) error {
	for _, c := range conflicts {
		if c.holds {
			return errors.New(c.text)
		}
	}
	return nil
}

// patterns is a flag that may be given several times.
type patterns struct{ list *[]tracking.Pattern }

func (patterns) String() string { return "" }
func (patterns) Type() string   { return "string" }

func (p patterns) Set(s string) error {
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

// choice is a flag that takes one of a few words.
type choice[T ~string] struct {
	value *T
	words []T
}

func (c choice[T]) String() string {
	if c.value == nil {
		return ""
	}
	return string(*c.value)
}

func (c choice[T]) Type() string { return "string" }

// choices is a choice of any kind of words.
type choices interface{ all() []string }

func (c choice[T]) all() []string {
	var words []string
	for _, w := range c.words {
		words = append(words, string(w))
	}
	return words
}

func (c choice[T]) Set(s string) error {
	for _, w := range c.words {
		if s == string(w) {
			*c.value = w
			return nil
		}
	}
	return fmt.Errorf("it is one of %q", c.words)
}

// count is a flag that takes a number from 0 on; without it, the value stays nil.
type count struct{ value **int }

func (c count) String() string {
	if c.value == nil || *c.value == nil {
		return ""
	}
	return strconv.Itoa(**c.value)
}

func (c count) Type() string { return "int" }

func (c count) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return fmt.Errorf("it is a number from 0 on")
	}
	*c.value = &n
	return nil
}
