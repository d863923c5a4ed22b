package shared

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// How the probe races.
const (
	probeRounds = 3
	probeRacers = 16
	probeTries  = 20 // in all, where answers are lost
)

// ProbeError is returned for a store that cannot keep two runs apart.
type ProbeError struct {
	State string
	Found string // what it has done
}

func (e *ProbeError) Error() string {
	return fmt.Sprintf("the store of %s does not keep the conditions of conditional writes (%s): it ignores conditions, or checks them without a lock; "+
		"two runs could both win. Use a store with conditional writes", e.State, e.Found)
}

// probe reports whether the store fences: whether it refuses a second write from one
// version, alone and in a race. A service that does not may have locks of its own
// instead. The error is a *ProbeError where there is neither.
func (s *link) probe(ctx context.Context) (fenced bool, err error) {
	found, err := s.tryConditions(ctx)
	if err != nil {
		return false, fmt.Errorf("trying whether the store of %s keeps conditions: %w", s.Name(), err)
	}
	if found == "" {
		return true, nil
	}
	service, has := s.engine.(Locker)
	if has {
		var locks bool
		if locks, err = s.tryLocks(ctx, service); locks || err != nil {
			return false, err
		}
		found += ", and it gives one lock to two"
	}
	return false, &ProbeError{s.Name(), found}
}

// tryConditions returns what the store has done that it must not; "" for nothing. What
// was not answered proves nothing, and is tried again.
func (s *link) tryConditions(ctx context.Context) (found string, err error) {
	for proven, tries := 0, 0; proven < 2+probeRounds; tries++ {
		if tries == probeTries {
			return "", errors.Join(errors.New("too few of its answers have come"), err)
		}
		switch proven {
		case 0:
			found, err = s.oneByOne(ctx)
		case 1:
			found, err = s.torn(ctx)
		default:
			found, err = s.race(ctx, probeRacers+tries%3) // another number, for answers that are lost at a beat
		}
		switch {
		case found != "":
			return found, nil
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		case permanent(err):
			return "", err
		case err == nil:
			proven++
		default:
			if err := sleep(ctx, firstWait); err != nil {
				return "", err
			}
		}
	}
	return "", nil
}

// oneByOne writes what must be refused.
func (s *link) oneByOne(ctx context.Context) (found string, err error) {
	r := s.engine.Probe("probe-" + strings.ToLower(rand.Text()))
	defer func() { _ = call(ctx, headTime, r.Remove) }()
	version, twice, err := untilRefused(ctx, r, "")
	if twice {
		return "it has created what was there", nil
	}
	if err != nil || version == "" {
		return "", errors.Join(errors.New("no write was answered"), err)
	}
	if _, twice, err = untilRefused(ctx, r, version); twice {
		return "it has replaced a version that was not there any more", nil
	}
	return "", err
}

// untilRefused writes from one version until that is refused. It returns the version
// that was written, where an answer has told it, and reports whether two were.
func untilRefused(ctx context.Context, r Register, old string) (version string, twice bool, err error) {
	const tries = 8
	for range tries {
		var v string
		switch v, err = try(ctx, r, old); {
		case errors.Is(err, ErrConflict):
			return version, false, nil
		case err == nil && version != "":
			return version, true, nil
		case err == nil:
			version = v
		}
	}
	return "", false, err
}

// try writes something new.
func try(ctx context.Context, r Register, old string) (version string, err error) {
	data := fmt.Appendf(nil, `{"probe":%q}`, rand.Text())
	err = call(ctx, headTime, func(ctx context.Context) (err error) {
		version, err = r.Swap(ctx, old, data)
		return err
	})
	return version, err
}

// race lets many writers create one value at once, and many replace it.
func (s *link) race(ctx context.Context, racers int) (found string, err error) {
	r := s.engine.Probe("probe-" + strings.ToLower(rand.Text()))
	defer func() { _ = call(ctx, headTime, r.Remove) }()
	version := ""
	for range 2 {
		var mu sync.Mutex
		var wg sync.WaitGroup
		var won []string
		var failed error
		for range racers {
			wg.Go(func() {
				v, err := try(ctx, r, version)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won = append(won, v)
				} else if !errors.Is(err, ErrConflict) {
					failed = err // one stands for all
				}
			})
		}
		wg.Wait()
		switch {
		case len(won) > 1:
			return fmt.Sprintf("of %d writers at once %d have won", racers, len(won)), nil
		case len(won) == 0 && failed != nil:
			return "", failed
		case len(won) == 0:
			return "", errors.New("of many writers at once none has won")
		}
		version = won[0]
	}
	return "", nil
}

// torn reads while it writes. A store that tells an older content under the name of a
// newer version lets a run replace what it has never seen. A newer content under an
// older name is harmless: what is written from it is refused.
func (s *link) torn(ctx context.Context) (found string, err error) {
	const writes, readers = 12, 4
	r := s.engine.Probe("probe-" + strings.ToLower(rand.Text()))
	defer func() { _ = call(ctx, headTime, r.Remove) }()
	var wg sync.WaitGroup
	var mu sync.Mutex
	type reading struct{ version, data string }
	read := map[reading]bool{}
	w := chain{r: r, versions: map[string]int{}, contents: map[string]int{}}
	if err := w.write(ctx); err != nil {
		return "", err
	}
	for range readers {
		wg.Go(func() {
			for range writes {
				var data []byte
				var version string
				if call(ctx, headTime, func(ctx context.Context) (err error) {
					data, version, err = r.Read(ctx)
					return err
				}) != nil {
					continue // it proves nothing
				}
				mu.Lock()
				read[reading{version, string(data)}] = true
				mu.Unlock()
			}
		})
	}
	for range writes {
		if err = w.write(ctx); err != nil {
			break
		}
	}
	wg.Wait()
	for one := range read {
		if version, known := w.versions[one.version]; known && w.contents[one.data] < version {
			return "while it was written to, it has told an older content under the name of a newer version", nil
		}
	}
	return "", err
}

// chain is one value that is replaced again and again, and the order of that.
type chain struct {
	r                  Register
	version            string
	n                  int
	versions, contents map[string]int
}

// write writes the next value. Where the answer is lost, the version is that of what
// is there.
func (c *chain) write(ctx context.Context) error {
	c.n++
	data := fmt.Sprintf(`{"probe":%q}`, rand.Text())
	c.contents[data] = c.n
	old := c.version
	err := call(ctx, headTime, func(ctx context.Context) (err error) {
		c.version, err = c.r.Swap(ctx, old, []byte(data))
		return err
	})
	if err == nil {
		c.versions[c.version] = c.n
		return nil
	}
	if permanent(err) && !errors.Is(err, ErrConflict) {
		return err
	}
	return call(ctx, headTime, func(ctx context.Context) (err error) {
		_, c.version, err = c.r.Read(ctx)
		return err
	})
}

// tryLocks reports whether the service's own lock keeps a second one out.
func (s *link) tryLocks(ctx context.Context, service Locker) (bool, error) {
	ids := [2]string{"probe-" + rand.Text(), "probe-" + rand.Text()}
	info := func(id string) []byte {
		return fmt.Appendf(nil, `{"ID":%q,"Operation":"probe","Info":"","Who":"tmsync","Version":"","Created":"2026-01-01T00:00:00Z","Path":%q}`, id, s.Name())
	}
	lock := func(id string) error {
		return s.retryLock(ctx, func(ctx context.Context) error { return service.Lock(ctx, id, info(id)) })
	}
	if err := lock(ids[0]); err != nil {
		if errors.As(err, new(*ServiceLockedError)) {
			return true, nil // as it should
		}
		return false, err
	}
	err := lock(ids[1])
	kept := errors.As(err, new(*ServiceLockedError))
	if kept {
		err = nil
	}
	return kept, errors.Join(err, s.unlockService(ctx, ids[0]))
}
