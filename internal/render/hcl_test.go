package render_test

import (
	"bufio"
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/tracking"
)

// TestHCLBlock: blocks have the form that fmt gives them.
func TestHCLBlock(t *testing.T) {
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	attrs := tracking.AttrsOf(map[tracking.Attr]string{tracking.Title: "Lamp", tracking.CustomerName: "Li", tracking.Archived: "true"})
	if err := render.HCL(w, render.HCLBlock{
		Type: "tracking", Name: "lamp", Comments: []string{"comment is left out"},
		Args:      append([]render.HCLArg{{"carrier_code", `"sto"`}}, render.HCLAttrs(attrs, 0, tracking.AttrSetOf(tracking.CustomerName))...),
		Lifecycle: []render.HCLArg{{"prevent_destroy", "true"}, {"on_remove", `"archive"`}},
	}); err != nil {
		t.Fatal(err)
	}
	w.Flush()
	const want = `# comment is left out
tracking "lamp" {
  carrier_code  = "sto"
  title         = "Lamp"
  customer_name = (sensitive)
  archived      = true

  lifecycle {
    prevent_destroy = true
    on_remove       = "archive"
  }
}
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := string(hclwrite.Format(b.Bytes())); got != b.String() {
		t.Errorf("fmt would make it\n%s", got)
	}
}
