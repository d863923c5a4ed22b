package shared

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
)

// maxTail bounds what the head has of the journal, in bytes.
const maxTail = 64 << 10

// journal is the journal of a state: closed parts, which are blobs, and the tail in
// the head. Every entry is a write of the head: a run that has lost the lock is
// refused before it sends anything.
type journal struct{ s *Store }

// Name is what users call the journal.
func (j *journal) Name() string { return "in " + j.s.Name() }

// Close forgets the head that was read without a lock: another session reads anew.
func (j *journal) Close() error {
	j.s.mu.Lock()
	defer j.s.mu.Unlock()
	j.s.known = j.s.known && j.s.own != nil
	return nil
}

// Check reports what has ended the run's hold, if anything is known to have.
func (j *journal) Check(context.Context) error {
	j.s.mu.Lock()
	defer j.s.mu.Unlock()
	return j.s.lost
}

// Read opens the journal of the head that the state was read with.
func (j *journal) Read(ctx context.Context) (io.ReadCloser, error) {
	s := j.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.current(ctx); err != nil {
		return nil, err
	}
	if s.head.Journal == nil {
		return nil, nil
	}
	serial := uint64(0)
	if s.head.State != nil {
		serial = s.head.State.Serial
	}
	return s.openJournal(ctx, *s.head.Journal, serial), nil
}

// Reset begins the journal anew. Just after the state was replaced that waits for
// what is written next: the head's journal says nothing that the state does not know,
// and what is in doubt is so in both.
func (j *journal) Reset(ctx context.Context, data []byte) error {
	s := j.s
	s.mu.Lock()
	folded, had := s.folded, s.known && s.head.Journal != nil
	s.mu.Unlock()
	var next *journalRef
	if data != nil {
		s.mu.Lock()
		next = &journalRef{Epoch: s.head.Epoch, First: s.part}
		s.mu.Unlock()
		if err := s.extend(ctx, next, data); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost != nil {
		return s.lost
	}
	s.head.Journal = next
	if folded || next == nil && !had {
		return nil
	}
	return s.swap(ctx)
}

// Append adds to the journal.
func (j *journal) Append(ctx context.Context, data []byte) error { return j.add(ctx, data, true) }

// Later adds to the journal what the next write of the head may keep. Where each write
// is dear, an outcome waits for the request that follows: if the run dies in between,
// it is in doubt, and read back.
func (j *journal) Later(ctx context.Context, data []byte) error {
	return j.add(ctx, data, !j.s.engine.Limits().Sparing)
}

func (j *journal) add(ctx context.Context, data []byte, now bool) error {
	s := j.s
	s.mu.Lock()
	err := s.lost
	var next journalRef
	if err == nil && s.head.Journal == nil {
		err = fmt.Errorf("the journal %s was not begun", j.Name())
	}
	if err == nil {
		next = *s.head.Journal
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	if err := s.extend(ctx, &next, data); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost != nil {
		return s.lost
	}
	s.head.Journal, s.folded = &next, false
	if !now {
		return nil
	}
	return s.swap(ctx)
}

// Full reports whether a commit costs less than to go on with the journal. In a store
// without parts all of it is written with each request.
func (j *journal) Full() bool {
	s := j.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.engine.Limits().Parts || s.head == nil || s.head.Journal == nil {
		return false
	}
	most := maxTail
	if ref := s.head.State; ref != nil {
		most = max(most, int(math.Sqrt(float64(ref.Stored)*6e3))) // where both cost the same: 3 KB an entry
	}
	return len(s.head.Journal.Tail) > most
}

// extend puts data behind a journal, as a gzip member. What the tail has no room for
// becomes a part. Mu is not held: only the journal's own goroutine changes it.
func (s *Store) extend(ctx context.Context, j *journalRef, data []byte) error {
	member, err := s.packer.pack(data)
	if err != nil {
		return err
	}
	if !s.engine.Limits().Parts {
		j.Tail = append(j.Tail[:len(j.Tail):len(j.Tail)], member...)
		return nil
	}
	if len(j.Tail) > 0 && len(j.Tail)+len(member) > maxTail {
		if err := s.closePart(ctx, j, j.Tail); err != nil {
			return err
		}
		j.Tail = nil
	}
	if len(member) > maxTail {
		return s.closePart(ctx, j, member)
	}
	j.Tail = append(j.Tail[:len(j.Tail):len(j.Tail)], member...)
	return nil
}

// closePart writes a part, which begins with the hash of the one before.
func (s *Store) closePart(ctx context.Context, j *journalRef, members []byte) error {
	before, err := hex.DecodeString(j.Last)
	if err != nil || len(before) != sha256.Size {
		before = make([]byte, sha256.Size)
	}
	content := append(before, members...)
	if err := s.putBlob(ctx, j.part(j.Parts), bytes.NewReader(content), int64(len(content))); err != nil {
		return fmt.Errorf("writing a part of the journal %s: %w", s.Name(), err)
	}
	sum := sha256.Sum256(content)
	j.Last = hex.EncodeToString(sum[:])
	j.Parts++
	s.part = j.First + j.Parts
	return nil
}

// packer makes gzip members. It keeps its tables: they are larger than most entries.
type packer struct{ w *gzip.Writer }

func (p *packer) pack(data []byte) (member []byte, err error) {
	var b bytes.Buffer
	if p.w == nil {
		if p.w, err = gzip.NewWriterLevel(&b, gzip.BestSpeed); err != nil {
			return nil, err
		}
	}
	p.w.Reset(&b)
	if _, err = p.w.Write(data); err == nil {
		err = p.w.Close()
	}
	return b.Bytes(), err
}
