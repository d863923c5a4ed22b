package csv_test

import (
	stdcsv "encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/config/internal/csv"
)

// row is a row as it is read.
type row struct {
	Fields []string
	Line   int
	Byte   int
}

func readAll(text string) ([]row, error) {
	r := csv.NewReader(strings.NewReader(text))
	var rows []row
	for {
		if err := r.Read(); errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil {
			return rows, err
		}
		next := row{Line: int(r.Start().Line), Byte: int(r.Start().Byte)}
		for i := range r.Fields() {
			next.Fields = append(next.Fields, string(r.Field(i)))
		}
		rows = append(rows, next)
	}
}

// TestReadCSV reads rows and where they start.
func TestReadCSV(t *testing.T) {
	long := strings.Repeat("x", csv.MaxField)
	tests := []struct {
		name, text string
		want       []row
		problem    string
	}{
		{name: "empty"},
		{name: "plain", text: "a,b\nc,\n", want: []row{{[]string{"a", "b"}, 1, 0}, {[]string{"c", ""}, 2, 4}}},
		{name: "no end", text: "a", want: []row{{[]string{"a"}, 1, 0}}},
		{name: "windows", text: "\xef\xbb\xbfa\r\n\r\nb\r\n", want: []row{{[]string{"a"}, 1, 3}, {[]string{"b"}, 3, 8}}},
		{name: "quotes", text: "\"a,\"\"b\"\"\",\"\"\n", want: []row{{[]string{`a,"b"`, ""}, 1, 0}}},
		{name: "lines", text: "\n\"a\n\nb\",c\nd,e\n", want: []row{{[]string{"a\n\nb", "c"}, 2, 1}, {[]string{"d", "e"}, 5, 10}}},
		{name: "bare quote", text: "a\nb\"c\n", want: []row{{[]string{"a"}, 1, 0}}, problem: "quote in the middle"},
		{name: "after the quote", text: "\"b\"c\n", problem: "follows the closing quote"},
		{name: "unclosed", text: "a\n\"b\n", want: []row{{[]string{"a"}, 1, 0}}, problem: "opens column 1"},
		{name: "zero", text: "a\x00", problem: "Byte 1 of the file is zero"},
		{name: "long field", text: long + "\n", want: []row{{[]string{long}, 1, 0}}},
		{name: "too long field", text: "b,x" + long + "\n", problem: "may have 1 MiB; column 2"},
		{name: "too long quoted field", text: "\"" + strings.Repeat("x\n", csv.MaxField), problem: "closing quote may be missing"},
		{name: "too long row", text: strings.Repeat("x", 5<<20), problem: "4 MiB"},
		{name: "many columns", text: strings.Repeat(",", 1000), problem: "1000 columns"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readAll(tt.text)
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
		got, gotErr := readAll(text)
		var want []row
		r := stdcsv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord = -1
		fields, err := r.Read()
		for ; err == nil; fields, err = r.Read() {
			line, _ := r.FieldPos(0)
			want = append(want, row{Fields: fields, Line: line})
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
