package planfile

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// Key authenticates saved plans of one account and one lineage of states.
type Key []byte

// NewKey derives the key from the API key.
func NewKey(apiKey, lineage string) Key {
	return mac([]byte(apiKey), "tmsync saved plan", lineage)
}

// Text returns a MAC over a text, such as the configuration's hash.
func (k Key) Text(what, text string) string {
	return base64.RawURLEncoding.EncodeToString(mac(k, what, text))
}

// Same reports whether a MAC is that of a text.
func (k Key) Same(what, text, mac string) bool {
	return hmac.Equal([]byte(k.Text(what, text)), []byte(mac))
}

// mac separates its parts by their lengths, so that no two inputs run together.
func mac(key []byte, parts ...string) []byte {
	m := hmac.New(sha256.New, key)
	for _, p := range parts {
		fmt.Fprintf(m, "%d:%s", len(p), p)
	}
	return m.Sum(nil)
}
