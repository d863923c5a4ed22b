package httpstore

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/tmsync/tmsync/state/shared"
)

// lockInfo is Terraform's. GitLab asks for every member.
type lockInfo struct {
	ID        string
	Operation string
	Info      string // ours, as it was given
	Who       string
	Version   string
	Created   string
	Path      string
}

// Lock locks the head and then the state with one id. So Terraform's own commands
// keep off the state as well.
func (l locking) Lock(ctx context.Context, id string, info []byte) error {
	body, err := json.Marshal(lockInfo{
		ID: id, Operation: "tmsync", Info: string(info), Who: who(info), Created: time.Now().UTC().Format(time.RFC3339), Path: l.Name(),
	})
	if err != nil {
		return err
	}
	method := or(l.config.LockMethod, "LOCK")
	if err := l.ask(ctx, "locking", method, l.head.lock, id, body); err != nil {
		return err
	}
	if err := l.ask(ctx, "locking", method, l.state.lock, id, body); err != nil {
		return errors.Join(err, l.unlock(ctx, l.head, id))
	}
	l.mu.Lock()
	l.lockID = id
	l.mu.Unlock()
	return nil
}

// Unlock gives back what the id holds, the state first.
func (l locking) Unlock(ctx context.Context, id string) error {
	err := errors.Join(l.unlock(ctx, l.state, id), l.unlock(ctx, l.head, id))
	l.mu.Lock()
	if l.lockID == id {
		l.lockID = ""
	}
	l.mu.Unlock()
	return err
}

// unlock sends the id twice: GitLab breaks anybody's lock where none arrives, and a
// proxy may drop the body of a DELETE.
func (l locking) unlock(ctx context.Context, r resource, id string) error {
	body, err := json.Marshal(lockInfo{ID: id})
	if err != nil {
		return err
	}
	with := *r.unlock
	query := with.Query()
	query.Set("ID", id)
	with.RawQuery = query.Encode()
	return l.ask(ctx, "unlocking", or(l.config.UnlockMethod, "UNLOCK"), &with, id, body)
}

// ask sends a lock or the end of one. A lock that is ours already, after an answer
// that was lost, is ours; one that is not there needs no end.
func (l locking) ask(ctx context.Context, what, method string, u *url.URL, id string, body []byte) error {
	a, err := l.do(ctx, method, u, body)
	switch {
	case err != nil:
		return err
	case a.ok(), what == "unlocking" && a.status == http.StatusNotFound:
		return nil
	case a.status == http.StatusConflict, a.status == http.StatusLocked, a.status == http.StatusPreconditionFailed:
		held := a.lockedBy()
		if what == "locking" && held.ID == id {
			return nil
		}
		return held
	}
	return a.refusal(what)
}

// lockedBy reads who holds the lock, as far as the service tells.
func (a answer) lockedBy() *shared.ServiceLockedError {
	var info lockInfo
	if json.Unmarshal(a.body, &info) != nil {
		return &shared.ServiceLockedError{}
	}
	locked := &shared.ServiceLockedError{ID: info.ID}
	if info.Info != "" {
		locked.Info = []byte(info.Info)
	}
	return locked
}

// who is the holder's name, which the service shows.
func who(info []byte) string {
	var holder struct{ Who, Host string }
	if json.Unmarshal(info, &holder) != nil || holder.Who == "" {
		return "tmsync"
	}
	if holder.Host == "" {
		return holder.Who
	}
	return holder.Who + "@" + holder.Host
}

// held is the id of the service's lock while this run has it.
func (e *engine) held() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lockID
}
