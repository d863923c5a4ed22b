package render

import (
	"io"
	"strings"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/state"
)

// State writes what the state manages, in the form of the configuration.
func State(out io.Writer, st *state.State, s Style) error {
	w := newWriter(out)
	if len(st.Records) == 0 {
		w.printf("The state manages no trackings.\n")
	}
	for i := range st.Records {
		rec := &st.Records[i]
		if i > 0 {
			w.printf("\n")
		}
		w.printf("%s\n", s.paint(bold, "# "+text.Inert(string(rec.Addr))))
		w.printf("%s", text.Inert(rec.Key.String()))
		var about []string
		for _, words := range []string{rec.Status, string(rec.Origin)} {
			if words != "" {
				about = append(about, text.Inert(words))
			}
		}
		if len(about) > 0 {
			w.printf("  %s", s.paint(faint, "("+strings.Join(about, ", ")+")"))
		}
		w.printf("\n")
		width := 0
		for a := range rec.Applied.All() {
			width = max(width, len(a.String()))
		}
		s.Sensitive = false // the state holds hashes, which tell nobody anything
		for a, v := range rec.Applied.All() {
			secret := a.Spec().Sensitive || state.Sealed(v)
			w.printf("    %-*s = %s", width, a, s.value(a, v, secret))
			if form, ok := keptForm(rec, a); ok {
				w.printf("  %s", s.paint(faint, "(kept by the service as "+s.value(a, form, secret)+")"))
			}
			w.printf("\n")
		}
	}
	return w.close()
}
