package render

import (
	"bufio"
	"fmt"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// mostKept is how many values a plan names that the service keeps in another form.
const mostKept = 10

// KeptNote returns which values the service newly keeps in another form: an
// introduction, and a line for each. Nothing is said of what was known before.
func KeptNote(p *plan.Plan, s Style) (introduction string, lines []string) {
	n := 0
	for i := range p.Kept {
		k := &p.Kept[i]
		if !k.New {
			continue
		}
		if n++; n <= mostKept {
			sep := " "
			if k.Sent == "" {
				sep = ": "
			}
			lines = append(lines, text.Inert(string(k.Addr))+sep+keptText(k, s))
		}
	}
	if n > mostKept {
		lines = append(lines, fmt.Sprintf("and %s more, which tmsync explain tells of", text.Count(n-mostKept)))
	}
	return "Note: the service shows these otherwise than tmsync sent them. They are not sent again until their declaration changes:", lines
}

// keptText returns in which form the service keeps a value.
func keptText(k *plan.Kept, s Style) string {
	if k.Sent == "" {
		return fmt.Sprintf("the service keeps the old %s (%s): it cannot be cleared", k.Attr, s.value(k.Attr, k.Form, k.Sensitive()))
	}
	return fmt.Sprintf("%s = %s is kept by the service as %s", k.Attr, s.value(k.Attr, k.Sent, k.Sensitive()), s.value(k.Attr, k.Form, k.Sensitive()))
}

// kept writes the note, and an empty line behind it.
func kept(w *bufio.Writer, p *plan.Plan, s Style) {
	introduction, lines := KeptNote(p, s)
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(w, "%s\n", introduction)
	for _, l := range lines {
		fmt.Fprintf(w, "  %s\n", l)
	}
	fmt.Fprintf(w, "\n")
}

// KeptValue is a value that the service keeps in another form than it was sent. The
// values of a sensitive one are null.
type KeptValue struct {
	Address   tracking.Addr `json:"address"`
	Key       string        `json:"key"`
	Attribute string        `json:"attribute"`
	Sensitive bool          `json:"sensitive"`
	Sent      any           `json:"sent"`
	Kept      any           `json:"kept"`
	New       bool          `json:"new"` // this plan has found it out
}

func newKeptValue(k *plan.Kept) KeptValue {
	v := KeptValue{Address: k.Addr, Key: k.Key.String(), Attribute: k.Attr.String(), Sensitive: k.Sensitive(), New: k.New}
	if !v.Sensitive {
		v.Sent, v.Kept = typed(k.Attr, k.Sent), typed(k.Attr, k.Form)
	}
	return v
}

// keptForm returns the recorded form of an attribute, if it differs from the
// applied value.
func keptForm(rec *state.Record, a tracking.Attr) (string, bool) {
	form, ok := rec.Kept.Get(a)
	return form, ok && form != rec.Applied.Value(a)
}
