package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// Cost is what the footer of a plan says.
type Cost struct {
	Estimate plan.Estimate
	Rate     float64 // requests a second, 0 without a limit
	Facts    plan.Facts
	// Free says that the service has no credits to tell of.
	Free bool
}

// Plan writes a plan for people: the changes, the summary line and the cost.
func Plan(out io.Writer, p *plan.Plan, cost Cost, s Style) error {
	w := newWriter(out)
	if p.Empty() {
		w.printf("%s %s\n", s.paint(bold+";"+green, "No changes."), noChanges(p))
	} else if !s.Summary {
		legend(w, p, s)
		w.printf("%s\n\n", introduction(p))
		changes(w, p, s)
	}
	if !p.Empty() {
		notes(w, p)
		w.printf("%s %s\n", s.paint(bold, "Plan:"), Summary(p))
		if !p.RefreshOnly {
			w.printf("%s %s\n", s.paint(bold, "Cost:"), cost)
		}
	}
	return w.close()
}

func introduction(p *plan.Plan) string {
	if p.RefreshOnly {
		return "Somebody has changed trackings at the service since they were last applied.\nThis plan only notes that in the state, and undoes none of it:"
	}
	return "tmsync will perform the following actions:"
}

func noChanges(p *plan.Plan) string {
	switch {
	case p.RefreshOnly:
		return "The service still has everything as it was last applied."
	case p.Held > 0:
		return fmt.Sprintf("The mode holds back %s; nothing else is to be done: %s.", Plural(p.Held, "change"), tail(p))
	case p.Destroy:
		return "The state manages no trackings, so there is nothing to destroy."
	case p.Declared == 0:
		return "The configuration declares no trackings and the state manages none."
	}
	if p.Gone > 0 || p.Passed > 0 {
		return fmt.Sprintf("Nothing is to be done: %s.", tail(p))
	}
	return fmt.Sprintf("The service has everything as declared: %s.", tail(p))
}

// look is how one action looks: its symbol, colour and words.
type look struct {
	symbol, color string
	legend        string
	header        string // "ADDR will be created"
	count         string // "12 to create"
	counts        string // the same for several, where it differs
}

var looks = map[plan.Action]look{
	plan.Create:        {"+", green, "create", "will be created", "to create", ""},
	plan.Update:        {"~", yellow, "update in-place", "will be updated in-place", "to update", ""},
	plan.ChangeCarrier: {">", yellow, "change carrier", "will change its carrier", "carrier change", "carrier changes"},
	plan.Replace:       {"-/+", red, "delete and create again", "must be replaced", "to replace", ""},
	plan.Archive:       {"_", yellow, "archive", "will be archived", "to archive", ""},
	plan.Delete:        {"-", red, "delete", "will be deleted", "to delete", ""},
	plan.Adopt:         {"<", green, "adopt what the service already has", "will be adopted", "to adopt", ""},
	plan.Move:          {"=", "", "move to another address", "has moved", "to move", ""},
	plan.Forget:        {".", "", "forget, sending nothing", "will be forgotten", "to forget", ""},
	plan.Refresh:       {"~", yellow, "has changed at the service", "has changed at the service", "to note", ""},
}

func legend(w *writer, p *plan.Plan, s Style) {
	w.printf("Actions are indicated with the following symbols:\n")
	for _, a := range actionOrder {
		if l := looks[a]; p.Count(a) > 0 {
			w.printf("%s%s %s\n", strings.Repeat(" ", 3-len(l.symbol)), s.paint(l.color, l.symbol), l.legend)
		}
	}
	w.printf("\n")
}

var reasons = map[plan.Reason]string{
	plan.AlreadyAtRemote:   "the service already has it",
	plan.GoneRemotely:      "it is no longer at the service",
	plan.RemoteDrifted:     "somebody changed it at the service",
	plan.NumberChanged:     "its tracking number changed",
	plan.CreateOnlyChanged: "only a create can set what changed",
	plan.RemovedFromConfig: "it is no longer in the configuration",
	plan.CarrierChanged:    "the service cannot change a carrier",
	plan.Requested:         "as requested",
	plan.Imported:          "an import block names it",
	plan.RemovedByBlock:    "a removed block says so",
}

// because says why a change is made, where that is not plain.
func because(c *plan.Change) string {
	switch {
	case c.Action == plan.ChangeCarrier, c.Action == plan.Refresh:
		return ""
	case c.Taken:
		return "the service already has the new one, which is adopted"
	}
	return reasons[c.Reason]
}

// changes writes all changes, folded if they are many.
func changes(w *writer, p *plan.Plan, s Style) {
	limit := mostLines
	if s.Full || s.Sensitive { // values that are shown may not be lumped together
		limit = 0
	}
	folded := false
	for _, e := range Entries(p, limit) {
		if e.Folded() {
			folded = true
			entry(w, &e, s)
		} else {
			change(w, e.Changes[0], s)
		}
	}
	if folded {
		w.printf("%s\n\n", s.paint(faint, "(--full shows each change by itself)"))
	}
}

// entry writes several changes as one.
func entry(w *writer, e *Entry, s Style) {
	l, c := looks[e.Action], e.Changes[0]
	w.printf("  %s %s\n", s.paint(bold, "# "+e.title()), s.emphasis(c, l.plural()+e.movedFrom()))
	if why := because(c); why != "" && e.Same {
		w.printf("  # (%s)\n", why)
	}
	if s.note != nil && e.Same {
		w.printf("  # (%s)\n", s.note(c))
	}
	symbol := strings.Repeat(" ", max(0, 3-len(l.symbol))) + s.paint(l.color, l.symbol)
	more := len(e.Changes) - e.Named
	switch {
	case e.Named > firstFew:
		for _, c := range e.Changes[:e.Named] {
			w.printf("%s %s  %s\n", symbol, s.key(c), s.paint(faint, Inert(string(c.Addr))))
		}
		if more > 0 {
			w.printf("    and %s more\n", Count(more))
		}
	default:
		var named []string
		width := len(" and 1,000,000 more")
		for _, c := range e.Changes[:e.Named] {
			named = append(named, s.key(c))
			width += len(Style{}.key(c)) + len(", ")
		}
		sep := ", "
		if s.Width > 0 && 4+width > s.Width { // a line each
			sep = "\n    "
		}
		w.printf("%s %s", symbol, strings.Join(named, sep))
		if more > 0 {
			w.printf("%sand %s more", strings.Replace(sep, ", ", " ", 1), Count(more))
		}
		w.printf("\n")
	}
	if e.Same {
		fields(w, c, s)
	} else if set := shape(c); set != "" {
		w.printf("      %s\n", e.sets())
	}
	w.printf("\n")
}

// movedFrom says from where all trackings of an entry have moved.
func (e *Entry) movedFrom() string {
	c := e.Changes[0]
	switch {
	case !e.Same || c.From == "":
		return ""
	case e.Action == plan.Move:
		return " from " + Inert(string(c.From.Block()))
	}
	return " (moved from " + Inert(string(c.From.Block())) + ")"
}

// title says how many trackings an entry is about.
func (e *Entry) title() string {
	if e.Same {
		return Plural(len(e.Changes), "tracking")
	}
	return strings.Replace(Plural(len(e.Changes), "tracking"), " ", " more ", 1)
}

// sets names the attributes of an entry whose changes have no more in common.
func (e *Entry) sets() string {
	var all, each tracking.Set
	for i, c := range e.Changes {
		var set tracking.Set
		for j := range c.Fields {
			set = set.With(c.Fields[j].Attr)
		}
		all |= set
		if each &= set; i == 0 {
			each = set
		}
	}
	if all == each {
		return all.String()
	}
	return "some of " + all.String()
}

// plural is the header of an action for several trackings.
func (l look) plural() string {
	return strings.NewReplacer("has moved", "have moved", "has changed", "have changed", "change its carrier", "change their carriers").Replace(l.header)
}

// change writes one change: a header, the key, and what differs.
func change(w *writer, c *plan.Change, s Style) {
	l := looks[c.Action]
	w.printf("  %s %s\n", s.paint(bold, "# "+Inert(string(c.Addr))), s.headline(c))
	if why := because(c); why != "" && s.note == nil {
		w.printf("  # (%s)\n", why)
	}
	if s.note != nil {
		w.printf("  # (%s)\n", s.note(c))
	}
	w.printf("%s%s %s%s\n", strings.Repeat(" ", max(0, 3-len(l.symbol))), s.paint(l.color, l.symbol), s.key(c), s.paint(faint, place(c)))
	fields(w, c, s)
	w.printf("\n")
}

// key is the key of a change, before and afterwards.
func (s Style) key(c *plan.Change) string {
	key := Inert(c.Key.String())
	if !c.OldKey.IsZero() && c.OldKey != c.Key {
		key = Inert(c.OldKey.String()) + " " + s.paint(yellow, "->") + " " + key
	}
	return key
}

// fields writes what differs, the "=" aligned.
func fields(w *writer, c *plan.Change, s Style) {
	width := 0
	for _, f := range c.Fields {
		width = max(width, len(f.Attr.String()))
	}
	for _, f := range c.Fields {
		field(w, c, f, width, s)
	}
}

// vanishedHeader is what drift says of a tracking that is gone.
const vanishedHeader = "is no longer at the service"

func (s Style) headline(c *plan.Change) string {
	l := looks[c.Action]
	text := l.header
	switch {
	case s.note != nil && c.Action == plan.Forget:
		text = vanishedHeader
	case c.From == "":
	case c.Action == plan.Move:
		text += " from " + Inert(string(c.From))
	default:
		text += " (moved from " + Inert(string(c.From)) + ")"
	}
	return s.emphasis(c, text)
}

// emphasis makes text stand out as the change does.
func (s Style) emphasis(c *plan.Change, text string) string {
	if c.Destroys() {
		return s.paint(bold+";"+red, text)
	}
	return s.paint(bold, text)
}

// place says where the change is declared.
func place(c *plan.Change) string {
	if c.Declared == nil {
		return ""
	}
	rng := c.Declared.Range()
	if rng.Filename == "" {
		return ""
	}
	return fmt.Sprintf("  (%s:%d)", Inert(rng.Filename), rng.Start.Line)
}

func field(w *writer, c *plan.Change, f plan.Field, width int, s Style) {
	symbol, color := "~", yellow
	if created(c) {
		symbol, color = "+", green
	}
	w.printf("      %s %-*s = ", s.paint(color, symbol), width, f.Attr)
	to := s.value(f.Attr, f.To, f.Sensitive())
	switch {
	case created(c):
		w.printf("%s", to)
	case f.Sensitive() && !s.Sensitive:
		w.printf("%s", to)
	case f.Known:
		w.printf("%s %s %s", s.value(f.Attr, f.From, f.Sensitive()), s.paint(yellow, "->"), to)
	default:
		w.printf("%s %s %s", s.paint(faint, "(not known)"), s.paint(yellow, "->"), to)
	}
	if f.Force {
		w.printf(" %s", s.paint(red, "# forces replacement"))
	}
	w.printf("\n")
}

// created says whether a change writes all it declares into a new tracking.
func created(c *plan.Change) bool {
	return c.Action == plan.Create || c.Action == plan.Replace && !c.SameKey() && !c.Taken
}

// value writes one attribute's value. Booleans go without quotes, as in HCL.
func (s Style) value(a tracking.Attr, v string, secret bool) string {
	if secret && !s.Sensitive {
		return "(sensitive)"
	}
	if a.Spec().Kind == tracking.KindBool && (v == "true" || v == "false") {
		return v
	}
	if len(v) <= tracking.MaxTextLen {
		return Quote(v)
	}
	// No declaration is that long: it comes from the service, and would bury the rest.
	return fmt.Sprintf("%s… (%s bytes)", Quote(strings.ToValidUTF8(v[:tracking.MaxTextLen], "")), Count(len(v)))
}

func notes(w *writer, p *plan.Plan) {
	if n := p.Held; n > 0 {
		w.printf("Note: the mode holds back %s.\n\n", Plural(n, "change"))
	}
	if n := p.Left; n > 0 {
		w.printf("Note: attributes that only a create sets are left as they are in %s that the service already has.\n\n", Plural(n, "tracking"))
	}
}

// Summary is the text after "Plan:", without what is zero.
func Summary(p *plan.Plan) string {
	var parts []string
	for _, a := range plan.Actions {
		if n := p.Count(a); n > 0 {
			l := looks[a]
			words := l.count
			if n != 1 && l.counts != "" {
				words = l.counts
			}
			parts = append(parts, Count(n)+" "+words)
		}
	}
	text := strings.Join(parts, ", ")
	if t := tail(p); t != "" {
		text += "; " + t
	}
	return text + "."
}

// tail counts what a plan leaves alone.
func tail(p *plan.Plan) string {
	var parts []string
	if p.Unchanged > 0 {
		parts = append(parts, Count(p.Unchanged)+" unchanged")
	}
	if p.Passed > 0 {
		parts = append(parts, Count(p.Passed)+" not selected")
	}
	if p.Gone > 0 {
		parts = append(parts, Count(p.Gone)+" gone and left alone")
	}
	if p.Full && p.Unmanaged > 0 {
		parts = append(parts, Count(p.Unmanaged)+" unmanaged")
	}
	return strings.Join(parts, ", ")
}

// String is the text after "Cost:".
func (c Cost) String() string {
	e := c.Estimate
	if e.Total == 0 {
		return "no requests."
	}
	var names []string
	for _, r := range e.Requests {
		names = append(names, Count(r.Count)+" "+r.Name)
	}
	text := fmt.Sprintf("%s (%s)", Plural(e.Total, "request"), strings.Join(names, ", "))
	if c.Rate > 0 {
		text += fmt.Sprintf(", about %s at %s", duration(e.Seconds(c.Rate)), rate(c.Rate))
	}
	return text + c.credits() + "."
}

func (c Cost) credits() string {
	e := c.Estimate
	if c.Free || e.MaxCredits == 0 {
		return ""
	}
	n := Count(e.MaxCredits)
	if e.MinCredits != e.MaxCredits {
		n = Count(e.MinCredits) + "–" + n
	}
	if c.Facts.Known {
		return fmt.Sprintf("; %s of %s", n, Plural(c.Facts.Credits, "credit"))
	}
	return fmt.Sprintf("; %s credits", n)
}

func rate(r float64) string {
	if r == 1 {
		return "1 request/s"
	}
	return fmt.Sprintf("%g requests/s", r)
}

// duration writes seconds as people say them: 40 s, 4 min 10 s, 6 h 57 min.
func duration(seconds float64) string {
	n := int(seconds + 0.5)
	switch {
	case n < 60:
		return fmt.Sprintf("%d s", max(n, 1))
	case n < 3600:
		return strings.TrimSuffix(fmt.Sprintf("%d min %d s", n/60, n%60), " 0 s")
	}
	return strings.TrimSuffix(fmt.Sprintf("%d h %d min", n/3600, n%3600/60), " 0 min")
}

// Drift writes a refresh-only plan, with a note on each tracking.
func Drift(out io.Writer, p *plan.Plan, note func(*plan.Change) string, s Style) error {
	w := newWriter(out)
	if p.Empty() {
		w.printf("%s %s\n", s.paint(bold+";"+green, "No new drift."), noChanges(p))
		return w.close()
	}
	if !s.Summary {
		w.printf("Somebody has changed trackings at the service since they were last applied:\n\n")
		s.note = note
		changes(w, p, s)
	}
	w.printf("%s %s\n", s.paint(bold, "Drift:"), driftSummary(p))
	return w.close()
}

func driftSummary(p *plan.Plan) string {
	var parts []string
	if n := p.Count(plan.Refresh); n > 0 {
		parts = append(parts, Plural(n, "tracking")+" changed")
	}
	if n := p.Count(plan.Forget); n > 0 {
		parts = append(parts, Plural(n, "tracking")+" gone")
	}
	if t := tail(p); t != "" {
		return strings.Join(parts, ", ") + "; " + t + "."
	}
	return strings.Join(parts, ", ") + "."
}
