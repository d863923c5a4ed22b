package state

import (
	"context"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strconv"
	"time"
)

// keepIntent writes an intent behind the other entries.
func (s *Session) keepIntent(in *Intent) error {
	for i := range in.Items {
		s.widen(in.Items[i].Record)
	}
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
	for _, eff := range e.effects {
		s.widen(eff.Record)
	}
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

// widen begins another journal where this one's version cannot say what a record has.
func (s *Session) widen(r *Record) {
	if r == nil || r.Ref == "" && r.Stays == "" || s.ids {
		return
	}
	if s.ids = true; s.stage == ours {
		s.stage = earlier
	}
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
	for _, r := range s.changed {
		s.widen(r)
	}
	for _, in := range s.InDoubt() {
		for i := range in.Items {
			s.widen(in.Items[i].Record)
		}
	}
	version := int64(journalVersion)
	if !s.ids {
		version-- // which any tmsync reads
	}
	data := appendJournalHeader(nil, s.chain, &journalHeader{
		version: version, lineage: st.Lineage, base: st.Serial, tool: s.opts.Tool, endpoint: st.Endpoint,
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

// appendLine adds a line around a JSON object that write writes.
func appendLine(dst []byte, c *chain, write func([]byte) []byte) []byte {
	start := len(dst)
	dst = append(dst, "00000000 00000000 "...)
	if c == nil {
		dst = write(dst)
	} else {
		dst = append(append(dst, make([]byte, macBytes)...), ' ')
		dst = write(dst)
		copy(dst[start+frameLen:], c.next(dst[start+frameLen+macBytes+1:]))
	}
	object := dst[start+frameLen:]
	putHex(dst[start:], crc32.Checksum(object, castagnoli))
	putHex(dst[start+9:], uint32(len(object)))
	return append(dst, '\n')
}

func putHex(dst []byte, n uint32) {
	for i := range 8 {
		dst[i] = hexDigits[n>>(28-4*i)&15]
	}
}

func appendJournalHeader(dst []byte, c *chain, h *journalHeader) []byte {
	return appendLine(dst, c, func(dst []byte) []byte {
		dst = append(dst, `{"format":"`+journalFormat+`","version":`...)
		dst = strconv.AppendInt(dst, h.version, 10)
		dst = appendField(dst, `,"lineage":`, h.lineage)
		dst = append(dst, `,"base_serial":`...)
		dst = strconv.AppendUint(dst, h.base, 10)
		dst = appendField(dst, `,"tool":`, h.tool)
		dst = appendField(dst, `,"endpoint":`, h.endpoint)
		dst = appendField(dst, `,"account":`, h.account)
		dst = appendField(dst, `,"salt":`, h.salt)
		dst = appendField(dst, `,"key_id":`, h.keyID)
		return append(dst, '}')
	})
}

func appendIntent(dst []byte, c *chain, in *Intent) []byte {
	return appendLine(dst, c, func(dst []byte) []byte {
		dst = strconv.AppendUint(append(dst, `{"intent":`...), in.Seq, 10)
		dst = appendField(dst, `,"begun":`, in.Begun.UTC().Format(time.RFC3339Nano))
		dst = appendField(dst, `,"op":`, string(in.Op))
		sep := `,"items":[`
		for i := range in.Items {
			it := &in.Items[i]
			dst = appendField(append(dst, sep...), `{"address":`, string(it.Addr))
			dst = appendField(dst, `,"carrier":`, it.Key.Carrier)
			dst = appendField(dst, `,"number":`, it.Key.Number)
			if it.Carrier != "" {
				dst = appendField(dst, `,"to":`, it.Carrier)
			}
			dst = appendAttrs(append(dst, `,"attrs":`...), it.Attrs)
			if it.Record != nil {
				dst = appendRecord(append(dst, `,"record":`...), it.Record)
			}
			dst = append(dst, '}')
			sep = ","
		}
		return append(dst, "]}"...)
	})
}

// appendSettle appends one line of a settlement, and returns how many effects it
// has.
func appendSettle(dst []byte, c *chain, e *entry) ([]byte, int) {
	took := 0
	dst = appendLine(dst, c, func(dst []byte) []byte {
		start := len(dst)
		dst = strconv.AppendUint(append(dst, `{"settle":`...), e.settle, 10)
		sep := `,"effects":[`
		for took < len(e.effects) && len(dst)-start < settleLine {
			eff := &e.effects[took]
			dst = appendField(append(dst, sep...), `{"address":`, string(eff.Addr))
			if eff.Record != nil {
				dst = appendRecord(append(dst, `,"record":`...), eff.Record)
			}
			dst = append(dst, '}')
			sep = ","
			took++
		}
		if took > 0 {
			dst = append(dst, ']')
		}
		if took < len(e.effects) {
			return append(dst, `,"more":true}`...)
		}
		dst = appendPlaces(dst, `,"open":[`, e.open)
		dst = appendPlaces(dst, `,"done":[`, e.done)
		return append(dst, '}')
	})
	return dst, took
}

// appendPlaces writes a list of places, which is left out when it is empty.
func appendPlaces(dst []byte, name string, places []int) []byte {
	if len(places) == 0 {
		return dst
	}
	for _, place := range places {
		dst = append(strconv.AppendInt(append(dst, name...), int64(place), 10), ',')
		name = ""
	}
	dst[len(dst)-1] = ']'
	return dst
}
