package match_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"

	"github.com/tmsync/tmsync/config/match"
	"github.com/tmsync/tmsync/internal/carrier"
)

// TestFiles counts names, whatever the files are like.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	german, err := charmap.Windows1252.NewEncoder().String("Bestellnr.;Versanddienstleister;Sendungsnummer\r\n1;Österreichische Post;1234\r\n2;DHL;00340434161094022115\r\n3;DHL;1234\r\n4; ;1\r\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"german.csv": german, "two.csv": "Carrier,Courier\nUPS,GLS\n", "twice.csv": "c,c\nUPS,GLS\n", "no.csv": "a@example.org,1\n", "a.gz": "\x1f\x8b",
		"names.csv": "carrier\n" + strings.Repeat("x", 100_000) + "\n", "own.json": `[{"carrier": "Hausbote"}, {"carrier": null}, {"carrier": 5}]`, "long.csv": "carrier,n\nUPS,1\nUPS,1,2\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name string
		file string
		o    match.Options
		want []string // name, code
		err  string
	}{
		{"found out", "german.csv", match.Options{Encoding: "windows-1252"}, []string{"DHL:", "DHL:dhl-germany", "Österreichische Post:austria-post"}, ""},
		{"no encoding", "german.csv", match.Options{}, nil, "UTF-8"},
		{"two columns", "two.csv", match.Options{}, nil, `not certain; name it with --column. The columns are "Carrier", "Courier"`},
		{"named", "two.csv", match.Options{Column: "Courier"}, []string{"GLS:"}, ""},
		{"misnamed", "two.csv", match.Options{Column: "Curier"}, nil, `there is no column "Curier". Did you mean "Courier"?`},
		{"twice", "twice.csv", match.Options{Column: "c"}, nil, "several columns"},
		{"customers", "no.csv", match.Options{}, nil, "The first line does not name the columns"},
		{"not rows", "a.gz", match.Options{}, nil, "gzip"},
		{"not there", "b.csv", match.Options{}, nil, "b.csv"},
		{"long name", "names.csv", match.Options{}, []string{strings.Repeat("x", 100_000) + ":"}, ""},
		{"the user's", "own.json", match.Options{}, []string{"Hausbote:hermes-de"}, ""},
		{"a bad row", "long.csv", match.Options{}, nil, "line 3"},
		{"a bad option", "two.csv", match.Options{Separator: "ab"}, nil, "separator must be one character"},
	} {
		names := carrier.NewNames(map[string]string{"hausbote": "hermes-de"}, nil)
		tally, err := match.Files(dir, "", []string{tt.file}, nil, names, tt.o)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "example.org") {
				t.Errorf("%s: got %v, want %q", tt.name, err, tt.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var got []string
		for _, n := range tally.Names {
			got = append(got, n.Text+":"+n.Code)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: mismatch (-want +got):\n%s", tt.name, diff)
		}
	}
	if _, err := match.Files(dir, "", []string{"-"}, nil, carrier.NewNames(nil, nil), match.Options{}); err == nil {
		t.Error("there is no standard input")
	}
}
