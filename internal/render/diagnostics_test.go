package render_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text/texttest"
)

// attacked is a diagnostic in which everything that may be of others is a text.
func attacked(t testing.TB, s string) string {
	t.Helper()
	var out bytes.Buffer
	at := &hcl.Range{Filename: s, Start: hcl.Pos{Line: 1, Column: 1}, End: hcl.Pos{Line: 1, Column: len(s) + 1, Byte: len(s)}}
	if err := render.Diagnostics(&out, hcl.Diagnostics{
		{Severity: hcl.DiagError, Summary: s, Detail: "The service says: " + s, Subject: at},
	}, map[string]*hcl.File{s: {Bytes: []byte(s), Nav: named(s)}}, render.Style{}); err != nil {
		t.Fatal(err)
	}
	texttest.Check(t, "diagnostic", out.String())
	return out.String()
}

// named is the navigation of a file all of which is one block.
type named string

func (n named) ContextString(int) string { return string(n) }

// The attacks, as a diagnostic shows them.
func TestDiagnosticsAttacked(t *testing.T) {
	all := texttest.Attacks(t)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "== %s ==\n%s\n\n", name, strings.TrimSuffix(attacked(t, all[name]), "\n"))
	}
	golden.Check(t, "testdata/attacks.txt", b.String())
}

// FuzzDiagnostics shows any text in a diagnostic.
func FuzzDiagnostics(f *testing.F) {
	for _, s := range texttest.Attacks(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { attacked(t, s) })
}
