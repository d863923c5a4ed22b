package funcs

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"
)

// digest returns a checksum as text.
type digest func(content []byte) string

// The digests of the functions. None of them keeps a secret.
var (
	md5Hex    digest = func(b []byte) string { sum := md5.Sum(b); return hex.EncodeToString(sum[:]) }
	sha1Hex   digest = func(b []byte) string { sum := sha1.Sum(b); return hex.EncodeToString(sum[:]) }
	sha256Hex digest = func(b []byte) string { sum := sha256.Sum256(b); return hex.EncodeToString(sum[:]) }
	sha512Hex digest = func(b []byte) string { sum := sha512.Sum512(b); return hex.EncodeToString(sum[:]) }

	sha256Base64 digest = func(b []byte) string {
		sum := sha256.Sum256(b)
		return base64.StdEncoding.EncodeToString(sum[:])
	}
	sha512Base64 digest = func(b []byte) string {
		sum := sha512.Sum512(b)
		return base64.StdEncoding.EncodeToString(sum[:])
	}
)

// ofText returns the function of a text.
func (d digest) ofText() function.Function {
	return encodeFunc(func(s string) string { return d([]byte(s)) })
}

// ofFile returns the function of a file, of any kind, in the configuration's
// directory.
func (d digest) ofFile(t *Table) function.Function {
	return textFunc(cty.String, []string{"path"}, func(a []string) (cty.Value, error) {
		b, err := t.env.ReadFile(a[0])
		if err != nil {
			return cty.NilVal, err
		}
		return cty.StringVal(d(b)), nil
	})
}

// base64Text is a digest that loses nothing.
var base64Text digest = base64.StdEncoding.EncodeToString

// namespaces are those for which uuidv5 knows names (RFC 4122, appendix C).
var namespaces = map[string]string{
	"dns": "6ba7b8109dad11d180b400c04fd430c8", "url": "6ba7b8119dad11d180b400c04fd430c8",
	"oid": "6ba7b8129dad11d180b400c04fd430c8", "x500": "6ba7b8149dad11d180b400c04fd430c8",
}

// uuidV5Func derives a UUID from a name (RFC 4122, 4.3).
var uuidV5Func = textFunc(cty.String, []string{"namespace", "name"}, func(a []string) (cty.Value, error) {
	space, ok := namespaces[a[0]]
	if s := a[0]; !ok && len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' {
		space = s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	}
	id, err := hex.DecodeString(space)
	if err != nil || len(id) != 16 {
		return cty.NilVal, function.NewArgErrorf(0, "the namespace must be dns, url, oid, x500 or a UUID")
	}
	sum := sha1.Sum(append(id, a[1]...))
	sum[6] = sum[6]&0x0f | 0x50 // version 5
	sum[8] = sum[8]&0x3f | 0x80 // variant of the RFC
	return cty.StringVal(fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])), nil
})

var (
	base64DecodeFunc = textFunc(cty.String, []string{"str"}, func(a []string) (cty.Value, error) {
		b, err := decodeBase64(a[0])
		if err != nil {
			return cty.NilVal, errNotBase64
		}
		return utf8Value(string(b))
	})

	urlDecodeFunc = textFunc(cty.String, []string{"str"}, func(a []string) (cty.Value, error) {
		s, err := url.QueryUnescape(a[0])
		if err != nil {
			return cty.NilVal, errors.New("the string has a \"%\" that is not followed by two hexadecimal digits")
		}
		return utf8Value(s)
	})

	textEncodeBase64Func = textFunc(cty.String, []string{"str", "encoding"}, func(a []string) (cty.Value, error) {
		enc, err := encodingOf(a[1])
		if err != nil {
			return cty.NilVal, err
		}
		b, err := enc.NewEncoder().Bytes([]byte(a[0]))
		if err != nil {
			return cty.NilVal, function.NewArgErrorf(0, "it has characters that this encoding lacks")
		}
		return cty.StringVal(base64Text(b)), nil
	})

	textDecodeBase64Func = textFunc(cty.String, []string{"str", "encoding"}, func(a []string) (cty.Value, error) {
		enc, err := encodingOf(a[1])
		if err != nil {
			return cty.NilVal, err
		}
		b, err := decodeBase64(a[0])
		if err != nil {
			return cty.NilVal, errNotBase64
		}
		if b, err = enc.NewDecoder().Bytes(b); err != nil {
			return cty.NilVal, function.NewArgErrorf(0, "it is not text in this encoding")
		}
		return utf8Value(string(b))
	})

	errNotBase64 = errors.New("the string is not base64")
)

// decodeBase64 reads base64 that may be broken into lines. Bits beyond the last
// byte must be zero, so that no two texts of one form are the same bytes.
func decodeBase64(s string) ([]byte, error) { return base64.StdEncoding.Strict().DecodeString(s) }

func utf8Value(s string) (cty.Value, error) {
	if !utf8.ValidString(s) {
		return cty.NilVal, errors.New("the result is not UTF-8")
	}
	return cty.StringVal(s), nil
}

// encodingOf finds an encoding by its IANA name.
func encodingOf(name string) (encoding.Encoding, error) {
	enc, err := ianaindex.IANA.Encoding(name)
	if err != nil || enc == nil {
		return nil, function.NewArgErrorf(1, "there is no such encoding; the names are those of the IANA, such as UTF-16LE or GBK")
	}
	return enc, nil
}

// basenameFunc and dirnameFunc take a path apart, of either system, as text.
var (
	basenameFunc = encodeFunc(func(s string) string { return path.Base(filepath.ToSlash(s)) })
	dirnameFunc  = encodeFunc(func(s string) string { return path.Dir(filepath.ToSlash(s)) })
)
