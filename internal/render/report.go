package render

import (
	"io"
	"strings"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/plan"
)

// Report writes how an apply ended, in one line. What went wrong is told by the
// report's diagnostics.
func Report(out io.Writer, r *apply.Report, s Style) error {
	w := newWriter(out)
	text := strings.Join(results(r), ", ")
	switch {
	case r.Complete() && r.Plan.Destroy:
		w.printf("%s %s.\n", s.paint(bold+";"+green, "Destroy complete!"), text)
	case r.Complete():
		w.printf("%s %s.\n", s.paint(bold+";"+green, "Apply complete!"), text)
	case r.Interrupted:
		w.printf("%s %s. Run apply again for the rest.\n", s.paint(bold+";"+yellow, "Interrupted."), text)
	default:
		w.printf("%s %s. What was done is recorded; run apply again for the rest.\n", s.paint(bold+";"+yellow, "Applied in part:"), text)
	}
	return w.close()
}

var done = map[plan.Action]string{
	plan.Create: "created", plan.Adopt: "adopted", plan.Update: "updated", plan.ChangeCarrier: "moved to another carrier",
	plan.Replace: "replaced", plan.Archive: "archived", plan.Delete: "deleted", plan.Move: "moved to another address", plan.Forget: "forgotten",
}

var undone = []struct {
	status apply.Status
	words  string
}{
	{apply.Failed, "failed"}, {apply.Held, "held back"}, {apply.Skipped, "skipped"},
	{apply.InDoubt, "in doubt"}, {apply.Unsent, "not sent"},
}

// results counts the changes that are done by action, the others by status.
func results(r *apply.Report) []string {
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
	var parts []string
	for _, a := range plan.Actions {
		if n := byAction[a]; n > 0 {
			parts = append(parts, Count(n)+" "+done[a])
		}
	}
	if len(parts) == 0 {
		parts = append(parts, "nothing changed")
	}
	for _, u := range undone {
		if n := r.Count(u.status); n > 0 {
			parts = append(parts, Count(n)+" "+u.words)
		}
	}
	return parts
}
