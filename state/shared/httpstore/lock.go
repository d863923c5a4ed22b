package httpstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/tmsync/tmsync/state/shared"
)

// Lock locks the head and then the state with one id. Terraform's own commands thus
// keep off the state as well. Info is in Terraform's form already.
func (l locking) Lock(ctx context.Context, id string, info []byte) error {
	method := or(l.config.LockMethod, "LOCK")
	if err := l.ask(ctx, true, method, l.head.lock, id, info); err != nil {
		return err
	}
	if err := l.ask(ctx, true, method, l.state.lock, id, info); err != nil {
		return errors.Join(err, l.unlock(ctx, l.head, id))
	}
	l.mu.Lock()
	l.lockID = id
	l.mu.Unlock()
	return nil
}

// Unlock releases what the id holds, the state first.
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
	body, err := json.Marshal(map[string]string{"ID": id})
	if err != nil {
		return err
	}
	with := *r.unlock
	query := with.Query()
	query.Set("ID", id)
	with.RawQuery = query.Encode()
	return l.ask(ctx, false, or(l.config.UnlockMethod, "UNLOCK"), &with, id, body)
}

// ask sends a lock or the end of one. A lock that is ours already, after an answer
// that was lost, is ours. One that is not there needs no end: GitLab then refuses
// with nobody's name.
func (l locking) ask(ctx context.Context, locks bool, method string, u *url.URL, id string, body []byte) error {
	a, err := l.do(ctx, method, u, body)
	switch {
	case err != nil:
		return err
	case a.ok(), !locks && a.status == http.StatusNotFound:
		return nil
	case a.status == http.StatusConflict, a.status == http.StatusLocked, a.status == http.StatusPreconditionFailed:
		held := a.lockedBy(body)
		if locks && held.ID == id || !locks && held.ID == "" {
			return nil
		}
		return held
	}
	err = a.refusal("the lock")
	if a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed || a.status == http.StatusNotImplemented {
		err = fmt.Errorf("%w; where the service keeps its locks say lock_address and unlock_address, and how it wants them lock_method and unlock_method", err)
	}
	return err
}

// lockedBy reads who holds the lock, as far as the service tells. GitLab tells the
// holder's id, user and time, and of the rest what it was asked with: that is ours.
func (a answer) lockedBy(asked []byte) *shared.ServiceLockedError {
	var theirs, ours map[string]any
	if json.Unmarshal(a.body, &theirs) != nil {
		return &shared.ServiceLockedError{}
	}
	id, _ := theirs["ID"].(string)
	if json.Unmarshal(asked, &ours) == nil && ours["ID"] != id {
		for _, member := range []string{"Operation", "Info", "Version", "Path"} {
			if theirs[member] == ours[member] {
				delete(theirs, member)
			}
		}
	}
	info, err := json.Marshal(theirs)
	if err != nil {
		return &shared.ServiceLockedError{ID: id}
	}
	return &shared.ServiceLockedError{ID: id, Info: info}
}

// held is the id of the service's lock while this run has it.
func (e *engine) held() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lockID
}
