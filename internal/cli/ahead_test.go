package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// TestRowsAndStateWrong has mistakes in rows and in a state that is read side by side
// with them. The rows are told first, and nothing is locked for them; then the state.
func TestRowsAndStateWrong(t *testing.T) {
	t.Parallel()
	const n = 6000
	dir := t.TempDir()
	st := state.New("tmsync/test", nil)
	st.Serial, st.Endpoint = 1, "sandbox"
	rows := "order,number\n"
	for i := range n {
		order, number := fmt.Sprintf("A-%05d", i), fmt.Sprintf("RB%09dCN", i)
		rows += order + "," + number + "\n"
		st.Records = append(st.Records, state.Record{
			Addr: tracking.NewAddr("trackings", "orders").Index(order), Key: tracking.Key{Carrier: "dhl", Number: number},
			Applied: tracking.AttrsOf(map[tracking.Attr]string{tracking.OrderID: order, tracking.Title: strings.Repeat("Red shoes ", 10) + "."}),
		})
	}
	var file bytes.Buffer
	must(t, st.Write(&file))
	if file.Len() < 1<<20 {
		t.Fatalf("%d bytes are too few to be read side by side", file.Len())
	}
	broken := bytes.Replace(file.Bytes(), []byte("Red shoes"), []byte("Red shoez"), 1)
	write := func(name, text string) { must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)) }
	write("main.hcl", `
provider "trackingmore" {
  endpoint = "sandbox"
}

trackings "orders" {
  csv             = "orders.csv"
  key             = row.order
  carrier_code    = "dhl"
  tracking_number = row.number
  order_id        = row.order
  title           = "`+strings.Repeat("Red shoes ", 10)+`."
}
`)
	for _, step := range []struct {
		rows, state string
		code        cli.ExitCode
		want        string
	}{
		{rows + "A-00007,RB999999999CN\n", string(broken), cli.Failure, "Duplicate key"},
		{rows, string(broken), cli.Failure, "The state cannot be opened"},
		{rows, file.String(), cli.OK, "No changes."},
	} {
		write("orders.csv", step.rows)
		write(stateFile, step.state)
		var out, errs bytes.Buffer
		code := run(dir, nil, 0, &out, &errs, []string{"plan", "--refresh=false"})
		told := out.String() + errs.String()
		if code != step.code || !strings.Contains(told, step.want) || strings.Count(told, "Error: ") > 1 {
			t.Errorf("it ended with %d and says:\n%s\nwant %d, %q and nothing else", code, told, step.code, step.want)
		}
		if _, err := os.Stat(filepath.Join(dir, lockFile)); step.want == "Duplicate key" && err == nil {
			t.Error("mistakes in rows have taken the lock")
		}
	}
}
