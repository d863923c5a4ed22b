package cli

import (
	"github.com/hashicorp/hcl/v2"

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

// fail reports one error that no file is to blame for.
func (a *app) fail(summary, detail string) ExitCode {
	a.report(hcl.Diagnostics{{Severity: hcl.DiagError, Summary: summary, Detail: detail}}, nil)
	return Failure
}

func (a *app) outStyle() render.Style { return a.style(a.StdoutWidth) }
func (a *app) errStyle() render.Style { return a.style(a.StderrWidth) }

// style says how to write to a stream of some width: colours only on a terminal,
// and not where the user has said no.
func (a *app) style(width int) render.Style {
	color := width > 0 && !a.noColor && a.Environ["NO_COLOR"] == "" && a.Environ["TERM"] != "dumb"
	return render.Style{Color: color, Width: width}
}
