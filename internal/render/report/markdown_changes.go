package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
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
	if r.Plan == nil || r.Plan.Empty() {
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
	return title + fit(budget-len(title), func(d detail) string {
		first := named
		if d.named == 0 {
			first = render.Counts(lost)
		}
		rest := render.Counts(others)
		if d.lines > 0 {
			rest = render.Entries(others, d.lines)
		}
		text := markdownGroups(slices.Concat(first, rest), d)
		if d != details[0] {
			text += "Not everything fits here.\n\n"
		}
		return text
	}, details)
}

// markdownGroups writes entries, those of each action as a group.
func markdownGroups(entries []render.Entry, d detail) string {
	var b strings.Builder
	open := len(entries) <= mostOpen
	for len(entries) > 0 {
		n := 1
		for n < len(entries) && entries[n].Action == entries[0].Action {
			n++
		}
		markdownGroup(&b, entries[:n], open, d)
		entries = entries[n:]
	}
	return b.String()
}

// markdownGroup writes the entries of one action as a table that folds.
func markdownGroup(b *strings.Builder, entries []render.Entry, open bool, d detail) {
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
	if open || entries[0].Changes[0].Destroys() {
		state = " open"
	}
	fmt.Fprintf(b, "<details%s><summary><b>%s</b></summary>\n\n", state, render.Counted(entries[0].Action, n, overwritten))
	b.WriteString("| Tracking | Address | What changes |\n| --- | --- | --- |\n")
	for i := range entries {
		e := entries[i]
		e.Named = min(e.Named, max(d.named, render.FirstFew))
		if e.Folded() {
			markdownEntry(b, &e, d.text)
		} else {
			l := render.LineOf(e.Changes[0], d.text)
			fmt.Fprintf(b, "| %s | %s | %s |\n", markdownKey(l), markdownAddr(l), markdownSays(l))
		}
	}
	b.WriteString("\n</details>\n\n")
}

// markdownEntry writes several changes as one row, with rows for names that matter.
func markdownEntry(b *strings.Builder, e *render.Entry, most int) {
	says := e.Sets()
	if e.Same {
		says = markdownSays(render.LineOf(e.Changes[0], most))
		if from := e.Changes[0].From.Block(); from != "" {
			says = strings.TrimSuffix("from "+text.Markdown(text.Shorten(string(from), most))+"<br>"+says, "<br>")
		}
	}
	more := len(e.Changes) - e.Named
	if e.Named > render.FirstFew {
		fmt.Fprintf(b, "| **%s** | | %s |\n", e.Title(), says)
		for _, c := range e.Changes[:e.Named] {
			l := render.LineOf(c, most)
			fmt.Fprintf(b, "| %s | %s | |\n", markdownKey(l), markdownAddr(l))
		}
		if more > 0 {
			fmt.Fprintf(b, "| and %s more | | |\n", text.Count(more))
		}
		return
	}
	title := "**" + text.Plural(len(e.Changes), "tracking") + "**"
	for i, c := range e.Changes[:e.Named] {
		separator := ", "
		if i == 0 {
			title, separator = "**"+e.Title()+"**", "<br>"
		}
		title += separator + markdownKey(render.LineOf(c, most))
	}
	if more > 0 && e.Named > 0 {
		title += " and " + text.Count(more) + " more"
	}
	fmt.Fprintf(b, "| %s | | %s |\n", title, says)
}

func markdownKey(l *render.Line) string {
	key := text.Markdown(l.Key)
	if l.OldKey != "" {
		key = text.Markdown(l.OldKey) + " → " + key
	}
	return key
}

// markdownAddr is the address of a change, the one that it had, and the place.
func markdownAddr(l *render.Line) string {
	addr := text.Markdown(l.Addr)
	if l.From != "" {
		addr += "<br>from " + text.Markdown(l.From)
	}
	if l.Declared != "" {
		addr += "<br>" + text.Markdown(l.Declared)
	}
	return addr
}

// markdownSays is what a change changes, and why.
func markdownSays(l *render.Line) string {
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
	return strings.Join(parts, "<br>")
}

// markdownUndone writes what is not done of an apply. What is so for the same
// reason of many trackings is one row.
func (r *Run) markdownUndone(x excerpt) string {
	if r.Report == nil || r.Report.Count(apply.Done) == len(r.Report.Results) {
		return ""
	}
	var b strings.Builder
	b.WriteString("#### Not done\n\n| Result | Tracking | Address | Why |\n| --- | --- | --- | --- |\n")
	left, rows := 0, 0
	for _, g := range r.undone() {
		first := &r.Report.Results[g[0]]
		words := first.Status.Words()
		why := text.Markdown(text.Shorten(first.Message, x.text))
		if len(g) > render.FoldAbove && rows < x.count {
			rows++
			var names []string
			for _, i := range g[:render.FirstFew] {
				names = append(names, markdownKey(render.LineOf(&r.Report.Plan.Changes[i], x.text)))
			}
			fmt.Fprintf(&b, "| %s | **%s**<br>%s and %s more | | %s |\n", words, text.Plural(len(g), "tracking"), strings.Join(names, ", "), text.Count(len(g)-render.FirstFew), why)
			continue
		}
		for _, i := range g {
			if rows >= x.count {
				left++
				continue
			}
			rows++
			l := render.LineOf(&r.Report.Plan.Changes[i], x.text)
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", words, markdownKey(l), markdownAddr(l), why)
		}
	}
	if left > 0 {
		fmt.Fprintf(&b, "| | and %s more | | |\n", text.Count(left))
	}
	return b.String() + "\n"
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
