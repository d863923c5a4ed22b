package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"

	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/plan"
)

// mostAnnotations is how many errors, and how many warnings, are shown at their
// places: GitHub shows no more of one step.
const mostAnnotations = 10

// Annotations writes diagnostics as commands to GitHub's runner, which annotates
// the files. Those that it would not show are counted in one more. place brings a
// file's name into the form that the runner wants: relative to the top of the
// repository.
func Annotations(out io.Writer, diags []render.DiagnosticDocument, place func(string) string) error {
	w := bufio.NewWriter(out)
	shown := map[string]int{}
	left := 0
	for i := range diags {
		d := &diags[i]
		if shown[d.Severity] == mostAnnotations {
			left++
			continue
		}
		shown[d.Severity]++
		w.WriteString(annotation(d, place))
	}
	if left > 0 {
		fmt.Fprintf(w, "%s", text.WorkflowCommand("notice", [][2]string{{"title", "More errors and warnings"}},
			fmt.Sprintf("%s more; the log has all of them.", text.Count(left))))
	}
	return w.Flush()
}

// annotation is the command for one diagnostic. Columns are left out: they count
// characters here, and other things there.
func annotation(d *render.DiagnosticDocument, place func(string) string) string {
	command := "error"
	if d.Severity == "warning" {
		command = "warning"
	}
	var file, line, end string
	if d.Range != nil {
		file, line, end = place(d.Range.Filename), strconv.Itoa(d.Range.Start.Line), strconv.Itoa(max(d.Range.Start.Line, d.Range.End.Line))
	}
	message := d.Detail
	if message == "" {
		message = d.Summary
	}
	return text.WorkflowCommand(command, [][2]string{{"file", file}, {"line", line}, {"endLine", end}, {"title", d.Summary}}, message)
}

// WorkflowOutputs writes the outputs of a workflow step to the file GITHUB_OUTPUT:
// the changes of the plan by action, what it costs, and how the run ended.
//
//	create update carrier replace archive delete adopt move forget refresh
//	credits requests   at most; what the plan costs, not what was spent
//	exitcode           as the process ends with
//	changes            true or false
//
// A run that has met an error, and came to no plan or to nothing that is to be done,
// tells its exitcode alone, and leaves the others empty: that there are no changes is
// not known.
func WorkflowOutputs(out io.Writer, r *Run) error {
	w := bufio.NewWriter(out)
	for _, o := range outcome(r) {
		w.WriteString(text.WorkflowOutput(o.name, o.value))
	}
	return w.Flush()
}

// fact is one thing that a run tells the steps that follow it.
type fact struct{ name, value string }

func outcome(r *Run) []fact {
	p, known := r.verdict(), true
	if p == nil {
		p, known = &plan.Plan{}, false
	}
	var facts []fact
	add := func(name, value string) {
		if !known {
			value = "" // in place of what an earlier run of the same step has told
		}
		facts = append(facts, fact{name, value})
	}
	for _, a := range plan.Actions {
		name := string(a)
		if a == plan.ChangeCarrier {
			name = "carrier"
		}
		add(name, strconv.Itoa(p.Count(a)))
	}
	credits := r.Cost.Estimate.MaxCredits
	if r.Cost.Free {
		credits = 0
	}
	add("credits", strconv.Itoa(credits))
	add("requests", strconv.Itoa(r.Cost.Estimate.Total))
	facts = append(facts, fact{"exitcode", strconv.Itoa(r.ExitCode)})
	add("changes", strconv.FormatBool(!p.Empty()))
	return facts
}
