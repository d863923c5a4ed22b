package rows

import (
	"bytes"
	"errors"
	"io"
	"path"
	"strings"
)

// Kind is what a file is.
type Kind string

// The kinds of files that have rows.
const (
	CSV  Kind = "a CSV file"
	XLSX Kind = "an XLSX workbook"
	JSON Kind = "a JSON file"
)

// extensions are the ends of names that go with a kind.
var extensions = map[Kind][]string{
	CSV:  {".csv", ".tsv", ".tab", ".txt", ".psv"},
	XLSX: {".xlsx", ".xlsm"},
	JSON: {".json", ".ndjson", ".jsonl"},
}

// Seems returns what a name says that its file is; "" where it says nothing.
func Seems(name string) Kind {
	ext := strings.ToLower(path.Ext(name))
	for kind, all := range extensions {
		for _, e := range all {
			if e == ext {
				return kind
			}
		}
	}
	if ext == ".xls" {
		return "an old Excel workbook"
	}
	return ""
}

// foreign are files that have no rows, by how they begin, with advice.
var foreign = []struct{ begins, what, do string }{
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls), or one that is protected by a password", "Open it in a spreadsheet program and save it as .xlsx, without a password."},
	{"\x1f\x8b", "compressed with gzip (.gz)", "Unpack it, with \"gunzip\" for example."},
	{"BZh", "compressed with bzip2 (.bz2)", "Unpack it."},
	{"\xfd7zXZ\x00", "compressed with xz", "Unpack it."},
	{"\x28\xb5\x2f\xfd", "compressed with Zstandard (.zst)", "Unpack it."},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it."},
	{"Rar!", "a RAR archive", "Unpack it."},
	{"%PDF", "a PDF document", "Export the data as CSV or .xlsx instead."},
	{"SQLite format 3", "a SQLite database", "Export the data as CSV instead."},
	{"PAR1", "a Parquet file", "Export the data as CSV instead."},
	{"\x89PNG", "an image", "Export the data as CSV or .xlsx instead."},
	{"\xff\xd8\xff", "an image", "Export the data as CSV or .xlsx instead."},
	{"{\\rtf", "a text document (RTF)", "Export the data as CSV or .xlsx instead."},
}

// pages are how HTML and XML begin, in small letters.
var pages = []struct{ begins, what, do string }{
	{"<!doctype html", "an HTML page", htmlAdvice},
	{"<html", "an HTML page", htmlAdvice},
	{"<head", "an HTML page", htmlAdvice},
	{"<body", "an HTML page", htmlAdvice},
	{"<meta", "an HTML page", htmlAdvice},
	{"<table", "an HTML page", htmlAdvice},
	{"<?xml", "an XML file", "Open it in a spreadsheet program and save it as .xlsx or CSV."},
}

const htmlAdvice = "It may be the login page of a shop in place of its export: download it again. If it is a table that was saved under another name, open it in a spreadsheet program and save it as .xlsx or CSV."

// look determines what a file is: by its content, then by its name.
func look(f File, o Options) (*input, error) {
	head := make([]byte, 4096)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head = head[:n]
	in := &input{File: f}
	for _, k := range foreign {
		if bytes.HasPrefix(head, []byte(k.begins)) {
			return nil, notRows(k.what, k.do)
		}
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06")) {
		in.kind = XLSX
		return in, nil
	}
	in.decode(head, o.Encoding)
	begin := in.beginning()
	low := bytes.ToLower(begin)
	for _, k := range pages {
		if bytes.HasPrefix(low, []byte(k.begins)) {
			return nil, notRows(k.what, k.do)
		}
	}
	in.kind = CSV
	if isJSON(begin) || Seems(f.Name) == JSON {
		in.kind = JSON
	}
	return in, nil
}

func notRows(what, do string) error {
	return fail(Pos{Line: 1}, "Not a file of rows", "The file is %s. %s", what, do)
}

// beginning returns the first characters that are not blank.
func (in *input) beginning() []byte {
	r, _ := in.text()
	head := make([]byte, 1024)
	n, _ := io.ReadFull(r, head) // an error is met again where the file is read
	return bytes.TrimLeft(head[:n], " \t\r\n")
}

// isJSON reports whether a text begins as a list or an object of JSON does.
func isJSON(begin []byte) bool {
	if len(begin) == 0 {
		return false
	}
	rest := bytes.TrimLeft(begin[1:], " \t\r\n")
	switch begin[0] {
	case '[':
		return len(rest) > 0 && (rest[0] == '{' || rest[0] == ']')
	case '{':
		return len(rest) > 0 && (rest[0] == '"' || rest[0] == '}')
	}
	return false
}
