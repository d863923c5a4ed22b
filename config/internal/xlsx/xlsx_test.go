package xlsx_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/config/internal/xlsx"
	"github.com/tmsync/tmsync/config/internal/xlsx/xlsxtest"
)

// read returns the rows of a sheet, each with its number before it.
func read(file []byte, sheet string) (all []string, err error) {
	book, err := xlsx.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	rows, _, ok, err := book.Rows(sheet)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("no sheet %q in %q", sheet, book.Sheets())
	}
	defer rows.Close()
	for {
		switch err := rows.Next(); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return all, err
		}
		line := fmt.Sprint(rows.Line())
		for i := range rows.Columns() {
			line += "|" + string(rows.Cell(i))
		}
		all = append(all, line)
	}
}

// TestCells reads cells of all kinds as the sheet shows them.
func TestCells(t *testing.T) {
	file := xlsxtest.Book{
		Strings: []string{"shared & <plain>", " blanks ", "two\nlines", "_x0041__x000D_\n_x00"},
		Formats: []string{"00000"},
		Sheets: []xlsxtest.Sheet{{Name: "Orders", Rows: `
<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row>
<row r="3" spans="1:3"><c t="s"><v>2</v></c><c t="s"><v>3</v></c></row>
<row><c t="inlineStr"><is><r><rPr><b/></rPr><t>rich </t></r><r><t>text</t></r><rPh sb="0"><t>spoken</t></rPh></is></c><c t="str"><f>A1&amp;B1</f><v>formula</v></c><c><f>A1</f></c><c t="b"><v>1</v></c><c t="b"><v>0</v></c><c t="e"><v>#N/A</v></c><c t="d"><v>2026-10-20T10:37:00</v></c></row>
<row r="9" hidden="1"><c r="A9"><v>402934299065</v></c><c r="B9" s="1"><v>123</v></c><c r="C9" s="7"><v>-5</v></c><c r="AA9"><v>1</v></c></row>
<row r="10"><c r="A10" s="1"/><c r="B10"/></row>
<!-- a comment --><row r="11"><c r="A11"><v><![CDATA[7]]></v></c></row>`}},
	}.Bytes()
	want := []string{
		"1|shared & <plain>|| blanks ",
		"3|two\nlines|A\n_x00",
		"4|rich text|formula|=…|TRUE|FALSE|#N/A|2026-10-20 10:37",
		"9|402934299065|00123|-5" + strings.Repeat("|", 24) + "1",
		"10", "11|7",
	}
	got, err := read(file, "")
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, mismatch (-want +got):\n%s", err, diff)
	}
}

// TestNumbers shows numbers by their formats.
func TestNumbers(t *testing.T) {
	tests := []struct{ code, number, want string }{
		{"General", "0.1", "0.1"}, {"General", "1.1000000000000001", "1.1"}, {"General", "123456789012345", "123456789012345"},
		{"General", "9400111899223320000000", "9.40011189922332E+21"}, {"General", "1234567890123456", "1.234567890123456E+15"},
		{"General", "1E3", "1000"}, {"General", "1.5E-10", "1.50000000000000E-10"}, {"General", "-2.50", "-2.5"}, {"general", "5", "5"},
		{"0", "402934299065", "402934299065"}, {"0", "2.5", "3"}, {"0", "9400111899223320000000", "9.40011189922332E+21"}, {"@", "402934299065", "402934299065"},
		{"000000000000", "12345", "000000012345"}, {"0.00", "1234.5", "1234.50"}, {"0.00", "0.125", "0.13"}, {"#,##0", "402934299065", "402,934,299,065"},
		{"#,##0.00 €", "1234.5", "1,234.50 €"}, {"#,##0.00\\ \"kg\"", "1234.5", "1,234.50 kg"}, {"[$€-407] #,##0.00", "99.999", "€ 100.00"},
		{"0.00E+00", "402934299065", "402934299065"}, {"# ?/?", "0.5", "0.5"}, {"0%", "0.256", "26%"}, {"0.0,", "12345", "12.3"},
		{"#,##0.00_);[Red](#,##0.00)", "-5", "(5.00)"}, {"0;-0;\"none\"", "0", "none"}, {"(###) ###-####", "8005551234", "(800) 555-1234"}, {"000-00-0000", "12345678", "012-34-5678"},
		{"0.##", "1.5", "1.5"}, {"#.##", "0.5", ".5"}, {";;;", "5", "5"}, {"[>100]0;0.0", "5", "5"}, {"\"unclosed", "5", "5"},
		{"dd/mm/yyyy", "46315", "2026-10-20"}, {"m/d/yy h:mm", "46315.4423611111", "2026-10-20 10:37"}, {"d. mmm yyyy", "46315.4424189815", "2026-10-20 10:37:05"},
		{"h:mm AM/PM", "0.75", "18:00"}, {"[h]:mm", "1.5", "36:00"}, {"mmm-yy", "60", "1900-02-29"}, {"mmm-yy", "59", "1900-02-28"}, {"yyyy", "1", "1900-01-01"},
		{"yyyy\"年\"m\"月\"d\"日\";@", "46315", "2026-10-20"}, {"dd.mm.yy", "-5", "-5"}, {"dd.mm.yy", "46315.99999999", "2026-10-21"},
	}
	for _, tt := range tests {
		file := xlsxtest.Book{Formats: []string{tt.code}, Sheets: []xlsxtest.Sheet{{Name: "S", Rows: fmt.Sprintf(`<row r="1"><c r="A1" s="1"><v>%s</v></c></row>`, tt.number)}}}.Bytes()
		got, err := read(file, "")
		if err != nil || len(got) != 1 || got[0] != "1|"+tt.want {
			t.Errorf("%s as %s: got %q, %v; want %q", tt.number, tt.code, got, err, tt.want)
		}
	}
	old := xlsxtest.Book{Date1904: true, Formats: []string{"yyyy-mm-dd"}, Sheets: []xlsxtest.Sheet{{Name: "S", Rows: `<row><c s="1"><v>44853.5</v></c><c s="1"><v>0</v></c></row>`}}}.Bytes()
	if got, err := read(old, ""); err != nil || got[0] != "1|2026-10-20 12:00|1904-01-01" {
		t.Errorf("1904: got %q, %v", got, err)
	}
}

// TestSheets picks a sheet.
func TestSheets(t *testing.T) {
	file := xlsxtest.Book{Sheets: []xlsxtest.Sheet{
		{Name: "Lists", State: "veryHidden", Rows: xlsxtest.Row(1, "x")},
		{Name: "Orders & more", Rows: xlsxtest.Row(1, "y")},
		{Name: "Returns", Rows: xlsxtest.Row(1, "z")},
	}}.Bytes()
	for name, want := range map[string]string{"": "1|y", "Orders & more": "1|y", " returns": "1|z", "Lists": "1|x"} {
		if got, err := read(file, name); err != nil || got[0] != want {
			t.Errorf("%q: got %q, %v; want %q", name, got, err, want)
		}
	}
	if _, err := read(file, "Order"); err == nil || err.Error() != `no sheet "Order" in ["Orders & more" "Returns"]` {
		t.Errorf("got %v", err)
	}
}

// bad writes a workbook with something else in the place of a part.
func bad(part, content string) []byte {
	parts := xlsxtest.Book{Sheets: []xlsxtest.Sheet{{Name: "S", Rows: xlsxtest.Row(1, "x")}}}.Parts()
	parts[part] = content
	return xlsxtest.Zip(parts)
}

const firstSheet = "xl/worksheets/sheet1.xml"

// TestBad holds that what is wrong with a workbook is said, and takes no more memory than
// it may.
func TestBad(t *testing.T) {
	whole := bad("x", "")
	sheet := func(rows string) []byte {
		return bad(firstSheet, "<worksheet><sheetData>"+rows+"</sheetData></worksheet>")
	}
	flipped := bytes.Clone(whole)
	at := bytes.Index(flipped, []byte(firstSheet)) + len(firstSheet) + 8
	flipped[at] ^= 0xff
	tests := []struct {
		name, want string
		file       []byte
	}{
		{"cut off", "damaged", whole[:len(whole)-40]}, {"a bit is wrong", "damaged", flipped},
		{"no workbook", "a ZIP archive", xlsxtest.Zip(map[string]string{"a.csv": "x"})},
		{"ods", ".ods", xlsxtest.Zip(map[string]string{"mimetype": "x", "content.xml": "x"})},
		{"docx", "text document", xlsxtest.Zip(map[string]string{"_rels/.rels": `<R><Relationship Id="a" Type="x/officeDocument" Target="word/document.xml"/></R>`, "word/document.xml": "<x/>"})},
		{"xlsb", ".xlsb", xlsxtest.Zip(map[string]string{"_rels/.rels": `<R><Relationship Id="a" Type="x/officeDocument" Target="xl/workbook.bin"/></R>`, "xl/workbook.bin": "x"})},
		{"many parts", "list of parts", xlsxtest.Zip(func() map[string]string {
			parts := map[string]string{}
			for i := range 20_000 {
				parts[fmt.Sprintf("%060d", i)] = ""
			}
			return parts
		}())},
		{"not closed", "in its part " + firstSheet + ": it ends too early", bad(firstSheet, "<worksheet><sheetData>")},
		{"closed twice", "closes what is not open", bad(firstSheet, "<worksheet></sheetData></worksheet>")},
		{"entity", "entity", sheet(`<row><c t="str"><v>&x;</v></c></row>`)},
		{"document type", "document type", bad(firstSheet, `<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>`)},
		{"other encoding", "UTF-8", bad(firstSheet, `<?xml version="1.0" encoding="utf-16"?><worksheet/>`)},
		{"no UTF-8", "UTF-8", sheet("<row><c t=\"str\"><v>\xff</v></c></row>")},
		{"deep", "no XML of a workbook", bad(firstSheet, strings.Repeat("<a>", 200)+strings.Repeat("</a>", 200))},
		{"no text there", "text of its cell A1", sheet(`<row><c t="s"><v>5</v></c></row>`)},
		{"no number", "cell A1 is no number", sheet(`<row><c><v>x</v></c></row>`)}, {"infinite", "no number", sheet(`<row><c><v>1e999</v></c></row>`)},
		{"rows backwards", "row 2", sheet(`<row r="2"/><row r="1"/>`)}, {"cells backwards", "wrong place", sheet(`<row><c r="B1"/><c r="A1"/></row>`)},
		{"far row", "rows", sheet(`<row r="99999999"/>`)}, {"far column", "beyond the 1000 columns", sheet(`<row><c r="ZZZ1"><v>1</v></c></row>`)},
		{"large cell", "has more than", sheet(`<row><c t="str"><v>` + strings.Repeat("x<!-- -->", 1<<20+1) + `</v></c></row>`)},
		{"large text", "has more than 2 MiB", sheet(`<row><c t="str"><v>` + strings.Repeat("x", 5<<20) + `</v></c></row>`)},
		{"large row", "has more than", sheet(`<row>` + strings.Repeat(`<c t="str"><v>`+strings.Repeat("x", 1<<19)+`</v></c>`, 10) + `</row>`)},
		{"many rows", "more than 1048576 rows", sheet(strings.Repeat("<row/>", 1<<20+1))},
		{"a bomb", "in its part xl/workbook.xml: it has more than 64 MiB when it is unpacked", bad("xl/workbook.xml", strings.Repeat("<!-- bomb -->", 6<<20))},
		{"many texts", "in its part xl/sharedStrings.xml: its texts are more", bad("xl/sharedStrings.xml", "<sst>"+strings.Repeat("<si/>", 5_000_001)+"</sst>")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := read(tt.file, ""); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %.100q, %v; want an error with %q", got, err, tt.want)
			}
		})
	}
}

// FuzzSheet reads any sheet: it ends, and what it returns is bounded.
func FuzzSheet(f *testing.F) {
	f.Add(`<row r="1"><c r="A1" s="1"><v>46315.5</v></c><c t="s"><v>0</v></c></row>`, "dd.mm.yyyy", "text")
	f.Add(`<row><c t="inlineStr"><is><r><t>x</t></r></is></c></row>`, "#,##0.00;(0)", "_x0041_")
	f.Add(`<row><c><v>-1e5</v></c><c t='b'><f/></c><!-- x --><![CDATA[x]]>`, "[h]:mm", "")
	f.Add(`<row><c s="1"><v>99.5</v></c></row>`, "(###) ###-####.0#%,", "")
	f.Fuzz(func(t *testing.T, rows, code, shared string) {
		parts := xlsxtest.Book{Formats: []string{code}, Strings: []string{shared}, Sheets: []xlsxtest.Sheet{{Name: "S", Rows: rows}}}.Parts()
		got, err := read(xlsxtest.Zip(parts), "")
		size := 0
		for _, line := range got {
			size += len(line)
		}
		if size > 1000*(len(rows)+1)*(len(shared)+len(code)+50) {
			t.Errorf("%d bytes of %d", size, len(rows))
		}
		if err != nil && err.Error() == "" {
			t.Error("nothing said")
		}
	})
}

// FuzzParts reads anything as parts of a workbook.
func FuzzParts(f *testing.F) {
	for name, content := range (xlsxtest.Book{Strings: []string{"a"}, Formats: []string{"0"}, Sheets: []xlsxtest.Sheet{{Name: "S", Rows: xlsxtest.Row(1, "x")}}}).Parts() {
		f.Add(name, content)
	}
	f.Add("xl/", "x")
	f.Add("xl/workbook.xml/", "<x/>")
	f.Fuzz(func(t *testing.T, name, content string) {
		if len(name) > 1<<16-1 {
			t.Skip("no archive has such a name")
		}
		_, _ = read(bad(name, content), "")
	})
}

// FuzzFile reads anything as a workbook.
func FuzzFile(f *testing.F) {
	f.Add(bad("x", ""))
	f.Fuzz(func(t *testing.T, file []byte) { _, _ = read(file, "") })
}
