package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// How long a command may take to end by itself once it is interrupted. Reading
// files, asking for approval, and writing to a pipe that nobody empties know
// nothing of an interruption; an apply that is under way waits for an answer and
// records it. Together they stay below the 7.5 s after which a CI runner kills.
const (
	graceIdle     = time.Second
	graceUnderWay = 4 * time.Second
	graceMessage  = 500 * time.Millisecond // for the last words
)

// interruptible runs a command, and leaves it behind when it does not end in time
// after an interruption. That loses nothing: intents are on disk before their
// requests leave, and the next run finds out what became of them.
func (a *app) interruptible(ctx context.Context, do func() ExitCode) ExitCode {
	ended := make(chan ExitCode, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				ended <- a.ended(a.crashed(v))
			}
		}()
		ended <- do()
	}()
	select {
	case code := <-ended:
		return code
	case <-ctx.Done():
	}
	words := "\nInterrupted. Nothing was changed.\n"
	code, ok := within(graceIdle, ended)
	if !ok && a.underWay.Load() {
		words = "\nLeft without the answer. The next run finds out what became of the request under way.\n"
		code, ok = within(graceUnderWay, ended)
	}
	if ok {
		return code
	}
	said := make(chan ExitCode, 1)
	go func() {
		fmt.Fprint(a.Stderr, words)
		said <- Partial
	}()
	_, _ = within(graceMessage, said) // or stderr is such a pipe
	return Partial
}

// within waits for an exit code for some time.
func within(d time.Duration, ended <-chan ExitCode) (ExitCode, bool) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case code := <-ended:
		return code, true
	case <-timer.C:
		return 0, false
	}
}

// crashed is the error of a panic, from within the function that has recovered it. What
// a panic says may be a customer's, unless it is the runtime that says it; where
// it came about never is. The exit code is not the 2 of the runtime, which is the
// answer of plan --detailed-exitcode that there are changes.
func (a *app) crashed(v any) error {
	what := fmt.Sprintf("%T", v)
	if err, ok := v.(runtime.Error); ok {
		what = err.Error()
	}
	var trace strings.Builder
	pcs := make([]uintptr, 24)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs)]) // above them are this, the recovering, and the panic
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		fmt.Fprintf(&trace, "\n  %s (%s:%d)", f.Function, filepath.Base(f.File), f.Line)
	}
	return fail("tmsync has crashed", fmt.Sprintf("This is a bug in tmsync %s. What it had done is recorded: run the same command again, "+
		"and it goes on from there. Please report the bug with these lines:\n\n  %s%s", a.Version, what, &trace))
}
