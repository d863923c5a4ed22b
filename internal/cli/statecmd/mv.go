package statecmd

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

func stateMvCommand() app.Command {
	return app.Command{
		Name: "state mv", Args: "FROM TO", Complete: app.CompleteKnownAddress, Summary: "Move trackings in the state to another address",
		Examples: `
# another name for a block, or for one instance of it
tmsync state mv tracking.packet tracking.parcel
tmsync state mv 'tracking.parcel["A-1"]' 'tracking.parcel["A-2"]'`,
		Help: `
Moves one tracking, or all instances of a block, to an address that nothing has
yet. Nothing is sent. The configuration must say the same; a moved block there
does this for everybody who has a state. A block that is only renamed, its keys
as they were, needs neither.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o app.OpenOptions
			o.PlaceLockFlags(fs)
			dryRun := dryRunFlag(fs)
			return func(ctx context.Context, args []string) error {
				if len(args) != 2 {
					return app.Fail("Two addresses are needed", "Name the present address and the new one: tmsync state mv FROM TO. In a shell, an address with a key needs single quotes around it.")
				}
				from, err := tracking.ParseStateAddr(args[0])
				to, err2 := tracking.ParseAddr(args[1])
				if err = cmp.Or(err, err2); err != nil {
					return app.Fail("Invalid address", text.Sentence(err))
				}
				return editState(ctx, a, &o, state.OpenOptions{Operation: "state mv"}, *dryRun, func(e *edit) error {
					return e.move(ctx, from, to)
				})
			}
		},
	}
}

func dryRunFlag(fs *pflag.FlagSet) *bool {
	return fs.Bool("dry-run", false, "show what would be done, and write nothing")
}

// move returns new addresses to a tracking or to the instances of a block.
func (e *edit) move(ctx context.Context, from, to tracking.Addr) error {
	st := e.session.State()
	meant := tracking.Resolve([]tracking.Pattern{tracking.Literal(from)}, st.Names)[0]
	var effects []state.Effect
	var addrs []tracking.Addr
	var lines []string
	for i := range st.Records {
		rec := st.Records[i]
		if !meant.MatchAddr(rec.Addr) {
			continue
		}
		old := rec.Addr
		rec.Addr = to + old[len(from):]
		effects = append(effects, state.Effect{Addr: old}, state.Effect{Addr: rec.Addr, Record: &rec})
		addrs = append(addrs, old, rec.Addr)
		lines = append(lines, fmt.Sprintf("%s to %s", old, rec.Addr))
	}
	if detail := unmovable(st, from, to, addrs); detail != "" {
		return app.Fail("Invalid move", text.Inert(detail))
	}
	if err := e.carryOut(ctx, addrs, effects, lines, "Move", "Would move"); err != nil {
		return err
	}
	if !e.dryRun {
		fmt.Fprintf(e.app.Stdout, "Successfully moved %s.\n", text.Plural(len(lines), "tracking"))
	}
	return nil
}

// unmovable returns why a move is not possible; "" when it is. addrs are the old
// and new addresses, in pairs.
func unmovable(st *state.State, from, to tracking.Addr, addrs []tracking.Addr) string {
	if len(addrs) == 0 {
		return fmt.Sprintf("Cannot move %s: it does not match anything in the state. For the addresses it has: tmsync state list.", from)
	}
	moved := make(map[tracking.Addr]bool)
	for i := 0; i < len(addrs); i += 2 {
		old, now := addrs[i], addrs[i+1]
		moved[old] = true
		keyed := strings.HasPrefix(string(old[len(from):]), "[")
		switch {
		case keyed && to != to.Block():
			return fmt.Sprintf("Cannot move %s to %s: the first is a block with instances such as %s, so the second must be a block, too.", from, to, old)
		case now == now.Block() && strings.HasPrefix(string(now), "trackings."):
			return fmt.Sprintf("Cannot move %s to %s: the trackings of a CSV file have a key each. Write one, such as %s.", from, to, now.Index("A-1"))
		}
	}
	for i := range st.Records {
		if addr := st.Records[i].Addr; addr.Within(to) && !moved[addr] {
			return fmt.Sprintf("Cannot move to %s: the state has a tracking there already, %s.", to, addr)
		}
	}
	if from == to {
		return fmt.Sprintf("Cannot move %s to itself.", from)
	}
	return ""
}
