package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// detail is how much of the changes is shown.
type detail struct {
	lines int // of what loses nothing, as Entries counts them; 0: only counted
	named int // of what is lost; 0: only counted
	text  int // bytes of one text
}

// details go from much to little. What is lost keeps its names longest.
var details = []detail{
	{render.MostLines, render.MostNamed, 300}, {200, render.MostNamed, 150}, {60, render.MostNamed, 100}, {10, render.MostNamed, 80}, {0, render.MostNamed, 80},
	{0, 50, 60}, {0, 20, 60}, {0, 5, 40}, {0, 0, 0},
}

// markdownChanges writes the changes of the plan into so many bytes.
func (r *Run) markdownChanges(budget int) string {
	if r.Plan == nil || !r.Plan.HasChanges() {
		return ""
	}
	lost, others := &plan.Plan{}, &plan.Plan{}
	for i := range r.Plan.Changes {
		to := others
		if r.Plan.Changes[i].Destroys() {
			to = lost
		}
		to.Changes = append(to.Changes, r.Plan.Changes[i])
	}
	title := ""
	if r.Report != nil {
		title = "#### The plan\n\n"
	}
	named := render.Entries(lost, render.MostLines)
	return title + fit(budget-len(title), r.Host, func(d detail, h *Host) string {
		first := named
		if d.named == 0 {
			first = render.Counts(lost)
		}
		rest := render.Counts(others)
		if d.lines > 0 {
			rest = render.Entries(others, d.lines)
		}
		text := r.markdownGroups(slices.Concat(first, rest), d, h)
		if d != details[0] {
			text += "Not everything fits here.\n\n"
		}
		return text
	}, details)
}

// markdownGroups writes entries, those of each action as a group.
func (r *Run) markdownGroups(entries []render.Entry, d detail, h *Host) string {
	var b strings.Builder
	for len(entries) > 0 {
		n := 1
		for n < len(entries) && entries[n].Action == entries[0].Action {
			n++
		}
		r.markdownGroup(&b, entries[:n], d, h)
		entries = entries[n:]
	}
	return b.String()
}

// markdownGroup writes the entries of one action as tables that fold together.
func (r *Run) markdownGroup(b *strings.Builder, entries []render.Entry, d detail, h *Host) {
	n, overwritten := 0, 0
	for i := range entries {
		n += len(entries[i].Changes)
		for _, c := range entries[i].Changes {
			if c.Overwrites() {
				overwritten++
			}
		}
	}
	state := ""
	if n <= mostOpen {
		state = " open"
	}
	fmt.Fprintf(b, "<details%s><summary><b>%s</b></summary>\n\n", state, render.Counted(r.Plan, entries[0].Action, n, overwritten))
	columns := slices.Clone(changeColumns)
	if r.Plan.RefreshOnly {
		columns[len(columns)-1].head = "What changed"
	}
	var rows [][]string
	for i := range entries {
		e := entries[i]
		e.Named = min(e.Named, max(d.named, render.FirstFew))
		switch {
		case e.Folded() && e.Named > render.FirstFew:
			b.WriteString(markdownTable(columns, rows))
			rows = nil
			markdownNamed(b, &e, d.text, h)
		case e.Folded():
			rows = append(rows, markdownEntry(&e, d.text))
		default:
			l := render.LineOf(e.Changes[0], d.text)
			rows = append(rows, []string{markdownKey(l), markdownAddr(l, h, d.text), markdownSays(l)})
		}
	}
	b.WriteString(markdownTable(columns, rows) + "</details>\n\n")
}

// changeColumns are the columns of changes.
var changeColumns = []column{{"Tracking", "–"}, {"Address", "–"}, {"What changes", "nothing else"}}

// column is a column of a table: its head, and what a cell with nothing in it says.
type column struct{ head, nothing string }

// markdownTable writes rows as a table, with an empty line after it. A column that
// has nothing in any row is left out.
func markdownTable(columns []column, rows [][]string) string {
	var heads, rules []string
	var shown []int
	for i, c := range columns {
		if slices.ContainsFunc(rows, func(row []string) bool { return row[i] != "" }) {
			heads, rules, shown = append(heads, c.head), append(rules, "---"), append(shown, i)
		}
	}
	if len(shown) == 0 {
		return ""
	}
	var b strings.Builder
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(heads)
	line(rules)
	for _, row := range rows {
		var cells []string
		for _, i := range shown {
			cells = append(cells, cmp.Or(row[i], columns[i].nothing))
		}
		line(cells)
	}
	return b.String() + "\n"
}

// markdownEntry is the row of several changes, which names few of them.
func markdownEntry(e *render.Entry, most int) []string {
	title := "**" + e.Title() + "**"
	separator := "<br>"
	for _, c := range e.Changes[:e.Named] {
		title += separator + markdownKey(render.LineOf(c, most))
		separator = ", "
	}
	if more := len(e.Changes) - e.Named; more > 0 && e.Named > 0 {
		title += " and " + text.Count(more) + " more"
	}
	return []string{title, markdownBlocks(e.Changes, most), strings.Join(markdownEach(e, most), "<br>")}
}

// markdownNamed writes several changes that are to be named: what they have in common,
// and a table of their names.
func markdownNamed(b *strings.Builder, e *render.Entry, most int, h *Host) {
	fmt.Fprintf(b, "**%s**", e.Title())
	if says := markdownEach(e, most); len(says) > 0 {
		b.WriteString(": " + strings.Join(says, ", "))
	}
	b.WriteString("\n\n")
	var rows [][]string
	for _, c := range e.Changes[:e.Named] {
		l := render.LineOf(c, most)
		rows = append(rows, []string{markdownKey(l), markdownAddr(l, h, most), ""})
	}
	b.WriteString(markdownTable(changeColumns, rows))
	if more := len(e.Changes) - e.Named; more > 0 {
		fmt.Fprintf(b, "And %s more.\n\n", text.Count(more))
	}
}

// markdownEach is what each of several changes changes, in parts.
func markdownEach(e *render.Entry, most int) []string {
	if !e.Same {
		if sets := e.Sets(); sets != "" {
			return []string{sets}
		}
		return nil
	}
	var parts []string
	if from := e.Changes[0].From.Block(); from != "" {
		parts = append(parts, "from "+text.Markdown(text.Shorten(string(from), most)))
	}
	return append(parts, markdownParts(render.LineOf(e.Changes[0], most))...)
}

// markdownBlocks is the block that declares all of some changes, or how many do.
func markdownBlocks(changes []*plan.Change, most int) string {
	blocks := map[tracking.Addr]bool{}
	for _, c := range changes {
		blocks[c.Addr.Block()] = true
	}
	if len(blocks) > 1 || most == 0 {
		return text.Plural(len(blocks), "block")
	}
	return markdownCode(text.Shorten(string(changes[0].Addr.Block()), most))
}

// markdownCode is a text for a cell; of nothing it makes nothing.
func markdownCode(s string) string {
	if s == "" {
		return ""
	}
	return text.Markdown(s)
}

func markdownKey(l *render.Line) string {
	key := markdownCode(l.Key)
	if l.OldKey != "" {
		key = text.Markdown(l.OldKey) + " → " + key
	}
	return key
}

// markdownAddr is the address of a change, the one that it had, and the place.
func markdownAddr(l *render.Line, h *Host, most int) string {
	addr := markdownCode(l.Addr)
	if l.From != "" {
		addr += "<br>from " + text.Markdown(l.From)
	}
	if l.Declared.File != "" {
		addr += "<br>" + markdownPlace(l.Declared, h, most)
	}
	return addr
}

// markdownPlace is a line of a file, with a link to where it is shown.
func markdownPlace(at render.Source, h *Host, most int) string {
	place := text.Markdown(text.Shorten(at.String(), most))
	if address := h.line(at.File, at.Line); address != "" {
		return "[" + place + "](" + address + ")"
	}
	return place
}

// markdownSays is what a change changes, and why.
func markdownSays(l *render.Line) string { return strings.Join(markdownParts(l), "<br>") }

func markdownParts(l *render.Line) []string {
	var parts []string
	for _, f := range l.Fields {
		says := f.Attr.String() + ": "
		if f.Before != "" {
			says += text.Markdown(f.Before) + " → "
		}
		says += text.Markdown(f.After)
		if f.Forces {
			says += " **forces replacement**"
		}
		parts = append(parts, says)
	}
	if l.Why != "" {
		parts = append(parts, "*"+l.Why+"*")
	}
	return parts
}

// markdownUndone writes what is not done of an apply. What is so for the same
// reason of many trackings is one row.
func (r *Run) markdownUndone(x excerpt, h *Host) string {
	if r.Report == nil || r.Report.Count(apply.Done) == len(r.Report.Results) {
		return ""
	}
	left := 0
	var rows [][]string
	for _, g := range r.undone() {
		first := &r.Report.Results[g[0]]
		words := first.Status.Words()
		why := markdownCode(text.Shorten(first.Message, x.text))
		if len(g) > render.FoldAbove && len(rows) < x.count {
			e := render.Entry{Action: r.Report.Plan.Changes[g[0]].Action, Same: true, Named: render.FirstFew}
			for _, i := range g {
				e.Changes = append(e.Changes, &r.Report.Plan.Changes[i])
			}
			row := markdownEntry(&e, x.text)
			rows = append(rows, []string{words, row[0], row[1], why})
			continue
		}
		for _, i := range g {
			if len(rows) >= x.count {
				left++
				continue
			}
			l := render.LineOf(&r.Report.Plan.Changes[i], x.text)
			rows = append(rows, []string{words, markdownKey(l), markdownAddr(l, h, x.text), why})
		}
	}
	s := "#### Not done\n\n" + markdownTable([]column{{"Result", "–"}, {"Tracking", "–"}, {"Address", "–"}, {"Why", "–"}}, rows)
	if left > 0 {
		s += fmt.Sprintf("And %s more.\n\n", text.Count(left))
	}
	return s
}

// undone gathers the results that are not done, by status and reason: the places
// that they have in the plan.
func (r *Run) undone() [][]int {
	type cause struct {
		status  apply.Status
		message string
	}
	var indexes []int
	for _, s := range apply.Statuses {
		for i := range r.Report.Results {
			if r.Report.Results[i].Status == s && s != apply.Done {
				indexes = append(indexes, i)
			}
		}
	}
	return render.Grouped(indexes, func(i int) cause { return cause{r.Report.Results[i].Status, r.Report.Results[i].Message} })
}
