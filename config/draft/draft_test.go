package draft_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/config/draft"
	"github.com/tmsync/tmsync/config/internal/xlsx/xlsxtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestFormats reads what shops and people write. The draft of each is a golden file, a
// configuration without errors, and declares what there is.
func TestFormats(t *testing.T) {
	for _, format := range []struct {
		name, file string // testdata/NAME/FILE
		options    draft.Options
		shop       string
		open       int // what it leaves to people
		want       config.Rows
	}{
		// Several parcels in a cell, an item in a row, values in the first row of an order only.
		{name: "shopify", file: "orders.csv", shop: "Shopify", want: config.Rows{ByParcel: true, Read: 4, Parcels: 5, Declared: 3, LeftOut: 2}},
		// A parcel in several rows.
		{name: "woocommerce", file: "orders.csv", shop: "WooCommerce", want: config.Rows{Read: 4, Parcels: 4, Declared: 2, Duplicates: 1, LeftOut: 1}},
		// Tabs, quotes that quote nothing, names with hyphens.
		{name: "amazon", file: "orders.txt", shop: "Amazon", want: config.Rows{Read: 4, Parcels: 4, Declared: 2, Duplicates: 1, LeftOut: 1}},
		// A byte order mark, empty lines around the header, a line of totals, Oct-20-26.
		{name: "ebay", file: "orders.csv", shop: "eBay", want: config.Rows{Read: 4, Parcels: 4, Declared: 2, LeftOut: 2, Short: 0}},
		// Semicolons, windows-1252, German names and days, a carrier that nobody knows.
		{name: "german", file: "export.csv", options: draft.Options{Encoding: "windows-1252"}, open: 1, want: config.Rows{Read: 4, Parcels: 4, Declared: 2, LeftOut: 2}},
		// Carrier and number, and nothing else.
		{name: "plain", file: "parcels.csv", want: config.Rows{Read: 2, Parcels: 2, Declared: 2}},
		// A title above the header; one day says how all are meant.
		{name: "title", file: "report.csv", want: config.Rows{Read: 2, Parcels: 2, Declared: 2}},
		// Wrapped JSON, lists of numbers, nulls.
		{name: "json", file: "orders.json", want: config.Rows{ByParcel: true, Read: 3, Parcels: 4, Declared: 3, LeftOut: 1}},
		// Names that an object lacks, a number that is one.
		{name: "ndjson", file: "orders.ndjson", want: config.Rows{Read: 3, Parcels: 3, Declared: 2, LeftOut: 1}},
		// Shipments in a list, an order with two, one without any, a name that is missing.
		{name: "shopifyjson", file: "orders.json", shop: "Shopify", want: config.Rows{ByParcel: true, Read: 4, Parcels: 6, Declared: 3, LeftOut: 3}},
		// What a plugin keeps among pairs of keys and values.
		{name: "woocommercejson", file: "orders.json", shop: "WooCommerce", want: config.Rows{ByParcel: true, Read: 3, Parcels: 4, Declared: 3, LeftOut: 1}},
		// The same with one parcel an order.
		{name: "pairs", file: "orders.ndjson", shop: "WooCommerce", want: config.Rows{Read: 3, Parcels: 3, Declared: 2, LeftOut: 1}},
		// Tracks in a list, a carrier that nobody knows.
		{name: "magentojson", file: "shipments.json", options: draft.Options{Path: "items"}, open: 1, want: config.Rows{ByParcel: true, Read: 2, Parcels: 3, Declared: 1, LeftOut: 2}},
		// Objects within objects, and lists of numbers there.
		{name: "nested", file: "orders.json", want: config.Rows{Read: 3, Parcels: 3, Declared: 2, LeftOut: 1}},
		{name: "nestedlist", file: "orders.json", want: config.Rows{ByParcel: true, Read: 2, Parcels: 3, Declared: 2, LeftOut: 1}},
		// Lists of numbers in lists, one null; the rows' own numbers are those of orders.
		{name: "listsinlists", file: "orders.json", want: config.Rows{ByParcel: true, Read: 3, Parcels: 4, Declared: 3, LeftOut: 1}},
		// Nothing is known but what is in the lists.
		{name: "lists", file: "orders.json", want: config.Rows{ByParcel: true, Read: 2, Parcels: 3, Declared: 2, LeftOut: 1}},
		// Several separators within cells, n/a, blanks within a number.
		{name: "warehouse", file: "out.csv", want: config.Rows{ByParcel: true, Read: 4, Parcels: 6, Declared: 5, LeftOut: 1}},
		// Bars, "pending", an order in several rows.
		{name: "bars", file: "out.txt", want: config.Rows{Read: 4, Parcels: 4, Declared: 3, LeftOut: 1}},
		// Days that can be meant in two ways.
		{name: "us", file: "orders.csv", open: 1, want: config.Rows{Read: 2, Parcels: 2, Declared: 2}},
		// A workbook: a title, a date cell, digits without a format, an empty row.
		{name: "workbook", file: "orders.xlsx", options: draft.Options{Sheet: "Orders"}, want: config.Rows{Read: 2, Parcels: 2, Declared: 2}},
		// Semicolons, windows-1251, Russian names and days.
		{name: "russian", file: "zakazy.csv", options: draft.Options{Encoding: "windows-1251"}, want: config.Rows{Read: 2, Parcels: 2, Declared: 1, LeftOut: 1}},
		// Months by name, which one form reads as well as another.
		{name: "magento", file: "export.csv", want: config.Rows{Read: 2, Parcels: 2, Declared: 2}},
		// A plugin's names of the columns for carrier and day.
		{name: "tracked", file: "orders.csv", shop: "WooCommerce", want: config.Rows{Read: 2, Parcels: 2, Declared: 1, LeftOut: 1}},
		// A row with a number and no carrier.
		{name: "unnamed", file: "orders.csv", open: 1, want: config.Rows{Read: 2, Parcels: 2, Declared: 1, LeftOut: 1}},
	} {
		t.Run(format.name, func(t *testing.T) {
			dir := t.TempDir()
			content, err := os.ReadFile(filepath.Join("testdata", format.name, format.file))
			if format.name == "workbook" {
				content, err = workbook(), nil
			}
			if err := errors.Join(err, os.WriteFile(filepath.Join(dir, format.file), content, 0o600)); err != nil {
				t.Fatal(err)
			}
			d, err := draft.From(dir, format.file, format.options)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", format.name, "main.golden"), d.Text)
			if d.Shop != format.shop || len(d.Open) != format.open || d.Rows != format.want.Read {
				t.Errorf("got %d rows of %q, with %v to decide", d.Rows, d.Shop, d.Open)
			}
			for _, open := range d.Open {
				if line := strings.Split(d.Text, "\n")[open.Line-1]; !strings.Contains(line, "# To decide: ") {
					t.Errorf("line %d is %q", open.Line, line)
				}
			}
			got, diags := load(t, dir, d.Text)
			if diags != "" {
				t.Errorf("the configuration has:\n%s", diags)
			}
			if diff := cmp.Diff([]config.Rows{format.want}, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			lines := 0
			for line := range strings.Lines(d.Text) {
				line = strings.TrimSpace(line)
				if prose := strings.HasPrefix(line, "# ") && !strings.Contains(line, " = "); len([]rune(line)) > 125 || prose && len([]rune(line)) > 80 {
					t.Errorf("a long line: %s", line)
				}
				if line != "" && line[0] != '#' {
					lines++
				}
			}
			t.Logf("%d lines of HCL", lines)
		})
	}
}

// workbook is a sheet behind another one, as a person keeps it.
func workbook() []byte {
	rows := xlsxtest.Row(1, "Shipments") + xlsxtest.Row(3, "Order No", "Courier", "Tracking No", "Shipped at") +
		`<row r="4"><c r="A4" t="str"><v>S-1</v></c><c r="B4" t="str"><v>sto</v></c><c r="C4"><v>402934299065</v></c><c r="D4" s="1"><v>46315</v></c></row>` +
		xlsxtest.Row(6, "S-2", "yto", "YT4538216790123", "")
	return xlsxtest.Book{Formats: []string{"dd.mm.yyyy"}, Sheets: []xlsxtest.Sheet{
		{Name: "Notes", Rows: xlsxtest.Row(1, "nothing")}, {Name: "Orders", Rows: rows},
	}}.Bytes()
}

// load reads a configuration, and returns what became of its rows and what is complained of.
func load(t *testing.T, dir, text string) (rows []config.Rows, diags string) {
	t.Helper()
	if formatted := string(hclwrite.Format([]byte(text))); formatted != text {
		t.Errorf("the draft is not formatted (-want +got):\n%s", cmp.Diff(formatted, text))
	}
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, found := config.Load(dir, config.Options{})
	for _, d := range found {
		diags += d.Summary + ": " + d.Detail + "\n"
	}
	for _, r := range c.Rows {
		r.Addr = config.Rows{}.Addr
		rows = append(rows, r)
	}
	return rows, diags
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(got), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// TestUndecided: what a file does not say is left to people, and the configuration says
// what it lacks, or what is damaged.
func TestUndecided(t *testing.T) {
	for _, c := range []struct {
		name, file string
		options    draft.Options
		open       []string
		text       string
		diags      []string
	}{
		{
			name: "etsy", file: "orders.csv", open: []string{"which column has the tracking numbers", "which carrier it is"},
			text: `# for_each = lookup(local.numbers, row["Order ID"], [])`, diags: []string{`"carrier_code" is required`, `"tracking_number" is required`},
		},
		{
			name: "noheader", file: "numbers.csv", options: draft.Options{Header: draft.NoHeader}, open: []string{"what the columns are", "which column has the tracking numbers", "which carrier it is"},
			text: `columns = ["column_1", "column_2"]`, diags: []string{`"carrier_code" is required`, `"tracking_number" is required`},
		},
		{name: "customers", file: "customers.csv", open: []string{"which column has the tracking numbers", "which carrier it is"}, text: `# customer_email = row.Email`, diags: []string{`"carrier_code" is required`}},
		{name: "baddate", file: "orders.csv", open: []string{`what becomes of "Datum": in 1 row the time is not one like the others, such as "32.11.2026". Correct`}, text: `# order_create_time = row.Datum`},
		{name: "damaged", file: "orders.csv", text: `tracking_number = row["Tracking Number"]`, diags: []string{"it is a number with an exponent"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", c.name))); err != nil {
				t.Fatal(err)
			}
			d, err := draft.From(dir, c.file, c.options)
			if err != nil {
				t.Fatal(err)
			}
			if len(d.Open) != len(c.open) {
				t.Fatalf("got %v", d.Open)
			}
			for i, open := range d.Open {
				if !strings.HasPrefix(open.What, c.open[i]) {
					t.Errorf("got %q, want %q", open.What, c.open[i])
				}
			}
			if !strings.Contains(d.Text, c.text) {
				t.Errorf("%q is not in\n%s", c.text, d.Text)
			}
			_, diags := load(t, dir, d.Text)
			for _, want := range c.diags {
				if !strings.Contains(diags, want) {
					t.Errorf("%q is not in\n%s", want, diags)
				}
			}
		})
	}
}

// TestProblems: nothing is guessed, and no row is taken for the names of columns.
func TestProblems(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"german.csv":  "Sendungsnummer;Kunde\n402934299065;J\xfcrgen\n",
		"nobody.csv":  "Eva Smith,eva@example.org,402934299065\nBen Sawyer,ben@example.org,402934299066\n",
		"wrapped":     `{"data": {"orders": [{"tracking_number": "402934299065"}], "returns": [{"tracking_number": "402934299066"}]}}`,
		"odd.json":    `[{"a": "1", "b": {"c": "2", "eva@example.org": "3"}}]`,
		"page.csv":    "<!doctype html><title>Log in</title>",
		"empty.csv":   "",
		".env":        "tracking number\n402934299065\n",
		"unclear.csv": "Carrier,Number;Order\nsto,402934299065;1\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		file    string
		options draft.Options
		want    []string
	}{
		{"german.csv", draft.Options{}, []string{"not part of a character", "encoding = "}},
		{"german.csv", draft.Options{Encoding: "latin-nothing"}, []string{"no encoding"}},
		{"nobody.csv", draft.Options{}, []string{"--header=0"}},
		{"wrapped", draft.Options{}, []string{`path = "data.orders"`}},
		{"odd.json", draft.Options{}, []string{`There are: "a", "b", "b.c" and 1 more.`, "nothing in it has a name"}},
		{"page.csv", draft.Options{}, []string{"login page"}},
		{"empty.csv", draft.Options{}, []string{"file is empty"}},
		{"unclear.csv", draft.Options{}, []string{"separator = "}},
		{"missing.csv", draft.Options{}, []string{"in the directory of the configuration"}},
		{"../draft_test.go", draft.Options{}, []string{"in the directory of the configuration"}},
		{".env", draft.Options{}, []string{"Cannot read file"}},
	} {
		d, err := draft.From(dir, c.file, c.options)
		var p *draft.Problem
		if !errors.As(err, &p) || d != nil {
			t.Errorf("%s: got %v, %v", c.file, d, err)
			continue
		}
		if strings.HasSuffix(c.file, ".json") && strings.Contains(p.Detail, "--") {
			t.Errorf("%s: %s advises what JSON has not", c.file, p.Detail)
		}
		for _, want := range c.want {
			if !strings.Contains(p.Summary+": "+p.Detail, want) {
				t.Errorf("%s: %q is not in %s: %s", c.file, want, p.Summary, p.Detail)
			}
		}
		if strings.Contains(p.Detail, "Smith") || strings.Contains(p.Detail, "example.org") {
			t.Errorf("%s: a customer is in %s", c.file, p.Detail)
		}
	}
}

// TestLarge: what only a late row has is found, too.
func TestLarge(t *testing.T) {
	var b strings.Builder
	b.WriteString("Carrier,Tracking Number\n")
	for i := range 9000 {
		fmt.Fprintf(&b, "sto,%d\n", 402934200000+i)
	}
	b.WriteString("sto,402934299065 / 402934299066\nsto,n/a\n")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "orders.csv"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := draft.From(dir, "orders.csv", draft.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, diags := load(t, dir, d.Text)
	if diff := cmp.Diff([]config.Rows{{ByParcel: true, Read: 9002, Parcels: 9003, Declared: 9002, LeftOut: 1}}, got); diff != "" || diags != "" {
		t.Errorf("rows (-want +got):\n%s%s", diff, diags)
	}
}
