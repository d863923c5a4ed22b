package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/config/internal/xlsx/xlsxtest"
	"github.com/tmsync/tmsync/internal/tracking"
)

// declared lists what a configuration declares: address, key, title and line.
func declared(cfg *config.Config) []string {
	var all []string
	for _, d := range cfg.Declared {
		title, _ := d.Attrs.Get(tracking.Title)
		all = append(all, strings.TrimSuffix(fmt.Sprintf("%s = %s at %s:%d %s", strings.TrimPrefix(string(d.Addr), "trackings.o"), d.Key, d.Source.CSV, d.Row.Line, title), " "))
	}
	return all
}

// told lists what is complained of, with the beginnings of the details.
func told(diags hcl.Diagnostics) []string {
	var all []string
	for _, d := range diags {
		all = append(all, fmt.Sprintf("%s: %s", d.Summary, d.Detail))
	}
	return all
}

// workbook is one with a date, numbers and a second sheet.
func workbook(rows string) string {
	return string(xlsxtest.Book{Formats: []string{"dd.mm.yyyy", "00000000"}, Sheets: []xlsxtest.Sheet{
		{Name: "Notes", Rows: xlsxtest.Row(1, "nothing")}, {Name: "Orders", Rows: rows},
	}}.Bytes())
}

// TestRows reads rows of all kinds, with all that can be said of them.
func TestRows(t *testing.T) {
	const shopify = "Name,Tracking Company,Tracking Numbers,Items\n#1,dhl,\"12345671, 12345672,\",2\n#2,dhl,,1\n#3,ups,12345673,1\n#3,ups,12345673,2\n"
	sheet := xlsxtest.Row(1, "Report") + xlsxtest.Row(3, "number", "carrier", "day", "", "number ") +
		`<row r="4"><c r="A4" s="2"><v>123456</v></c><c r="B4" t="str"><v>dhl</v></c><c r="C4" s="1"><v>46315</v></c></row>` +
		`<row r="7"><c r="A7"><v>402934299065</v></c><c r="B7" t="str"><v>ups</v></c><c r="D7"><v>5</v></c></row>`
	tests := []struct {
		name  string
		files map[string]string
		block string
		stdin string
		want  []string
		told  []string // parts of what is complained of
		count config.Rows
	}{
		{
			name:  "several parcels in a row",
			files: map[string]string{"x.csv": shopify},
			block: `file = "x.csv"
for_each = split(",", row["Tracking Numbers"])
key = "${row.Name}/${each.value}"
where = row.Items != "9"
on_duplicate = "first"
carrier_code = row["Tracking Company"]
tracking_number = each.value`,
			want:  []string{`["#1/12345671"] = dhl/12345671 at x.csv:2`, `["#1/12345672"] = dhl/12345672 at x.csv:2`, `["#3/12345673"] = ups/12345673 at x.csv:4`},
			count: config.Rows{ByParcel: true, Read: 4, Parcels: 5, Declared: 3, Duplicates: 1, LeftOut: 1},
		},
		{
			name:  "the last one counts, by file name and row",
			files: map[string]string{"b.csv": "n;t\n12345671;b1\n12345672;b2\n", "a.csv": "n;t\n12345671;a1\n12345673;a2\n12345673;a3\n"},
			block: `file = ["b.csv", "a.csv"]
on_duplicate = "last"
carrier_code = "dhl"
tracking_number = row.n
title = row.t
lifecycle { 
  precondition { 
    condition = row.t != "a2"
    error_message = "superseded"
  }
}`,
			want:  []string{`["12345671"] = dhl/12345671 at b.csv:2 b1`, `["12345673"] = dhl/12345673 at a.csv:4 a3`, `["12345672"] = dhl/12345672 at b.csv:3 b2`},
			count: config.Rows{Read: 5, Parcels: 5, Declared: 3, Duplicates: 2},
		},
		{
			name:  "the first one counts",
			files: map[string]string{"a.csv": "n;c;t\n12345671;dhl;a1\n12345671;ups;a2\n 12345671;dhl;a3\n"},
			block: `file = "a.csv"
key = "${row.n}/${row.t}"
on_duplicate = "first"
carrier_code = row.c
tracking_number = row.n
title = row.t`,
			want:  []string{`["12345671/a1"] = dhl/12345671 at a.csv:2 a1`, `["12345671/a2"] = ups/12345671 at a.csv:3 a2`},
			count: config.Rows{Read: 3, Parcels: 3, Declared: 2, Duplicates: 1},
		},
		{
			name:  "one key for two numbers",
			files: map[string]string{"a.csv": "o;n\n1;12345671\n1;12345672\n2;12345673\n2;12345673\n"},
			block: `file = "a.csv"
key = row.o
carrier_code = "dhl"
tracking_number = row.n`,
			told: []string{`both have the key "1", but are different parcels`, `both declare dhl/12345673. If a parcel may be in several rows, say which of them counts: on_duplicate`},
		},
		{
			name:  "a workbook",
			files: map[string]string{"x.xlsx": workbook(sheet)},
			block: `file = "x.xlsx"
sheet = "Orders"
header = 3
carrier_code = row.carrier
tracking_number = row["carrier"] == "ups" ? "402934299065" : "00123456"
title = row.day`,
			want:  []string{`["00123456"] = dhl/00123456 at x.xlsx:4 2026-10-20`, `["402934299065"] = ups/402934299065 at x.xlsx:7`},
			count: config.Rows{Read: 2, Parcels: 2, Declared: 2},
		},
		{
			name:  "what a workbook lacks",
			files: map[string]string{"x.csv": workbook(sheet)},
			block: `file = "x.csv"
sheet = "Order"
separator = ";"
carrier_code = row.carrier
tracking_number = row.number`,
			told: []string{`no sheet "Order". Did you mean "Orders"? It has: "Notes", "Orders".`},
		},
		{
			name: "a workbook by another name, a place in it",
			files: map[string]string{"x.csv": string(xlsxtest.Book{Sheets: []xlsxtest.Sheet{{Name: "Orders", Rows: xlsxtest.Row(1, "number", "other") +
				`<row r="2"><c r="A2"><v>9400111899223320000000</v></c></row>` + xlsxtest.Row(3, "12345671", "x") + xlsxtest.Row(4, "12 34", "")}}}.Bytes())},
			block: `file = "x.csv"
separator = ";"
carrier_code = "dhl"
tracking_number = row.number`,
			told: []string{"Argument without effect: separator says what a CSV file is like", "x.csv is an XLSX workbook, and is read as one; its name is that of a CSV file.", `Sheet "Orders", cell A2, column "number": `, `Sheet "Orders", cell A4, column "number", "12 34": `},
		},
		{
			name:  "JSON",
			files: map[string]string{"x.json": `{"data": {"orders": [{"id": 7, "n": 402934299065, "f": [{"no": ["12345671", null, " "]}]}, {"id": 8, "f": null}, {"id": 9, "f": [{"no": []}], "n": "12345672"}]}}`},
			block: `file = "x.json"
path = "data.orders"
for_each = concat(try(row.f[0].no, []), [row.n])
key = "${row.id}-${each.value}"
carrier_code = "dhl"
tracking_number = each.value
title = row.n == null ? "none" : "id ${row.id}"`,
			want:  []string{`["7-12345671"] = dhl/12345671 at x.json:1 id 7`, `["7-402934299065"] = dhl/402934299065 at x.json:1 id 7`, `["9-12345672"] = dhl/12345672 at x.json:1 id 9`},
			count: config.Rows{ByParcel: true, Read: 3, Parcels: 4, Declared: 3, LeftOut: 1},
		},
		{
			name:  "parcels are objects",
			files: map[string]string{"x.ndjson": "{\"o\":\"1\",\"parcels\":[{\"c\":\"dhl\",\"n\":12345671},{\"c\":\"ups\",\"n\":\"12345672\",\"name\":\"Li\"}]}\n{\"o\":\"2\"}\n"},
			block: `file = "x.ndjson"
for_each = row.parcels
carrier_code = each.value.c
tracking_number = each.value.n
customer_name = try(each.value.name, null)
title = row.o`,
			want:  []string{`["12345671"] = dhl/12345671 at x.ndjson:1 1`, `["12345672"] = ups/12345672 at x.ndjson:1 1`},
			count: config.Rows{ByParcel: true, Read: 2, Parcels: 3, Declared: 2, LeftOut: 1},
		},
		{
			name:  "numbers of JSON that may be rounded",
			files: map[string]string{"x.json": `[{"n": 9400111899223320000000}, {"n": 1234567.5}]`},
			block: "file = \"x.json\"\ncarrier_code = \"dhl\"\ntracking_number = row.n",
			told:  []string{`Rows with this mistake: 2, at x.json:1, 1.`},
		},
		{
			name:  "no objects at all",
			files: map[string]string{"x.json": `[]`},
			block: "file = \"x.json\"\ncarrier_code = \"dhl\"\ntracking_number = row.n",
		},
		{
			name:  "nothing but what is no object",
			files: map[string]string{"x.json": `["12345671", 7]`},
			block: "file = \"x.json\"\ncarrier_code = \"dhl\"\ntracking_number = row.n",
			told:  []string{"Not an object: Every element of the list must be an object"},
		},
		{
			name:  "comparing what JSON lacks",
			files: map[string]string{"x.json": `[{"n": "12345671", "s": "open"}, {"n": "12345672"}]`},
			block: "file = \"x.json\"\nwhere = row.s != \"open\"\ncarrier_code = \"dhl\"\ntracking_number = row.n",
			want:  []string{`["12345672"] = dhl/12345672 at x.json:1`}, count: config.Rows{Read: 2, Parcels: 2, Declared: 1, LeftOut: 1},
		},
		{
			name:  "where decides on each parcel",
			files: map[string]string{"x.json": `[{"o": "1", "p": [{"n": "12345671"}, {"n": null}, {"n": "12345672"}]}, {"o": "2", "p": []}, {"o": "3", "p": [{"n": "12345673"}]}]`},
			block: "file = \"x.json\"\nfor_each = row.p\nwhere = each.value.n != null && row.o != \"3\"\ncarrier_code = \"dhl\"\ntracking_number = each.value.n",
			want:  []string{`["12345671"] = dhl/12345671 at x.json:1`, `["12345672"] = dhl/12345672 at x.json:1`}, count: config.Rows{ByParcel: true, Read: 3, Parcels: 5, Declared: 2, LeftOut: 3},
		},
		{
			name:  "where of parcels without for_each",
			files: map[string]string{"x.csv": "n\n12345671\n"},
			block: "file = \"x.csv\"\nwhere = each.value != \"\"\ncarrier_code = \"dhl\"\ntracking_number = row.n",
			told:  []string{"Invalid reference: \"each\" can be used only in a tracking, trackings, import or data block that has for_each, and not in for_each itself."},
		},
		{
			name: "the standard input", stdin: "n|t\n12345671|x\n",
			block: "file = \"-\"\ncarrier_code = \"dhl\"\ntracking_number = row.n",
			want:  []string{`["12345671"] = dhl/12345671 at <stdin>:2`}, count: config.Rows{Read: 1, Parcels: 1, Declared: 1},
		},
		{
			name:  "no names, another encoding",
			files: map[string]string{"x.txt": "dhl;12345671;M\xfcller\n"},
			block: `file = "x.txt"
header = 0
columns = ["c", "n", "t"]
encoding = "windows-1252"
carrier_code = row.c
tracking_number = row.n
title = row.t`,
			want: []string{`["12345671"] = dhl/12345671 at x.txt:1 Müller`}, count: config.Rows{Read: 1, Parcels: 1, Declared: 1},
		},
		{
			name:  "columns that the file lacks, or has twice",
			files: map[string]string{"x.csv": "n;t;t;\n12345671;a;b;c\n"},
			block: `file = "x.csv"
carrier_code = try(row.carrier, row["c"], "dhl")
tracking_number = row.n
title = can(row.x) ? row.x : lookup(row, "y", join(",", [for k, v in row : k]))`,
			told: []string{"Unknown column: x.csv has no column \"x\"."},
		},
		{
			name:  "a customer where the names should be",
			files: map[string]string{"x.csv": "dhl;12345671;Li Wei\nups;12345672;Wang\n"},
			block: "file = \"x.csv\"\ncarrier_code = row.c\ntracking_number = row.n",
			told:  []string{`x.csv has no column "c", nor any other that this block refers to.`, `header = 0, and columns = [`},
		},
		{
			name:  "any text names a column",
			files: map[string]string{"x.csv": "n;Order No.;t;t;\n12345671;a;b;c;\n"},
			block: `file = "x.csv"
carrier_code = try(row.carrier, row["c"], "dhl")
tracking_number = row.n
title = "${row[join(" ", ["Order", "No."])]} ${lookup(row, "y", join(",", keys(row)))}"`,
			want: []string{`["12345671"] = dhl/12345671 at x.csv:2 a Order No.,n`}, count: config.Rows{Read: 1, Parcels: 1, Declared: 1},
		},
		{
			name:  "short rows",
			files: map[string]string{"x.csv": "n,t\n12345671,a\n12345672\n12345673\n"},
			block: "file = \"x.csv\"\ncarrier_code = \"dhl\"\ntracking_number = row.n\ntitle = row.t",
			told:  []string{"Short rows: Rows of x.csv with fewer fields than the header has: 2, the first in line 3. The fields that are missing count as empty."},
			want:  []string{`["12345671"] = dhl/12345671 at x.csv:2 a`, `["12345672"] = dhl/12345672 at x.csv:3`, `["12345673"] = dhl/12345673 at x.csv:4`},
			count: config.Rows{Read: 3, Parcels: 3, Declared: 3, Short: 2},
		},
		{
			name:  "a join",
			files: map[string]string{"orders.csv": "order;name\n1;Li\n2;Wang\n", "numbers.json": `[{"order":"1","carrier":"dhl","number":"12345671"},{"order":"1","carrier":"ups","number":"12345672"}]`},
			block: `file = "orders.csv"
for_each = lookup(local.numbers, row.order, [])
carrier_code = each.value.carrier
tracking_number = each.value.number
title = row.name
}
locals {
  numbers = { for n in rows("numbers.json") : n.order => n... }`,
			want:  []string{`["12345671"] = dhl/12345671 at orders.csv:2 Li`, `["12345672"] = ups/12345672 at orders.csv:2 Li`},
			count: config.Rows{ByParcel: true, Read: 2, Parcels: 3, Declared: 2, LeftOut: 1},
		},
		{
			name:  "damage",
			files: map[string]string{"x.csv": "n;c;k;t;p\n1.23457E+18;dhl;1;a;b\n9400111899223320000000;dhl;2;a;b\n   ;dhl;3;a;b\n12345671;#N/A;4;a;b\n12345672;dhl;#REF!;a;b\n'12345673;dhl;=7&8;a;b\n2.5E+18;dhl;8;a;b\n"},
			block: `file = "x.csv"
key = row.k
carrier_code = row.c
tracking_number = row.n
title = row.t
customer_phone = row.p`,
			told: []string{
				`Rows with this mistake: 2, at x.csv:2 ("1.23457E+18"), 8 ("2.5E+18").`, `it is a number that has been rounded`,
				`trimspace(row.number)`, `Row 5, column "c": A spreadsheet program has changed this `, `it is the error #REF! of a formula`,
				`it is a formula. Copy the column`, `it is a value with the apostrophe before it`,
			},
		},
		{
			name:  "damage elsewhere, and what only looks like it",
			files: map[string]string{"x.csv": "n;t;p\n12345671;=A1;'+49171\n12345672;#ERROR!;4.9E+11\n12345674;=A2;\n12345673;'t Hof \u0645\u06cc\u200c\u062e;0171\n"},
			block: `file = "x.csv"
carrier_code = "dhl"
tracking_number = row.n
title = row.t
customer_phone = row.p`,
			told: []string{
				`It is a formula. Copy the column and paste its values before you export it, or take the text from its source.` + "\n\n" + `If it is right, set lint = false in the lifecycle block. title is set at main.hcl:8.` + "\n\n" + `Rows with this mistake: 2, at x.csv:2 ("=A1"), 4 ("=A2").`,
				`Damaged values: Row 3, column "t": A spreadsheet program has changed this value. It is the error #ERROR! of a formula.`,
				`Damaged values: Row 3, column "p": A spreadsheet program has changed this value. It is a number with an exponent`,
			},
			want:  []string{`["12345671"] = dhl/12345671 at x.csv:2 =A1`, `["12345672"] = dhl/12345672 at x.csv:3 #ERROR!`, `["12345674"] = dhl/12345674 at x.csv:4 =A2`, "[\"12345673\"] = dhl/12345673 at x.csv:5 't Hof \u0645\u06cc\u200c\u062e"},
			count: config.Rows{Read: 4, Parcels: 4, Declared: 4},
		},
		{
			name:  "phones as numbers",
			files: map[string]string{"x.json": `[{"n": "12345671", "p": 491712345678}, {"n": "12345672", "p": "491712345678"}]`},
			block: `file = "x.json"
carrier_code = "dhl"
tracking_number = row.n
customer_phone = row.p`,
			told:  []string{`Row 1, column "p": A spreadsheet program has changed this value. It is a number, which has no zero and no + before it any more.`},
			want:  []string{`["12345671"] = dhl/12345671 at x.json:1`, `["12345672"] = dhl/12345672 at x.json:1`},
			count: config.Rows{Read: 2, Parcels: 2, Declared: 2},
		},
		{
			name:  "what each is good for",
			files: map[string]string{"x.csv": "n\n12345671\n"},
			block: "file = \"x.csv\"\nfor_each = { a = row.n }\ncarrier_code = \"dhl\"\ntracking_number = each.value",
			told:  []string{"must be a list of texts or of objects"},
		},
		{
			name:  "a file that is no file of rows",
			files: map[string]string{"x.csv": "<!DOCTYPE html><title>Login</title>"},
			block: "file = \"*\"\ncarrier_code = \"dhl\"\ntracking_number = row.n",
			told:  []string{"has no column \"n\"", "login page"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"main.hcl": sandbox + "trackings \"o\" {\n" + tt.block + "\n}\n"}
			for name, content := range tt.files {
				files[name] = content
			}
			left := 0
			cfg, diags := config.Load(writeFiles(t, files), config.Options{Environ: map[string]string{}, Stdin: strings.NewReader(tt.stdin), Skipped: func(config.Skipped) { left++ }})
			checkDiagnostics(t, diags)
			got := told(diags)
			for i, want := range tt.told {
				if i >= len(got) || !strings.Contains(got[i], want) {
					t.Fatalf("told %q, want %q", got, tt.told)
				}
			}
			if len(got) > len(tt.told) || len(cfg.Failed) > 0 {
				t.Errorf("told %q, %v, want %q", got, cfg.Failed, tt.told)
			}
			if diags.HasErrors() {
				return
			}
			if diff := cmp.Diff(tt.want, declared(cfg)); diff != "" {
				t.Errorf("declared mismatch (-want +got):\n%s", diff)
			}
			tt.count.Addr = "trackings.o"
			if tt.want == nil {
				return
			}
			if diff := cmp.Diff([]config.Rows{tt.count}, cfg.Rows); diff != "" {
				t.Errorf("rows mismatch (-want +got):\n%s", diff)
			}
			if left != tt.count.Duplicates+tt.count.LeftOut {
				t.Errorf("told of %d rows that declare nothing", left)
			}
		})
	}
}

// TestRowsFunction calls rows() in any way.
func TestRowsFunction(t *testing.T) {
	files := map[string]string{
		"a.csv": "n;;d;d\n1;x;y;z\n", "b.csv": "1;2\n", "c.json": `{"x":[{"a":1},{"a":"b","c":[true]}]}`, "empty.csv": "n\n", "bare.json": "[1,\"RB470009515GB\"]", "d/1.csv": "n\n1\n", "d/2.csv": "n\n2\n", "d/~$2.csv": "lock", "d/.x": "hidden",
		"latin.csv": "n\n\xfc\n",
	}
	for expr, want := range map[string]string{
		`jsonencode(rows("a.csv"))`:                                       `[{"n":"1"}]`,
		`jsonencode(rows("b.csv", { header = 0, columns = ["p", "q"] }))`: `[{"p":"1","q":"2"}]`,
		`jsonencode(rows("c.json", { path = "x" }))`:                      `[{"a":1,"c":null},{"a":"b","c":[true]}]`,
		`jsonencode(rows("empty.csv"))`:                                   `[]`,
		`jsonencode(rows("d/*", null)[*].n)`:                              `["1","2"]`,
		`jsonencode(rows("a.csv", { separator = "^" }))`:                  `[{"n;;d;d":"1;x;y;z"}]`,
		`rows("latin.csv", { encoding = "latin1" })[0].n`:                 "ü",
		`rows("-")[0].n`:                            "piped",
		`try(rows("latin.csv"), "no text")`:         "no text",
		`rows("none.csv")`:                          "! there is no such file",
		`rows("latin.csv")`:                         "! latin.csv: line 2: CSV file is not UTF-8",
		`rows("a.csv", { seperator = ";" })`:        `! Did you mean "separator"?`,
		`rows("a.csv", { header = 0 })`:             "! columns must",
		`rows("a.csv", ";")`:                        "! must be an object",
		`rows("*.txt")`:                             "! no file matches",
		`rows("bare.json")`:                         "! bare.json: line 1: Not an object",
		`rows("../a.csv")`:                          "! inside the configuration's directory",
		`jsonencode(csvdecode("\ufeffa,b\n1,2"))`:   `[{"a":"1","b":"2"}]`,
		`jsonencode(jsondecode("\ufeff{\"a\":1}"))`: `{"a":1}`,
	} {
		files["main.hcl"] = sandbox + "output \"x\" {\n  value = " + expr + "\n}\n"
		cfg, diags := config.Load(writeFiles(t, files), config.Options{Environ: map[string]string{}, Stdin: strings.NewReader("n\npiped\n")})
		checkDiagnostics(t, diags)
		problem, fails := strings.CutPrefix(want, "! ")
		switch {
		case fails && (!diags.HasErrors() || !strings.Contains(strings.Join(strings.Fields(diags.Error()), " "), problem)):
			t.Errorf("%s: got %v, want an error with %q", expr, diags, problem)
		case !fails && (diags.HasErrors() || len(cfg.Outputs) != 1 || cfg.Outputs[0].Value.AsString() != want):
			t.Errorf("%s: got %v, %v, want %q", expr, cfg.Outputs, diags, want)
		}
	}
}

// TestRowsInJSON says the same in the JSON form of the language.
func TestRowsInJSON(t *testing.T) {
	main := `{"provider": {"trackingmore": {"endpoint": "sandbox"}}, "trackings": {"o": {
  "file": ["x.csv"], "separator": ";", "header": 0, "columns": ["n", "c"], "on_duplicate": "last", "where": "${row.n != \"\"}",
  "for_each": "${split(\",\", row.n)}", "key": "${row.c}-${each.value}", "carrier_code": "${row.c}", "tracking_number": "${each.value}", "title": "${try(row.title, \"none\")}",
  "lifecycle": {"precondition": {"condition": "${try(row.title, \"\") == \"\"}", "error_message": "m"}}}}}`
	cfg, diags := config.Load(writeFiles(t, map[string]string{"main.hcl.json": main, "x.csv": "12345671,12345672;dhl\n;ups\n12345671;dhl\n"}), config.Options{Environ: map[string]string{}})
	if len(diags) > 0 || len(cfg.Failed) > 0 {
		t.Fatal(diags, cfg.Failed)
	}
	want := []string{`["dhl-12345671"] = dhl/12345671 at x.csv:3 none`, `["dhl-12345672"] = dhl/12345672 at x.csv:1 none`}
	if diff := cmp.Diff(want, declared(cfg)); diff != "" {
		t.Errorf("mismatch (-want +got):\n%s", diff)
	}
}

// TestMarks takes a byte order mark in every file of a configuration.
func TestMarks(t *testing.T) {
	files := map[string]string{
		"main.hcl":           "\ufeff" + sandbox,
		"more.hcl.json":      "\ufeff" + `{"variable": {"a": {}, "b": {}}, "output": {"x": {"value": "${var.a}${var.b}"}}}`,
		"tmsync.tmvars":      "\ufeffa = 1\n",
		"b.auto.tmvars.json": "\ufeff{\"b\": 2}\n",
	}
	cfg, diags := config.Load(writeFiles(t, files), config.Options{Environ: map[string]string{}})
	if len(diags) > 0 || len(cfg.Outputs) != 1 || cfg.Outputs[0].Value.AsString() != "12" {
		t.Errorf("got %v, %v", cfg.Outputs, diags)
	}
}

// TestLargeJoin joins two files of 10,000 rows.
func TestLargeJoin(t *testing.T) {
	const n = 10_000
	numbers := strings.Replace(manyRows(n), "order_id,carrier,number", "id,carrier,number", 1)
	main := sandbox + `
locals {
  numbers = { for r in rows("numbers.csv") : r.id => r }
}
trackings "o" {
  file            = "orders.csv"
  for_each        = [lookup(local.numbers, row.order_id, null)]
  key             = row.order_id
  carrier_code    = each.value.carrier
  tracking_number = each.value.number
  title           = try(local.numbers[row.order_id].title, "")
}
`
	cfg, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": main, "orders.csv": manyRows(n), "numbers.csv": numbers}), config.Options{Environ: map[string]string{}})
	if len(diags) > 0 || len(cfg.Declared) != n {
		t.Errorf("%d declared, %v", len(cfg.Declared), diags)
	}
}

// A mistake that many files have is one message, which names some of them.
func TestOneMistakeInManyFiles(t *testing.T) {
	for name, tt := range map[string]struct {
		files func(i int) string
		want  string
	}{
		"column":  {func(int) string { return "number,id\n402934299065,1\n" }, `orders/100.csv has no column "n".`},
		"several": {func(int) string { return "n,n\n402934299065,1\n" }, `orders/100.csv has several columns named "n": 1, 2.`},
		"file":    {func(int) string { return `{"format":"tmsync-state","version":1}` + "\n" }, "orders/100.csv: it is a state"},
	} {
		files := map[string]string{"main.hcl": sandbox + "trackings \"a\" {\n  file = \"orders/*\"\n  carrier_code = \"sto\"\n  tracking_number = row.n\n}\n"}
		for i := range 300 {
			files[fmt.Sprintf("orders/%d.csv", 100+i)] = tt.files(i)
		}
		_, diags := config.Load(writeFiles(t, files), config.Options{})
		const sum = "Files with this mistake: 300, the first at orders/100.csv, orders/101.csv, orders/102.csv, orders/103.csv, orders/104.csv."
		if len(diags) != 1 || !strings.Contains(diags[0].Detail, tt.want) || !strings.HasSuffix(diags[0].Detail, sum) {
			t.Errorf("%s: got %d diagnostics, the first is %v", name, len(diags), diags[0])
		}
	}
}
