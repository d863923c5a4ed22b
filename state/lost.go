package state

import (
	"context"
	"errors"
	"fmt"
)

// LostError is returned when something that a run rests on is taken away: its
// state, its journal, its lock, or the directory of them. Nothing can be written
// any more.
type LostError struct {
	// Cause is what was taken away.
	Cause error
	// Known is where the run's knowledge is now, and what to do.
	Known string
}

func (e *LostError) Error() string { return e.Cause.Error() + "; " + e.Known }

// Unwrap returns the cause.
func (e *LostError) Unwrap() error { return e.Cause }

// ErrRemoved is returned when a file was removed that a run rests on.
var ErrRemoved = errors.New("it was removed while this run was going on, by git clean perhaps")

// lost reports whether an error means that something was taken away. A journal in
// which another run has written is that run's.
func lost(err error) bool { return errors.Is(err, ErrRemoved) || errors.Is(err, ErrConflict) }

// held checks that what the run rests on is as it has left it. It does so before
// each request and before the state is written.
func (s *Session) held() error {
	err := s.store.Held(context.Background(), s.version)
	if err == nil {
		err = s.journal.Check(context.Background())
	}
	return err
}

// Hold makes sure that the run may send a request now: in a store that machines
// share a lock does not hold by itself. It is asked just before a request leaves,
// and also before it is sent again.
func (s *Session) Hold(ctx context.Context) error {
	if s.opts.ReadOnly || s.opts.NoLock {
		return nil
	}
	return s.store.Hold(ctx)
}

// give returns an error of held or of writing, which is final. Where something was
// taken away, what the run knows is written to where that is possible.
func (s *Session) give(err error) error {
	if !lost(err) || s.opts.ReadOnly {
		return s.fail(err)
	}
	known, serr := s.salvage()
	switch {
	case serr != nil && errors.Is(err, ErrConflict):
		return s.fail(err) // a run beside this one; what this one knows is in its journal
	case serr != nil:
		known = s.salvageElsewhere(serr)
	}
	return s.fail(&LostError{Cause: err, Known: "nothing more was sent. " + known})
}

// salvager is a store that can be recreated, or replaced by another one.
type salvager interface {
	// Retake recreates what belongs to the state, and takes the lock.
	Retake() error
	// Elsewhere returns an empty store in another place that is for this run alone.
	Elsewhere() (Store, string, error)
}

// salvage writes the run's knowledge to its own place, and returns what it did.
// Where another state is there by now, only the journal is written.
func (s *Session) salvage() (string, error) {
	store, can := s.store.(salvager)
	if !can {
		return "", errors.New("it cannot be made whole again")
	}
	if err := store.Retake(); err != nil {
		return "", err
	}
	r, now, err := s.store.Read(context.Background())
	if err != nil {
		return "", err
	}
	var other *State
	if r != nil {
		if now != s.version {
			other, err = ReadAsIs(r)
		}
		if err = errors.Join(err, r.Close()); err != nil {
			return "", err
		}
	}
	if err := s.seize(); err != nil {
		return "", err
	}
	if other != nil {
		return s.salvageBeside(other)
	}
	return s.salvageInto(s.store, now)
}

// seize reads the journal that is there: another run's is not replaced.
func (s *Session) seize() error {
	if err := s.journal.Check(context.Background()); err != nil && !errors.Is(err, ErrRemoved) {
		return err
	}
	r, err := s.journal.Read(context.Background())
	if r != nil {
		err = errors.Join(err, r.Close())
	}
	return err
}

// salvageBeside writes the run's knowledge to the journal alone, beside another
// state: on top of that one if it is of the same lineage, else as it is.
func (s *Session) salvageBeside(other *State) (string, error) {
	st := s.State()
	if other.Lineage == st.Lineage {
		next := st.with(st.Records)
		next.Serial = other.Serial
		s.state = next
	}
	if err := s.journal.Reset(context.Background(), s.afresh()); err != nil {
		return "", err
	}
	if other.Lineage != st.Lineage {
		return fmt.Sprintf("What this run has done is in the journal %s; %s is of another lineage now: put the one before back, then run tmsync apply again", s.journal.Name(), s.store.Name()), nil
	}
	return fmt.Sprintf("What this run has done is in the journal %s, from where the next one takes it over: run tmsync apply again", s.journal.Name()), nil
}

// salvageInto writes state and journal into a store in which old is.
func (s *Session) salvageInto(store Store, old Version) (string, error) {
	next, journal := s.Folded(), store.Journal()
	if next.Serial > 0 && (old == "" || next != s.state) {
		version, err := store.Swap(context.Background(), old, next.Write)
		if err != nil {
			return "", err
		}
		s.state = next
		clear(s.changed)
		store.SetSeen(Mark{Lineage: next.Lineage, Serial: next.Serial, Sum: version, Plan: s.mark.Plan})
	}
	data, where := []byte(nil), store.Name()
	if len(s.InDoubt()) > 0 {
		data, where = s.afresh(), where+" and "+journal.Name()
	}
	if err := journal.Reset(context.Background(), data); err != nil {
		return "", err
	}
	if next.Serial == 0 && data == nil {
		return "This run has done nothing yet: run tmsync apply again", nil
	}
	return fmt.Sprintf("All that this run knows is in %s: run tmsync apply again", where), nil
}

// salvageElsewhere writes the run's knowledge to another place than its own.
func (s *Session) salvageElsewhere(why error) string {
	store, can := s.store.(salvager)
	err := errors.New("there is no other place for it")
	if can {
		var other Store
		var dir string
		if other, dir, err = store.Elsewhere(); err == nil {
			if _, err = s.salvageInto(other, ""); err == nil {
				return s.elsewhere(dir, why)
			}
		}
	}
	return fmt.Sprintf("What this run knows could not be written anywhere (%v; %v): "+
		"what it has created is adopted by the next apply where it is declared, and has to be looked for at the service where it is not", why, err)
}

// elsewhere returns what to do with what was written to another place. Where the
// state is still there it may be that of a run that has begun since.
func (s *Session) elsewhere(dir string, why error) string {
	text := fmt.Sprintf("What this run knows could not be written there again (%v), so it is in %s now, the state and .tmsync with the journal", why, dir)
	r, now, err := s.store.Read(context.Background())
	if r != nil {
		err = errors.Join(err, r.Close())
	}
	if err == nil && now != "" {
		return text + ". Another run may be at work: let it end, and apply then. What this run has created is adopted where it is declared; what is not declared any more is named there"
	}
	return text + fmt.Sprintf(": copy all of that into the directory of %s, then run tmsync apply again", s.store.Name())
}
