package pgstore_test

import (
	"testing"

	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/pgstore"
	"github.com/tmsync/tmsync/state/shared/storetest"
)

func open(t *testing.T, c pgstore.Config) shared.Engine {
	t.Helper()
	e, err := pgstore.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestContractReal(t *testing.T)      { testContract(t, storetest.RealPG) }
func TestContractPGBouncer(t *testing.T) { testContract(t, storetest.RealPGBouncer) }

func testContract(t *testing.T, variable string) {
	address := storetest.Real(t, variable).String()
	storetest.Contract(t, func(t *testing.T, name string) shared.Engine {
		return open(t, pgstore.Config{ConnStr: address, SchemaName: `con"tract`, Name: name})
	})
}
