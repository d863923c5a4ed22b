package render

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// Plan writes a plan for people: the changes, the summary line and the cost. Of one
// that has failed it writes the changes alone: what it comes to is not known.
func Plan(out io.Writer, p *plan.Plan, cost plan.Cost, s Style) error {
	w := bufio.NewWriter(out)
	if p.Failed {
		if p.HasChanges() && !s.Summary {
			legend(w, p, s)
			fmt.Fprintf(w, "tmsync planned the following actions, and then met errors:\n\n")
			changes(w, p, s)
		}
		return w.Flush()
	}
	if p.HasChanges() && !s.Summary {
		legend(w, p, s)
		fmt.Fprintf(w, "%s\n\n", introduction(p))
		changes(w, p, s)
	}
	paragraphs(w, Notes(p, InQuotes))
	kept(w, p, s)
	if p.Empty() {
		fmt.Fprintf(w, "%s %s\n", s.paint(bold+";"+green, "No changes."), NoChanges(p))
	} else {
		fmt.Fprintf(w, "%s %s\n", s.paint(bold, "Plan:"), Summary(p))
	}
	if p.HasChanges() && !p.RefreshOnly || cost.Data != nil {
		fmt.Fprintf(w, "%s %s\n", s.paint(bold, "Cost:"), CostText(cost, s.Full))
	}
	Rows(w, p.Rows, s)
	outputChanges(w, p, s)
	return w.Flush()
}

func introduction(p *plan.Plan) string {
	if p.RefreshOnly {
		return "These were changed outside tmsync since they were last applied.\nThis plan only notes that in the state, and undoes none of it:"
	}
	return "tmsync will perform the following actions:"
}

// NoChanges returns why a plan has no changes, in a sentence.
func NoChanges(p *plan.Plan) string {
	switch {
	case p.RefreshOnly && p.Counts.Kept > 0:
		return fmt.Sprintf("The service still has everything as it was last applied, or keeps it in another form: %s.", tail(p))
	case p.RefreshOnly:
		return "The service still has everything as it was last applied."
	case p.HeldBack > 0:
		return fmt.Sprintf("The mode holds back %s; nothing else is to be done: %s.", text.Plural(p.HeldBack, "change"), tail(p))
	case p.Destroy && p.NotSelected == 0:
		return "The state manages no trackings, so there is nothing to destroy."
	case p.Declared == 0 && p.NotSelected == 0:
		return "The configuration declares no trackings and the state manages none."
	}
	if p.Gone > 0 || p.NotSelected > 0 || p.Unread > 0 || p.Counts.Kept > 0 {
		return fmt.Sprintf("Nothing is to be done: %s.", tail(p))
	}
	return fmt.Sprintf("The service has everything as declared: %s.", tail(p))
}

// look is how one action looks; its words are in tracking.ActionSpecs.
type look struct{ symbol, color string }

var looks = map[plan.Action]look{
	plan.Create: {"+", green}, plan.Update: {"~", yellow}, plan.ChangeCarrier: {">", yellow}, plan.Replace: {"-/+", red},
	plan.Archive: {"_", yellow}, plan.Delete: {"-", red}, plan.Adopt: {"<", green}, plan.Move: {"=", ""}, plan.Forget: {".", ""},
	plan.Refresh: {"~", yellow},
}

func legend(w *bufio.Writer, p *plan.Plan, s Style) {
	fmt.Fprintf(w, "Actions are indicated with the following symbols:\n")
	for _, a := range actionOrder {
		if l := looks[a]; p.Count(a) > 0 {
			fmt.Fprintf(w, "%s%s %s\n", strings.Repeat(" ", 3-len(l.symbol)), s.paint(l.color, l.symbol), a.Spec().Legend)
		}
	}
	fmt.Fprintf(w, "\n")
}

// Notes returns what to know about a plan besides its changes. quote writes a
// pattern of the options.
func Notes(p *plan.Plan, quote func(string) string) (out []string) {
	for _, sel := range p.Selected {
		out = append(out, fmt.Sprintf("Note: --%s %s selects %s.", sel.Option, quote(sel.Pattern), text.Plural(sel.Count, "tracking")))
	}
	if p.Unread > 0 {
		out = append(out, fmt.Sprintf("Note: %s of %s read; drift of the rest is the nightly job's. --refresh=true reads all.", text.Count(p.Read), text.Count(p.Read+p.Unread)))
	}
	switch n := drifted(p); {
	case n == 1:
		out = append(out, "Note: 1 changed outside tmsync; this plan changes it back.")
	case n > 1:
		out = append(out, fmt.Sprintf("Note: %s changed outside tmsync; this plan changes them back.", text.Count(n)))
	}
	if n := p.HeldBack; n > 0 && !p.Empty() {
		out = append(out, fmt.Sprintf("Note: the mode holds back %s.", text.Plural(n, "change")))
	}
	if note := p.RollingNote(); note != "" {
		out = append(out, "Note: "+note)
	}
	switch n := spared(p); {
	case n == 1:
		out = append(out, "Note: 1 tracking is forgotten and stays at the service, as on_remove says, or because it was adopted.")
	case n > 1:
		out = append(out, fmt.Sprintf("Note: %s trackings are forgotten and stay at the service, as on_remove says, or because they were adopted.", text.Count(n)))
	}
	if n := p.LeftAsIs; n > 0 && !p.Empty() {
		out = append(out, fmt.Sprintf("Note: attributes that only a create sets are left as they are in %s that the service already has.", text.Plural(n, "tracking")))
	}
	return out
}

// spared counts what a destroy leaves at the service.
func spared(p *plan.Plan) int {
	n := 0
	for i := range p.Changes {
		if c := &p.Changes[i]; p.Destroy && c.Action == plan.Forget && c.Reason != plan.GoneRemotely {
			n++
		}
	}
	return n
}

// drifted counts the changes that undo what was done outside tmsync.
func drifted(p *plan.Plan) int {
	n := 0
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Reason == plan.RemoteDrifted && c.Action != plan.Refresh {
			n++
		}
	}
	return n
}

// InQuotes writes a text as it would be typed in a shell.
func InQuotes(s string) string { return "'" + text.Inert(s) + "'" }

// Rows writes what became of the rows of files, nothing without such files.
func Rows(w io.Writer, c tracking.RowCounts, s Style) {
	if c.Files || c.Read > 0 {
		fmt.Fprintf(w, "%s %s\n", s.paint(bold, "Rows:"), RowsText(c))
	}
}

// RowsText is the text after "Rows:". What comes last adds up to the rows. Where they
// make any number of parcels, it counts these, and a row without one as left out.
func RowsText(c tracking.RowCounts) string {
	s := fmt.Sprintf("%s read, %s declared", text.Count(c.Read), text.Count(c.Declared))
	if c.Parcels > 0 {
		s = fmt.Sprintf("%s read; %s declared", text.Count(c.Read), text.Plural(c.Declared, "parcel"))
	}
	if c.Duplicates > 0 {
		s += ", " + text.Plural(c.Duplicates, "duplicate")
	}
	if c.LeftOut > 0 {
		s += fmt.Sprintf(", %s left out", text.Count(c.LeftOut))
	}
	return s
}

// Summary is the text after "Plan:" or "Drift:", without what is zero.
func Summary(p *plan.Plan) string {
	actions := slices.Clone(plan.Actions)
	if p.RefreshOnly {
		slices.Reverse(actions) // what has changed goes before what is gone
	}
	var parts []string
	for _, a := range actions {
		if n := p.Count(a); n > 0 {
			parts = append(parts, Counted(p, a, n, p.Overwritten))
		}
	}
	text, left := strings.Join(parts, ", "), "; "
	if text == "" {
		text, left = outputCount(p), ". Trackings: " // which are counted apart
	}
	if t := tail(p); t != "" {
		text += left + t
	}
	return text + "."
}

// Counted returns how many changes of a plan have an action: "2 to create". Of
// adoptions it includes how many overwrite what somebody else has set.
func Counted(p *plan.Plan, a plan.Action, n, overwritten int) string {
	s := text.Count(n) + " " + a.Spec().Counted(n)
	switch {
	case a == plan.Forget && p.RefreshOnly:
		return text.Count(n) + " gone from the service"
	case a != plan.Adopt || overwritten == 0:
		return s
	case n == 1:
		return s + ", overwritten"
	}
	return fmt.Sprintf("%s, %s of them overwritten", s, text.Count(overwritten))
}

// tail counts what a plan leaves alone.
func tail(p *plan.Plan) string {
	var parts []string
	if p.Unchanged > 0 {
		parts = append(parts, text.Count(p.Unchanged)+" unchanged")
	}
	if n := p.Counts.Kept; n > 0 {
		parts = append(parts, text.Count(n)+" kept in another form")
	}
	if p.Unread > 0 {
		parts = append(parts, text.Count(p.Unread)+" not read")
	}
	if p.NotSelected > 0 {
		parts = append(parts, text.Count(p.NotSelected)+" not selected")
	}
	if p.Gone > 0 {
		parts = append(parts, text.Count(p.Gone)+" gone and left alone")
	}
	if p.Full && p.Unmanaged > 0 {
		parts = append(parts, text.Count(p.Unmanaged)+" unmanaged")
	}
	return strings.Join(parts, ", ")
}

// CostText is the text after "Cost:". endpoints reports whether requests are counted by
// endpoint, for whoever knows the service's calls.
func CostText(c plan.Cost, endpoints bool) string {
	e := c.Estimate
	if e.Total == 0 {
		return "no requests." + dataCost(c, endpoints)
	}
	s := RequestsText(e, endpoints)
	if c.Rate > 0 {
		s += fmt.Sprintf("; about %s at %s", text.Duration(e.Seconds(c.Rate)), rate(c.Rate))
	}
	return s + credits(c) + "." + dataCost(c, endpoints)
}

// RequestsText counts the requests of an estimate: "9 requests: 4 to read, 5 to
// change", or by endpoint.
func RequestsText(e plan.Estimate, endpoints bool) string {
	reads := e.Reads()
	switch {
	case endpoints:
		return requests(e.Total, e.Requests, true)
	case reads == 0:
		return text.Plural(e.Total, "request")
	case reads == e.Total:
		return text.Plural(e.Total, "request") + ", only to read"
	}
	return fmt.Sprintf("%s: %s to read, %s to change", text.Plural(e.Total, "request"), text.Count(reads), text.Count(e.Total-reads))
}

// requests counts what is sent, by endpoint where that is asked for.
func requests(total int, counts []plan.EndpointCount, endpoints bool) string {
	if !endpoints {
		return text.Plural(total, "request")
	}
	var names []string
	for _, r := range counts {
		names = append(names, text.Count(r.Count)+" "+r.Name)
	}
	return fmt.Sprintf("%s (%s)", text.Plural(total, "request"), strings.Join(names, ", "))
}

// dataCost returns what reading data blocks has cost, in a sentence of its own.
func dataCost(c plan.Cost, endpoints bool) string {
	d := c.Data
	if d == nil {
		return ""
	}
	total := 0
	for _, r := range d.Requests {
		total += r.Count
	}
	text := " The data blocks have taken " + requests(total, d.Requests, endpoints)
	if d.MaxCredits > 0 {
		text += fmt.Sprintf(" and %s credits", tracking.Price{Least: d.MinCredits, Most: d.MaxCredits})
	}
	return text + "."
}

func credits(c plan.Cost) string {
	e := c.Estimate
	if c.Free || e.MaxCredits == 0 {
		return ""
	}
	n := text.Count(e.MaxCredits)
	if e.MinCredits != e.MaxCredits {
		n = text.Count(e.MinCredits) + "–" + n
	}
	if c.Facts.Known {
		return fmt.Sprintf("; %s of %s", n, text.Plural(c.Facts.Credits, "credit"))
	}
	if n == "1" {
		return "; 1 credit"
	}
	return fmt.Sprintf("; %s credits", n)
}

func rate(r float64) string {
	if r == 1 {
		return "1 request/s"
	}
	return fmt.Sprintf("%g requests/s", r)
}

// Drift writes a refresh-only plan as what somebody else has done.
func Drift(out io.Writer, p *plan.Plan, s Style) error {
	w := bufio.NewWriter(out)
	kept(w, p, s)
	if p.Empty() {
		fmt.Fprintf(w, "%s %s\n", s.paint(bold+";"+green, "No new drift."), NoChanges(p))
		return w.Flush()
	}
	if !s.Summary {
		fmt.Fprintf(w, "These were changed outside tmsync since they were last applied:\n\n")
		changes(w, p, s)
	}
	fmt.Fprintf(w, "%s %s\n", s.paint(bold, "Drift:"), Summary(p))
	return w.Flush()
}
