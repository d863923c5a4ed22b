package shared

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/tmsync/tmsync/state"
)

// atOnce is how many parts of a journal are read at a time.
const atOnce = 16

// journalReader reads a journal's parts in order, several of them ahead, and then its
// tail.
type journalReader struct {
	store  *link
	ref    journalRef
	serial uint64 // of the state beside it
	cancel context.CancelFunc
	ctx    context.Context
	asked  uint64 // parts that are being read or were
	coming []chan partOf
	last   string // hash of the part before
	done   uint64 // parts that were read
	ended  bool
	now    io.Reader
}

type partOf struct {
	content []byte
	err     error
}

func (s *link) openJournal(ctx context.Context, ref journalRef, serial uint64) *journalReader {
	r := &journalReader{store: s, ref: ref, serial: serial, last: hex.EncodeToString(make([]byte, sha256.Size)), now: bytes.NewReader(nil)}
	r.ctx, r.cancel = context.WithCancel(ctx)
	return r
}

func (r *journalReader) Read(b []byte) (int, error) {
	for {
		n, err := r.now.Read(b)
		if n > 0 || len(b) == 0 {
			return n, nil
		}
		if !errors.Is(err, io.EOF) {
			return 0, r.damaged("what it has is damaged: " + err.Error())
		}
		if r.ended {
			return 0, io.EOF
		}
		if err := r.next(); err != nil {
			return 0, err
		}
	}
}

// next opens the next part, or the tail after the last.
func (r *journalReader) next() error {
	if r.done == r.ref.Parts {
		if r.ref.Parts > 0 && r.last != r.ref.Last {
			return r.damaged("its last part is not the one that the head names")
		}
		r.ended = true
		return r.unpack(r.ref.Tail)
	}
	for r.asked < r.ref.Parts && len(r.coming) < atOnce {
		r.ask(r.ref.part(r.asked))
		r.asked++
	}
	part := <-r.coming[0]
	r.coming = r.coming[1:]
	name := r.ref.part(r.done)
	switch {
	case errors.Is(part.err, ErrNoBlob):
		return r.damaged("its part " + name + " is not there")
	case part.err != nil:
		return part.err
	case len(part.content) < sha256.Size || hex.EncodeToString(part.content[:sha256.Size]) != r.last:
		return r.damaged("its part " + name + " does not follow the one before")
	}
	sum := sha256.Sum256(part.content)
	r.last = hex.EncodeToString(sum[:])
	r.done++
	return r.unpack(part.content[sha256.Size:])
}

func (r *journalReader) ask(name string) {
	coming := make(chan partOf, 1)
	r.coming = append(r.coming, coming)
	go func() {
		var p partOf
		defer func() { coming <- p }() // also where the caller's process ends here
		p.err = errors.New("the run has ended")
		p.content, p.err = r.store.blob(r.ctx, name)
	}()
}

func (r *journalReader) unpack(members []byte) error {
	if len(members) == 0 {
		r.now = bytes.NewReader(nil)
		return nil
	}
	z, err := gzip.NewReader(bytes.NewReader(members))
	if err != nil {
		return r.damaged("what it has is damaged: " + err.Error())
	}
	r.now = z
	return nil
}

// Close ends the reads that are under way.
func (r *journalReader) Close() error {
	r.cancel()
	for _, coming := range r.coming {
		<-coming
	}
	r.coming = nil
	return nil
}

// damaged returns what to do about a journal that is damaged.
func (r *journalReader) damaged(problem string) error {
	alone := "tmsync state push --force FILE, with a copy of the state"
	if r.serial > 0 {
		alone = fmt.Sprintf("tmsync state pull --serial %d > FILE, and tmsync state push --force FILE", r.serial)
	}
	return &state.FormatError{
		File: "the journal in " + r.store.Name(), Offset: -1, Problem: problem,
		Help: "nothing is sent while it is so: it tells what an earlier run sent without learning the outcome. Put the blob back from the store's own versions; " +
			"or go on without the journal, so that the next plan compares with the service: " + alone,
	}
}
