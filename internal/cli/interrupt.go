package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
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

// interruptible runs a command, and abandons it if it outlives an interruption too
// long. That loses nothing: intents are on disk before their requests leave, and
// the next run finds out what became of them.
func interruptible(ctx context.Context, a *app.App, do func() app.ExitCode) app.ExitCode {
	ended := make(chan app.ExitCode, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				ended <- a.Ended(engine.Crashed(v, a.Version))
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
	if !ok && a.UnderWay.Load() {
		words = "\nLeft without the answer. The next run finds out what became of the request under way.\n"
		code, ok = within(graceUnderWay, ended)
	}
	if ok {
		return code
	}
	said := make(chan app.ExitCode, 1)
	go func() {
		fmt.Fprint(a.Stderr, words)
		said <- app.Partial
	}()
	_, _ = within(graceMessage, said) // or stderr is such a pipe
	return app.Partial
}

// within waits for an exit code for some time.
func within(d time.Duration, ended <-chan app.ExitCode) (app.ExitCode, bool) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case code := <-ended:
		return code, true
	case <-timer.C:
		return 0, false
	}
}
