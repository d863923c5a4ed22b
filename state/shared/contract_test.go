package shared_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/sharedtest"
	"github.com/tmsync/tmsync/state/shared/storetest"
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

// TestMemory holds the store of the tests to what every engine is held to.
func TestMemory(t *testing.T) {
	stores := map[string]*sharedtest.Memory{}
	storetest.Contract(t, func(_ *testing.T, name string) shared.Engine {
		if stores[name] == nil {
			stores[name] = sharedtest.NewMemory()
		}
		return stores[name].Engine()
	})
}
