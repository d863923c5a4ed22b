package apply_test

import (
	"testing"

	"github.com/tmsync/tmsync/internal/sandbox"
)

// TestLetGo holds that the records of what was created are let go of. Of what was not
// created they are kept.
func TestLetGo(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.declareMany(0, 50, "title=Red")
	s.fault("batch:item=sto/20017=4015")
	rep := s.apply()
	kept := 0
	for i := range rep.Plan.Changes {
		if rep.Plan.Changes[i].Record != nil {
			kept++
		}
	}
	if unfinished := len(statuses(rep)); kept != unfinished || kept != 1 {
		t.Errorf("%d records are kept, and %d of %d trackings were not created", kept, unfinished, len(rep.Results))
	}
	s.mustApply()
}
