package app

import (
	"context"

	"github.com/spf13/pflag"
)

// Command is one row of the command table.
type Command struct {
	Name     string   // "plan", "state list"
	Args     string   // what follows, for the usage line
	Summary  string   // one line
	Help     string   // more, if there is more to say
	Examples string   // command lines, each with a comment above it
	First    []string // the flags that matter most
	Complete Completer
	// Needs are the flags that must be given, in words; "" for none. They are named to
	// whoever gives arguments instead.
	Needs string
	// Setup declares the command's flags and returns what runs it.
	Setup func(a *App, fs *pflag.FlagSet) func(ctx context.Context, args []string) error
}

// Completer is the kind of a command's arguments, for completion by the shell.
type Completer int

// The kinds of arguments.
const (
	completeNothing Completer = iota
	CompleteFile
	CompleteAddress
	CompleteKnownAddress // of the state only
	CompleteCarrier
)
