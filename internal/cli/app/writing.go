package app

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// Written is the end of a command that writes a result.
func Written(err error) error {
	if err != nil {
		return Fail("The result could not be written", text.Sentence(err))
	}
	return nil
}

// Exact returns a stream as it is: on a terminal, too, no line is broken. It is for what
// programs read, and for what people copy into files.
func Exact(w io.Writer) io.Writer {
	if screen, ok := w.(*render.Screen); ok {
		return screen.Exact()
	}
	return w
}

// Print writes the text of a file to stdout. On a terminal nothing in it is hidden.
func Print(a *App, write func(*bufio.Writer) error) error {
	out := Exact(a.Stdout)
	if a.StdoutWidth == 0 {
		w := bufio.NewWriterSize(out, 64<<10)
		return Flushed(w, write)
	}
	var s strings.Builder
	if err := Flushed(bufio.NewWriter(&s), write); err != nil {
		return err
	}
	_, err := io.WriteString(out, text.InertLines(s.String()))
	return err
}

// Flushed writes something, and all of it.
func Flushed(w *bufio.Writer, write func(*bufio.Writer) error) error {
	if err := write(w); err != nil {
		return err
	}
	return w.Flush()
}

// WriteRows writes a table, aligned, with texts that cannot steer a terminal. The
// last column is as wide as it is.
func WriteRows(w *bufio.Writer, indent string, rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			row[i] = text.Inert(cell)
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], text.Columns(row[i]))
		}
	}
	for _, row := range rows {
		line := indent
		for i, cell := range row {
			line += cell
			if i < len(row)-1 {
				line += fmt.Sprintf("%*s", widths[i]-text.Columns(cell)+2, "")
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

// Masked replaces a value that is not shown.
const Masked = "(sensitive)"

// LiveStatus is the name under which the live status is exported: status is the
// attribute that overrides it.
const LiveStatus = "live_status"

// LifecycleArgs are the arguments in which a lifecycle is not the default one.
func LifecycleArgs(l *tracking.Lifecycle) []render.HCLArg {
	var args []render.HCLArg
	if l == nil {
		return nil
	}
	if l.PreventDestroy {
		args = append(args, render.HCLArg{Name: "prevent_destroy", Expr: "true"})
	}
	switch l.IgnoreChanges {
	case 0:
	case tracking.EveryAttr:
		args = append(args, render.HCLArg{Name: "ignore_changes", Expr: "all"})
	default:
		args = append(args, render.HCLArg{Name: "ignore_changes", Expr: "[" + l.IgnoreChanges.String() + "]"})
	}
	word := func(name, value, otherwise string) {
		if value != otherwise {
			args = append(args, render.HCLArg{Name: name, Expr: text.HCLQuote(value)})
		}
	}
	word("on_remove", string(l.OnRemove), string(tracking.RemoveDefault))
	word("on_missing", string(l.OnMissing), string(tracking.MissingDefault))
	word("create_only", string(l.CreateOnly), string(tracking.CreateOnlyReplace))
	if l.ArchiveAfter > 0 {
		word("archive_after", archiveAfterText(l.ArchiveAfter), "")
	}
	return args
}

// PlaceOf returns where a declaration stands.
func PlaceOf(d *tracking.Declared) string {
	rng := d.Range()
	return fmt.Sprintf("%s:%d", text.Inert(rng.Filename), rng.Start.Line)
}

// archiveAfterText writes a duration of whole hours as the language has it.
func archiveAfterText(d time.Duration) string {
	const day = 24 * time.Hour
	if d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	return fmt.Sprintf("%dh", d/time.Hour)
}
