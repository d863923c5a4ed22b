package inspect

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// text writes the explanation for people.
func (e *explanation) text(s render.Style) func(*bufio.Writer) error {
	return func(w *bufio.Writer) error {
		fmt.Fprintf(w, "%s\n\n", render.Bold(s, text.Inert(e.key.String())))
		line := func(label, out string) {
			label = fmt.Sprintf("%-10s  ", label)
			fmt.Fprintln(w, render.Bold(s, label)+wrap(text.Inert(out), s.Width, len(label)))
		}
		line("Declared", e.declaredText())
		line("Applied", e.appliedText())
		for _, in := range e.doubts {
			line("In doubt", fmt.Sprintf("%s, begun %s: the answer was lost; the next apply reads it back", in.Op, in.Begun.UTC().Format(time.RFC3339)))
		}
		line("Service", e.remoteText())
		e.table(w, s)
		fmt.Fprintln(w)
		for _, out := range e.prospect() {
			fmt.Fprintln(w, wrap(text.Inert(out), s.Width, 0))
		}
		return nil
	}
}

func (e *explanation) declaredText() string {
	d := e.declared
	if d == nil {
		return "by no file"
	}
	text := fmt.Sprintf("%s, as %s", app.PlaceOf(d), d.Addr)
	if src := d.Source; src != nil && src.CSV != "" {
		text = fmt.Sprintf("%s, through the block at %s:%d, as %s", app.PlaceOf(d), src.File, src.Block.In(src.File).Start.Line, d.Addr)
	}
	return text + lifecycleText(d.Lifecycle)
}

// lifecycleText writes what is not the default, after a semicolon.
func lifecycleText(l *tracking.Lifecycle) string {
	text, sep := "", "; "
	for _, arg := range app.LifecycleArgs(l) {
		text += sep + arg.Name + " = " + arg.Expr
		sep = ", "
	}
	return text
}

func (e *explanation) appliedText() string {
	r := e.record
	if r == nil {
		return "nothing: the state does not have it"
	}
	text := "as " + string(r.Addr)
	if r.Key != e.key {
		text += ", under the key " + r.Key.String()
	}
	if r.Origin != state.Created {
		text += "; " + string(r.Origin)
	}
	if r.Status != "" {
		text += "; last seen: " + r.Status
	}
	remembered := tracking.DefaultLifecycle
	remembered.PreventDestroy, remembered.OnRemove = r.PreventDestroy, r.OnRemove
	return text + lifecycleText(&remembered)
}

func (e *explanation) remoteText() string {
	switch {
	case e.remote == nil:
		return "not there"
	case e.remote.Key != e.key:
		return fmt.Sprintf("%s, under the key %s", cmp.Or(e.remote.Status, "there"), e.remote.Key)
	case e.remote.Status == "":
		return "there"
	}
	return e.remote.Status + " (the live status, which moves by itself)"
}

// The width of a column of values: what is left of the terminal, or this where
// there is none. A terminal up to narrow gets no shortened ones.
const (
	columnWidth    = 32
	minColumnWidth = 8
	narrow         = 80
)

// headings are those of the table; the values are in the middle.
var headings = []string{"attribute", "declared", "applied", "at the service", "known by", "differs"}

// table writes the attributes, one a line, within the terminal's width. Where that is
// narrow, and not even what is shortened fits, each has several lines.
func (e *explanation) table(w *bufio.Writer, s render.Style) {
	all := e.facts()
	if len(all) == 0 {
		return
	}
	rows := [][]string{headings}
	for _, f := range all {
		rows = append(rows, []string{f.Name, f.text(f.Declared), f.text(f.Applied), f.text(f.Remote), f.Known, cmp.Or(f.Differs, "-")})
	}
	widths := make([]int, len(headings))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], text.Columns(cell))
		}
	}
	total := 2 * (len(widths) - 1)
	for _, n := range widths {
		total += n
	}
	fmt.Fprintln(w)
	limit := columnWidth
	if s.Width > 0 && total > s.Width {
		limit = (s.Width - widths[0] - widths[4] - widths[5] - 2*5) / 3
	}
	if s.Width > 0 && total > s.Width && (s.Width <= narrow || limit < minColumnWidth) {
		stack(w, rows, s)
		return
	}
	for i := 1; i <= 3; i++ {
		widths[i] = min(widths[i], limit)
	}
	for n, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			cell = text.ShortenColumns(cell, widths[i])
			b.WriteString(cell + strings.Repeat(" ", widths[i]-text.Columns(cell)+2))
		}
		text := strings.TrimRight(b.String(), " ")
		if n == 0 {
			text = render.Bold(s, text)
		}
		fmt.Fprintln(w, text)
	}
}

// stack writes the rows of the table below each other, with whole values.
func stack(w *bufio.Writer, rows [][]string, s render.Style) {
	for _, row := range rows[1:] {
		about := "known by: " + row[4]
		if row[5] != "-" {
			about = "differs: " + row[5] + "; " + about
		}
		fmt.Fprintf(w, "%s  (%s)\n", render.Bold(s, row[0]), about)
		for i, cell := range row[1:4] {
			label := fmt.Sprintf("  %-*s  ", len("at the service"), headings[1+i])
			fmt.Fprintln(w, label+wrap(cell, s.Width, len(label)))
		}
	}
}

// text writes a value as it stands in a file.
func (f *facts) text(v *string) string {
	switch {
	case v == nil:
		return "-"
	case f.Sensitive, f.attr.Spec().Kind == tracking.KindBool && (*v == "true" || *v == "false"):
		return *v
	}
	return text.Quote(*v)
}

// wrap breaks a text into lines within the terminal's width, where there is one.
// The first line begins, and the others are indented, by some columns.
func wrap(s string, limit, indent int) string {
	if limit <= indent {
		return s
	}
	return text.Hang(s, limit, indent, strings.Repeat(" ", indent))
}

// prospect returns what an apply would do, and why.
func (e *explanation) prospect() (lines []string) {
	c := e.change
	switch {
	case e.declared == nil && e.record == nil:
		return []string{"It is not ours: it is never touched. To manage it, declare it, or run: tmsync import ADDRESS " + e.key.String()}
	case c == nil && len(e.refused) > 0: // what it would do is not known
	case c == nil:
		lines = append(lines, "An apply has nothing to do for it.")
	case reasonWords[c.Reason] != "":
		lines = append(lines, fmt.Sprintf("An apply would %s, because %s.", c.Action.Spec().Would, reasonWords[c.Reason]))
	default:
		lines = append(lines, fmt.Sprintf("An apply would %s.", c.Action.Spec().Would))
	}
	for _, f := range e.facts() {
		if f.Kept != nil && f.Declared != nil {
			lines = append(lines, fmt.Sprintf("The service shows %s as %s after tmsync sent %s. It is kept so, and sent again when the declaration changes.",
				f.Name, f.text(f.Kept), f.text(f.Declared)))
		}
	}
	if e.held {
		lines = append(lines, "The mode keeps this back.")
	}
	stops := "An apply stops before that: "
	if c == nil {
		stops = "An apply stops: "
	}
	for _, d := range e.refused {
		lines = append(lines, stops+text.OneLine(d.Detail))
	}
	if c == nil {
		return lines
	}
	return append(lines, e.requests()...)
}

// requests returns what would be sent.
func (e *explanation) requests() (lines []string) {
	if e.estimate.Total == 0 {
		return []string{"Nothing is sent."}
	}
	var names []string
	for i := range e.change.Fields {
		names = append(names, e.change.Fields[i].Attr.String())
	}
	if len(names) > 0 {
		lines = append(lines, "It sends "+strings.Join(names, ", ")+".")
	}
	return append(lines, fmt.Sprintf("By itself that takes %s. An apply shares them among trackings.", render.RequestsText(e.estimate, false)))
}

var reasonWords = map[plan.Reason]string{
	plan.NotTracked: "the service does not have it", plan.AlreadyAtRemote: "the service already has it",
	plan.GoneRemotely: "it is no longer at the service", plan.ConfigChanged: "the configuration differs from what was applied",
	plan.RemoteDrifted: "it was changed outside tmsync", plan.CarrierChanged: "its carrier changed",
	plan.NumberChanged: "its tracking number changed", plan.CreateOnlyChanged: "only a create can set what changed",
	plan.RemovedFromConfig: "no file declares it any more", plan.AddressChanged: "its address changed",
	plan.Destroyed: "everything is to be destroyed", plan.Requested: "--replace asks for it", plan.Imported: "an import block asks for it",
	plan.WasAdopted: "it was adopted, not created here, and no on_remove says to delete it", plan.RemovedByBlock: "a removed block says so", plan.ArchiveDue: "it was delivered longer ago than archive_after says",
}

// json writes the explanation for programs.
func (e *explanation) json(w *bufio.Writer) error {
	out := explainDoc{FormatVersion: "1.0", Key: e.key.String(), Address: string(e.addr), Attributes: e.facts(), InDoubt: []doubtDoc{}, Refused: e.change == nil && len(e.refused) > 0}
	if d := e.declared; d != nil {
		rng := d.Range()
		out.Declared = &declaredDoc{string(d.Addr), d.Key.String(), rng.Filename, rng.Start.Line, d.Source != nil && d.Source.CSV != ""}
	}
	if r := e.record; r != nil {
		out.Applied = &appliedDoc{string(r.Addr), r.Key.String(), r.Status, r.PreventDestroy, string(r.Removal(r.OnRemove)), string(r.Origin)}
	}
	if e.remote != nil {
		out.Remote = &remoteDoc{e.remote.Key.String(), e.remote.Status}
	}
	for _, in := range e.doubts {
		out.InDoubt = append(out.InDoubt, doubtDoc{string(in.Op), in.Begun.UTC().Format(time.RFC3339)})
	}
	if c := e.change; c != nil {
		out.Change = &changeDoc{Action: string(c.Action), Reason: string(c.Reason), Held: e.held, Refused: len(e.refused) > 0, Attributes: []string{}, Requests: e.estimate.Requests}
		for i := range c.Fields {
			out.Change.Attributes = append(out.Change.Attributes, c.Fields[i].Attr.String())
		}
	}
	s, err := text.JSON(out)
	if err != nil {
		return err
	}
	var doc bytes.Buffer
	if err := json.Indent(&doc, s, "", "  "); err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, doc.String())
	return err
}

// The document of explain --json, version 1.0.
type (
	explainDoc struct {
		FormatVersion string       `json:"format_version"`
		Key           string       `json:"key"`
		Address       string       `json:"address,omitempty"`
		Declared      *declaredDoc `json:"declared,omitempty"`
		Applied       *appliedDoc  `json:"applied,omitempty"`
		Remote        *remoteDoc   `json:"remote,omitempty"`
		InDoubt       []doubtDoc   `json:"in_doubt"`
		Attributes    []facts      `json:"attributes"`
		Change        *changeDoc   `json:"change,omitempty"`
		// Refused means that an apply stops, and that what it would do is not known.
		Refused bool `json:"refused,omitempty"`
	}
	declaredDoc struct {
		Address string `json:"address"`
		Key     string `json:"key"`
		File    string `json:"file"`
		Line    int    `json:"line"`
		Row     bool   `json:"csv_row"`
	}
	appliedDoc struct {
		Address        string `json:"address"`
		Key            string `json:"key"`
		LiveStatus     string `json:"live_status,omitempty"`
		PreventDestroy bool   `json:"prevent_destroy"`
		OnRemove       string `json:"on_remove"`        // what happens once its block is gone
		Origin         string `json:"origin,omitempty"` // imported or adopted; else it was created
	}
	remoteDoc struct {
		Key        string `json:"key"`
		LiveStatus string `json:"live_status,omitempty"`
	}
	doubtDoc struct {
		Op    string `json:"op"`
		Begun string `json:"begun"`
	}
	changeDoc struct {
		Action     string               `json:"action"`
		Reason     string               `json:"reason,omitempty"`
		Held       bool                 `json:"held"`
		Refused    bool                 `json:"refused"`
		Attributes []string             `json:"attributes"`
		Requests   []plan.EndpointCount `json:"requests"`
	}
)
