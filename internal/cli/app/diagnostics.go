package app

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/render"
)

// Report writes diagnostics to stderr, with snippets from files.
func (a *App) Report(diags hcl.Diagnostics, files map[string]*hcl.File) {
	if text := a.Recorder.diagnostics(diags, files); !text {
		return
	}
	// What cannot be written to stderr cannot be reported anywhere.
	_ = render.Diagnostics(a.Stderr, diags, files, a.errStyle())
}

// Warn reports a warning that no file is to blame for.
func (a *App) Warn(summary, detail string) {
	a.Report(hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: summary, Detail: detail}}, nil)
}

// Fail returns an error that no file is to blame for.
func Fail(summary, detail string) error { return engine.Failed(engine.Failure, summary, detail) }

// FailWith is Fail with another exit code than Failure.
func FailWith(code ExitCode, summary, detail string) error {
	return engine.Failed(engine.Code(code), summary, detail)
}

// Invalid returns the errors among diagnostics, which stand in files.
func Invalid(code ExitCode, diags hcl.Diagnostics, files map[string]*hcl.File) error {
	return &engine.Problem{Code: engine.Code(code), Diagnostics: diags, Files: files}
}

// Exit is the error of a command that reports an exit code alone.
type Exit ExitCode

// Error implements error.
func (e Exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// NoteAbandoned records that an evaluation still runs.
func (a *App) NoteAbandoned(err error) {
	if errors.Is(err, engine.ErrAbandoned) {
		a.Stuck.Store(true)
	}
}

// Ended turns the error of a command into text and exit code. Of joined errors each
// is told; the first that is a failure decides.
func (a *App) Ended(err error) ExitCode {
	a.EndPause()
	if err == nil {
		return OK
	}
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		code := OK
		for _, err := range all.Unwrap() {
			code = cmp.Or(code, a.Ended(err))
		}
		return code
	}
	var code Exit
	var p *engine.Problem
	switch {
	case errors.As(err, &code):
		return ExitCode(code)
	case !errors.As(err, &p):
		p = engine.Because(engine.Failure, "The command failed", err)
	}
	a.NoteAbandoned(err)
	a.Report(p.Diagnostics, p.Files)
	if p.Closing != "" && !a.Recorder.silent() {
		fmt.Fprintf(a.Stderr, "%s\n", p.Closing)
	}
	return ExitCode(p.Code)
}

// OutStyle returns the style of stdout.
func (a *App) OutStyle() render.Style { return a.style(a.StdoutWidth) }
func (a *App) errStyle() render.Style { return a.style(a.StderrWidth) }

// style returns the style of a stream of some width: colours only on a terminal,
// and not where the user has said no.
func (a *App) style(width int) render.Style {
	color := width > 0 && !a.NoColor && a.Environ["NO_COLOR"] == "" && a.Environ["TERM"] != "dumb"
	return render.Style{Color: color, Width: width}
}
