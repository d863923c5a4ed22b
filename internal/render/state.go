package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/state"
)

// State writes what the state manages, in the form of the configuration.
func State(out io.Writer, st *state.State, s Style) error {
	w := bufio.NewWriter(out)
	if len(st.Records) == 0 {
		fmt.Fprintf(w, "The state manages no trackings.\n")
	}
	for i := range st.Records {
		rec := &st.Records[i]
		if i > 0 {
			fmt.Fprintf(w, "\n")
		}
		fmt.Fprintf(w, "%s\n", s.paint(bold, "# "+text.Inert(string(rec.Addr))))
		fmt.Fprintf(w, "%s", text.Inert(rec.Key.String()))
		var about []string
		for _, words := range []string{rec.Status, string(rec.Origin)} {
			if words != "" {
				about = append(about, text.Inert(words))
			}
		}
		if len(about) > 0 {
			fmt.Fprintf(w, "  %s", s.paint(faint, "("+strings.Join(about, ", ")+")"))
		}
		fmt.Fprintf(w, "\n")
		width := 0
		for a := range rec.Applied.All() {
			width = max(width, len(a.String()))
		}
		s.Sensitive = false // the state holds hashes, which tell nobody anything
		for a, v := range rec.Applied.All() {
			secret := a.Spec().Sensitive || state.Sealed(v)
			fmt.Fprintf(w, "    %-*s = %s", width, a, s.value(a, v, secret))
			if form, ok := keptForm(rec, a); ok {
				fmt.Fprintf(w, "  %s", s.paint(faint, "(kept by the service as "+s.value(a, form, secret)+")"))
			}
			fmt.Fprintf(w, "\n")
		}
	}
	if len(st.Outputs) > 0 {
		fmt.Fprintf(w, "\n%s\n\n", s.paint(bold, "Outputs:"))
	}
	for i := range st.Outputs {
		fmt.Fprintf(w, "%s = %s\n", text.Inert(st.Outputs[i].Name), s.output(StateOutput(&st.Outputs[i])))
	}
	return w.Flush()
}
