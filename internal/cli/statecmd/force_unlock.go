package statecmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/state"
)

func forceUnlockCommand() app.Command {
	return app.Command{
		Name: "force-unlock", Args: "[LOCK_ID]", Summary: "Show who holds the state's lock, or take it away",
		Examples: `
tmsync force-unlock

# of a shared state, when its holder hangs
tmsync force-unlock 5HJ2K6QY7W3N4ZB8T1VXRDAFGE`,
		Help: `
Without LOCK_ID, says who holds the lock. With the one that is said there, it
takes the lock of a shared state away; on a terminal it asks first. A holder
that lives finds out before its next request, and ends; what it has sent is in
the shared journal. There is seldom need to: a holder that has died is found
out by the next run, which takes over by itself, within 150 seconds by default.

The lock of a state in a file is the kernel's: it ends with the process that
holds it, however that dies, so none is ever left behind, and none can be
broken. Then the command shows if the process is still there, and clears the
name that the last one has left.

Exit codes: 0 when nobody holds the lock, or it was taken away; 1 when LOCK_ID
is that of another lock, or of none; 5 when somebody holds the lock.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o app.OpenOptions
			o.PlaceFlags(fs)
			force := fs.Bool("force", false, "do not ask")
			return func(ctx context.Context, args []string) error {
				if len(args) > 1 {
					return app.Fail("Too many arguments", "Name one lock at most: tmsync force-unlock LOCK_ID.")
				}
				return forceUnlock(ctx, a, &o, args, *force)
			}
		},
	}
}

func forceUnlock(ctx context.Context, a *app.App, o *app.OpenOptions, id []string, force bool) error {
	store, err := a.StateStore(ctx, o, engine.Reading)
	if err != nil {
		return err
	}
	if shared, can := store.(state.Breakable); can {
		return breakLock(ctx, a, store.Name(), shared, id, force)
	}
	left, err := store.ClearLock(ctx)
	var locked *state.LockedError
	switch {
	case errors.As(err, &locked):
		return explainLock(a, locked, text.Inert(store.LockName()), id)
	case err != nil:
		return app.Fail("The lock could not be looked at", text.Sentence(err))
	}
	if len(id) == 1 && (left == nil || left.ID != id[0]) {
		return noLock(text.Inert(store.Name()), id[0], left)
	}
	fmt.Fprintf(a.Stdout, "Nothing to unlock: nobody holds the lock of %s.\n", text.Inert(store.Name()))
	if left != nil {
		fmt.Fprintf(a.Stdout, "The last one to hold it has left its name, which is cleared now: %s.\n", left)
	}
	return nil
}

// breakLock takes the lock of a shared state away, if it is that of id.
func breakLock(ctx context.Context, a *app.App, name string, lock state.Breakable, id []string, force bool) error {
	name = text.Inert(name)
	holder, err := lock.Holder(ctx)
	switch {
	case err != nil:
		return app.Fail("The lock could not be looked at", text.Sentence(err))
	case holder == nil && len(id) == 0:
		fmt.Fprintf(a.Stdout, "Nothing to unlock: nobody holds the lock of %s.\n", name)
		return nil
	case holder == nil:
		return noLock(name, id[0], nil)
	case len(id) == 0:
		return app.FailWith(app.Locked, "The state is locked", fmt.Sprintf("Somebody holds the lock of %s: %s. Wait until it has ended; --lock-timeout=5m lets a command wait for it. "+
			"A holder that has died is found out by the next run, which takes over by itself. One that hangs loses its lock by tmsync force-unlock %s.", name, holderText(holder), text.Inert(holder.ID)))
	case holder.ID != id[0]:
		return otherLock(holder, id[0])
	}
	if a.StdinTerminal && !force && !confirm(a, name, holder) {
		return app.Fail("Force-unlock cancelled", "Nothing was changed.")
	}
	if err := lock.BreakLock(ctx, id[0]); errors.Is(err, state.ErrOtherLock) {
		return app.Fail("Another lock", fmt.Sprintf("The lock %s has ended meanwhile. Nothing was changed.", text.Inert(id[0])))
	} else if err != nil {
		return app.Fail("The lock could not be taken away", text.Sentence(err))
	}
	fmt.Fprintf(a.Stdout, "The lock of %s is free: it was taken from %s.\n", name, holderText(holder))
	return nil
}

// confirm asks whether the lock is to be taken away.
func confirm(a *app.App, name string, holder *state.Info) bool {
	fmt.Fprintf(a.Stdout, "%s\n  The lock of %s is held by: %s.\n  If that run is still at work, it stops before its next request.\n  Only \"yes\" will be accepted to approve.\n\n  %s ",
		render.Bold(a.OutStyle(), "Do you want to take the lock away?"), name, holderText(holder), render.Bold(a.OutStyle(), "Enter a value:"))
	line, _ := a.ReadLine()
	return strings.TrimSpace(line) == "yes"
}

// noLock returns the error for a lock that is named while nobody holds any. last is who
// held it before, nil where that is not known.
func noLock(name, id string, last *state.Info) error {
	detail := fmt.Sprintf("Nobody holds the lock of %s, and the lock %s is not there, or not any more.", name, text.Inert(id))
	if last != nil {
		detail += fmt.Sprintf(" The last one to hold it was %s.", last)
	}
	return app.Fail("Another lock", detail)
}

func otherLock(holder *state.Info, id string) error {
	return app.Fail("Another lock", fmt.Sprintf("The state is locked, but not by the lock %s: %s. Nothing was changed.", text.Inert(id), holderText(holder)))
}

// explainLock returns an error that names a lock's holder and how it can end.
func explainLock(a *app.App, locked *state.LockedError, lockName string, id []string) error {
	h := locked.Holder
	if h == nil {
		h = &state.Info{}
	}
	if len(id) == 1 && h.ID != id[0] {
		return otherLock(h, id[0])
	}
	var detail string
	switch {
	case h.PID == 0:
		detail = "The process that holds it has not left its name. Find it with a tool such as lsof or fuser, on the file " + lockName + "."
	case h.Host != a.Host:
		detail = fmt.Sprintf("Whether that process is still there can only be seen on %s. Wait until it has ended, or stop it there.", h.Host)
	case alive(h.PID):
		detail = fmt.Sprintf("That process is still at work on this machine. Wait until it has ended; --lock-timeout=5m lets a command wait for it. If it hangs, stop process %d: "+
			"with Ctrl-C it finishes the request under way and notes its outcome.", h.PID)
	default:
		detail = "That process cannot be seen here any more, but the lock is held all the same: by a process that it has started, by one in another container, or by one that has not left its name. " +
			"Find it with a tool such as lsof or fuser, on the file " + lockName + "."
	}
	return app.FailWith(app.Locked, "The state is locked", fmt.Sprintf("Somebody holds the lock of %s: %s. %s The lock is the kernel's and ends with the process that holds it; there is no other way to break it. Do not remove the file: two runs would then work side by side.",
		text.Inert(locked.State), holderText(h), detail))
}

func holderText(h *state.Info) string {
	if text := h.String(); text != "" {
		return text
	}
	return "nobody knows who"
}

// alive reports whether there is a process of this number on this machine. One that
// we may not send anything to is there as well.
func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	return !errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}
