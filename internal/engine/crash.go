package engine

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// Crashed is the error of a panic, from within the function that has recovered it. What
// a panic says may be a customer's, unless it is the runtime that says it; where
// it came about never is. The exit code is not the 2 of the runtime, which is the
// answer of plan --detailed-exitcode that there are changes.
func Crashed(v any, version string) error {
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
	return Failed(Failure, "tmsync has crashed", fmt.Sprintf("This is a bug in tmsync %s. What it had done is recorded: run the same command again, "+
		"and it goes on from there. Please report the bug with these lines:\n\n  %s%s", version, what, &trace))
}
