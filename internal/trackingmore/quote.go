package trackingmore

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

const (
	// maxQuote bounds what is repeated of foreign words, in bytes.
	maxQuote = 300
	// maxSearched bounds what is searched for secrets, in bytes. What is left of
	// so much after its secrets have been taken out fills any quotation.
	maxSearched = 128 << 10
	// minKey is the length from which on a key is looked for. Real keys have 36
	// characters; those of tests and sandboxes are words such as "test", which
	// would blot out harmless text.
	minKey = 8
	// minValue is the same for customers' data.
	minValue = 3
)

// quoter returns a function that makes words of the service fit to be repeated:
// without the API key, without the customers' data that some items take there,
// without anybody's e-mail address, and not too many.
func (c *Client) quoter(items []tracking.Item) func(string) string {
	redact := sync.OnceValue(func() *strings.Replacer { return redactor(c.key, items) })
	return func(s string) string {
		if s == "" {
			return s
		}
		s = redact().Replace(text.Shorten(s, maxSearched))
		return text.Shorten(mail.ReplaceAllString(s, "(redacted)"), maxQuote)
	}
}

// mail is an e-mail address, or the beginning of one.
var mail = regexp.MustCompile(`[^\s"'<>:;,()]+(@|%40|&#64;)[^\s"'<>:;,()]*`)

// redactor removes the key and the customers' data of some items from texts. It
// knows the forms in which an answer may echo them.
func redactor(key string, items []tracking.Item) *strings.Replacer {
	var all []string
	if len(key) >= minKey {
		all = forms(key)
	}
	for _, item := range items {
		for a, v := range item.Attrs.All() {
			if item.Sensitive(a) && len(v) >= minValue {
				all = append(all, forms(v)...)
			}
		}
	}
	// The longest first: one may begin with another.
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) })
	var pairs []string
	for _, s := range slices.Compact(all) {
		pairs = append(pairs, s, "(redacted)")
	}
	return strings.NewReplacer(pairs...)
}

func forms(s string) []string {
	b := []byte(s)
	out := []string{
		s, html.EscapeString(s), url.QueryEscape(s), url.PathEscape(s),
		base64.RawStdEncoding.EncodeToString(b), base64.RawURLEncoding.EncodeToString(b),
		hex.EncodeToString(b), strings.ToUpper(hex.EncodeToString(b)),
	}
	if len(s) >= minKey { // a short name may be a word in another case: Mark
		out = append(out, strings.ToLower(s), strings.ToUpper(s))
	}
	return out
}
