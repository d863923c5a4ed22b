package state

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strings"

	"github.com/tmsync/tmsync/internal/tracking"
)

// fingerprintMark begins every fingerprint. By it a clear value that was passed by
// mistake is found before it reaches the disk.
const fingerprintMark = "hmac:"

// fingerprintBytes is how much of a hash is kept: 128 bits tell all values
// apart, and keep a line of the state short.
const fingerprintBytes = 16

// KeyIDSalt is the KeyID of a state whose fingerprints are keyed with its salt.
const KeyIDSalt = "salt"

// KeyID returns a name of a state key that does not reveal it: KeyIDSalt for none,
// else a short hash.
func KeyID(key []byte) string {
	if len(key) == 0 {
		return KeyIDSalt
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(appendHashed(nil, "key", "", ""))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// Fingerprint returns the keyed hash that replaces a sensitive value: "hmac:" and
// 22 characters. It is keyed with the state key, else with the salt, and differs
// between numbers, so that equal values of two parcels do not show. "" stays "":
// managed and empty.
func (s *State) Fingerprint(number string, a tracking.Attr, value string) string {
	if value == "" {
		return ""
	}
	h := s.hasher()
	defer s.hashers.Put(h)
	return string(h.fingerprint(a.String(), number, value))
}

// AccountFingerprint returns the keyed hash under which the account is remembered;
// identity is tracking.Account.Identity. "" stays "": unknown.
func (s *State) AccountFingerprint(identity string) string {
	if identity == "" {
		return ""
	}
	h := s.hasher()
	defer s.hashers.Put(h)
	return string(h.fingerprint("account", "", identity))
}

// Seal returns attributes with fingerprints in place of sensitive and secret
// values: the form in which Record.Applied and IntentItem.Attrs take them. Where
// there is nothing to replace, the two share their values.
func (s *State) Seal(number string, clear tracking.Attrs, secret tracking.AttrSet) tracking.Attrs {
	if clear.Set()&(tracking.SensitiveAttrs|secret) == 0 {
		return clear
	}
	sealed := clear.Clone()
	for a, v := range clear.All() {
		if (tracking.SensitiveAttrs | secret).Has(a) {
			sealed.Put(a, s.Fingerprint(number, a, v))
		}
	}
	return sealed
}

// Same reports whether a clear value is the stored one, itself stored clear or
// sealed: whether it is sensitive may have changed in between.
func (s *State) Same(number string, a tracking.Attr, stored, clear string) bool {
	if stored == "" || clear == "" {
		return stored == clear
	}
	return stored == clear && !a.Spec().Sensitive || Sealed(stored) && s.printed(number, a, stored, clear)
}

// printed reports whether a value has a fingerprint.
func (s *State) printed(number string, a tracking.Attr, stored, clear string) bool {
	h := s.hasher()
	defer s.hashers.Put(h)
	return stored == string(h.fingerprint(a.String(), number, clear))
}

// Sealed reports whether a remembered value has the form of a fingerprint.
func Sealed(stored string) bool {
	return len(stored) == len(fingerprintMark)+base64.RawURLEncoding.EncodedLen(fingerprintBytes) && strings.HasPrefix(stored, fingerprintMark)
}

// hasher computes fingerprints with one key, which is prepared only once: that
// costs more than to hash a value.
type hasher struct {
	salt string // of the state; its key never changes
	mac  hash.Hash
	buf  []byte // what is hashed, and then its hash
	out  []byte
}

// hasher returns a hasher for the time until it is put back: a state may be asked
// by several at once.
func (s *State) hasher() *hasher {
	if h, ok := s.hashers.Get().(*hasher); ok && h.salt == s.Salt {
		return h
	}
	key := s.key
	if len(key) == 0 {
		key = []byte(s.Salt)
	}
	return &hasher{salt: s.Salt, mac: hmac.New(sha256.New, key)}
}

// fingerprint returns a fingerprint. The bytes are good until the next call.
func (h *hasher) fingerprint(what, number, value string) []byte {
	h.mac.Reset()
	h.buf = appendHashed(h.buf[:0], what, number, value)
	h.mac.Write(h.buf)
	h.buf = h.mac.Sum(h.buf[:0])
	h.out = base64.RawURLEncoding.AppendEncode(append(h.out[:0], fingerprintMark...), h.buf[:fingerprintBytes])
	return h.out
}

// appendHashed separates its parts with a zero byte. No name and no number contains
// one, so that no two inputs run together.
func appendHashed(dst []byte, what, number, value string) []byte {
	dst = append(append(dst, what...), 0)
	dst = append(append(dst, number...), 0)
	return append(dst, value...)
}

// sealed reports whether a value may be written for an attribute.
func sealed(a tracking.Attr, value string) bool {
	return !a.Spec().Sensitive || value == "" || strings.HasPrefix(value, fingerprintMark)
}
