// Package xlsxtest writes workbooks for tests, part by part, so that odd ones can be
// written, too.
package xlsxtest

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Book is what a workbook is made of.
type Book struct {
	Sheets   []Sheet
	Strings  []string // the texts that cells share
	Formats  []string // what cells with the styles 1, 2, … look like
	Date1904 bool
}

// Sheet is one sheet.
type Sheet struct {
	Name  string
	State string // "hidden" if it is
	Rows  string // elements, such as <row r="1"><c r="A1"><v>1</v></c></row>
}

// Escape writes a text within XML.
func Escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}

// Row writes a row of texts within their cells.
func Row(line int, cells ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<row r="%d">`, line)
	for i, cell := range cells {
		fmt.Fprintf(&b, `<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+i, line, Escape(cell))
	}
	b.WriteString("</row>")
	return b.String()
}

// Parts returns the parts of a workbook by name.
func (b Book) Parts() map[string]string {
	const rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\r\n"
	link := func(id, kind, target string) string {
		return fmt.Sprintf(`<Relationship Id="%s" Type="%s/%s" Target="%s"/>`, id, rel, kind, target)
	}
	parts := map[string]string{
		"[Content_Types].xml": head + `<Types/>`,
		"_rels/.rels":         head + "<Relationships>" + link("rId1", "officeDocument", "xl/workbook.xml") + "</Relationships>",
	}
	main, links := "", ""
	for i, s := range b.Sheets {
		main += fmt.Sprintf(`<sheet name="%s" sheetId="%d" state="%s" r:id="rId%d"/>`, Escape(s.Name), i+1, cmp.Or(s.State, "visible"), i+1)
		links += link(fmt.Sprintf("rId%d", i+1), "worksheet", fmt.Sprintf("worksheets/sheet%d.xml", i+1))
		parts[fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1)] = head + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1"/><sheetData>` + s.Rows + `</sheetData></worksheet>`
	}
	var shared strings.Builder
	for _, s := range b.Strings {
		shared.WriteString("<si><t xml:space=\"preserve\">" + Escape(s) + "</t></si>")
	}
	codes, cells := "", `<xf numFmtId="0"/>`
	for i, code := range b.Formats {
		codes += fmt.Sprintf(`<numFmt numFmtId="%d" formatCode="%s"/>`, 200+i, Escape(code))
		cells += fmt.Sprintf(`<xf numFmtId="%d"/>`, 200+i)
	}
	links += link("rIdS", "sharedStrings", "sharedStrings.xml") + link("rIdF", "styles", "/xl/styles.xml")
	parts["xl/sharedStrings.xml"] = head + "<sst>" + shared.String() + "</sst>"
	parts["xl/styles.xml"] = head + "<styleSheet><numFmts>" + codes + `</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>` + cells + "</cellXfs></styleSheet>"
	parts["xl/workbook.xml"] = head + fmt.Sprintf(`<workbook xmlns:r="%s"><workbookPr date1904="%t"/><sheets>%s</sheets></workbook>`, rel, b.Date1904, main)
	parts["xl/_rels/workbook.xml.rels"] = head + "<Relationships>" + links + "</Relationships>"
	return parts
}

// Bytes returns the file.
func (b Book) Bytes() []byte { return Zip(b.Parts()) }

// Zip packs parts. A name that ends in a slash is a directory, which has no content.
func Zip(parts map[string]string) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		w, err := z.Create(name)
		if err == nil && !strings.HasSuffix(name, "/") {
			_, err = w.Write([]byte(parts[name]))
		}
		if err != nil {
			panic(err) // a bytes.Buffer takes everything but a name of more than 64 KiB
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}
