package cli

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/render"
)

// report writes diagnostics to stderr, with snippets from files.
func (a *app) report(diags hcl.Diagnostics, files map[string]*hcl.File) {
	if text := a.rec.diagnostics(diags, files); !text {
		return
	}
	// What cannot be written to stderr cannot be reported anywhere.
	_ = render.Diagnostics(a.Stderr, diags, files, a.errStyle())
}

// warn reports a warning that no file is to blame for.
func (a *app) warn(summary, detail string) {
	a.report(hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: summary, Detail: detail}}, nil)
}

// fail returns an error that no file is to blame for.
func fail(summary, detail string) error { return engine.Failed(engine.Failure, summary, detail) }

// failWith is fail with another exit code than Failure.
func failWith(code ExitCode, summary, detail string) error {
	return engine.Failed(engine.Code(code), summary, detail)
}

// invalid returns the errors among diagnostics, which stand in files.
func invalid(code ExitCode, diags hcl.Diagnostics, files map[string]*hcl.File) error {
	return &engine.Problem{Code: engine.Code(code), Diagnostics: diags, Files: files}
}

// exit is the error of a command that has nothing to say but how it ends.
type exit ExitCode

// Error implements error.
func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// noteAbandoned notes that an evaluation still runs.
func (a *app) noteAbandoned(err error) {
	if errors.Is(err, engine.ErrAbandoned) {
		a.stuck.Store(true)
	}
}

// ended turns the error of a command into text and exit code. Of joined errors each
// is told; the first that is a failure decides.
func (a *app) ended(err error) ExitCode {
	if err == nil {
		return OK
	}
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		code := OK
		for _, err := range all.Unwrap() {
			code = cmp.Or(code, a.ended(err))
		}
		return code
	}
	var code exit
	var p *engine.Problem
	switch {
	case errors.As(err, &code):
		return ExitCode(code)
	case !errors.As(err, &p):
		p = engine.Because(engine.Failure, "The command failed", err)
	}
	a.noteAbandoned(err)
	a.report(p.Diagnostics, p.Files)
	return ExitCode(p.Code)
}

func (a *app) outStyle() render.Style { return a.style(a.StdoutWidth) }
func (a *app) errStyle() render.Style { return a.style(a.StderrWidth) }

// style says how to write to a stream of some width: colours only on a terminal,
// and not where the user has said no.
func (a *app) style(width int) render.Style {
	color := width > 0 && !a.noColor && a.Environ["NO_COLOR"] == "" && a.Environ["TERM"] != "dumb"
	return render.Style{Color: color, Width: width}
}
