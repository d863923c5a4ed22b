package statecmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/state"
)

func forceUnlockCommand() app.Command {
	return app.Command{
		Name: "force-unlock", Args: "[LOCK_ID]", Summary: "Show who holds the lock of the state, and what to do about it",
		Examples: `
tmsync force-unlock`,
		Help: `
The lock is the kernel's: it ends with the process that holds it, however that
dies, so none is ever left behind, and none can be broken. While somebody holds it,
this shows who, and whether that process is still there. When nobody does, it
removes the name that the last holder left. A LOCK_ID must be that of the lock.

Exit codes: 0 when nobody holds the lock; 5 when somebody does.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o app.OpenOptions
			o.PlaceFlags(fs)
			fs.Bool("force", false, "accepted for compatibility; has no effect")
			return func(ctx context.Context, args []string) error {
				if len(args) > 1 {
					return app.Fail("Too many arguments", "Name one lock at most: tmsync force-unlock LOCK_ID.")
				}
				return forceUnlock(ctx, a, &o, args)
			}
		},
	}
}

func forceUnlock(ctx context.Context, a *app.App, o *app.OpenOptions, id []string) error {
	store, err := a.StateStore(ctx, o, engine.Reading)
	if err != nil {
		return err
	}
	left, err := store.ClearLock(ctx)
	var locked *state.LockedError
	switch {
	case errors.As(err, &locked):
		return explainLock(a, locked, text.Inert(store.LockName()), id)
	case err != nil:
		return app.Fail("The lock could not be looked at", text.Sentence(err))
	}
	fmt.Fprintf(a.Stdout, "Nothing to unlock: nobody holds the lock of %s.\n", text.Inert(store.Name()))
	if left != nil {
		fmt.Fprintf(a.Stdout, "The last one to hold it has left its name, which is cleared now: %s.\n", left)
	}
	return nil
}

// explainLock returns an error that names a lock's holder and how it can end.
func explainLock(a *app.App, locked *state.LockedError, lockName string, id []string) error {
	h := locked.Holder
	if h == nil {
		h = &state.Info{}
	}
	if len(id) == 1 && h.ID != id[0] {
		return app.Fail("Another lock", fmt.Sprintf("The state is locked, but not by the lock %s: %s. Nothing was changed.", text.Inert(id[0]), holderText(h)))
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
