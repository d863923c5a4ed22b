package shared

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// serviceInfo is what the lock of a service says, in the form of Terraform's.
type serviceInfo struct {
	ID, Operation, Info, Who, Version, Path string
	Created                                 time.Time
}

// lockService takes the service's own lock, where it has one. That of a holder who
// is dead is broken first, by its id: if somebody else was quicker it is another's.
func (s *link) lockService(ctx context.Context, mine, before *lockInfo) error {
	service, has := s.engine.(Locker)
	if !has {
		return nil
	}
	if before != nil {
		if err := s.unlockService(ctx, before.ID); err != nil {
			return err
		}
	}
	whole, err := json.Marshal(mine)
	if err != nil {
		return err
	}
	text, err := json.Marshal(serviceInfo{
		ID: mine.ID, Operation: mine.Operation, Info: string(whole), Who: mine.Who + "@" + mine.Host,
		Version: mine.Tool, Path: s.Name(), Created: mine.Since,
	})
	if err != nil {
		return err
	}
	return s.retryLock(ctx, func(ctx context.Context) error {
		err := service.Lock(ctx, mine.ID, text)
		var locked *ServiceLockedError
		if errors.As(err, &locked) && locked.ID == mine.ID {
			return nil // the answer to an earlier attempt was lost
		}
		return err
	})
}

func (s *link) unlockService(ctx context.Context, id string) error {
	service, has := s.engine.(Locker)
	if !has {
		return nil
	}
	return s.retryLock(ctx, func(ctx context.Context) error { return service.Unlock(ctx, id) })
}

// retryLock asks about the service's lock until there is an answer.
func (s *link) retryLock(ctx context.Context, ask func(context.Context) error) error {
	var locked *ServiceLockedError
	err := s.retry(ctx, headTime, readFor, func(ctx context.Context) error {
		err := ask(ctx)
		if errors.As(err, &locked) {
			return nil
		}
		return err
	})
	if locked != nil {
		return locked
	}
	return err
}

// readService reads who holds a service's lock, as far as that can be told.
func readService(e *ServiceLockedError) *lockInfo {
	var outer serviceInfo
	l := &lockInfo{}
	if json.Unmarshal(e.Info, &outer) == nil && json.Unmarshal([]byte(outer.Info), l) != nil {
		l = &lockInfo{Operation: outer.Operation, Who: outer.Who, Tool: outer.Version, Since: outer.Created}
	}
	if l.ID = e.ID; l.TTL <= 0 {
		l.TTL = leastTTL.Milliseconds()
	}
	return l
}
