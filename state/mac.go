package state

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
)

// With a TMSYNC_STATE_KEY the header of a state ends with a MAC over the rest of
// it, the checksum of all other lines included; and each line of the journal
// begins with one over it and the lines before. Both keys come from the state key
// and from nothing that a fingerprint is made of. Without the key nobody can write
// a line that such a state is believed, whatever a pull request may change.

const (
	macField = `,"mac":`
	macMark  = "hmac-sha256:"
	macBytes = 43 // of a journal line's, in base64
)

// signer has the keys with which a state and its journal are signed.
type signer struct{ state, journal []byte }

// newSigner returns the signer of a state key, nil for none.
func newSigner(key []byte) *signer {
	if len(key) == 0 {
		return nil
	}
	derived := func(of string) []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write(appendHashed(nil, "mac", "", of))
		return mac.Sum(nil)
	}
	return &signer{derived("state"), derived("journal")}
}

// sign returns the MAC of a header up to it, "" where nothing is signed.
func (s *signer) sign(header []byte) string {
	if s == nil {
		return ""
	}
	mac := hmac.New(sha256.New, s.state)
	mac.Write(header)
	return macMark + hex.EncodeToString(mac.Sum(nil))
}

// seal is how a state file is authenticated.
type seal struct {
	header   []byte // up to the MAC
	checksum string
	mac      string // "" for none
}

// UnsignedError is returned for a file without the MAC that TMSYNC_STATE_KEY
// demands.
type UnsignedError struct {
	File    string // its name as shown to the user
	Problem string
	Help    string
}

func (e *UnsignedError) Error() string {
	if e.Help == "" {
		return fmt.Sprintf("%s: %s", e.File, e.Problem)
	}
	return fmt.Sprintf("%s: %s; %s", e.File, e.Problem, e.Help)
}

// Signed reports whether the file that the state was read from has a MAC.
func (s *State) Signed() bool { return s.seal.mac != "" }

// Authenticate verifies the state's MAC, and has it signed when written again.
// Without a key nothing is asked. The error is an *UnsignedError without a file.
func (s *State) Authenticate(key []byte) error {
	signer := newSigner(key)
	switch {
	case signer == nil:
		return nil
	case s.seal.mac == "":
		return &UnsignedError{Problem: "it has no MAC, and TMSYNC_STATE_KEY is set: an earlier version of tmsync has written it, a run without the key, or somebody who does not know the key"}
	case hmac.Equal([]byte(s.seal.mac), []byte(signer.sign(s.seal.header))):
		s.signer = signer
		return nil
	case !bytes.Contains(s.seal.header, []byte(`,"key_id":"`+KeyID(key)+`"`)):
		return &UnsignedError{Problem: "its MAC was made with another TMSYNC_STATE_KEY"}
	}
	return &UnsignedError{Problem: "its MAC does not fit it: it was edited since tmsync wrote it, by somebody who does not know the key"}
}

// macFor returns the MAC for a header. A state that is only handed on keeps the one
// that it has.
func (s *State) macFor(header []byte, checksum string) string {
	if s.signer == nil && checksum == s.seal.checksum {
		return s.seal.mac
	}
	return s.signer.sign(header)
}

// chain computes the MACs of a journal, each over a line and all before it. A nil
// one makes none.
type chain struct{ key, last []byte }

func newChain(s *signer) *chain {
	if s == nil {
		return nil
	}
	return &chain{key: s.journal}
}

// next returns the MAC of the next object.
func (c *chain) next(object []byte) []byte {
	mac := hmac.New(sha256.New, c.key)
	mac.Write(c.last)
	mac.Write(object)
	c.last = mac.Sum(nil)
	return base64.RawURLEncoding.AppendEncode(nil, c.last)
}

// mark and back undo what was made since.
func (c *chain) mark() []byte {
	if c == nil {
		return nil
	}
	return c.last
}

func (c *chain) back(mark []byte) {
	if c != nil {
		c.last = mark
	}
}

var errJournalMAC = errors.New("the MAC of the line does not fit it")

// open verifies the MAC of a journal's line and returns its object.
func (c *chain) open(line []byte) (object []byte, err error) {
	var mac []byte
	if len(line) > macBytes && line[macBytes] == ' ' && line[0] != '{' {
		mac, line = line[:macBytes], line[macBytes+1:]
	}
	if c != nil && !hmac.Equal(mac, c.next(line)) {
		return line, errJournalMAC
	}
	return line, nil
}

// trust decides whether the state that was read is believed. What only shows a
// state shows any.
func (s *Session) trust() error {
	key := s.opts.StateKey
	err := s.state.Authenticate(key)
	if err == nil && len(key) == 0 && s.opts.AsIs && s.state.Signed() && !s.opts.ReadOnly {
		return s.keyless(s.store.Name())
	}
	var unsigned *UnsignedError
	switch {
	case !errors.As(err, &unsigned):
		return err
	case s.opts.AsIs && s.opts.ReadOnly && !s.opts.Mend:
		return nil
	}
	unsigned.File = s.store.Name()
	if unsigned.Help == "" {
		unsigned.Help = "a line that a pull request has put into it would have a tracking deleted that is not yours. Look at what has changed (git log -p), or put the backup or a version of before back. If it is right, " +
			s.resign("sign it")
	}
	return s.distrust(unsigned)
}

// keyless is for a command that would write to what is signed, without the key.
func (s *Session) keyless(file string) error {
	return s.distrust(&UnsignedError{
		File:    file,
		Problem: "it is signed with a TMSYNC_STATE_KEY, which is not set, so that what this command writes would not be believed any more",
		Help:    "set it. When it is lost, " + s.resign("take the state as it is"),
	})
}

// distrust returns the error of a file that is not believed; with Mend it is
// remembered instead.
func (s *Session) distrust(err *UnsignedError) error {
	if !s.opts.Mend {
		return err
	}
	if s.unsigned == nil {
		s.unsigned = err
	}
	return nil
}

// distrustJournal is for a journal whose lines do not have their MACs. With Mend it
// is read all the same.
func (s *Session) distrustJournal(ctx context.Context) error {
	err := s.distrust(&UnsignedError{
		File:    s.journal.Name(),
		Problem: "its lines do not have the MACs that this TMSYNC_STATE_KEY gives them: an earlier version of tmsync has written it, a run without the key or with another one, or somebody who does not know the key",
		Help: "what it says would be believed of trackings that are not yours, so nothing is sent while it is there. If a run of yours has left it, " + s.resign("take it over") +
			fmt.Sprintf(". If not, %s: the next plan compares with the service itself", s.withoutJournal()),
	})
	if err != nil {
		return err
	}
	s.forget()
	return s.replay(ctx)
}

// forget drops what was taken from the journal.
func (s *Session) forget() {
	s.open, s.settled, s.seq, s.merged, s.stage, s.ahead = nil, 0, 0, true, none, nil
	clear(s.changed)
}

// resign is the command that takes a state as it is.
func (s *Session) resign(to string) string {
	name := shellWord(s.store.Name())
	if s.far() {
		return to + ": tmsync state pull > FILE, look at it, and tmsync state push --force FILE"
	}
	return fmt.Sprintf("%s: tmsync state push --force --state=%s %s", to, name, name)
}

// Unsigned returns why a session opened with Mend does not believe its files; nil
// when both are.
func (s *Session) Unsigned() error {
	if s.unsigned == nil {
		return nil
	}
	return s.unsigned
}

// Edited reports whether the state has the last seen serial with another content.
// With a MAC it is known who has written it.
func (s *Session) Edited() bool { return s.edited }

// keyed returns a state as it can be signed with a key: fingerprints that another
// one made are dropped.
func (s *State) keyed(key []byte) (*State, error) {
	signer := newSigner(key)
	if signer == nil || s.KeyID == KeyID(key) {
		next := s.with(s.Records)
		next.signer, next.seal = signer, seal{}
		return next, nil
	}
	var b bytes.Buffer
	if err := s.Write(&b); err != nil {
		return nil, err
	}
	next, err := Read(&b, key)
	if err != nil {
		return nil, err
	}
	next.signer, next.KeyChanged, next.seal = signer, false, seal{}
	return next, nil
}
