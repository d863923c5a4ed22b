package inspect

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// driftItem is one difference: of an attribute, or that the tracking is gone. The
// value of a sensitive attribute is a fingerprint.
type driftItem struct {
	Address   tracking.Addr `json:"address"`
	Key       string        `json:"key"`
	Attribute string        `json:"attribute"` // "" when it is gone
	Value     string        `json:"value"`     // at the service
	Since     time.Time     `json:"since"`     // when it was first seen
}

// same reports whether two differences are one, whenever they were seen.
func (i *driftItem) same(o *driftItem) bool {
	return i.Key == o.Key && i.Attribute == o.Attribute && i.Value == o.Value
}

// The file of drift, a baseline or what was seen: JSON, sorted by address.
const (
	driftFormat  = "tmsync-drift"
	driftVersion = 1
	maxDriftFile = 256 << 20 // bytes
)

type driftFile struct {
	Format  string      `json:"format"`
	Version int         `json:"version"`
	Items   []driftItem `json:"items"`
}

// readDrift reads a file of drift. One that is not there is empty.
func readDrift(path string) ([]driftItem, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, app.WithoutPath(err)
	case !info.Mode().IsRegular() || info.Size() > maxDriftFile:
		return nil, errors.New("it is not a regular file, or too large")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, app.WithoutPath(err)
	}
	var f driftFile
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil || f.Format != driftFormat {
		return nil, errors.New("it is not a file that --update-baseline has written")
	}
	if f.Version != driftVersion {
		return nil, fmt.Errorf("it has version %d of the format, and this tmsync reads version %d", f.Version, driftVersion)
	}
	return f.Items, nil
}

func writeDrift(path string, items []driftItem) error {
	return app.ReplaceFile(path, 0o600, func(out io.Writer) error {
		text, err := json.MarshalIndent(driftFile{driftFormat, driftVersion, items}, "", "  ")
		if err == nil {
			_, err = out.Write(append(text, '\n'))
		}
		return err
	})
}

// drift is what the service has done, set against what is known of it.
type drift struct {
	now   time.Time
	items []driftItem // all of it
	fresh *plan.Plan  // what the baseline has not
	since map[tracking.Addr]time.Time
	known map[tracking.Addr]bool // in the baseline
}

// newDrift sorts a refresh-only plan by what is known. A tracking is in the baseline
// when all that differs of it is.
func newDrift(st *state.State, p *plan.Plan, now time.Time, seen, accepted []driftItem) *drift {
	d := &drift{
		now: now, items: []driftItem{}, fresh: &plan.Plan{Counts: p.Counts, Kept: p.Kept},
		since: map[tracking.Addr]time.Time{}, known: map[tracking.Addr]bool{},
	}
	seenBy, acceptedBy := byKey(seen), byKey(accepted)
	for i := range p.Changes {
		c := &p.Changes[i]
		known := true
		since := now
		for _, item := range driftItems(st, c) {
			item.Since = now
			for _, list := range [][]driftItem{seenBy[item.Key], acceptedBy[item.Key]} {
				if j := slices.IndexFunc(list, func(o driftItem) bool { return o.same(&item) }); j >= 0 && list[j].Since.Before(item.Since) {
					item.Since = list[j].Since
				}
			}
			known = known && slices.ContainsFunc(acceptedBy[item.Key], func(o driftItem) bool { return o.same(&item) })
			if item.Since.Before(since) {
				since = item.Since
			}
			d.items = append(d.items, item)
		}
		d.since[c.Addr] = since
		if known {
			d.known[c.Addr] = true
		} else {
			fresh := *c
			fresh.Note = d.note(c)
			d.fresh.Changes = append(d.fresh.Changes, fresh)
		}
	}
	slices.SortFunc(d.items, func(a, b driftItem) int {
		return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Attribute, b.Attribute))
	})
	return d
}

func byKey(items []driftItem) map[string][]driftItem {
	m := make(map[string][]driftItem, len(items))
	for _, i := range items {
		m[i.Key] = append(m[i.Key], i)
	}
	return m
}

// driftItems are the differences of one tracking.
func driftItems(st *state.State, c *plan.Change) []driftItem {
	gone := driftItem{Address: c.Addr, Key: c.Key.String()}
	if len(c.Fields) == 0 {
		return []driftItem{gone}
	}
	var items []driftItem
	for i := range c.Fields {
		f, item := &c.Fields[i], gone
		item.Attribute, item.Value = f.Attr.String(), f.To
		if f.Sensitive() {
			item.Value = st.Fingerprint(c.Key.Number, f.Attr, f.To)
		}
		items = append(items, item)
	}
	return items
}

// note returns since when a difference is known, and who would win.
func (d *drift) note(c *plan.Change) string {
	text := "seen now for the first time"
	if since := d.since[c.Addr]; since.Before(d.now) {
		text = "known since " + since.UTC().Format("2006-01-02 15:04") + " UTC"
	}
	return text + "; " + winner(c)
}

// winner returns what the next apply would make of a difference.
func winner(c *plan.Change) string {
	switch {
	case c.Action == plan.Forget && c.Record != nil:
		return "it is left alone, as on_missing says"
	case c.Action == plan.Forget && c.Declared != nil:
		return "the files win: an apply would create it again"
	case c.Action == plan.Forget:
		return "nothing declares it: an apply would forget it"
	case c.Declared == nil:
		return "nothing declares it any more: an apply would remove it"
	}
	var kept []string
	for i := range c.Fields {
		if a := c.Fields[i].Attr; !c.Declared.Attrs.Has(a) {
			kept = append(kept, a.String())
		}
	}
	switch {
	case len(kept) == len(c.Fields):
		return "the service wins: the files say nothing of it"
	case len(kept) > 0:
		return fmt.Sprintf("the files win, but for %s", text.Inert(strings.Join(kept, ", ")))
	}
	return "the files win: an apply would restore them"
}
