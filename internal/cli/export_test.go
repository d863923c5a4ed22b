package cli

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/tmsync/tmsync/internal/render"
)

// What the tests look at from inside.

// Watchdog is what looks after the reading of a configuration.
type Watchdog = watchdog

// Glance is what it sees at one time.
type Glance struct {
	At         time.Time
	Work       time.Duration
	Steps      uint64
	Size       uint64
	Left, Held uint64
}

// Look shows the watchdog something.
func Look(w *Watchdog, g Glance) string {
	return w.look(glance{g.At, g.Work, g.Steps, g.Size, g.Left, g.Held})
}

// PlanOptions parses the flags of plan and apply, and writes what differs from the
// options without flags: "refresh=full noLock=true".
func PlanOptions(args []string) (string, error) {
	parse := func(args []string) (planOptions, error) {
		var o planOptions
		fs := newFlagSet("plan")
		o.flags(fs)
		fs.BoolVar(&o.destroy, "destroy", false, "")
		if err := fs.Parse(longFlags(args)); err != nil {
			return o, err
		}
		return o, o.check()
	}
	o, err := parse(args)
	if err != nil {
		return "", err
	}
	none, err := parse(nil)
	return strings.Join(differences(reflect.ValueOf(o), reflect.ValueOf(none)), " "), err
}

func differences(o, none reflect.Value) []string {
	var out []string
	for i := range o.NumField() {
		name, v := o.Type().Field(i), o.Field(i)
		switch text := fmt.Sprintf("%v", v); {
		case name.Anonymous:
			out = append(out, differences(v, none.Field(i))...)
		case text != fmt.Sprintf("%v", none.Field(i)):
			out = append(out, name.Name+"="+text)
		}
	}
	return out
}

// Progress gives what a log and a stream of events hear when so much is done at
// these times.
func Progress(at []time.Duration, done []int, total int) (log, events string) {
	var text, stream strings.Builder
	now := time.Unix(0, 0).UTC()
	a := &app{Env: Env{Stderr: &text, Now: func() time.Time { return now }}}
	a.rec = &recorder{app: a, opts: &reportOptions{}, stream: render.NewStream(&stream, a.Now, "0.1.0")}
	p, start := a.progress("Applying"), now
	for i := range at {
		now = start.Add(at[i])
		p.event(done[i], total)
	}
	p.clear()
	return text.String(), stream.String()
}
