package render

import (
	"io"
	"strings"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/plan"
)

// Report writes how an apply ended, in one line. What went wrong is told by the
// report's diagnostics, which come before it.
func Report(out io.Writer, r *apply.Report, s Style) error { return report(out, r, s, "above") }

// report is Report where the diagnostics come, above or below.
func report(out io.Writer, r *apply.Report, s Style, where string) error {
	w := newWriter(out)
	done, undone := results(r)
	text := strings.Join(append(done, undone...), ", ")
	switch {
	case r.Complete() && r.Plan.Destroy:
		w.printf("%s %s.\n", s.paint(bold+";"+green, "Destroy complete!"), text)
	case r.Complete():
		w.printf("%s %s.\n", s.paint(bold+";"+green, "Apply complete!"), text)
	case r.Limited:
		w.printf("%s %s. Run apply again for the rest.\n", s.paint(bold+";"+yellow, "Stopped at the limit:"), text)
	case r.Interrupted:
		w.printf("%s %s. Run apply again for the rest.\n", s.paint(bold+";"+yellow, "Interrupted:"), text)
	case r.RefusedOnly():
		label, n := "Applied in part:", r.Count(apply.Refused)
		if len(done) == 0 {
			label = "Nothing was applied:"
		}
		w.printf("%s %s. Fix the %s %s, then apply.\n", s.paint(bold+";"+yellow, label), text, Count(n), where)
	case len(done) == 0:
		w.printf("%s %s.\n", s.paint(bold+";"+yellow, "Nothing was applied:"), text)
	case r.Count(apply.Refused) > 0:
		w.printf("%s %s. What was done is recorded; fix what is refused, and run apply again for the rest.\n", s.paint(bold+";"+yellow, "Applied in part:"), text)
	default:
		w.printf("%s %s. What was done is recorded; run apply again for the rest.\n", s.paint(bold+";"+yellow, "Applied in part:"), text)
	}
	return w.close()
}

var statuses = []struct {
	status apply.Status
	words  string
}{
	{apply.Partial, "done in part"}, {apply.Refused, "refused"}, {apply.Failed, "failed"}, {apply.Held, "held back"}, {apply.Skipped, "skipped"},
	{apply.InDoubt, "in doubt"}, {apply.Unsent, "not sent"},
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
			done = append(done, Count(n)+" "+a.Spec().Done)
		}
	}
	for _, st := range statuses {
		if n := r.Count(st.status); n > 0 {
			undone = append(undone, Count(n)+" "+st.words)
		}
	}
	return done, undone
}
