package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tmsync/tmsync/apply"
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
	{mostLines, mostNamed, 300}, {200, mostNamed, 150}, {60, mostNamed, 100}, {10, mostNamed, 80}, {0, mostNamed, 80},
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
	named := Entries(lost, mostLines)
	return title + fit(budget-len(title), func(d detail) string {
		first := named
		if d.named == 0 {
			first = counts(lost)
		}
		rest := counts(others)
		if d.lines > 0 {
			rest = Entries(others, d.lines)
		}
		text := markdownGroups(slices.Concat(first, rest), d)
		if d != details[0] {
			text += "Not everything fits here.\n\n"
		}
		return text
	}, details)
}

// counts counts the changes of a plan by action and attributes.
func counts(p *plan.Plan) []Entry {
	byAction := map[plan.Action][]*plan.Change{}
	for i := range p.Changes {
		c := &p.Changes[i]
		byAction[c.Action] = append(byAction[c.Action], c)
	}
	var entries []Entry
	for _, a := range actionOrder {
		for _, e := range shapes(a, byAction[a]) {
			e.Named = 0
			entries = append(entries, e)
		}
	}
	return entries
}

// markdownGroups writes entries, those of each action as a group.
func markdownGroups(entries []Entry, d detail) string {
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
func markdownGroup(b *strings.Builder, entries []Entry, open bool, d detail) {
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
	fmt.Fprintf(b, "<details%s><summary><b>%s</b></summary>\n\n", state, counted(entries[0].Action, n)+overwriting(entries[0].Action, n, overwritten))
	b.WriteString("| Tracking | Address | What changes |\n| --- | --- | --- |\n")
	for i := range entries {
		e := entries[i]
		e.Named = min(e.Named, max(d.named, firstFew))
		if e.Folded() {
			markdownEntry(b, &e, d.text)
		} else {
			c := e.Changes[0]
			fmt.Fprintf(b, "| %s | %s | %s |\n", markdownKey(c, d.text), markdownAddr(c, d.text), markdownSays(c, d.text))
		}
	}
	b.WriteString("\n</details>\n\n")
}

// markdownEntry writes several changes as one row, with rows for names that matter.
func markdownEntry(b *strings.Builder, e *Entry, most int) {
	says := ""
	switch {
	case e.Same:
		says = markdownSays(e.Changes[0], most)
		if from := e.Changes[0].From.Block(); from != "" {
			says = strings.TrimSuffix("from "+text.Markdown(text.Shorten(string(from), most))+"<br>"+says, "<br>")
		}
	case shape(e.Changes[0]) != "":
		says = e.sets()
	}
	more := len(e.Changes) - e.Named
	if e.Named > firstFew {
		fmt.Fprintf(b, "| **%s** | | %s |\n", e.title(), says)
		for _, c := range e.Changes[:e.Named] {
			fmt.Fprintf(b, "| %s | %s | |\n", markdownKey(c, most), markdownAddr(c, most))
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
			title, separator = "**"+e.title()+"**", "<br>"
		}
		title += separator + markdownKey(c, most)
	}
	if more > 0 && e.Named > 0 {
		title += " and " + text.Count(more) + " more"
	}
	fmt.Fprintf(b, "| %s | | %s |\n", title, says)
}

func markdownKey(c *plan.Change, most int) string {
	key := text.Markdown(text.Shorten(c.Key.String(), most))
	if !c.OldKey.IsZero() && c.OldKey != c.Key {
		key = text.Markdown(text.Shorten(c.OldKey.String(), most)) + " → " + key
	}
	return key
}

// markdownAddr is the address of a change, the one that it had, and the place.
func markdownAddr(c *plan.Change, most int) string {
	addr := text.Markdown(text.Shorten(string(c.Addr), most))
	if c.From != "" {
		addr += "<br>from " + text.Markdown(text.Shorten(string(c.From), most))
	}
	if at := declaredAt(c); at != "" {
		addr += "<br>" + text.Markdown(text.Shorten(at, most))
	}
	return addr
}

// markdownSays is what a change changes, and why.
func markdownSays(c *plan.Change, most int) string {
	var parts []string
	for i := range c.Fields {
		f := &c.Fields[i]
		says := f.Attr.String() + ": "
		from, to := fieldTexts(c, f, most)
		if from != "" {
			says += text.Markdown(from) + " → "
		}
		says += text.Markdown(to)
		if f.Force {
			says += " **forces replacement**"
		}
		parts = append(parts, says)
	}
	if why := because(c); why != "" {
		parts = append(parts, "*"+why+"*")
	}
	return strings.Join(parts, "<br>")
}

// fieldTexts are the values of an attribute before and afterwards, each of so many
// bytes; there is none before where there was no tracking, or no telling.
func fieldTexts(c *plan.Change, f *plan.Field, most int) (from, to string) {
	value := func(v string) string {
		s := Style{}.value(f.Attr, text.Shorten(v, most), f.Sensitive())
		if len(v) > most && !f.Sensitive() {
			s += fmt.Sprintf(" (%s bytes)", text.Count(len(v)))
		}
		return s
	}
	switch {
	case created(c), f.Sensitive():
		return "", value(f.To)
	case f.Known:
		return value(f.From), value(f.To)
	}
	return "(not known)", value(f.To)
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
		words := statusWords(first.Status)
		why := text.Markdown(text.Shorten(first.Message, x.text))
		if len(g) > foldAbove && rows < x.count {
			rows++
			var names []string
			for _, i := range g[:firstFew] {
				names = append(names, markdownKey(&r.Report.Plan.Changes[i], x.text))
			}
			fmt.Fprintf(&b, "| %s | **%s**<br>%s and %s more | | %s |\n", words, text.Plural(len(g), "tracking"), strings.Join(names, ", "), text.Count(len(g)-firstFew), why)
			continue
		}
		for _, i := range g {
			if rows >= x.count {
				left++
				continue
			}
			rows++
			c := &r.Report.Plan.Changes[i]
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", words, markdownKey(c, x.text), markdownAddr(c, x.text), why)
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
	var places []int
	for _, s := range statuses {
		for i := range r.Report.Results {
			if r.Report.Results[i].Status == s.status {
				places = append(places, i)
			}
		}
	}
	return grouped(places, func(i int) cause { return cause{r.Report.Results[i].Status, r.Report.Results[i].Message} })
}

// statusWords returns how a change ended.
func statusWords(s apply.Status) string {
	for _, st := range statuses {
		if st.status == s {
			return st.words
		}
	}
	return "done"
}
