// Package cli is the command line: it parses arguments, wires the packages
// together and turns what happened into text and exit codes. Every command has a
// file of its own.
//
// It is the only package that knows the environment, and it is told it: nothing
// here or below reads a global or ends the process.
package cli

import (
	"bufio"
	"io"
	"sync/atomic"
	"time"
)

// Env is the world around one run.
type Env struct {
	Stdin io.Reader
	// ReadSecret reads a line from the terminal without showing it; nil where
	// there is none.
	ReadSecret     func() (string, error)
	Stdout, Stderr io.Writer
	// StdinTerminal, StdoutWidth and StderrWidth tell what is a terminal; a
	// width of 0 means that the stream is none.
	StdinTerminal            bool
	StdoutWidth, StderrWidth int
	Environ                  map[string]string
	Dir                      string // the working directory
	Now                      func() time.Time
	Version                  string
	Host, User               string // who holds a lock
	PID                      int
	ReadLag                  time.Duration // how long reads may lag behind writes; 0 is the client's default
}

// ExitCode is what the process ends with.
type ExitCode int

// The exit codes.
const (
	OK        ExitCode = 0
	Failure   ExitCode = 1 // error
	Changes   ExitCode = 2 // --detailed-exitcode: the plan has changes
	Unformed  ExitCode = 3 // fmt --check: files differ
	Unsafe    ExitCode = 4 // stopped by a safety limit or a failed precondition
	Locked    ExitCode = 5 // the state is locked
	Partial   ExitCode = 6 // applied in part, or interrupted: run it again
	NoCredits ExitCode = 7 // too few credits
	StalePlan ExitCode = 8 // the saved plan is stale
	Refused   ExitCode = 9 // the service refuses some items for good: fix them
)

// app is one run of one command.
type app struct {
	Env
	dir     string // where the configuration is, after --chdir
	display string // what goes before its file names in messages
	noColor bool
	stdin   *bufio.Reader     // made when something is first read
	rec     *recorder         // of the run, for its reports; nil: there are none
	answers map[string]string // what was typed for variables, by their names
	files   fileNames         // that the run has to do with
	listing *progress         // of a refresh under way, else nil
	// underWay says that an apply is sending: it ends by itself when it is
	// interrupted, with a report.
	underWay atomic.Bool
	// stuck says that an evaluation was abandoned and still runs: nothing more is
	// begun. Shared by the runs of a test command.
	stuck *atomic.Bool
}
