package planfile_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/plan/planfile"
)

// Answers to data blocks are kept as they were, in a file of version 2; without
// them it is one of version 1, which knows no answers.
func TestSavedAnswers(t *testing.T) {
	p, _ := plan.Compute(mixed().Input())
	h := header()
	h.Data = &plan.DataCost{Requests: []plan.EndpointCount{{Name: "remote", Count: 2}}, MinCredits: 0.4, MaxCredits: 0.4}
	h.Answers = []planfile.Answer{
		{Question: "a", Answer: json.RawMessage(`{"remote":true,"companies":["<ups>"]}`)},
		{Question: "b", Answer: json.RawMessage(`null`)},
		{Question: "c", Answer: json.RawMessage(`"` + strings.Repeat("x", 1<<20) + `"`)}, // longer than a change may be
	}
	var b bytes.Buffer
	if err := planfile.Write(&b, sealKey, h, p); err != nil {
		t.Fatal(err)
	}
	f := reread(t, b.Bytes())
	if !f.Verify(sealKey) || f.Version != 2 {
		t.Errorf("version %d, or not trusted", f.Version)
	}
	for i, want := range h.Answers {
		if got := f.Answers[i]; got.Question != want.Question || string(got.Answer) != string(want.Answer) {
			t.Errorf("answer %d is another one, of %d bytes", i, len(got.Answer))
		}
	}
	if diff := cmp.Diff(h.Data, f.Data); diff != "" {
		t.Errorf("cost mismatch (-want +got):\n%s", diff)
	}
	if _, err := planfile.Read(strings.NewReader(strings.Replace(b.String(), `"version":2`, `"version":1`, 1))); err == nil {
		t.Error("version 1 has answers")
	}
	plain := string(saved(t, p))
	if !strings.Contains(plain, `"version":1,`) || strings.Contains(plain, "answers") {
		t.Error("without answers it is not version 1")
	}
	if _, err := planfile.Read(strings.NewReader(strings.Replace(plain, `"version":1`, `"version":2`, 1))); err == nil {
		t.Error("version 2 has no answers")
	}
}
