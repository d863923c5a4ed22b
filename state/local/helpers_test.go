package local_test

import (
	"github.com/tmsync/tmsync/state/statetest"
)

const stateName = statetest.StateName

// What a test says often, in a word.
var (
	rec     = statetest.Record
	creates = statetest.Creates
	puts    = statetest.Puts
	open    = statetest.OpenSession
	begin   = statetest.Begin
	titles  = statetest.Titles
	doubts  = statetest.Doubts
	header  = statetest.Header
	sealed  = statetest.Sealed

	must, diff, seed    = statetest.Must, statetest.Diff, statetest.Seed
	readFile, writeFile = statetest.ReadFile, statetest.WriteFile
	journalPath         = statetest.JournalPath

	recA = rec("tracking.a", "sto/11111", "A")
	recB = rec("tracking.b", "sto/22222", "B")
	recC = rec("tracking.c", "sto/33333", "C")
	recD = rec("tracking.d", "sto/44444", "D")

	stateFile5 = sealed(header("5", 1), `{"address":"tracking.a","carrier":"sto","number":"11111","applied":{"title":"A"}}`)
)
