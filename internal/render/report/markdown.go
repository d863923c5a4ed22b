package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/plan"
)

// A report in Markdown is a comment of a pull request. It has, in this order:
//
//  1. a hidden marker, <!-- tmsync:NAME:DIRECTORY -->, by which a workflow finds its
//     comment
//  2. the headline: what was run, the summary and the cost
//  3. diagnostics, the errors first
//  4. of an apply, what is not done, with reasons and places
//  5. the changes, a group that folds for each action, those that lose something
//     first
//  6. the outputs that change
//  7. what wrote it, and when
//
// Each of 3 to 6 has its share of the bytes. It is written in less and less detail
// until it fits, the least of which is counts.
const (
	mostMarkdown    = 60_000 // bytes of all; the hosts of such comments take 65,536 characters
	mostDiagnostics = 14_000 // bytes of the diagnostics
	mostUndone      = 14_000 // bytes of what is not done
	mostOutputs     = 6_000  // bytes of the outputs that change
	mostName        = 100    // bytes of the configuration's name, before it is encoded
	mostOpen        = 20     // changes of a group that is shown unfolded
)

// Markdown writes a run as a comment of at most 60,000 bytes. Nothing
// sensitive is in it, and no text of the files or the service can be a link, a
// mention or markup. The error is the writer's.
func Markdown(out io.Writer, r *Run) error {
	head, foot := r.markdownHead(), r.markdownFoot()
	head += fit(mostDiagnostics, r.Host, r.markdownDiagnostics, []excerpt{{20, 1500}, {20, 400}, {10, 200}, {5, 100}})
	head += fit(mostUndone, r.Host, r.markdownUndone, []excerpt{{200, 400}, {100, 300}, {50, 200}, {20, 150}, {10, 80}, {0, 0}})
	foot = r.markdownOutputs() + foot
	left := mostMarkdown - len(head) - len(foot)
	_, err := io.WriteString(out, head+r.markdownChanges(left)+foot)
	return err
}

// excerpt is how much of something is shown: how many, and how many bytes of a text.
type excerpt struct{ count, text int }

// fit writes in the most detail that fits into so many bytes. Links to a host are
// written where they fit as well, and the last of the details anyhow.
func fit[T any](budget int, h *Host, write func(T, *Host) string, details []T) string {
	var text string
	for _, d := range details {
		if text = write(d, h); len(text) > budget && h != nil {
			text = write(d, nil)
		}
		if len(text) <= budget {
			break
		}
	}
	return text
}

func (r *Run) markdownHead() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- tmsync:%s -->\n### %s\n\n", r.marker(), r.markdownTitle())
	label, s := r.headline()
	fmt.Fprintf(&b, "**%s** %s\n\n", label, s)
	if p := r.verdict(); p != nil {
		if p.HasChanges() && !p.RefreshOnly && r.Report == nil {
			fmt.Fprintf(&b, "**Cost:** %s\n\n", render.CostText(r.Cost, false))
		}
		if p.Rows.Files || p.Rows.Read > 0 {
			fmt.Fprintf(&b, "**Rows:** %s\n\n", render.RowsText(p.Rows))
		}
		for _, n := range render.Notes(p, text.Markdown) {
			b.WriteString(n + "\n\n")
		}
	}
	if r.Plan != nil {
		b.WriteString(markdownKept(r.Plan))
	}
	return b.String()
}

func (r *Run) markdownTitle() string {
	title := "tmsync " + r.Command
	if name := r.called(); name != "" {
		title += ": " + text.Markdown(text.Shorten(name, mostName))
	}
	if r.Name != "" && r.Directory != "" && r.Directory != "." {
		title += " in " + text.Markdown(text.Shorten(r.Directory, mostName))
	}
	return title
}

// marker is what tells the comment of a configuration from all others. No other
// directory of the repository has it, nor has this one under another name: neither part
// has a colon.
func (r *Run) marker() string {
	if r.Name == "" || r.Directory == "" {
		return markerName(r.called())
	}
	return markerName(r.Name) + ":" + markerName(r.Directory)
}

// markerName returns a name that stays within the marker's line and comment. Two names
// never become one. What is no letter, digit or one of ".", "_", "/" and "-" becomes "%"
// and two digits for each byte. What is too long ends with "~" and a hash of it all.
func markerName(name string) string {
	if len(name) > 2*mostName {
		sum := sha256.Sum256([]byte(name))
		return markerName(name[:mostName]) + "~" + hex.EncodeToString(sum[:16])
	}
	var b strings.Builder
	for len(name) > 0 {
		c, n := utf8.DecodeRuneInString(name)
		if strings.ContainsRune("._/-", c) || !text.Hidden(c) && unicode.In(c, unicode.L, unicode.Nd) {
			b.WriteRune(c)
		} else {
			for _, octet := range []byte(name[:n]) {
				fmt.Fprintf(&b, "%%%02X", octet)
			}
		}
		name = name[n:]
	}
	return b.String()
}

// headline returns how a run ended in one sentence, and the word before it.
func (r *Run) headline() (label, text string) {
	switch {
	case r.Report != nil && !r.Report.Plan.Empty() && (r.Report.Complete() || len(r.Report.Results) > 0):
		return render.Ending(r.Report, "below")
	case r.Plan == nil:
		return "Failed:", "there is no plan."
	case r.Plan.Failed && !r.Plan.Empty():
		return "Failed:", "the plan is not complete."
	case r.verdict() == nil:
		return "Failed:", "what is to be done is not known."
	case r.Plan.Empty():
		return "No changes.", render.NoChanges(r.Plan)
	case r.Command == "drift":
		return "Drift:", render.Summary(r.Plan)
	}
	return "Plan:", render.Summary(r.Plan)
}

// outputLines are the outputs that change, within so many bytes.
func (r *Run) outputLines(most int) (lines []string) {
	p := r.verdict()
	if p == nil {
		return nil
	}
	all := render.OutputLines(p, render.Style{})
	for i, l := range all {
		l = text.Shorten(l, htmlText)
		if most -= len(l) + 1; most < 0 {
			return append(lines, "and "+text.Plural(len(all)-i, "more line"))
		}
		lines = append(lines, l)
	}
	return lines
}

func (r *Run) markdownOutputs() string {
	lines := r.outputLines(mostOutputs)
	if len(lines) == 0 {
		return ""
	}
	return "**" + render.OutputsHeader + "**\n\n" + text.Fence("text", strings.Join(lines, "\n")) + "\n"
}

func (r *Run) markdownFoot() string {
	s := "tmsync"
	if r.Version != "" {
		s += " " + text.Markdown(text.Shorten(r.Version, mostName))
	}
	if !r.Started.IsZero() {
		s += ", " + r.Started.UTC().Format(time.DateTime) + " UTC"
	}
	if r.Seconds > 0 {
		s += ", " + text.Duration(r.Seconds)
	}
	if r.Shared {
		s += ", state " + text.Markdown(text.Shorten(r.State, mostName))
	}
	total := 0
	for _, n := range r.Requests {
		total += n
	}
	if total > 0 {
		s += ", " + text.Plural(total, "request") + " sent"
	}
	return "<sub>" + s + "</sub>\n"
}

// told are the diagnostics of a run, the errors first. Those of changes that are
// not done are left out.
func (r *Run) told() []render.DiagnosticDocument {
	type words struct{ summary, detail string }
	known := map[words]bool{}
	if r.Report != nil {
		rep := *r.Report
		rep.Err = nil // which is told
		for _, d := range rep.Diagnostics() {
			known[words{d.Summary, d.Detail}] = true
		}
	}
	var errs, warnings []render.DiagnosticDocument
	for _, d := range r.Diagnostics {
		switch {
		case known[words{d.Summary, d.Detail}]:
		case d.Severity == "error":
			errs = append(errs, d)
		default:
			warnings = append(warnings, d)
		}
	}
	return append(errs, warnings...)
}

func (r *Run) markdownDiagnostics(x excerpt, h *Host) string {
	var b strings.Builder
	all := r.told()
	for i := range all {
		d := &all[i]
		if i == x.count {
			fmt.Fprintf(&b, "And %s more.\n\n", text.Plural(len(all)-i, "error or warning"))
			break
		}
		word := "Warning"
		if d.Severity == "error" {
			word = "Error"
		}
		at := ""
		if d.Range != nil {
			at = " " + markdownPlace(render.Source{File: d.Range.Filename, Line: d.Range.Start.Line}, h, 2*mostName)
		}
		s := text.Shorten(d.Summary, x.text)
		if d.Snippet != nil {
			s += fmt.Sprintf("\n\n%4d: %s", d.Snippet.StartLine, text.Shorten(d.Snippet.Code, x.text))
		}
		if d.Detail != "" {
			s += "\n\n" + text.Shorten(d.Detail, x.text)
		}
		fmt.Fprintf(&b, "**%s**%s\n\n%s\n", word, at, text.Fence("text", s))
	}
	return b.String()
}

// markdownKept is the note for a comment.
func markdownKept(p *plan.Plan) string {
	introduction, lines := render.KeptNote(p, render.Style{})
	if len(lines) == 0 {
		return ""
	}
	for i := range lines {
		lines[i] = text.Shorten(lines[i], htmlText)
	}
	return introduction + "\n\n" + text.Fence("text", strings.Join(lines, "\n")) + "\n"
}
