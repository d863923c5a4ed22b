package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/state"
)

// OpenState opens a state. Of opts it takes what is to be done; who does it, and with
// which key and lock, the options say.
func OpenState(ctx context.Context, store state.Managed, o Options, opts state.OpenOptions) (*state.Session, error) {
	opts.Who, opts.Host, opts.PID, opts.Tool, opts.Now = o.State.Who, o.State.Host, o.State.PID, o.Version, o.Now
	opts.LockTimeout, opts.NoLock, opts.StateKey = o.State.LockTimeout, o.State.NoLock, o.State.Key
	opts.Ahead = o.State.Ahead
	if opts.NoLock && !opts.ReadOnly { // who takes the lock finds out by that
		if err := store.Prepare(ctx); err != nil {
			return nil, Because(Failure, "The state cannot be written", err)
		}
	}
	session, err := state.Open(ctx, store, opts)
	switch {
	case errors.As(err, new(*state.LockedError)):
		return nil, Because(Locked, "The state is locked", err)
	case errors.As(err, new(*state.UnsignedError)):
		return nil, Because(Failure, "The state is not believed", err)
	case err != nil:
		return nil, Because(Failure, "The state cannot be opened", err)
	}
	if names := store.Exposed(); len(names) > 0 && !o.State.Disposable {
		o.warn("Everybody may write where the state is",
			fmt.Sprintf("Everybody on this machine may write to %s, and could put a state of their own there. Take that right away (chmod o-w), "+
				"or move the files to a directory of yours. What tmsync writes is readable by you alone.", text.Inert(strings.Join(names, " and to "))))
	}
	return session, nil
}

// NoticeOlder warns when somebody has edited the state, or has put an older one back.
// That is a mistake or the way back to an older commit; it is harmless.
func (o Options) NoticeOlder(session *state.Session) {
	if session.Edited() {
		o.warn("The state was edited since the last run",
			"It has the serial that the last run in this place has written, and another content. A line that somebody has put into it would have a tracking deleted that is not yours. "+
				"If this was not you, put the backup or a version of before back. With TMSYNC_STATE_KEY set, such a state is refused.")
	}
	b := session.RolledBack()
	if b == nil {
		return
	}
	summary, now := "The state is older", fmt.Sprintf("is serial %d", b.To)
	if b.To == 0 {
		summary, now = "The state is gone", "is not there"
	}
	o.warn(summary, fmt.Sprintf("A run in this directory has seen serial %d of the state, and the state %s. If that is a mistake, put the newer one back, from its backup or "+
		"from version control. Otherwise go on: what was created since is adopted where it is declared, and left alone where it is not.", b.From, now))
}
