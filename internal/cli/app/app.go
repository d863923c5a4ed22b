// Package app is what the commands have in common: the world around a run, flags,
// files that flags name, the opening of a workspace, reports, and the one place that
// turns an error into text and exit code. A command lies in package cli, or with its
// family beside this package, and knows no other family.
//
// It is the only place that knows the environment, and it is told it: nothing here or
// below reads a global or ends the process.
package app

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
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
	// StdinTerminal, StdoutWidth and StderrWidth are which streams are terminals; a
	// width of 0 means that the stream is none.
	StdinTerminal bool
	// Terminal is where both standard input and output are one, else nil.
	Terminal                 *Terminal
	StdoutWidth, StderrWidth int
	Environ                  map[string]string
	Dir                      string // the working directory
	Now                      func() time.Time
	Version                  string
	Host, User               string // who holds a lock
	PID                      int
	ReadLag                  time.Duration // how long reads may lag behind writes; 0 is the client's default
}

// Terminal is what editing a line needs of a terminal.
type Terminal struct {
	// Raw makes it hand over each key as it is typed, until restore is called.
	Raw func() (restore func(), err error)
	// Columns returns its width as it is now.
	Columns func() int
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

// App is one run of one command.
type App struct {
	Env
	Dir      string // where the configuration is, after --chdir
	Display  string // what goes before its file names in messages
	NoColor  bool
	stdin    *bufio.Reader     // made when something is first read
	input    *replayed         // stdin, as far as a configuration has read it
	Recorder *Recorder         // of the run, for its reports; nil: there are none
	answers  map[string]string // what was typed for variables, by their names
	Files    fileNames         // that the run has to do with
	listing  *Progress         // of a refresh under way, else nil
	current  *Progress         // the last one that was begun
	pause    *pause            // that the service has asked for, nil for none
	// UnderWay means that an apply is sending: it ends by itself when it is
	// interrupted, with a report.
	UnderWay atomic.Bool
	// Stuck means that an evaluation was abandoned and still runs: nothing more is
	// begun. Shared by the runs of a test command.
	Stuck *atomic.Bool
}

// Chdir sets the directory of the configuration. It reports whether there is one.
func (a *App) Chdir(dir string) bool {
	path := dir
	if !filepath.IsAbs(path) {
		path = filepath.Join(a.Env.Dir, path)
	}
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return false
	}
	a.Dir = path
	if a.Display = filepath.Clean(dir); a.Display == "." {
		a.Display = ""
	}
	return true
}

// InDir returns the absolute form of a path relative to the configuration.
func (a *App) InDir(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(a.Dir, path)
}

// Shown returns a path as messages name it: relative to where tmsync was called.
func (a *App) Shown(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(a.Display, path)
}
