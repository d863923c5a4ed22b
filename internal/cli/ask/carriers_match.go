package ask

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/config/match"
	"github.com/tmsync/tmsync/internal/carrier"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
)

func carriersMatchCommand() app.Command {
	return app.Command{
		Name: "carriers match", Args: "FILE…", Complete: app.CompleteFile, Summary: "Match the names of carriers in files of orders to codes",
		First: []string{"column"},
		Examples: `
# which carriers an export means, and the carriers block that it still needs
tmsync carriers match orders.csv

# of a column with a name of its own
tmsync carriers match --column "Versand über" orders.xlsx`,
		Help: `
Lists the names that files have in their column of carriers, how many rows have
them, and the code that carrier() returns for each, and why. For names that are
not certain it prints the carriers block that is missing, with what they might
stand for. The number of the parcel decides as it does in carrier(). FILE is
what a trackings block reads: CSV, XLSX, JSON, NDJSON; - is standard input.

It asks nobody, and needs no configuration; the carriers block of one that is
there counts.

Exit codes: 0; 1 when some names are left, or for an error.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			o, asJSON := match.Options{}, false
			fs.StringVar(&o.Column, "column", "", "the `NAME` of the column that has the carriers")
			fs.StringVar(&o.Separator, "separator", "", "what separates the columns: one `CHARACTER`, where it cannot be found out")
			fs.StringVar(&o.Encoding, "encoding", "", "the `NAME` of the encoding, such as windows-1252, where it is not UTF-8")
			fs.StringVar(&o.Sheet, "sheet", "", "the `NAME` of the sheet of a workbook, instead of the first")
			fs.StringVar(&o.Path, "path", "", "the `PATH` to the list in JSON, such as data.orders, where there are several")
			fs.IntVar(&o.Header, "header", 0, "the `LINE` that names the columns, instead of the first")
			fs.BoolVar(&asJSON, "json", false, "as JSON")
			return func(_ context.Context, args []string) error { return matchCarriers(a, o, args, asJSON) }
		},
	}
}

// matchDocument is the output of "carriers match --json".
type matchDocument struct {
	Rows  int           `json:"rows"`
	Blank int           `json:"without_carrier"`
	Names []matchedName `json:"names"`
}

type matchedName struct {
	Name       string                `json:"name"`
	Rows       int                   `json:"rows"`
	Code       string                `json:"carrier_code,omitempty"`
	By         carrier.Reason        `json:"by,omitempty"`
	Candidates []app.CarrierDocument `json:"candidates,omitempty"`
}

func matchCarriers(a *app.App, o match.Options, args []string, asJSON bool) error {
	switch {
	case len(args) == 0:
		return app.Fail("No file", "Name a file of orders, as in: tmsync carriers match orders.csv")
	case o.Header < 0:
		return app.Fail("Invalid header", "--header is the number of a line, from 1.")
	}
	t, err := match.Files(a.Dir, a.Display, args, a.Piped(), app.CarrierNames(a), o)
	if err != nil {
		return app.Fail("The carriers cannot be matched", text.Sentence(err))
	}
	doc := matchDocument{t.Rows, t.Blank, []matchedName{}}
	left := false
	for _, n := range t.Names {
		m := matchedName{Name: n.Text, Rows: n.Rows, Code: n.Code, By: n.By}
		if n.Code == "" {
			left = true
			for _, c := range n.Candidates {
				m.Candidates = append(m.Candidates, app.CarrierDocument(c))
			}
		}
		doc.Names = append(doc.Names, m)
	}
	if asJSON {
		err = text.WriteJSON(app.Exact(a.Stdout), doc)
	} else {
		err = app.Flushed(bufio.NewWriter(a.Stdout), doc.text)
	}
	switch {
	case err != nil:
		return app.Written(err)
	case left:
		return app.Exit(app.Failure)
	}
	return nil
}

// text writes the names for people, and the block that is missing.
func (d *matchDocument) text(w *bufio.Writer) error {
	lines := [][]string{}
	var left []matchedName
	written := map[string]bool{} // in the block, where case and signs do not matter
	for _, n := range d.Names {
		code, why := n.Code, string(n.By)
		if code == "" {
			code, why = "?", "not known"
			if len(n.Candidates) > 0 {
				why = "not certain"
			}
			switch letters := carrier.Letters(n.Name); {
			case letters == "":
				why = "no name"
			case !written[letters]:
				written[letters] = true
				left = append(left, n)
			}
		}
		lines = append(lines, []string{text.Inert(text.Shorten(n.Name, 64)), text.Plural(n.Rows, "row"), code, why})
	}
	app.WriteRows(w, "", lines)
	fmt.Fprintf(w, "\n%s, %s without a carrier.\n", text.Plural(d.Rows, "row"), text.Count(d.Blank))
	if len(left) == 0 {
		return nil
	}
	fmt.Fprintf(w, "\nWhat is left needs codes, which nobody but you can tell. Fill them in:\n\ncarriers {\n  names = {\n")
	width := 0
	for _, n := range left {
		width = max(width, len([]rune(text.HCLQuote(n.Name))))
	}
	for _, n := range left {
		name := text.HCLQuote(n.Name)
		fmt.Fprintf(w, "    %s%s = \"\"%s\n", name, strings.Repeat(" ", width-len([]rune(name))), candidates(n))
	}
	_, err := fmt.Fprint(w, "  }\n}\n")
	return err
}

// candidates is a comment with what a name may stand for.
func candidates(n matchedName) string {
	var all []string
	for _, c := range n.Candidates {
		all = append(all, fmt.Sprintf("%s (%s)", text.Inert(c.Code), text.Inert(cmp.Or(c.Name, c.Code))))
	}
	all = slices.Clip(all[:min(len(all), maxCandidates)])
	if len(all) == 0 {
		return " # see: tmsync carriers PATTERN"
	}
	return " # " + strings.Join(all, ", ")
}

// maxCandidates is how many carriers are shown for a name.
const maxCandidates = 6
