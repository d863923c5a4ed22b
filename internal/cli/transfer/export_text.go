package transfer

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// write writes the rows in the form that was asked for.
func (o *exportOptions) write(w *bufio.Writer, rows []exported) error {
	switch o.to {
	case toJSON:
		return exportJSON(w, rows)
	case toHCL:
		return o.exportHCL(w, rows)
	default:
		return o.exportCSV(w, rows)
	}
}

// exportCSV writes a header and a row for each tracking. The header is the same for
// all exports with the same flags.
func (o *exportOptions) exportCSV(w *bufio.Writer, rows []exported) error {
	cells := []string{"address", "carrier_code", "tracking_number"}
	columns := tracking.EveryAttr
	if o.of == ofRemote {
		cells = append(cells, app.LiveStatus)
		columns = o.service.Listed
	}
	if !o.sensitive {
		columns &^= tracking.SensitiveAttrs
	}
	for a := range columns.All() {
		cells = append(cells, a.String())
	}
	if _, err := w.WriteString(text.CSV(cells...)); err != nil {
		return err
	}
	for i := range rows {
		r := &rows[i]
		cells = append(cells[:0], string(r.addr), r.key.Carrier, r.key.Number)
		if o.of == ofRemote {
			cells = append(cells, r.live)
		}
		for a := range columns.All() {
			cells = append(cells, r.attrs.Value(a))
		}
		if _, err := w.WriteString(text.CSV(cells...)); err != nil {
			return err
		}
	}
	return nil
}

// exportJSON writes an array with an object of each tracking, one a line. What has
// no value is left out; booleans are such.
func exportJSON(w *bufio.Writer, rows []exported) error {
	w.WriteString("[")
	for i := range rows {
		if i > 0 {
			w.WriteString(",")
		}
		w.WriteString("\n  {")
		if err := rows[i].members(w); err != nil {
			return err
		}
		w.WriteString("}")
	}
	if len(rows) > 0 {
		w.WriteString("\n")
	}
	_, err := w.WriteString("]\n")
	return err
}

// members writes the members of a tracking's object.
func (r *exported) members(w *bufio.Writer) error {
	sep := ""
	member := func(name string, v any) error {
		doc, err := text.JSON(v)
		fmt.Fprintf(w, "%s%q: %s", sep, name, doc)
		sep = ", "
		return err
	}
	for _, m := range []struct{ name, value string }{
		{"address", string(r.addr)}, {"carrier_code", r.key.Carrier}, {"tracking_number", r.key.Number}, {app.LiveStatus, r.live},
	} {
		if m.value != "" {
			if err := member(m.name, m.value); err != nil {
				return err
			}
		}
	}
	for a, v := range r.attrs.All() {
		var value any = v
		if a.Spec().Kind == tracking.KindBool && (v == "true" || v == "false") {
			value = v == "true"
		}
		if err := member(a.String(), value); err != nil {
			return err
		}
	}
	return nil
}

// exportHCL writes a block for each tracking. What is an instance of a block gets
// a block of its own; a comment has the original.
func (o *exportOptions) exportHCL(w *bufio.Writer, rows []exported) error {
	names := map[string]int{}
	for i := range rows {
		if r := &rows[i]; r.addr == r.addr.Block() {
			names[string(r.addr)] = 1
		}
	}
	for i := range rows {
		r := &rows[i]
		if i > 0 {
			w.WriteByte('\n')
		}
		b := render.HCLBlock{Type: "tracking", Lifecycle: app.LifecycleArgs(r.lifecycle)}
		name, single := strings.CutPrefix(string(r.addr), "tracking.")
		switch {
		case r.addr == "":
			b.Name = freeName(names, "tracking.", r.key.Carrier+"_"+r.key.Number)
		case single && r.addr == r.addr.Block():
			b.Name = name
		default:
			_, name, _ = strings.Cut(string(r.addr), ".")
			b.Name = freeName(names, "tracking.", strings.Join(strings.FieldsFunc(name, func(c rune) bool { return strings.ContainsRune(`[]"() `, c) }), "_"))
			b.Comments = []string{string(r.addr)}
		}
		attrs := r.attrs
		if r.lifecycle == nil { // it is the service's: what import would write
			attrs = newImported(&tracking.Remote{Key: r.key, Attrs: attrs, Status: r.live}, true, o.service).attrs
		}
		b.Args = append(keyArgs(r.key), render.HCLAttrs(attrs, 0, 0)...)
		if err := render.HCL(w, b); err != nil {
			return err
		}
	}
	return nil
}
