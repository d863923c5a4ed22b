package cli

import (
	"context"

	"github.com/spf13/pflag"
)

// command is one row of the command table.
type command struct {
	name     string   // "plan", "state list"
	args     string   // what follows, for the usage line
	summary  string   // one line
	help     string   // more, if there is more to say
	examples string   // command lines, each with a comment above it
	first    []string // the flags that matter most
	complete completer
	// setup declares the command's flags and returns what runs it.
	setup func(a *app, fs *pflag.FlagSet) func(ctx context.Context, args []string) error
}

// completer says what the arguments of a command are, for the shell.
type completer int

const (
	completeNothing completer = iota
	completeFile
	completeAddress
	completeKnownAddress // of the state only
	completeCarrier
)
