package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed" // the page's template, style and script
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

var (
	//go:embed page.tmpl
	htmlPage string
	//go:embed page.css
	htmlStyle string
	//go:embed page.js
	htmlScript string
)

var htmlTemplate = template.Must(template.New("report").Funcs(template.FuncMap{"numbers": numbers}).Parse(htmlPage))

// What a page shows at most.
const (
	htmlText        = 400 // bytes of one text
	htmlDiagnostics = 200
	mostHTMLOutputs = 100_000 // bytes
)

// HTML writes a run as one page that needs nothing else: its style and its
// script, which the page's own policy names by their hashes, are in it, and nothing
// is loaded. The changes are data that the script shows a page at a time. Nothing
// sensitive is in it. The error is the writer's.
func HTML(out io.Writer, r *Run) error {
	rows := newHTMLData(r)
	data, err := text.JSON(rows)
	if err != nil {
		return fmt.Errorf("encoding the changes: %w", err)
	}
	v := newHTMLView(r, template.JS(data)) // JSON has no "<" of its own
	v.ShowSays = slices.ContainsFunc(rows.Rows, func(row htmlRow) bool { return len(row.Fields) > 0 || row.Reason > 0 })
	w := bufio.NewWriter(out)
	err = htmlTemplate.Execute(w, v)
	if end := w.Flush(); err == nil {
		err = end
	}
	return err
}

// htmlView is what the template shows.
type htmlView struct {
	Title, Label, Text, Cost string
	Policy                   string
	Style                    template.CSS
	Script, Data             template.JS
	Facts                    []htmlFact
	RowsText                 string // what became of the rows of files, "" if there are none
	Notes                    []string
	Diagnostics              []htmlDiagnostic
	MoreDiagnostics          string
	Bar                      []htmlSegment
	BarText                  string
	Results                  []htmlFact
	Endpoints                []htmlEndpoint
	Estimated, Sent          htmlEndpoint // all of them
	ShowEstimate, ShowSent   bool
	ShowTime                 bool // that the estimate takes
	ShowTook                 bool // how long answers took
	Throttled                string
	Changes                  string       // how many, "" for none
	Drift                    bool         // the changes are what was done outside tmsync
	Outputs                  []htmlOutput // those that change, line by line
	ShowResults              bool
	ShowSays                 bool // what changes, which is plain from the action where nothing says so
}

type (
	htmlFact struct{ Name, Text string }
	// htmlOutput is a line about outputs. Depth is how deep in a value it stands; where
	// it does not fit, it goes on behind that.
	htmlOutput struct {
		Depth                int
		Action               plan.Action // of the symbol, "" without one
		Indent, Symbol, Text string
	}
	// htmlPart is a part of a text: a number, with its unit, does not break.
	htmlPart struct {
		Text   string
		Number bool
	}
	htmlDiagnostic struct{ Severity, Word, Place, Address, Summary, Snippet, Detail string }
	// htmlSegment is an action's part of the bar, in thousandths of its width.
	htmlSegment struct {
		Action        plan.Action
		Symbol, Words string
		X, Width      float64
	}
	// htmlEndpoint is what goes to one endpoint: the estimate of an apply and the
	// time that it takes, and what was sent.
	htmlEndpoint struct{ Name, Estimated, Time, Sent, Took string }
)

func newHTMLView(r *Run, data template.JS) *htmlView {
	label, s := r.headline()
	v := &htmlView{
		Title: text.Inert("tmsync " + r.Command), Label: label, Text: s,
		Policy: "default-src 'none'; style-src '" + hashed(htmlStyle) + "'; script-src '" + hashed(htmlScript) + "'; base-uri 'none'; form-action 'none'",
		Style:  template.CSS(htmlStyle), Script: template.JS(htmlScript), Data: data,
		Facts: r.facts(), ShowResults: r.Report != nil,
	}
	if name := r.called(); name != "" {
		v.Title += ": " + text.Inert(name)
	}
	v.diagnostics(r.told(), r.Host)
	v.endpoints(r)
	for _, line := range r.outputLines(mostHTMLOutputs) {
		v.Outputs = append(v.Outputs, newHTMLOutput(line))
	}
	if p := r.verdict(); p != nil {
		v.Notes = render.Notes(p, render.InQuotes)
		if p.Rows.Files || p.Rows.Read > 0 {
			v.RowsText = render.RowsText(p.Rows)
		}
	}
	if p := r.Plan; p != nil && p.HasChanges() {
		if !p.Failed && !p.RefreshOnly && r.Report == nil {
			v.Cost = render.CostText(r.Cost, false)
		}
		v.Drift = p.RefreshOnly
		v.Changes = text.Plural(len(p.Changes), "change")
		v.bar(p)
	}
	if r.Plan != nil {
		if introduction, lines := render.KeptNote(r.Plan, render.Style{}); len(lines) > 0 {
			v.Notes = append(v.Notes, introduction)
			for _, l := range lines {
				v.Notes = append(v.Notes, text.Shorten(l, htmlText))
			}
		}
	}
	if r.Report != nil && len(r.Report.Results) > 0 {
		v.Results = append(v.Results, htmlFact{apply.Done.Words(), text.Count(r.Report.Count(apply.Done))})
		for _, st := range apply.Statuses {
			if n := r.Report.Count(st); n > 0 && st != apply.Done {
				v.Results = append(v.Results, htmlFact{st.Words(), text.Count(n)})
			}
		}
	}
	return v
}

// deepestOutput is the last depth for which the style has a class.
const deepestOutput = 5

func newHTMLOutput(line string) htmlOutput {
	rest := strings.TrimLeft(line, " ")
	o := htmlOutput{Depth: min(max(len(line)-len(rest)-2, 0)/4, deepestOutput), Indent: line[:len(line)-len(rest)], Text: rest}
	for symbol, action := range map[string]plan.Action{"+": plan.Create, "-": plan.Delete, "~": plan.Update} {
		if after, has := strings.CutPrefix(rest, symbol+" "); has {
			o.Action, o.Symbol, o.Text = action, symbol, " "+after
		}
	}
	return o
}

// unbroken is a number with its unit, or a range of them: a line could break there.
var unbroken = regexp.MustCompile(`\d[\d.,]*–\d[\d.,]*\d|\d[\d.,]* (?:ms|s|min|h|requests?/s)\b(?: \d+ (?:s|min)\b)?`)

// numbers divides a text of tmsync's own into its numbers and what stands between
// them.
func numbers(s string) []htmlPart {
	var parts []htmlPart
	done := 0
	for _, at := range unbroken.FindAllStringIndex(s, -1) {
		parts = append(parts, htmlPart{s[done:at[0]], false}, htmlPart{s[at[0]:at[1]], true})
		done = at[1]
	}
	return append(parts, htmlPart{s[done:], false})
}

// hashed returns the hash of a style or script for a policy.
func hashed(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// facts are what stands below the title.
func (r *Run) facts() []htmlFact {
	var facts []htmlFact
	add := func(name, s string) { facts = append(facts, htmlFact{name, text.Inert(s)}) }
	if !r.Started.IsZero() {
		add("Started", r.Started.UTC().Format(time.DateTime)+" UTC")
	}
	if r.Seconds > 0 {
		add("Took", text.Duration(r.Seconds))
	}
	add("Exit code", fmt.Sprint(r.ExitCode))
	if r.Version != "" {
		add("tmsync", r.Version)
	}
	if r.Shared {
		add("State", r.State)
	}
	return facts
}

func (v *htmlView) diagnostics(all []render.DiagnosticDocument, host *Host) {
	for i := range all {
		if i == htmlDiagnostics {
			v.MoreDiagnostics = "And " + text.Plural(len(all)-i, "error or warning") + " more."
			break
		}
		d := &all[i]
		h := htmlDiagnostic{Severity: "warning", Word: "Warning", Summary: text.InertLines(d.Summary), Detail: text.InertLines(d.Detail)}
		if d.Severity == "error" {
			h.Severity, h.Word = "error", "Error"
		}
		if d.Range != nil {
			at := render.Source{File: d.Range.Filename, Line: d.Range.Start.Line}
			h.Place, h.Address = text.Inert(at.String()), host.line(at.File, at.Line)
		}
		if d.Snippet != nil {
			h.Snippet = text.Inert(fmt.Sprintf("%4d: %s", d.Snippet.StartLine, d.Snippet.Code))
		}
		v.Diagnostics = append(v.Diagnostics, h)
	}
}

// bar divides the width by action. Each has a sliver at least.
func (v *htmlView) bar(p *plan.Plan) {
	const width, sliver = 1000.0, 6.0
	total := 0.0
	for _, a := range tracking.ActionsByRank() {
		if n := p.Count(a); n > 0 {
			s := htmlSegment{Action: a, Symbol: render.Symbol(a), Words: render.Counted(p, a, n, p.Overwritten), Width: max(float64(n)/float64(len(p.Changes))*width, sliver)}
			total += s.Width
			v.Bar = append(v.Bar, s)
		}
	}
	x := 0.0
	var words []string
	for i := range v.Bar {
		s := &v.Bar[i]
		s.Width *= width / total
		s.X = x
		x += s.Width
		words = append(words, s.Words)
	}
	v.BarText = strings.Join(words, ", ")
}

// endpoints counts the requests of the plan and of the run by endpoint.
func (v *htmlView) endpoints(r *Run) {
	e := &r.Cost.Estimate
	seconds := func(n int) string { return text.Duration(float64(n) / r.Cost.Rate) }
	sent := maps.Clone(r.Requests)
	all := 0
	for _, n := range sent {
		all += n
	}
	number := func(n int) string {
		if n == 0 {
			return "–"
		}
		return text.Count(n)
	}
	for _, q := range e.Requests {
		v.Endpoints = append(v.Endpoints, htmlEndpoint{text.Inert(q.Name), text.Count(q.Count), seconds(q.Count), number(sent[q.Name]), took(r.Waited[q.Name])})
		delete(sent, q.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		v.Endpoints = append(v.Endpoints, htmlEndpoint{text.Inert(name), "–", "–", text.Count(sent[name]), took(r.Waited[name])})
	}
	v.ShowEstimate, v.ShowTime, v.ShowSent = e.Total > 0, e.Total > 0 && r.Cost.Rate > 0, all > 0
	v.Estimated = htmlEndpoint{Estimated: text.Count(e.Total), Time: seconds(e.Total)}
	waited := 0.0
	for _, s := range r.Waited {
		waited += s
	}
	v.ShowTook = v.ShowSent && waited > 0
	v.Sent = htmlEndpoint{Sent: number(all), Took: took(waited)}
	if r.Throttled > 0 {
		v.Throttled = text.Plural(r.Throttled, "answer") + " said that there were too many requests (429)."
	}
}

// took writes how long answers took, given in seconds.
func took(seconds float64) string {
	switch {
	case seconds == 0:
		return "–"
	case seconds < 0.001:
		return "under 1 ms"
	case seconds < 1:
		return fmt.Sprintf("%.0f ms", seconds*1000)
	}
	return fmt.Sprintf("%.1f s", seconds)
}
