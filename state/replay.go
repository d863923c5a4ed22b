package state

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tmsync/tmsync/internal/text"
)

// replay reads the journal that an earlier run has left.
func (s *Session) replay(ctx context.Context) error {
	if err := s.claim(); err != nil {
		return err
	}
	r, err := s.journal.Read(ctx)
	if r == nil || err != nil {
		return err
	}
	j := newJournalReader(r)
	if s.unsigned == nil {
		j.chain = newChain(s.state.signer)
	}
	err = s.fold(j)
	if errors.Is(err, errJournalMAC) {
		if err := r.Close(); err != nil {
			return err
		}
		return s.distrustJournal(ctx)
	}
	if cerr := r.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		return nil
	}
	var disk readError
	if errors.As(err, &disk) {
		return fmt.Errorf("reading the journal %s: %w", s.journal.Name(), disk.error)
	}
	var broken *FormatError
	if !errors.As(err, &broken) {
		broken = &FormatError{Offset: j.start, Problem: text.Inert(text.Shorten(err.Error(), maxProblem)), Help: s.journalHelp(j, err)}
	}
	broken.File = s.journal.Name()
	return broken
}

// claim finds the journal where an earlier version or name has left it.
func (s *Session) claim() error {
	store, can := s.store.(interface {
		Claim(lineage string, absent, move bool) error
	})
	if !can {
		return nil
	}
	lineage, absent := s.state.Lineage, s.state.Serial == 0
	if absent {
		lineage = s.store.Seen().Lineage
	}
	return store.Claim(lineage, absent, !s.opts.ReadOnly)
}

// journalHelp returns what to do about a journal that cannot be read.
func (s *Session) journalHelp(j *journalReader, err error) string {
	if errors.Is(err, ErrNewer) {
		return "use that version, or a later one"
	}
	help := fmt.Sprintf("nothing is sent while it is there. It tells what an earlier run sent without learning the outcome; "+
		"when it cannot be restored, %s: the next plan compares with the service itself", s.withoutJournal())
	if j.whole {
		that := "that one"
		if j.tool != "" {
			that += " (" + text.Inert(text.Shorten(j.tool, maxProblem)) + ")"
		}
		help = "its checksum fits, so that another version of tmsync has written it; use " + that + " or a later one. Otherwise " + help
	}
	return help
}

// fold adds the journal's entries to the session. What it says was proven is part
// of the state already where it continues an older serial; what it leaves in doubt
// is in doubt all the same.
func (s *Session) fold(j *journalReader) error {
	h, err := j.header()
	if err != nil {
		return err
	}
	if err := s.belongs(&h); err != nil {
		if s.state.Serial > 0 && s.state.Lineage != h.lineage && j.ended() {
			s.stage = earlier
			return nil
		}
		return err
	}
	if j.chain == nil && j.signed && len(s.opts.StateKey) == 0 && s.opts.AsIs && !s.opts.ReadOnly {
		if err := s.keyless(s.journal.Name()); err != nil {
			return err
		}
	}
	if h.keyID != s.state.KeyID {
		j.dropSensitive, s.state.KeyChanged = true, true
	}
	folded := h.base < s.state.Serial
	for {
		e, err := j.entry()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = s.foldEntry(e, folded)
		}
		if err != nil {
			return err
		}
	}
	s.stage = earlier
	s.overtake()
	return nil
}

// overtake drops records whose key the journal has under another address: the state
// may be older than the one that the journal continues.
func (s *Session) overtake() {
	for addr, r := range s.changed {
		if r == nil {
			continue
		}
		if owner := s.state.ByKey(r.Key); owner != nil && owner.Addr != addr {
			if _, known := s.changed[owner.Addr]; !known {
				s.changed[owner.Addr] = nil
			}
		}
	}
}

func (s *Session) foldEntry(e *entry, folded bool) error {
	if e.intent != nil {
		if e.intent.Seq <= s.seq {
			return fmt.Errorf("intent %d comes after intent %d", e.intent.Seq, s.seq)
		}
		s.seq = e.intent.Seq
		s.open = append(s.open, *e.intent)
		return nil
	}
	if err := s.checkSettled(e); err != nil {
		return err
	}
	effects := s.spelledOut(e)
	if err := checkEffects(effects); err != nil {
		return err
	}
	if !folded {
		s.change(effects)
	}
	s.shut(e)
	return nil
}

// spelledOut returns all effects of a settlement, those of what is done as well.
func (s *Session) spelledOut(e *entry) []Effect {
	if len(e.done) == 0 {
		return e.effects
	}
	return append(intended(pick(s.open[s.find(e.settle)].Items, e.done)), e.effects...)
}

// belongs returns an error unless a journal continues the state or an older one. A
// journal that was started before the first state gives that state its lineage and
// its salt.
func (s *Session) belongs(h *journalHeader) error {
	name := s.store.Name()
	switch st := s.state; {
	case st.Serial == 0 && h.base == 0:
		st.Lineage, st.Salt, st.Endpoint, st.Account = h.lineage, h.salt, h.endpoint, h.account
		if s.opts.AsIs {
			st.KeyID = h.keyID
		}
		if h.keyID != st.KeyID {
			st.Account = ""
		}
		return nil
	case st.Serial == 0:
		s.ahead = h
		return &FormatError{
			Offset:  -1,
			Problem: fmt.Sprintf("it continues serial %d of the state, and %s is gone", h.base, name),
			Help: fmt.Sprintf("%s. To begin anew on purpose, %s: declared trackings are then adopted",
				s.restoring(), s.withoutJournal()),
		}
	case st.Lineage != h.lineage:
		return &FormatError{
			Offset:  -1,
			Problem: fmt.Sprintf("it belongs to another state (lineage %s) than %s (lineage %s)", excerpt([]byte(h.lineage)), name, excerpt([]byte(st.Lineage))),
			Help: fmt.Sprintf("another file was put in its place since a run was interrupted. Put back the one that the journal belongs to, and apply once. "+
				"When that is gone, %s: what it leaves in doubt is then compared with the service", s.withoutJournal()),
		}
	case h.base > st.Serial && !s.backedUp():
		s.ahead = h
		return &FormatError{
			Offset:  -1,
			Problem: fmt.Sprintf("it continues serial %d of the state, and %s is serial %d: an older version was put back", h.base, name, st.Serial),
			Help: fmt.Sprintf("restore the newer one. To go on from the older one on purpose: %s. What the journal knows goes on top of it; trackings created before that are adopted where they are declared",
				s.push(name)),
		}
	case h.base > st.Serial:
		// What is proven and what is in doubt is so all the same, and the next commit
		// is newer than all.
		s.ahead, st.Serial = h, h.base
	}
	return nil
}

// backedUp reports whether the previous state was put back, as messages describe
// it.
func (s *Session) backedUp() bool {
	store, can := s.store.(interface{ IsBackup(Version) bool })
	return s.puttingBack || can && store.IsBackup(s.version)
}

// restoring returns how to put the state back.
func (s *Session) restoring() string {
	name := s.store.Name()
	if store, can := s.store.(interface {
		Backup(context.Context) (io.ReadCloser, string, error)
	}); can {
		if f, backup, err := store.Backup(context.Background()); err == nil && f != nil {
			_ = f.Close()
			return fmt.Sprintf("put the one before back: %s. The journal says what is newer", s.push(backup))
		}
	}
	return fmt.Sprintf("put %s back, from version control or a copy", name)
}

// shellWord quotes a file's name for a command line where it needs that.
func shellWord(name string) string {
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-/+=:@%,", r)
	}
	if name = text.Inert(name); strings.IndexFunc(name, odd) < 0 {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}
