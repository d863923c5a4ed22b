package ask

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// liveInterval is the service's minimum between two questions about one parcel
// (API.md §2.9).
const liveInterval = 2 * time.Hour

// trackOptions are the flags of track.
type trackOptions struct {
	app.OpenOptions
	asJSON, watch bool
	interval      time.Duration
}

func trackCommand() app.Command {
	return app.Command{
		Name: "track", Args: "ADDRESS|CARRIER/NUMBER…", Complete: app.CompleteAddress, Summary: "Follow parcels live: their status and events",
		Examples: `
# one parcel, or all of a block
tmsync track 'tracking.parcel["A-1"]'
tmsync track --json 'tracking.parcel[*]'

# a parcel that is not managed, every two hours
tmsync track --watch sto/402934299065`,
		Help: `
Asks the carriers, through the service, how parcels stand right now, one a
second. An address of a block stands for all of its trackings, and * and ? may
stand in addresses; a parcel that is not managed is named by its key. Nothing
is changed, here or at the service. Times are those of the place, without a
zone.

The service wants the same parcel to be asked for at most once in two hours: so
often --watch asks again, until it is interrupted. Whoever asks sooner may be
refused. Some of its price plans need this to be activated first.

Exit codes: 0; 1 when a parcel could not be followed.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			o := &trackOptions{}
			o.ReadFlags(fs)
			fs.BoolVar(&o.asJSON, "json", false, "write one line of JSON for each parcel")
			fs.BoolVar(&o.watch, "watch", false, "ask again and again, until it is interrupted")
			fs.DurationVar(&o.interval, "interval", liveInterval, "with --watch, the `DURATION` to wait before asking again: 2h or more")
			return func(ctx context.Context, args []string) error { return track(ctx, a, o, args) }
		},
	}
}

func track(ctx context.Context, a *app.App, o *trackOptions, args []string) (err error) {
	if len(args) == 0 {
		return app.Fail("Invalid arguments", "Name what to follow: an address, such as tracking.parcel, or a key, such as sto/402934299065. In a shell an address with a key needs single quotes around it.")
	}
	w, err := a.Open(ctx, &o.OpenOptions, engine.Reading)
	if err != nil {
		return err
	}
	defer w.Leave(&err)
	if o.watch && o.interval < liveInterval {
		return app.Fail("Invalid --interval", fmt.Sprintf("The service wants %v or more between two questions about the same parcel.", liveInterval))
	}
	if s := w.Client.Service(); !s.Answers(tracking.QueryLive) {
		return cannotTell(s, tracking.QueryLive)
	}
	parcels, err := parcels(w, args)
	if err != nil {
		return app.Fail("No such tracking", text.Sentence(err))
	}
	for {
		err := follow(ctx, w, o, parcels)
		if !o.watch {
			return err
		}
		a.Ended(err)
		timer := time.NewTimer(o.interval)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil // that is how it ends
		}
	}
}

// parcel is a parcel to follow.
type parcel struct {
	addr tracking.Addr // "" for one that is not ours
	item tracking.Item
}

// parcels finds what is meant, each parcel once. What is declared goes with its
// attributes, which some carriers ask for.
func parcels(w *app.Workspace, args []string) ([]parcel, error) {
	var known, out []parcel
	for i := range w.Config.Declared {
		d := &w.Config.Declared[i]
		known = append(known, parcel{d.Addr, tracking.Item{Key: d.Key, Attrs: d.Attrs, Secret: d.Secret}})
	}
	for _, r := range w.Session.State().Records {
		if !slices.ContainsFunc(w.Config.Declared, func(d tracking.Declared) bool { return d.Key == r.Key }) {
			known = append(known, parcel{r.Addr, tracking.Item{Key: r.Key}})
		}
	}
	names := func(yield func(tracking.Addr, tracking.Key) bool) {
		for _, k := range known {
			if !yield(k.addr, k.item.Key) {
				return
			}
		}
		w.Session.State().Names(yield)
	}
	seen := map[tracking.Key]bool{}
	for _, arg := range args {
		p, err := tracking.ParsePattern(arg)
		if err != nil {
			return nil, err
		}
		meant := tracking.Resolve([]tracking.Pattern{p}, names)[0]
		found := false
		for _, k := range known {
			if !meant.Match(k.addr, k.item.Key) {
				continue
			}
			found = true
			if !seen[k.item.Key] {
				seen[k.item.Key] = true
				out = append(out, k)
			}
		}
		if found {
			continue
		}
		key, err := tracking.ParseKey(arg)
		if err != nil || strings.HasPrefix(arg, "tracking") && strings.Contains(arg, ".") {
			return nil, fmt.Errorf("neither the configuration nor the state has %s", text.Inert(p.String()))
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, parcel{item: tracking.Item{Key: key}})
		}
	}
	return out, nil
}

// follow asks for each parcel once, and shows it. What is wrong with one parcel
// does not keep the others from being shown.
func follow(ctx context.Context, w *app.Workspace, o *trackOptions, parcels []parcel) error {
	var errs []error
	if o.watch && !o.asJSON {
		fmt.Fprintf(w.App.Stdout, "%s\n\n", render.Bold(w.App.OutStyle(), w.App.Now().UTC().Format("2006-01-02 15:04")+" UTC"))
	}
	for _, p := range parcels {
		live, err := w.Client.Live(ctx, p.item)
		if err != nil && ctx.Err() != nil && o.watch {
			return nil
		}
		if err != nil {
			errs = append(errs, engine.Unread(ctx, "The parcel could not be followed", fmt.Errorf("%s: %w%s", p.item.Key, err, whenAskedAgain(err))))
			if !ofOneParcel(err) {
				break
			}
			continue
		}
		if o.asJSON {
			err = text.WriteJSON(app.Exact(w.App.Stdout), newLiveDocument(p.addr, live))
		} else {
			err = app.Flushed(bufio.NewWriter(w.App.Stdout), liveText(p.addr, live, w.App.OutStyle()))
		}
		if err != nil {
			return app.Written(err)
		}
	}
	return errors.Join(errs...)
}

// whenAskedAgain returns when a parcel that was asked for too soon can be asked
// for.
func whenAskedAgain(err error) string {
	if fail := (*trackingmore.Error)(nil); errors.As(err, &fail) && fail.TooSoon() {
		return fmt.Sprintf("; it wants %v or more between two questions about the same parcel", liveInterval)
	}
	return ""
}

// ofOneParcel reports whether an error concerns one parcel, and the next may
// succeed.
func ofOneParcel(err error) bool {
	fail := (*trackingmore.Error)(nil)
	if !errors.As(err, &fail) {
		return !errors.Is(err, trackingmore.ErrNotOffered) && !errors.Is(err, context.Canceled)
	}
	return fail.TooSoon() || fail.OfOne()
}

// liveText writes a parcel with its events as a timeline, as the service orders
// them: the newest first.
func liveText(addr tracking.Addr, live *tracking.Live, s render.Style) func(*bufio.Writer) error {
	return func(w *bufio.Writer) error {
		name := live.Key.String()
		if addr != "" {
			name = string(addr) + "  " + name
		}
		fmt.Fprintf(w, "%s  %s\n", render.Bold(s, text.Inert(name)), text.Inert(statusText(live)))
		if way := wayText(live); way != "" {
			fmt.Fprintf(w, "  %s\n", text.Inert(way))
		}
		for _, leg := range live.Legs {
			if len(leg.Events) == 0 {
				continue
			}
			fmt.Fprintln(w)
			if leg.Carrier != "" {
				fmt.Fprintf(w, "  %s\n", text.Inert(strings.TrimSpace(leg.Carrier+"  "+leg.Website)))
			}
			var rows [][]string
			for _, e := range leg.Events {
				out := e.What
				if e.Where != "" {
					out = strings.TrimPrefix(out+", "+e.Where, ", ")
				}
				rows = append(rows, []string{e.Time, e.Status, out})
			}
			app.WriteRows(w, "  ", rows)
		}
		fmt.Fprintln(w)
		return nil
	}
}

func statusText(live *tracking.Live) string {
	switch {
	case live.Status == "":
		return "(no status)"
	case live.Substatus == "" || live.Substatus == live.Status:
		return live.Status
	}
	return live.Status + " (" + live.Substatus + ")"
}

// wayText returns a parcel's origin, destination and time in transit in one line;
// "" when nothing is known.
func wayText(live *tracking.Live) string {
	var parts []string
	switch {
	case live.Origin != "" && live.Destination != "":
		parts = append(parts, live.Origin+" to "+live.Destination)
	case live.Origin != "":
		parts = append(parts, "from "+live.Origin)
	case live.Destination != "":
		parts = append(parts, "to "+live.Destination)
	}
	if live.DaysUnderWay != nil {
		parts = append(parts, text.Plural(*live.DaysUnderWay, "day")+" under way")
	}
	if live.DaysOld != nil {
		parts = append(parts, text.Plural(*live.DaysOld, "day")+" since the last event")
	}
	return strings.Join(parts, ", ")
}
