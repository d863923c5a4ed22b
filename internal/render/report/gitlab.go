package report

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
)

// mostFindings bounds a code-quality report: GitLab reads it for every
// merge-request view.
const mostFindings = 1000

// The code-quality report that GitLab reads.
type (
	finding struct {
		Description string          `json:"description"`
		CheckName   string          `json:"check_name"`
		Fingerprint string          `json:"fingerprint"`
		Severity    string          `json:"severity"`
		Location    findingLocation `json:"location"`
	}
	findingLocation struct {
		Path  string       `json:"path"`
		Lines findingLines `json:"lines"`
	}
	findingLines struct {
		Begin int `json:"begin"`
	}
)

// CodeQuality writes diagnostics as GitLab's code-quality report. Those without a
// place in a file cannot stand in it. place brings a file's name into the form
// that GitLab wants: relative to the top of the repository.
//
// A finding keeps its fingerprint when lines move, so that a merge request shows
// only what it brings.
func CodeQuality(out io.Writer, diags []render.DiagnosticDocument, place func(string) string) error {
	findings := []finding{}
	seen := map[string]int{}
	for i := range diags {
		d := &diags[i]
		if d.Range == nil || len(findings) == mostFindings {
			continue
		}
		f := finding{
			Description: text.Inert(strings.TrimSpace(d.Summary + ": " + text.OneLine(d.Detail))),
			CheckName:   text.Inert(d.Summary), Severity: "critical",
			Location: findingLocation{text.Inert(place(d.Range.Filename)), findingLines{d.Range.Start.Line}},
		}
		if d.Severity == "warning" {
			f.Severity = "minor"
		}
		same := f.Location.Path + "\x00" + f.Description
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", same, seen[same]))
		seen[same]++
		f.Fingerprint = hex.EncodeToString(sum[:])
		findings = append(findings, f)
	}
	return text.WriteJSON(out, findings)
}

// Dotenv writes what WorkflowOutputs does as variables for GitLab's later jobs:
// TMSYNC_CREATE=12. What is not known is left out.
func Dotenv(out io.Writer, r *Run) error {
	w := bufio.NewWriter(out)
	for _, o := range outcome(r) {
		if o.value == "" {
			continue
		}
		fmt.Fprintf(w, "TMSYNC_%s=%s\n", strings.ToUpper(o.name), o.value)
	}
	return w.Flush()
}
