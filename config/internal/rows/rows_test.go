package rows_test

import (
	"bytes"
	stdcsv "encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/htmlindex"
	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/config/internal/rows"
)

// row is a row as it is read.
type row struct {
	Cells []string
	Line  int
	Byte  int
}

// table is what is read of a file.
type table struct {
	Columns []string
	Rows    []row
	Short   int
	Wrong   []string // of single rows
}

// read reads a file; what stands where no text is is written as cty has it.
func read(name, content string, o rows.Options) (got table, err error) {
	in, err := rows.Open(rows.File{Name: name, Size: int64(len(content)), ReaderAt: strings.NewReader(content)}, o)
	if err != nil {
		return got, err
	}
	defer in.Close()
	got.Columns = in.Columns()
	for {
		var wrong *rows.Error
		switch err := in.Read(); {
		case errors.Is(err, io.EOF):
			got.Short, _ = in.Short()
			return got, nil
		case errors.As(err, &wrong) && wrong.Row:
			got.Wrong = append(got.Wrong, fmt.Sprintf("%d: %s", wrong.Pos.Line, wrong.Summary))
			continue
		case err != nil:
			return got, err
		}
		next := row{Line: int(in.Start().Line), Byte: int(in.Start().Byte)}
		for i := range in.Columns() {
			if cell, ok := in.Text(i); ok {
				next.Cells = append(next.Cells, string(cell))
				continue
			}
			v, err := in.Value(i)
			if err != nil {
				return got, err
			}
			next.Cells = append(next.Cells, fmt.Sprintf("%#v", v))
		}
		got.Rows = append(got.Rows, next)
	}
}

// TestCSV reads rows, and where they start.
func TestCSV(t *testing.T) {
	long := strings.Repeat("x", rows.MaxField)
	tests := []struct {
		name, text string
		options    rows.Options
		want       table
		problem    string
	}{
		{name: "empty", problem: "The file is empty"},
		{name: "plain", text: "a,b\nc,\n", want: table{Columns: []string{"a", "b"}, Rows: []row{{[]string{"c", ""}, 2, 4}}}},
		{name: "names are trimmed", text: " a , b\t\nc,d", want: table{Columns: []string{"a", "b"}, Rows: []row{{[]string{"c", "d"}, 2, 8}}}},
		{name: "windows", text: "\xef\xbb\xbfa\r\n\r\nb\r\n", want: table{Columns: []string{"a"}, Rows: []row{{[]string{"b"}, 3, 8}}}},
		{name: "old mac", text: "a;b\rc;d\r\re;f", want: table{Columns: []string{"a", "b"}, Rows: []row{{[]string{"c", "d"}, 2, 4}, {[]string{"e", "f"}, 4, 9}}}},
		{name: "mixed", text: "a;b\rc;d\r\ne;f\ng;h", want: table{Columns: []string{"a", "b"}, Rows: []row{{[]string{"c", "d"}, 2, 4}, {[]string{"e", "f"}, 3, 9}, {[]string{"g", "h"}, 4, 13}}}},
		{name: "quotes", text: "x,y\n\"a,\"\"b\"\"\",\"\"\n", want: table{Columns: []string{"x", "y"}, Rows: []row{{[]string{`a,"b"`, ""}, 2, 4}}}},
		{name: "lines", text: "x,y\n\n\"a\r\n\nb\",c\nd,e\n", want: table{Columns: []string{"x", "y"}, Rows: []row{{[]string{"a\n\nb", "c"}, 3, 5}, {[]string{"d", "e"}, 6, 15}}}},
		{name: "quote within", text: "a\nb\"c\n5\" pipe", want: table{Columns: []string{"a"}, Rows: []row{{[]string{`b"c`}, 2, 2}, {[]string{`5" pipe`}, 3, 6}}}},
		{name: "formula for zeros", text: "a,b\n=\"00123\",\"=\"\"00456\"\"\"\n", want: table{Columns: []string{"a", "b"}, Rows: []row{{[]string{"00123", "00456"}, 2, 4}}}},
		{name: "real formulas", text: "a,b\n=\"a\"&\"b\",=1+2\n=\"\",=\n", want: table{Columns: []string{"a", "b"}, Rows: []row{{[]string{`="a"&"b"`, "=1+2"}, 2, 4}, {[]string{"", "="}, 3, 18}}}},
		{name: "nothing in them", text: "a;b\n;\n  ; \n \n1;2\n", want: table{Columns: []string{"a", "b"}, Rows: []row{{[]string{"1", "2"}, 5, 13}}}},
		{name: "short and long", text: "a,b,c\n1\n1,2,3,4\n1,2\n1,2,3,,\n", want: table{Columns: []string{"a", "b", "c"}, Rows: []row{{[]string{"1", "", ""}, 2, 6}, {[]string{"1", "2", ""}, 4, 16}, {[]string{"1", "2", "3"}, 5, 20}}, Short: 2, Wrong: []string{"3: Too many fields"}}},
		{name: "unclosed", text: "a\n\"b\n", want: table{Columns: []string{"a"}}, problem: "opens column 1"},
		{name: "after the quote", text: "a\n\"b\"c\n", want: table{Columns: []string{"a"}}, problem: "follows the closing quote"},
		{name: "zero", text: "a\x00", problem: "Byte 1 of the file is zero"},
		{name: "long cell", text: "a\n" + long + "\n", want: table{Columns: []string{"a"}, Rows: []row{{[]string{long}, 2, 2}}}},
		{name: "too long cell", text: "b,x" + long + "\n", problem: "may have 1 MiB; column 2"},
		{name: "too long quoted cell", text: "\"" + strings.Repeat("x\n", rows.MaxField), problem: "closing quote may be missing"},
		{name: "too long row", text: strings.Repeat("x", 5<<20), problem: "4 MiB"},
		{name: "too long row of many lines", text: "a\n" + strings.Repeat("\""+strings.Repeat("x", 1<<19)+"\n\",", 20), want: table{Columns: []string{"a"}}, problem: "4 MiB"},
		{name: "many columns", text: strings.Repeat(",", 1000) + "x", problem: "1000 columns"},

		{name: "semicolons", text: "a;b\n1,5;2,5\n", want: table{Columns: []string{"a", "b"}, Rows: []row{{[]string{"1,5", "2,5"}, 2, 4}}}},
		{name: "tabs", text: "a\tb\n1\t2\n", want: table{Columns: []string{"a", "b"}, Rows: []row{{[]string{"1", "2"}, 2, 4}}}},
		{name: "bars", text: "a|b\n1|2\n", want: table{Columns: []string{"a", "b"}, Rows: []row{{[]string{"1", "2"}, 2, 4}}}},
		{name: "what fits the rows", text: "last, first;number\nLi;1\nWang;2\n", want: table{Columns: []string{"last, first", "number"}, Rows: []row{{[]string{"Li", "1"}, 2, 19}, {[]string{"Wang", "2"}, 3, 24}}}},
		{name: "sep=", text: "sep=;\na,x;b\n1;2\n", want: table{Columns: []string{"a,x", "b"}, Rows: []row{{[]string{"1", "2"}, 3, 12}}}},
		{name: "sep= in quotes", text: "\"SEP=|\"\r\na|b\r\n1|2", want: table{Columns: []string{"a", "b"}, Rows: []row{{[]string{"1", "2"}, 3, 14}}}},
		{name: "named separator", text: "sep=;\na^b\n1^2\n", options: rows.Options{Separator: "^"}, want: table{Columns: []string{"a", "b"}, Rows: []row{{[]string{"1", "2"}, 3, 10}}}},
		{name: "not clear", text: "a,b;c\n", problem: "separated by a comma or by a semicolon"},

		{name: "header further down", text: "Report \"x\n\nof;the;day\n\na;b\n1;2\n", options: rows.Options{Header: 5}, want: table{Columns: []string{"a", "b"}, Rows: []row{{[]string{"1", "2"}, 6, 27}}}},
		{name: "header of nothing", text: "a\n\nb\n", options: rows.Options{Header: 2}, problem: "Line 2, which is to name the columns, has nothing in it"},
		{name: "header too far", text: "a\nb\n", options: rows.Options{Header: 4}, problem: "ends before line 4"},
		{name: "no header", text: "1;2\n\n3;4", options: rows.Options{Header: rows.NoHeader, Columns: []string{"a", "b"}}, want: table{Columns: []string{"a", "b"}, Rows: []row{{[]string{"1", "2"}, 1, 0}, {[]string{"3", "4"}, 3, 5}}}},
		{name: "no header and nothing else", options: rows.Options{Header: rows.NoHeader, Columns: []string{"a"}}, want: table{Columns: []string{"a"}}},

		{name: "windows-1252", text: "K\xe4ufer\nM\xfcller \x80\n", options: rows.Options{Encoding: "windows-1252"}, want: table{Columns: []string{"Käufer"}, Rows: []row{{[]string{"Müller €"}, 2, 8}}}},
		{name: "no UTF-8", text: "a\nM\xfcller", want: table{Columns: []string{"a"}}, problem: "encoding = \"windows-1252\""},
		{name: "no UTF-8 though it is said", text: "a\nM\xfcller", options: rows.Options{Encoding: "UTF8"}, want: table{Columns: []string{"a"}}, problem: "Save the file as UTF-8."},
		{name: "UTF-16 by its mark", text: "\xff\xfea\x00\n\x00\xfc\x00", want: table{Columns: []string{"a"}, Rows: []row{{[]string{"ü"}, 2, 2}}}},
		{name: "a mark says more", text: "\xfe\xff\x00a\x00\n\x00b", options: rows.Options{Encoding: "gbk"}, want: table{Columns: []string{"a"}, Rows: []row{{[]string{"b"}, 2, 2}}}},
		{name: "wrong encoding", text: "a\n\x81\x20\n", options: rows.Options{Encoding: "shift_jis"}, want: table{Columns: []string{"a"}}, problem: "no character of shift_jis"},
		{name: "unknown encoding", text: "a\n", options: rows.Options{Encoding: "ebcdic"}, problem: "WHATWG"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read("orders.csv", tt.text, tt.options)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("mismatch (-want +got):\n%.3000s", diff)
			}
			checkProblem(t, err, tt.problem)
		})
	}
}

func checkProblem(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Error(err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("got %v, want an error with %q", err, want)
	}
}

// TestJSON reads objects.
func TestJSON(t *testing.T) {
	two := []row{{[]string{"1", `cty.NullVal(cty.DynamicPseudoType)`}, 1, 1}, {[]string{`cty.NullVal(cty.DynamicPseudoType)`, "2"}, 3, 14}}
	tests := []struct {
		name, file, text string
		options          rows.Options
		want             table
		problem          string
	}{
		{name: "list", text: "[{\"a\": \"1\"},\n\n{\"b\": \"2\"}]", want: table{Columns: []string{"a", "b"}, Rows: two}},
		{name: "empty list", text: " []\n", want: table{}},
		{name: "empty file", file: "x.json", want: table{}},
		{name: "lines", text: "{\"a\":\"1\"}\r\n{\"a\":\"2\"}\r\n", want: table{Columns: []string{"a"}, Rows: []row{{[]string{"1"}, 1, 0}, {[]string{"2"}, 2, 11}}}},
		{name: "one line", file: "x.ndjson", text: `{"a":"1","b":[{"c":"2"}]}`, want: table{Columns: []string{"a", "b"}, Rows: []row{{[]string{"1", `cty.TupleVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{"c":cty.StringVal("2")})})`}, 1, 0}}}},
		{name: "one object without lists", text: `{"a":"1","b":{"c":["x"]}}`, want: table{Columns: []string{"a", "b"}, Rows: []row{{[]string{"1", `cty.ObjectVal(map[string]cty.Value{"c":cty.TupleVal([]cty.Value{cty.StringVal("x")})})`}, 1, 0}}}},
		{name: "wrapped", text: `{"data":{"n":1,"orders":[{"a":"1"}], "more": [1]}}`, problem: `path = "data.orders"`},
		{name: "by its path", text: "{\"x\":[{}],\n\"data\":{\"n\":1,\"orders\":[\n{\"a\":\"1\"}], \"more\": [1]}}", options: rows.Options{Path: "data.orders"}, want: table{Columns: []string{"a"}, Rows: []row{{[]string{"1"}, 3, 36}}}},
		{name: "pages", text: "{\"o\":[{\"a\":\"1\"}]}\n{\"o\":null}\n{\"o\":[{\"a\":\"2\"}]}", options: rows.Options{Path: "o"}, want: table{Columns: []string{"a"}, Rows: []row{{[]string{"1"}, 1, 6}, {[]string{"2"}, 3, 35}}}},
		{name: "no such path", text: `{"data":{"orders":[]}}`, options: rows.Options{Path: "data.order"}, problem: `"data" of the file has no "order". It has: "orders".`},
		{name: "no list there", text: `{"data":{"orders":3}}`, options: rows.Options{Path: "data.orders"}, problem: `it is a number`},
		{name: "not an object there", text: `{"data":[]}`, options: rows.Options{Path: "data.orders"}, problem: `is a list, and has no "orders"`},
		{name: "not objects", text: "[{\"a\":\"1\"},\n\"x\"]", want: table{Columns: []string{"a"}, Rows: []row{{[]string{"1"}, 1, 1}}, Wrong: []string{"2: Not an object"}}},
		{name: "nothing in them", text: `[{},{"a":""},{"a":null},{"a":" x"}]`, want: table{Columns: []string{"a"}, Rows: []row{{[]string{" x"}, 1, 24}}}},
		{name: "kinds of values", text: `[{"a":true,"b":402934299065,"c":-1.50e2,"d":{}}]`, want: table{Columns: []string{"a", "b", "c", "d"}, Rows: []row{{[]string{"cty.True", "cty.NumberIntVal(4.02934299065e+11)", "cty.NumberIntVal(-150)", "cty.EmptyObjectVal"}, 1, 1}}}},
		{name: "huge number", text: `[{"a":1e999999}]`, problem: "1e"},
		{name: "cut off", text: "[{\"a\":\"1\"},\n{\"a\":", problem: "it ends too early"},
		{name: "broken", text: `[{"a":"1"} {"a":"2"}]`, problem: "cannot be read as JSON"},
		{name: "twice", text: `[{"a":"1","a":"2"}]`, problem: "duplicate"},
		{name: "no text", text: "[{\"a\":\"\xff\"}]", problem: "UTF-8"},
		{name: "deep", text: `[{"a":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}]`, problem: "levels deep"},
		{name: "large object", text: `[{"a":"` + strings.Repeat("x", rows.MaxRow) + `"}]`, problem: "4 MiB"},
		{name: "latin", text: "[{\"a\":\"\xfc\"}]", options: rows.Options{Encoding: "latin1"}, want: table{Columns: []string{"a"}, Rows: []row{{[]string{"ü"}, 1, 1}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read(tt.file, tt.text, tt.options)
			if tt.problem == "" {
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("mismatch (-want +got):\n%.3000s", diff)
				}
			}
			checkProblem(t, err, tt.problem)
		})
	}
}

// TestForeign names what has no rows.
func TestForeign(t *testing.T) {
	for begins, want := range map[string]string{
		"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "save it as .xlsx", "\x1f\x8b\x08": "gunzip", "%PDF-1.7": "PDF",
		"\r\n <!DOCTYPE html><p>": "login page", "<TABLE><tr>": "login page", "<?xml version=\"1.0\"?>": "XML", "PK\x03\x04": "damaged",
	} {
		_, err := read("orders.csv", begins+strings.Repeat(" ", 100), rows.Options{})
		checkProblem(t, err, want)
	}
}

// separated writes a table; any cell may be quoted, and what needs it is.
func separated(t *rapid.T, all [][]string, sep, end string) string {
	var b strings.Builder
	for _, r := range all {
		for i, cell := range r {
			if i > 0 {
				b.WriteString(sep)
			}
			if strings.ContainsAny(cell, ",;\t|\"\r\n") || strings.HasPrefix(cell, "=") || rapid.IntRange(0, 9).Draw(t, "quote") == 0 {
				cell = `"` + strings.ReplaceAll(strings.ReplaceAll(cell, `"`, `""`), "\n", end) + `"`
			}
			b.WriteString(cell)
		}
		b.WriteString(end)
	}
	return b.String()
}

// unwrapped returns cells as they are meant: ="x" is x, and ="" is blank.
func unwrapped(cells []string) []string {
	cells = slices.Clone(cells)
	for i, c := range cells {
		if inner, ok := strings.CutPrefix(c, `="`); ok && strings.HasSuffix(inner, `"`) && strings.Count(inner, `"`) == 1 {
			cells[i] = strings.TrimSuffix(inner, `"`)
		}
	}
	return cells
}

// TestSameRows holds that what is read depends neither on the separator nor on the
// encoding, nor on how lines end.
func TestSameRows(t *testing.T) {
	encodings := []string{"utf-8", "windows-1252", "utf-16le", "utf-16be", "gb18030", "iso-8859-15", "macintosh", "\ufeffutf-8", "\ufeffutf-16le", "\ufeffutf-16be"}
	cell := rapid.StringOfN(rapid.RuneFrom([]rune("aBé ü1,;\t|\"\n='")), 0, 8, -1)
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(1, 5).Draw(t, "columns")
		all := [][]string{[]string{"number", "b", "c", "d", "e"}[:columns]}
		var want []row
		for range rapid.IntRange(0, 8).Draw(t, "rows") {
			r := make([]string, columns)
			for i := range r {
				r[i] = cell.Draw(t, "cell")
			}
			all = append(all, r)
			cells := unwrapped(r)
			if strings.TrimSpace(strings.Join(cells, "")) != "" {
				want = append(want, row{Cells: cells})
			}
		}
		sep := rapid.SampledFrom([]string{",", ";", "\t", "|"}).Draw(t, "separator")
		end := rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "line end")
		text := separated(t, all, sep, end)
		if rapid.Bool().Draw(t, "named separator") {
			text = "sep=" + sep + end + text
		}
		name, marked := strings.CutPrefix(rapid.SampledFrom(encodings).Draw(t, "encoding"), "\ufeff")
		o := rows.Options{Encoding: name}
		if marked {
			o.Encoding, text = "", "\ufeff"+text
		}
		coding, err := htmlindex.Get(name)
		if err != nil {
			t.Fatal(err)
		}
		coded, err := coding.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := read("x", coded, o)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got.Rows {
			got.Rows[i].Line, got.Rows[i].Byte = 0, 0
		}
		if diff := cmp.Diff(table{Columns: all[0], Rows: want}, got); diff != "" {
			t.Errorf("%q is read otherwise (-want +got):\n%s", coded, diff)
		}
	})
}

// FuzzCSV holds the reader against encoding/csv: the same rows and lines, and an error
// where that has one.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "\"a\"\"b\",\n", "a\r\n\r\nb", "\"a\nb\",c\n\nd", "a\"b", "\"a", "\"a\"b", ",\n,", "\"\r\n\""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\x00=") || strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\r") || strings.HasPrefix(text, "\ufeff") {
			return
		}
		columns := make([]string, 50)
		got, gotErr := read("x.csv", text, rows.Options{Separator: ",", Header: rows.NoHeader, Columns: columns})
		var foreign *rows.Error
		if errors.As(gotErr, &foreign) && foreign.Summary == "Not a file of rows" || strings.HasPrefix(strings.TrimSpace(text), "[") || strings.HasPrefix(strings.TrimSpace(text), "{") {
			return
		}
		var want []row
		r := stdcsv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord, r.LazyQuotes = -1, true
		fields, err := r.Read()
		for ; err == nil; fields, err = r.Read() {
			line, _ := r.FieldPos(0)
			if len(fields) > len(columns) {
				return
			}
			if strings.TrimSpace(strings.Join(fields, "")) != "" {
				want = append(want, row{Cells: fields, Line: line})
			}
		}
		if gotErr != nil {
			return // a quote that is not closed, or is followed by something, is no mistake to lazy quotes
		}
		for i := range got.Rows {
			if strings.Count(text[:got.Rows[i].Byte], "\n") != got.Rows[i].Line-1 {
				t.Errorf("row %d is at byte %d, which is not in line %d", i, got.Rows[i].Byte, got.Rows[i].Line)
			}
			got.Rows[i].Byte = 0
			if i < len(want) {
				got.Rows[i].Cells = got.Rows[i].Cells[:len(want[i].Cells)]
			}
		}
		if diff := cmp.Diff(want, got.Rows); diff != "" {
			t.Errorf("rows mismatch (-want +got):\n%s", diff)
		}
	})
}

// FuzzJSON holds the reader against encoding/json: what it reads without a complaint is
// JSON, and it has as many rows as there are objects with anything in them.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`[{"a":1},{"b":[{"c":null}]}]`, `[{"a":"\u00e4"},{}]`, `[]`, `[{"a":" "},{"a":""}]`, "[{\"a\":1e5},\n{\"a\":true}]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := read("x.json", text, rows.Options{})
		if err != nil || len(got.Wrong) > 0 || !strings.HasPrefix(strings.TrimSpace(text), "[") {
			return
		}
		var want []map[string]any
		decoder := json.NewDecoder(strings.NewReader(text))
		if err := decoder.Decode(&want); err != nil {
			t.Fatalf("%q is read, though it is no JSON: %v", text, err)
		}
		if decoder.More() {
			return // several lists, one after the other
		}
		n := 0
		for _, object := range want {
			for _, v := range object {
				if s, isText := v.(string); v != nil && (!isText || strings.TrimSpace(s) != "") {
					n++
					break
				}
			}
		}
		if n != len(got.Rows) {
			t.Errorf("%q has %d rows, want %d", text, len(got.Rows), n)
		}
	})
}

// FuzzOpen reads anything with any separator: it ends, and says what is wrong.
func FuzzOpen(f *testing.F) {
	for _, seed := range []string{"a;b\n1;2", "sep=|\na|b", "\xff\xfea\x00", "[{\"a\":1}]", "{\"a\":[{}]}", "{\"a\":1}\n{\"a\":2}", "\r\r\n\n"} {
		f.Add([]byte(seed), "", uint8(0), "")
		f.Add([]byte(seed), "utf-16le", uint8(3), "a.b")
	}
	f.Fuzz(func(t *testing.T, content []byte, encoding string, header uint8, path string) {
		got, err := read("x", string(content), rows.Options{Encoding: encoding, Header: int(header), Path: path})
		var told *rows.Error
		if err != nil && (!errors.As(err, &told) || told.Summary == "" || !strings.HasSuffix(told.Detail, ".")) {
			t.Errorf("not told: %v", err)
		}
		again, _ := read("x", string(bytes.Clone(content)), rows.Options{Encoding: encoding, Header: int(header), Path: path})
		if diff := cmp.Diff(got, again); diff != "" {
			t.Error(diff)
		}
		for i, r := range got.Rows {
			if len(r.Cells) != len(got.Columns) || i > 0 && r.Line < got.Rows[i-1].Line {
				t.Errorf("row %d: %+v", i, r)
			}
		}
	})
}
