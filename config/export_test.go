package config

import (
	"errors"
	"io"
	"strings"
)

// What the tests look at from inside.

// Bounds.
const (
	MaxMistakes = maxMistakes
	MaxCSVField = maxCSVField
)

// Part is one piece of a file.
type Part struct {
	Text   string
	Start  int
	Line   int
	Broken bool
}

// Cut divides a file as the parser sees it. The error is that of a bound.
func Cut(src []byte) ([]Part, error) {
	pieces, wrong := cut(src)
	if wrong != nil {
		return nil, wrong
	}
	var parts []Part
	for _, p := range pieces {
		parts = append(parts, Part{Text: string(src[p.start:p.end]), Start: p.start, Line: p.line, Broken: p.broken})
	}
	return parts, nil
}

// ScanDepth gives the deepest nesting that the scanner meets, quotes not
// counted, and how far it gets.
func ScanDepth(src []byte) (depth, end int) {
	s := newScanner(src, false)
	for {
		switch s.step() {
		case tokEOF:
			return depth, len(src)
		case tokBroken:
			return depth, s.pos
		}
		depth = max(depth, s.depth)
	}
}

// CSVRow is a row as csvReader reads it.
type CSVRow struct {
	Fields []string
	Line   int
	Byte   int
}

// ReadCSV reads all rows.
func ReadCSV(text string) ([]CSVRow, error) {
	c := newCSVReader(strings.NewReader(text))
	var rows []CSVRow
	for {
		if err := c.read(); errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil {
			return rows, err
		}
		row := CSVRow{Line: int(c.start.Line), Byte: int(c.start.Byte)}
		for i := range c.fields() {
			row.Fields = append(row.Fields, string(c.field(i)))
		}
		rows = append(rows, row)
	}
}

// FunctionNames lists the functions of the language.
func FunctionNames() []string {
	return mapNames((&loader{}).functions())
}
