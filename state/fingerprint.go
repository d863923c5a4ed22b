package state

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/tmsync/tmsync/internal/tracking"
)

// fingerprintMark begins every fingerprint, so that a clear value that was
// handed in by mistake is seen before it reaches the disk.
const fingerprintMark = "hmac:"

// fingerprintBytes is how much of a hash is kept: 128 bits tell all values
// apart, and keep a line of the state short.
const fingerprintBytes = 16

// KeyIDSalt is the KeyID of a state whose fingerprints are keyed with its salt.
const KeyIDSalt = "salt"

// KeyID names a state key without giving it away: KeyIDSalt for none, else a
// short hash.
func KeyID(key []byte) string {
	if len(key) == 0 {
		return KeyIDSalt
	}
	return hex.EncodeToString(keyedHash(key, "key", "", "")[:8])
}

// Fingerprint gives the keyed hash under which the value of a sensitive
// attribute is remembered, "hmac:" and 22 characters. It is keyed with the state
// key, else with the salt, and differs between numbers, so that equal values of
// two parcels do not show. "" stays "": managed and empty.
func (s *State) Fingerprint(number string, a tracking.Attr, value string) string {
	return s.fingerprint(a.String(), number, value)
}

// AccountFingerprint gives the keyed hash under which the account is remembered;
// identity is tracking.Account.Identity. "" stays "": unknown.
func (s *State) AccountFingerprint(identity string) string {
	return s.fingerprint("account", "", identity)
}

// Seal gives attributes with every sensitive value, and those of the attributes
// in secret, replaced by its fingerprint: the form in which Record.Applied and
// IntentItem.Attrs take them.
func (s *State) Seal(number string, clear tracking.Attrs, secret tracking.Set) tracking.Attrs {
	sealed := clear.Clone()
	for a, v := range clear.All() {
		if a.Spec().Sensitive || secret.Has(a) {
			sealed.Put(a, s.Fingerprint(number, a, v))
		}
	}
	return sealed
}

// Same says whether a value is the one that is remembered, in clear or as its
// fingerprint: whether it is sensitive may have changed in between.
func (s *State) Same(number string, a tracking.Attr, stored, clear string) bool {
	return stored == clear && !a.Spec().Sensitive || Sealed(stored) && stored == s.Fingerprint(number, a, clear) || stored == "" && clear == ""
}

// Sealed says whether a remembered value has the form of a fingerprint.
func Sealed(stored string) bool {
	return len(stored) == len(fingerprintMark)+base64.RawURLEncoding.EncodedLen(fingerprintBytes) && strings.HasPrefix(stored, fingerprintMark)
}

func (s *State) fingerprint(what, number, value string) string {
	if value == "" {
		return ""
	}
	key := s.key
	if len(key) == 0 {
		key = []byte(s.Salt)
	}
	return fingerprintMark + base64.RawURLEncoding.EncodeToString(keyedHash(key, what, number, value)[:fingerprintBytes])
}

// keyedHash separates its parts with a zero byte, which no name and no number
// contains, so that no two inputs run together.
func keyedHash(key []byte, what, number, value string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(what + "\x00" + number + "\x00" + value))
	return mac.Sum(nil)
}

// sealed says whether a value may be written for an attribute.
func sealed(a tracking.Attr, value string) bool {
	return !a.Spec().Sensitive || value == "" || strings.HasPrefix(value, fingerprintMark)
}
