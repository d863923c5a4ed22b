package render

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

var reasons = map[plan.Reason]string{
	plan.AlreadyAtRemote:   "the service already has it",
	plan.GoneRemotely:      "it is no longer at the service",
	plan.RemoteDrifted:     "it was changed outside tmsync",
	plan.NumberChanged:     "its tracking number changed",
	plan.CreateOnlyChanged: "only a create can set what changed",
	plan.RemovedFromConfig: "it is no longer in the configuration",
	plan.CarrierChanged:    "the service cannot change a carrier",
	plan.Requested:         "as requested",
	plan.Imported:          "an import block names it",
	plan.WasAdopted:        "it was adopted, not created here, and no on_remove says to delete it",
	plan.RemovedByBlock:    "a removed block says so",
	plan.ArchiveDue:        "it was delivered longer ago than archive_after says",
}

// because returns why a change is made, where that is not plain.
func because(c *plan.Change) string {
	switch {
	case c.Note != "":
		return c.Note
	case c.Action == plan.ChangeCarrier, c.Action == plan.Refresh:
		return ""
	case c.Taken:
		return "the service already has the new one, which is adopted"
	}
	return reasons[c.Reason]
}

// changes writes all changes, folded if they are many.
func changes(w *bufio.Writer, p *plan.Plan, s Style) {
	limit := MostLines
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
		fmt.Fprintf(w, "%s\n\n", s.paint(faint, "(--full shows each change by itself)"))
	}
}

// entry writes several changes as one.
func entry(w *bufio.Writer, e *Entry, s Style) {
	l, c := looks[e.Action], e.Changes[0]
	fmt.Fprintf(w, "  %s %s\n", s.paint(bold, "# "+e.Title()), s.emphasis(c, e.Action.Spec().For(len(e.Changes))+e.movedFrom()))
	if why := because(c); why != "" && e.Same {
		fmt.Fprintf(w, "  # (%s)\n", why)
	}
	symbol := strings.Repeat(" ", max(0, 3-len(l.symbol))) + s.paint(l.color, l.symbol)
	more := len(e.Changes) - e.Named
	switch {
	case e.Named > FirstFew:
		for _, c := range e.Changes[:e.Named] {
			fmt.Fprintf(w, "%s %s  %s\n", symbol, s.key(c), s.paint(faint, text.Inert(string(c.Addr))))
		}
		if more > 0 {
			fmt.Fprintf(w, "    and %s more\n", text.Count(more))
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
		fmt.Fprintf(w, "%s %s", symbol, strings.Join(named, sep))
		if more > 0 {
			fmt.Fprintf(w, "%sand %s more", strings.Replace(sep, ", ", " ", 1), text.Count(more))
		}
		fmt.Fprintf(w, "\n")
	}
	if e.Same {
		fields(w, c, s)
	} else if sets := e.Sets(); sets != "" {
		fmt.Fprintf(w, "      %s\n", sets)
	}
	fmt.Fprintf(w, "\n")
}

// movedFrom returns from where all trackings of an entry have moved.
func (e *Entry) movedFrom() string {
	c := e.Changes[0]
	switch {
	case !e.Same || c.From == "":
		return ""
	case e.Action == plan.Move:
		return " from " + text.Inert(string(c.From.Block()))
	}
	return " (moved from " + text.Inert(string(c.From.Block())) + ")"
}

// Title returns how many trackings an entry is about.
func (e *Entry) Title() string {
	if e.Same {
		return text.Plural(len(e.Changes), "tracking")
	}
	return strings.Replace(text.Plural(len(e.Changes), "tracking"), " ", " more ", 1)
}

// Sets returns the attributes of an entry whose changes have no more in common.
func (e *Entry) Sets() string {
	var all, each tracking.AttrSet
	for i, c := range e.Changes {
		var set tracking.AttrSet
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

// change writes one change: a header, the key, and what differs.
func change(w *bufio.Writer, c *plan.Change, s Style) {
	l := looks[c.Action]
	fmt.Fprintf(w, "  %s %s\n", s.paint(bold, "# "+text.Inert(string(c.Addr))), s.headline(c))
	if why := because(c); why != "" {
		fmt.Fprintf(w, "  # (%s)\n", why)
	}
	fmt.Fprintf(w, "%s%s %s%s\n", strings.Repeat(" ", max(0, 3-len(l.symbol))), s.paint(l.color, l.symbol), s.key(c), s.paint(faint, place(c)))
	fields(w, c, s)
	fmt.Fprintf(w, "\n")
}

// key is the key of a change, before and afterwards.
func (s Style) key(c *plan.Change) string {
	key := text.Inert(c.Key.String())
	if !c.OldKey.IsZero() && c.OldKey != c.Key {
		key = text.Inert(c.OldKey.String()) + " " + s.paint(yellow, "->") + " " + key
	}
	return key
}

// fields writes what differs, the "=" aligned.
func fields(w *bufio.Writer, c *plan.Change, s Style) {
	width := 0
	for _, f := range c.Fields {
		width = max(width, len(f.Attr.String()))
	}
	for _, f := range c.Fields {
		field(w, c, f, width, s)
	}
}

// vanishedHeader is drift's text for a tracking that is gone.
const vanishedHeader = "is no longer at the service"

func (s Style) headline(c *plan.Change) string {
	out := c.Action.Spec().Will
	switch {
	case c.Note != "" && c.Action == plan.Forget:
		out = vanishedHeader
	case c.From == "":
	case c.Action == plan.Move:
		out += " from " + text.Inert(string(c.From))
	default:
		out += " (moved from " + text.Inert(string(c.From)) + ")"
	}
	return s.emphasis(c, out)
}

// emphasis formats text in the colour of the change.
func (s Style) emphasis(c *plan.Change, text string) string {
	if c.Destroys() {
		return s.paint(bold+";"+red, text)
	}
	return s.paint(bold, text)
}

// place returns where the change is declared.
func place(c *plan.Change) string {
	at := declaredAt(c)
	if at.File == "" {
		return ""
	}
	return "  (" + text.Inert(at.String()) + ")"
}

// declaredAt is where a change is declared, without a file for nowhere.
func declaredAt(c *plan.Change) Source {
	if c.Declared == nil {
		return Source{}
	}
	rng := c.Declared.Range()
	return Source{rng.Filename, rng.Start.Line}
}

func field(w *bufio.Writer, c *plan.Change, f plan.Field, width int, s Style) {
	symbol, color := "~", yellow
	if created(c) {
		symbol, color = "+", green
	}
	fmt.Fprintf(w, "      %s %-*s = ", s.paint(color, symbol), width, f.Attr)
	to := s.value(f.Attr, f.To, f.Sensitive())
	switch {
	case created(c):
		fmt.Fprintf(w, "%s", to)
	case f.Sensitive() && !s.Sensitive:
		fmt.Fprintf(w, "%s", to)
	case f.Known:
		fmt.Fprintf(w, "%s %s %s", s.value(f.Attr, f.From, f.Sensitive()), s.paint(yellow, "->"), to)
	default:
		fmt.Fprintf(w, "%s %s %s", s.paint(faint, "(not known)"), s.paint(yellow, "->"), to)
	}
	if f.Force {
		fmt.Fprintf(w, " %s", s.paint(red, "# forces replacement"))
	}
	fmt.Fprintf(w, "\n")
}

// created reports whether a change writes all it declares into a new tracking.
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
		return text.Quote(v)
	}
	// No declaration is that long: it comes from the service, and would bury the rest.
	return fmt.Sprintf("%s… (%s bytes)", text.Quote(strings.ToValidUTF8(v[:tracking.MaxTextLen], "")), text.Count(len(v)))
}
