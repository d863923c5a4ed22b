package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
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

// planOptions are the flags of plan, apply and destroy.
type planOptions struct {
	configOptions
	stateOptions
	reportOptions
	dataOptions
	destroy       bool
	refreshOnly   bool
	refresh       string // auto, full, managed, false
	mode          string // "" is what the configuration says
	targets       []tracking.Pattern
	excludes      []tracking.Pattern
	replace       []tracking.Pattern
	allowDeletes  int // negative: not given
	allowMissing  int
	allowCredits  int // 0: not given
	maxRequests   int // negative: not given
	maxDuration   time.Duration
	showSensitive bool
	parallelism   int
	detailed      bool   // plan: exit 2 when there are changes
	out           string // plan: the file to save it to
	autoApprove   bool   // apply, destroy
	given         bool   // a flag was given that decides what is planned, or permits it
	// accept looks at the configuration before the state is opened; nil accepts it.
	accept func(*config.Config) error
}

func (o *planOptions) flags(fs *pflag.FlagSet) {
	o.allowDeletes, o.allowMissing, o.maxRequests = -1, -1, -1
	o.configOptions.flags(fs)
	o.stateOptions.lockFlags(fs)
	o.reportOptions.flags(fs)
	o.dataOptions.flags(fs)
	o.refreshFlag(fs, "auto", "full", "managed", "false", "true")
	fs.VarPF(choice{&o.mode, []string{string(plan.ModeSync), string(plan.ModeUpsert), string(plan.ModeCreate)}}, "mode", "",
		"what may be done, instead of what the safety block says: `MODE` is sync, upsert (never delete) or create (never change)")
	fs.BoolVar(&o.refreshOnly, "refresh-only", false, "update the state from the service; send nothing")
	o.selectFlags(fs)
	fs.Var(patterns{&o.replace}, "replace", "delete and create again this `ADDRESS` or key, whether it differs or not (repeatable)")
	fs.VarPF(count{&o.allowDeletes}, "allow-deletes", "", "allow up to `N` deletes, whatever the safety block says")
	fs.VarPF(count{&o.allowMissing}, "allow-missing", "", "accept that up to `N` managed trackings have vanished, or that the account is another one")
	fs.VarPF(count{&o.allowCredits}, "allow-credits", "", "allow a cost of up to `N` credits, whatever the safety block says")
	fs.VarPF(count{&o.maxRequests}, "max-requests", "", "send at most `N` requests; the next apply does the rest")
	fs.DurationVar(&o.maxDuration, "max-duration", 0, "start no request after this `DURATION`, such as 10m; the next apply does the rest")
	fs.BoolVar(&o.showSensitive, "show-sensitive", false, "show customers' data in clear, on a terminal only")
	fs.IntVar(&o.parallelism, "parallelism", 0, "accepted for compatibility; has no effect")
}

// selectFlags are the flags that narrow a plan.
func (o *planOptions) selectFlags(fs *pflag.FlagSet) {
	fs.Var(patterns{&o.targets}, "target", "only this `ADDRESS`, or a key such as sto/402934299065, with * and ? where nothing has exactly that name (repeatable)")
	fs.Var(patterns{&o.excludes}, "exclude", "everything except this `ADDRESS` or key; overrides --target (repeatable)")
}

// refreshFlag is the flag that says how to ask the service.
func (o *planOptions) refreshFlag(fs *pflag.FlagSet, words ...string) {
	text := "what to read from the service: `HOW` is auto (the fewest requests), full, or managed"
	if slices.Contains(words, "false") {
		text = "what to read from the service: `HOW` is auto (the fewest requests), full, managed, or false (plan from the state alone)"
	}
	refresh := fs.VarPF(choice{&o.refresh, words}, "refresh", "", text)
	o.refresh, refresh.DefValue = "auto", ""
}

// check finds flags that do not go together.
func (o *planOptions) check() error {
	for _, pair := range []struct {
		both bool
		text string
	}{
		{o.refreshOnly && o.destroy, "--refresh-only and --destroy exclude each other"},
		{o.refreshOnly && o.refresh == "false", "--refresh-only needs a refresh; leave --refresh=false out"},
		{o.refreshOnly && len(o.replace) > 0, "--refresh-only replaces nothing; leave --replace out"},
		{o.destroy && len(o.replace) > 0, "--destroy replaces nothing; leave --replace out"},
		{o.maxRequests == 0, "--max-requests=0 would send nothing; for that, use \"tmsync plan\""},
		{o.maxDuration < 0, "--max-duration must not be negative"},
	} {
		if pair.both {
			return errors.New(pair.text)
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
