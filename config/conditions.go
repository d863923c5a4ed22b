package config

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/tracking"
)

// Failure is a precondition that does not hold.
type Failure struct {
	// Addr is the tracking for which it does not hold; "" for one of an output,
	// and where many of one block are summed up.
	Addr tracking.Addr
	Diag *hcl.Diagnostic
}
