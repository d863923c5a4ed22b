package transfer

import (
	"bufio"
	"fmt"
	"strconv"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// skippedRow is a row, or a parcel in it, that declares nothing.
type skippedRow struct {
	File    string        `json:"file"`
	Sheet   string        `json:"sheet,omitempty"`
	Row     uint32        `json:"row"`
	Block   tracking.Addr `json:"block"`
	Reason  config.Skip   `json:"reason"`
	By      string        `json:"by"` // the place of the argument that decides so
	Carrier string        `json:"carrier_code,omitempty"`
	Number  string        `json:"tracking_number,omitempty"`
	Address tracking.Addr `json:"address,omitempty"` // what declares the parcel instead
	Parcel  int           `json:"parcel,omitempty"`  // which one of the row's for_each, where where decides on each
}

// exportSkipped lists what trackings blocks leave out, in the order of the files.
func exportSkipped(a *app.App, o *exportOptions) error {
	var skipped []config.Skipped
	more := 0
	o.ConfigOptions.Skipped = func(s config.Skipped) {
		if len(skipped) == config.MaxDeclared {
			more++
			return
		}
		skipped = append(skipped, s)
	}
	cfg, err := a.Load(&o.ConfigOptions)
	if err != nil {
		return err
	}
	if more > 0 {
		return app.Fail("Too many rows", fmt.Sprintf("Of the files' rows more than %s are left out, %s more than can be listed.", text.Count(config.MaxDeclared), text.Count(more)))
	}
	instead := map[tracking.Key]tracking.Addr{}
	for _, s := range skipped {
		if !s.Key.IsZero() {
			instead[s.Key] = ""
		}
	}
	for i := range cfg.Declared {
		d := &cfg.Declared[i]
		if _, asked := instead[d.Key]; asked {
			instead[d.Key] = d.Addr
		}
	}
	row := func(s *config.Skipped) skippedRow {
		return skippedRow{s.File, s.Sheet, s.Row.Line, s.Block, s.Why, fmt.Sprintf("%s:%d", s.By.Filename, s.By.Start.Line), s.Key.Carrier, s.Key.Number, instead[s.Key], s.Parcel}
	}
	return o.put(a, text.Plural(len(skipped), "row"), func(w *bufio.Writer) error {
		if o.to == toJSON {
			return skippedJSON(w, skipped, row)
		}
		return skippedCSV(w, skipped, row)
	})
}

// skippedCSV writes a header and a line for each.
func skippedCSV(w *bufio.Writer, skipped []config.Skipped, row func(*config.Skipped) skippedRow) error {
	if _, err := w.WriteString(text.CSV("file", "sheet", "row", "block", "reason", "by", "carrier_code", "tracking_number", "address", "parcel")); err != nil {
		return err
	}
	for i := range skipped {
		r, parcel := row(&skipped[i]), ""
		if r.Parcel > 0 {
			parcel = strconv.Itoa(r.Parcel)
		}
		if _, err := w.WriteString(text.CSV(r.File, r.Sheet, strconv.Itoa(int(r.Row)), string(r.Block), string(r.Reason), r.By, r.Carrier, r.Number, string(r.Address), parcel)); err != nil {
			return err
		}
	}
	return nil
}

// skippedJSON writes an array with an object of each, one a line.
func skippedJSON(w *bufio.Writer, skipped []config.Skipped, row func(*config.Skipped) skippedRow) error {
	sep := "\n"
	w.WriteString("[")
	for i := range skipped {
		doc, err := text.JSON(row(&skipped[i]))
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s  %s", sep, doc)
		sep = ",\n"
	}
	if len(skipped) > 0 {
		w.WriteString("\n")
	}
	_, err := w.WriteString("]\n")
	return err
}
