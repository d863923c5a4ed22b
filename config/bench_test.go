package config_test

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/config/internal/xlsx/xlsxtest"
	"github.com/tmsync/tmsync/internal/gear/budget"
)

const sandbox = "provider \"trackingmore\" {\n  endpoint = \"sandbox\"\n}\n"

// manyBlocks writes n tracking blocks of about 300 bytes.
func manyBlocks(n int) string {
	var b strings.Builder
	b.WriteString(sandbox)
	for i := range n {
		fmt.Fprintf(&b, `
tracking "parcel_%06d" {
  carrier_code      = "dhl"
  tracking_number   = "RB%09dCN"
  title             = "Order %d, red shoes"
  order_id          = "A-%d"
  customer_name     = "Customer %d"
  customer_email    = "customer%d@example.org"
  logistics_channel = "4PX"
}
`, i, i, i, i, i, i)
	}
	return b.String()
}

// manyRows writes a CSV file of n rows.
func manyRows(n int) string {
	var b strings.Builder
	b.WriteString("order_id,carrier,number,title,name,email,country\n")
	for i := range n {
		fmt.Fprintf(&b, "A-%d,dhl,RB%09dCN,\"Order %d, red shoes\",Customer %d,customer%d@example.org,DE\n", i, i, i, i, i)
	}
	return b.String()
}

const rowsBlock = `
trackings "orders" {
  csv              = "orders.csv"
  key              = row.order_id
  where            = row.number != ""
  carrier_code     = row.carrier
  tracking_number  = row.number
  title            = "Order ${row.order_id}"
  order_id         = row.order_id
  customer_name    = row.name
  customer_email   = row.email
  destination_code = row.country
}
`

func benchmarkLoad(b *testing.B, files map[string]string, want int, most budget.Use) {
	dir := writeFiles(b, files)
	budget.Run(b, want, most, func() {
		cfg, diags := config.Load(dir, config.Options{})
		if diags.HasErrors() || len(cfg.Declared) != want {
			b.Fatalf("%d declared, %v", len(cfg.Declared), diags)
		}
	})
}

func BenchmarkLoadBlocks(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			benchmarkLoad(b, map[string]string{"main.hcl": manyBlocks(n)}, n, budget.Use{Bytes: 2000, Allocs: 6})
		})
	}
}

// BenchmarkLoadBlocksMixed has an argument in every tenth block that only the
// parser reads.
func BenchmarkLoadBlocksMixed(b *testing.B) {
	const n = 10_000
	blocks := strings.SplitAfter(manyBlocks(n), "\n}\n")
	for i := 10; i < len(blocks); i += 10 {
		blocks[i] = strings.Replace(blocks[i], "red shoes", "50 % off", 1)
	}
	benchmarkLoad(b, map[string]string{"main.hcl": strings.Join(blocks, "")}, n, budget.Use{Bytes: 6500, Allocs: 36})
}

// BenchmarkLoadBlocksByParser is BenchmarkLoadBlocks without the reader of literal
// blocks.
func BenchmarkLoadBlocksByParser(b *testing.B) {
	const n = 10_000
	dir := writeFiles(b, map[string]string{"main.hcl": manyBlocks(n)})
	b.ReportAllocs()
	for b.Loop() {
		if cfg, diags := config.LoadByParser(dir, config.Options{}); diags.HasErrors() || len(cfg.Declared) != n {
			b.Fatalf("%d declared, %v", len(cfg.Declared), diags)
		}
	}
}

// BenchmarkParseConfig is what one call of the parser takes for the same file, and
// nothing else: no declarations are made of its tree.
func BenchmarkParseConfig(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			src := []byte(manyBlocks(n))
			b.ReportAllocs()
			for b.Loop() {
				if _, diags := hclsyntax.ParseConfig(src, "main.hcl", hcl.InitialPos); diags.HasErrors() {
					b.Fatal(diags)
				}
			}
		})
	}
}

func BenchmarkLoadCSV(b *testing.B) {
	const n = 10_000
	benchmarkLoad(b, map[string]string{"main.hcl": sandbox + rowsBlock, "orders.csv": manyRows(n)}, n, budget.Use{Bytes: 2600, Allocs: 30})
}

// manyRowsAs writes the rows of manyRows as a file of another kind.
func manyRowsAs(kind string, n int) string {
	records, err := csv.NewReader(strings.NewReader(manyRows(n))).ReadAll()
	if err != nil {
		panic(err) // manyRows is well formed
	}
	var b strings.Builder
	book := xlsxtest.Book{}
	for i, cells := range records {
		switch {
		case kind == "xlsx":
			fmt.Fprintf(&b, `<row r="%d" spans="1:7">`, i+1)
			for c, cell := range cells {
				fmt.Fprintf(&b, `<c r="%c%d" s="0" t="s"><v>%d</v></c>`, 'A'+c, i+1, len(book.Strings))
				book.Strings = append(book.Strings, cell)
			}
			b.WriteString("</row>")
		case i > 0:
			sep := map[bool]string{true: "{", false: ",\n{"}[i == 1 || kind == "ndjson"]
			for c, cell := range cells {
				fmt.Fprintf(&b, "%s%q:%q", sep, records[0][c], cell)
				sep = ","
			}
			b.WriteString(map[bool]string{true: "}\n", false: "}"}[kind == "ndjson"])
		}
	}
	switch kind {
	case "xlsx":
		book.Sheets = []xlsxtest.Sheet{{Name: "Orders", Rows: b.String()}}
		return string(book.Bytes())
	case "json":
		return "[" + b.String() + "]"
	}
	return b.String()
}

func BenchmarkLoadRows(b *testing.B) {
	for _, kind := range []string{"xlsx", "json", "ndjson"} {
		for _, n := range []int{10_000, 100_000} {
			b.Run(fmt.Sprintf("%s/n=%d", kind, n), func(b *testing.B) {
				main := sandbox + strings.Replace(rowsBlock, "orders.csv", "orders."+kind, 1)
				benchmarkLoad(b, map[string]string{"main.hcl": main, "orders." + kind: manyRowsAs(kind, n)}, n, budget.Use{Bytes: 3400, Allocs: 55})
			})
		}
	}
}

func BenchmarkLoadForEach(b *testing.B) {
	const n = 10_000
	main := sandbox + `
locals {
  orders = csvdecode(file("orders.csv"))
}
tracking "parcel" {
  for_each        = { for o in local.orders : o.order_id => o if o.number != "" }
  carrier_code    = each.value.carrier
  tracking_number = each.value.number
  title           = "Order ${each.key}"
  order_id        = each.key
  customer_name   = each.value.name
}
`
	benchmarkLoad(b, map[string]string{"main.hcl": main, "orders.csv": manyRows(n)}, n, budget.Use{Bytes: 8500, Allocs: 90})
}
