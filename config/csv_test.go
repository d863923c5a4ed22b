package config_test

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/config"
)

// TestReadCSV reads rows and where they start.
func TestReadCSV(t *testing.T) {
	long := strings.Repeat("x", config.MaxCSVField)
	tests := []struct {
		name, text string
		want       []config.CSVRow
		problem    string
	}{
		{name: "empty"},
		{name: "plain", text: "a,b\nc,\n", want: []config.CSVRow{{[]string{"a", "b"}, 1, 0}, {[]string{"c", ""}, 2, 4}}},
		{name: "no end", text: "a", want: []config.CSVRow{{[]string{"a"}, 1, 0}}},
		{name: "windows", text: "\xef\xbb\xbfa\r\n\r\nb\r\n", want: []config.CSVRow{{[]string{"a"}, 1, 3}, {[]string{"b"}, 3, 8}}},
		{name: "quotes", text: "\"a,\"\"b\"\"\",\"\"\n", want: []config.CSVRow{{[]string{`a,"b"`, ""}, 1, 0}}},
		{name: "lines", text: "\n\"a\n\nb\",c\nd,e\n", want: []config.CSVRow{{[]string{"a\n\nb", "c"}, 2, 1}, {[]string{"d", "e"}, 5, 10}}},
		{name: "bare quote", text: "a\nb\"c\n", want: []config.CSVRow{{[]string{"a"}, 1, 0}}, problem: "quote in the middle"},
		{name: "after the quote", text: "\"b\"c\n", problem: "follows the closing quote"},
		{name: "unclosed", text: "a\n\"b\n", want: []config.CSVRow{{[]string{"a"}, 1, 0}}, problem: "opens column 1"},
		{name: "zero", text: "a\x00", problem: "Byte 1 of the file is zero"},
		{name: "long field", text: long + "\n", want: []config.CSVRow{{[]string{long}, 1, 0}}},
		{name: "too long field", text: "b,x" + long + "\n", problem: "may have 1 MiB; column 2"},
		{name: "too long quoted field", text: "\"" + strings.Repeat("x\n", config.MaxCSVField), problem: "closing quote may be missing"},
		{name: "too long row", text: strings.Repeat("x", 5<<20), problem: "4 MiB"},
		{name: "many columns", text: strings.Repeat(",", 1000), problem: "1000 columns"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := config.ReadCSV(tt.text)
			if diff := cmp.Diff(tt.want, got); diff != "" && len(diff) < 2000 {
				t.Errorf("ReadCSV() mismatch (-want +got):\n%s", diff)
			}
			switch {
			case tt.problem == "" && err != nil:
				t.Error(err)
			case tt.problem != "" && (err == nil || !strings.Contains(err.Error(), tt.problem)):
				t.Errorf("got %v, want an error with %q", err, tt.problem)
			}
		})
	}
}

// FuzzReadCSV holds the reader against encoding/csv: the same rows, the same
// lines, and errors where that has errors.
func FuzzReadCSV(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "\"a\"\"b\",\n", "a\r\n\r\nb\r", "\"a\nb\",c\n\nd", "a\"b", "\"a", "\"a\"b", ",\n,", "\r\r\n", "\"\r\n\""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || strings.Contains(text, "\x00") || strings.HasPrefix(text, "\ufeff") {
			return
		}
		got, gotErr := config.ReadCSV(text)
		var want []config.CSVRow
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord = -1
		fields, err := r.Read()
		for ; err == nil; fields, err = r.Read() {
			line, _ := r.FieldPos(0)
			want = append(want, config.CSVRow{Fields: fields, Line: line})
		}
		if (gotErr != nil) != !errors.Is(err, io.EOF) {
			t.Fatalf("got error %v, want %v", gotErr, err)
		}
		for i := range got {
			if strings.Count(text[:got[i].Byte], "\n") != got[i].Line-1 {
				t.Errorf("row %d is at byte %d, which is not in line %d", i, got[i].Byte, got[i].Line)
			}
			got[i].Byte = 0
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("rows mismatch (-want +got):\n%s", diff)
		}
	})
}

// TestManyMistakes counts what it does not show.
func TestManyMistakes(t *testing.T) {
	rows := "number\n" + strings.Repeat("1\n", 300)
	dir := writeFiles(t, map[string]string{"orders.csv": rows, "main.hcl": sandbox + `
trackings "a" {
  csv             = "orders.csv"
  carrier_code    = "dhl"
  tracking_number = row.number
}
tracking "b" {
  for_each        = { for i in range(300) : "k${i}" => "n" }
  carrier_code    = "dhl"
  tracking_number = each.value
}
tracking "c" {
  for_each        = { for i in range(300) : "k${i}" => "12345678" }
  carrier_code    = "dhl"
  tracking_number = each.value
}
`})
	_, diags := config.Load(dir, config.Options{})
	checkDiagnostics(t, diags)
	got := map[string]int{}
	for _, d := range diags {
		got[d.Summary]++
	}
	want := map[string]int{"Invalid tracking number": 2 * config.MaxMistakes, "Duplicate tracking": config.MaxMistakes, "More of this kind": 3}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("diagnostics mismatch (-want +got):\n%s", diff)
	}
	for _, d := range diags {
		if d.Summary == "More of this kind" && !strings.Contains(d.Detail, "There are 250 more") && !strings.Contains(d.Detail, "There are 249 more") {
			t.Errorf("got %q", d.Detail)
		}
	}
}
