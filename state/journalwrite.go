package state

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// keepIntent writes an intent behind the other entries.
func (s *Session) keepIntent(in *Intent) error {
	start := s.begin()
	before := s.chain.mark()
	s.buf = appendIntent(s.buf, s.chain, in)
	if n := len(s.buf) - start; n > maxEntry {
		s.chain.back(before)
		return fmt.Errorf("the request would take %d bytes of the journal; at most %d can be kept at once", n, maxEntry)
	}
	return s.keep()
}

// keepSettled writes a settlement behind the other entries. Each of its lines is
// durable before the next one is written: of two, a power loss could keep the
// second alone, which looks like damage.
// A journal that can wait with an outcome may do so, with the only line of one.
func (s *Session) keepSettled(e entry) error {
	for first, more := true, true; more; first, more = false, len(e.effects) > 0 {
		var took int
		s.begin()
		s.buf, took = appendSettle(s.buf, s.chain, &e)
		e.effects = e.effects[took:]
		later, can := s.journal.(interface {
			Later(ctx context.Context, data []byte) error
		})
		var err error
		if can && s.stage == ours && first && len(e.effects) == 0 {
			err = later.Later(context.Background(), s.buf)
		} else {
			err = s.keep()
		}
		if err != nil {
			return s.fail(err)
		}
	}
	return nil
}

// begin prepares the buffer for a line, and returns its length. The first time that
// is a journal of its own: what the system shows of an earlier run's may never have
// reached the disk, and no later sync would make that good.
func (s *Session) begin() int {
	s.buf = s.buf[:0]
	if s.stage != ours {
		s.buf = append(s.buf, s.afresh()...)
	}
	return len(s.buf)
}

// keep writes what is in buf.
func (s *Session) keep() error {
	if s.stage != ours {
		if err := s.held(); err != nil {
			return s.fail(err)
		}
		return s.renew(context.Background(), s.buf)
	}
	if err := s.journal.Append(context.Background(), s.buf); err != nil {
		return s.fail(err)
	}
	return nil
}

// restart rewrites the journal with only what is still in doubt.
func (s *Session) restart(ctx context.Context) error {
	if len(s.open) > 0 {
		return s.renew(ctx, s.afresh())
	}
	if s.stage != none {
		return s.renew(ctx, nil)
	}
	return nil
}

// renew replaces the journal; nil removes it.
func (s *Session) renew(ctx context.Context, data []byte) error {
	if err := s.journal.Reset(ctx, data); err != nil {
		return s.fail(err)
	}
	s.stage = ours
	if data == nil {
		s.stage = none
	}
	return nil
}

// afresh returns the journal of what the session knows beyond the stored state.
func (s *Session) afresh() []byte {
	st := s.state
	s.chain = newChain(st.signer)
	data := appendJournalHeader(nil, s.chain, &journalHeader{
		lineage: st.Lineage, base: st.Serial, tool: s.opts.Tool, endpoint: st.Endpoint,
		account: st.Account, salt: st.Salt, keyID: st.KeyID,
	})
	// One line for each effect is enough, since the file appears all at once.
	for _, addr := range slices.Sorted(maps.Keys(s.changed)) {
		data, _ = appendSettle(data, s.chain, &entry{effects: []Effect{{addr, s.changed[addr]}}})
	}
	for _, in := range s.InDoubt() {
		data = appendIntent(data, s.chain, &in)
	}
	return data
}
