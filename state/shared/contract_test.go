package shared_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/sharedtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestContract(t *testing.T) {
	sharedtest.Contract(t, func(testing.TB) func() shared.Engine {
		m := sharedtest.NewMemory()
		return func() shared.Engine { return m.Engine() }
	})
}

// TestContractService is the contract over a store without parts, whose service has
// locks, and keeps each head for good.
func TestContractService(t *testing.T) {
	sharedtest.Contract(t, func(testing.TB) func() shared.Engine {
		m := sharedtest.NewMemory()
		m.Limits, m.Locking = shared.Limits{Fenced: true, Sparing: true}, true
		return func() shared.Engine { return m.Service() }
	})
}
