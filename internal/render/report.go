package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/plan"
)

// Report writes how an apply ended, in one line. What went wrong is told by the
// report's diagnostics, which come before it.
func Report(out io.Writer, r *apply.Report, s Style) error {
	w := bufio.NewWriter(out)
	label, text := Ending(r, "above")
	colour := yellow
	if r.Complete() {
		colour = green
	}
	fmt.Fprintf(w, "%s %s\n", s.paint(bold+";"+colour, label), text)
	return w.Flush()
}

// Ending returns how an apply ended: a label, and what follows it. where is where
// the diagnostics are, above or below.
func Ending(r *apply.Report, where string) (label, rest string) {
	done, undone := results(r)
	counts := strings.Join(append(done, undone...), ", ")
	if counts == "" { // only outputs change
		counts = text.Plural(len(r.Plan.Outputs), "output") + map[bool]string{true: " changed", false: " not changed"}[r.Complete()]
	}
	refused := r.Count(apply.Refused)
	label = "Applied in part:"
	if len(done) == 0 {
		label = "Nothing was applied:"
	}
	switch {
	case r.Complete() && r.Plan.Destroy:
		return "Destroy complete!", counts + "."
	case r.Complete():
		return "Apply complete!", counts + "."
	case r.Limited:
		return "Stopped at the limit:", counts + ". Run apply again for the rest."
	case r.Interrupted:
		return "Interrupted:", counts + ". Run apply again for the rest."
	case r.RefusedOnly():
		return label, fmt.Sprintf("%s. Fix the %s %s, then apply.", counts, text.Count(refused), where)
	case r.ForbiddenOnly():
		return label, fmt.Sprintf("%s. Fix what is reported %s, then apply.", counts, where)
	case len(done) == 0:
		return label, counts + "."
	case refused > 0:
		return label, counts + ". What was done is recorded; fix what is refused, and run apply again for the rest."
	}
	return label, counts + ". What was done is recorded; run apply again for the rest."
}

// results counts the changes that are done by action, the others by status.
func results(r *apply.Report) (done, undone []string) {
	byAction := map[plan.Action]int{}
	for i := range r.Results {
		switch {
		case r.Results[i].Status != apply.Done:
		case r.Results[i].Adopted:
			byAction[plan.Adopt]++
		default:
			byAction[r.Plan.Changes[i].Action]++
		}
	}
	for _, a := range plan.Actions {
		if n := byAction[a]; n > 0 {
			done = append(done, text.Count(n)+" "+a.Spec().Done)
		}
	}
	for _, st := range apply.Statuses {
		if n := r.Count(st); n > 0 && st != apply.Done {
			undone = append(undone, text.Count(n)+" "+st.Words())
		}
	}
	return done, undone
}
