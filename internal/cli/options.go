package cli

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/plan"
)

// configOptions are the flags of every command that reads the configuration.
type configOptions struct {
	vars []config.VarFlag // in the order in which they were given
}

func (o *configOptions) flags(fs *pflag.FlagSet) {
	fs.Var(varFlag{&o.vars, false}, "var", "set a variable: `NAME=VALUE` (repeatable)")
	fs.Var(varFlag{&o.vars, true}, "var-file", "read variables from a `FILE` (repeatable)")
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
	lock := fs.VarPF(negated{&o.noLock}, "lock", "", "lock the state; --lock=false is for when nobody else can be at work")
	lock.NoOptDefVal = "true"
	fs.DurationVar(&o.lockTimeout, "lock-timeout", 0, "how long to wait for somebody else's lock: `30s`")
}

// planOptions are the flags of plan, apply and destroy.
type planOptions struct {
	configOptions
	stateOptions
	destroy       bool
	refresh       string // auto, full, managed, false
	mode          string // "" is what the configuration says
	allowDeletes  int    // negative: not given
	allowMissing  int
	showSensitive bool
	parallelism   int
	noInput       bool
	detailed      bool // plan: exit 2 when there are changes
	autoApprove   bool // apply, destroy
}

func (o *planOptions) flags(fs *pflag.FlagSet) {
	o.allowDeletes, o.allowMissing = -1, -1
	o.configOptions.flags(fs)
	o.stateOptions.lockFlags(fs)
	refresh := fs.VarPF(choice{&o.refresh, []string{"auto", "full", "managed", "false", "true"}}, "refresh", "",
		"how to ask the service: `auto` (the fewest requests), full, managed, or false (plan from the state alone)")
	o.refresh, refresh.DefValue = "auto", ""
	fs.VarPF(choice{&o.mode, []string{string(plan.ModeSync), string(plan.ModeUpsert), string(plan.ModeCreate)}}, "mode", "",
		"what may be done: `sync`, upsert (never delete) or create (never change); else as the safety block says")
	fs.VarPF(count{&o.allowDeletes}, "allow-deletes", "", "let up to `N` deletes pass the safety limit")
	fs.VarPF(count{&o.allowMissing}, "allow-missing", "", "accept that up to `N` managed trackings have vanished, or another account")
	fs.BoolVar(&o.showSensitive, "show-sensitive", false, "show customers' data in clear, on a terminal only")
	input := fs.VarPF(negated{&o.noInput}, "input", "", "ask for approval; --input=false never asks")
	input.NoOptDefVal = "true"
	fs.IntVar(&o.parallelism, "parallelism", 0, "accepted for Terraform's sake; requests leave one at a time")
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
type choice struct {
	value *string
	words []string
}

func (c choice) String() string {
	if c.value == nil {
		return ""
	}
	return *c.value
}

func (c choice) Type() string { return "string" }

func (c choice) Set(s string) error {
	for _, w := range c.words {
		if s == w {
			*c.value = s
			return nil
		}
	}
	return fmt.Errorf("it is one of %q", c.words)
}

// count is a flag that takes a number from 0 on; without it, the value is
// negative.
type count struct{ value *int }

func (c count) String() string {
	if c.value == nil || *c.value < 0 {
		return ""
	}
	return strconv.Itoa(*c.value)
}

func (c count) Type() string { return "int" }

func (c count) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return fmt.Errorf("it is a number from 0 on")
	}
	*c.value = n
	return nil
}
