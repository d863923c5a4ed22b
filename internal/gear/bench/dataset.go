package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// dataset is one way to declare some trackings. All of them declare the same
// ones, with the same attributes and values.
type dataset string

// The datasets.
const (
	blocks    dataset = "blocks"               // tracking blocks in files of blocksPerFile each
	oneFile   dataset = "blocks in one file"   // the same in a single file
	rows      dataset = "CSV rows"             // one trackings block over a CSV file
	terraform dataset = "terraform_data"       // as many resources of Terraform's own, with their state
	fresh     dataset = "CSV rows not created" // as rows, for applies that begin with nothing
)

const blocksPerFile = 2000

// The bounds of a configuration, beyond which there is nothing to measure: bytes
// in a file, and in all of them.
const (
	maxFileSize  = 64 << 20
	maxTotalSize = 256 << 20
)

// fits reports whether tmsync takes a configuration of so many trackings at all.
func (d dataset) fits(n int) bool {
	size := n * len(block(n))
	return d != blocks && d != oneFile || d == blocks && size < maxTotalSize || size < maxFileSize
}

// write creates a directory with n trackings. paced leaves the rate at its default;
// else there is none.
func (d dataset) write(dir string, n int, paced bool) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making a dataset: %w", err)
	}
	var files []file
	switch d {
	case blocks:
		files = append(files, file{"main.hcl", settings(paced, "")})
		for from := 0; from < n; from += blocksPerFile {
			files = append(files, file{fmt.Sprintf("part%06d.hcl", from/blocksPerFile), each(from, min(n, from+blocksPerFile), block)})
		}
	case oneFile:
		files = append(files, file{"main.hcl", settings(paced, "")}, file{"parcels.hcl", each(0, n, block)})
	case rows, fresh:
		files = append(files, file{"main.hcl", settings(paced, rowsBlock)}, file{"orders.csv", func(w *bufio.Writer) {
			w.WriteString(rowsHead)
			each(0, n, row)(w)
		}})
	case terraform:
		files = append(files, file{"main.tf", each(0, n, resource)}, file{"terraform.tfstate", terraformState(n)})
	}
	for _, f := range files {
		if err := f.save(dir); err != nil {
			return fmt.Errorf("writing a dataset: %w", err)
		}
	}
	return nil
}

// file is a file to write, piece by piece: what this process keeps in memory
// would count as memory of those that it measures, see peakOf.
type file struct {
	name  string
	write func(*bufio.Writer) // whose errors stay in the writer, to its Flush
}

func (f file) save(dir string) error {
	out, err := os.OpenFile(filepath.Join(dir, f.name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 64<<10)
	f.write(w)
	if err := w.Flush(); err != nil {
		_ = out.Close() // the error before it says more
		return err
	}
	return out.Close()
}

// each writes a text for every tracking from one to before another.
func each(from, to int, text func(i int) string) func(*bufio.Writer) {
	return func(w *bufio.Writer) {
		for i := from; i < to; i++ {
			w.WriteString(text(i))
		}
	}
}

func settings(paced bool, more string) func(*bufio.Writer) {
	return func(w *bufio.Writer) {
		rate := "\n  requests_per_second = 0\n"
		if paced {
			rate = ""
		}
		fmt.Fprintf(w, "provider \"trackingmore\" {%s}\n\nsafety {\n  max_deletes = 2000000\n}\n%s", rate, more)
	}
}

// block declares one tracking. It takes less than 256 bytes, so that a million
// of them are within the bounds.
func block(i int) string {
	return fmt.Sprintf(`
tracking "p%07d" {
 carrier_code = "dhl"
 tracking_number = "RB%09dCN"
 title = "Order %d, red shoes"
 order_id = "A-%d"
 customer_name = "Ann %d"
 customer_email = "c%d@example.org"
 logistics_channel = "4PX"
}
`, i, i, i, i, i, i)
}

const rowsHead = "order_id,carrier,number,title,name,email,channel\n"

func row(i int) string {
	return fmt.Sprintf("A-%d,dhl,RB%09dCN,\"Order %d, red shoes\",Ann %d,c%d@example.org,4PX\n", i, i, i, i, i)
}

const rowsBlock = `
trackings "orders" {
  csv               = "orders.csv"
  key               = row.order_id
  carrier_code      = row.carrier
  tracking_number   = row.number
  title             = row.title
  order_id          = row.order_id
  customer_name     = row.name
  customer_email    = row.email
  logistics_channel = row.channel
}
`

// resource declares as much for Terraform as block does.
func resource(i int) string {
	return fmt.Sprintf(`
resource "terraform_data" "p%07d" {
  input = {
    carrier_code      = "dhl"
    tracking_number   = "RB%09dCN"
    title             = "Order %d, red shoes"
    order_id          = "A-%d"
    customer_name     = "Ann %d"
    customer_email    = "c%d@example.org"
    logistics_channel = "4PX"
  }
}
`, i, i, i, i, i, i)
}

// terraformState is the state that an apply of the resources leaves. Terraform
// writes its local state anew after every resource, which takes an hour for
// 10,000; that this state is right shows in a plan without changes.
func terraformState(n int) func(*bufio.Writer) {
	return func(w *bufio.Writer) {
		io.WriteString(w, `{"version":4,"terraform_version":"1.4.0","serial":1,"lineage":"8d1f6a52-5f0c-4f0e-9f5e-6f2f5f0f7a11","outputs":{},"resources":[`)
		for i := range n {
			if i > 0 {
				w.WriteString(",")
			}
			value := fmt.Sprintf(`{"value":{"carrier_code":"dhl","tracking_number":"RB%09dCN","title":"Order %d, red shoes","order_id":"A-%d",`+
				`"customer_name":"Ann %d","customer_email":"c%d@example.org","logistics_channel":"4PX"},`+
				`"type":["object",{"carrier_code":"string","tracking_number":"string","title":"string","order_id":"string",`+
				`"customer_name":"string","customer_email":"string","logistics_channel":"string"}]}`, i, i, i, i, i)
			fmt.Fprintf(w, "\n"+`{"mode":"managed","type":"terraform_data","name":"p%07d","provider":"provider[\"terraform.io/builtin/terraform\"]",`+
				`"instances":[{"schema_version":0,"attributes":{"id":"00000000-0000-0000-0000-%012d","input":%s,"output":%s,"triggers_replace":null},"sensitive_attributes":[]}]}`,
				i, i, value, value)
		}
		w.WriteString("\n],\"check_results\":null}\n")
	}
}
