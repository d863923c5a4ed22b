package trackingmore

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// Signature is what a webhook is signed with (API.md §2.18). It vouches for its
// own time only, not for the rest of the message.
type Signature struct {
	Time string // verifyInfo.timeStr, as it is written
	MAC  string // verifyInfo.signature, in hexadecimal digits
}

// WebhookSignature reads the signature of a webhook's body. A body without one
// returns a zero Signature; one that is not the service's JSON is an error.
func WebhookSignature(body []byte) (Signature, error) {
	o, err := objectOf(body)
	if err != nil {
		return Signature{}, fmt.Errorf("the message is not the service's JSON: %w", err)
	}
	raw := o.get("verifyInfo")
	if raw == nil {
		return Signature{}, nil
	}
	info, err := objectOf(raw)
	if err != nil {
		return Signature{}, fmt.Errorf("the message is not the service's JSON: verifyInfo: %w", err)
	}
	return Signature{string(info.text("timeStr")), string(info.text("signature"))}, nil
}

// Verify verifies a signature with the account's e-mail address, in constant time.
// The error is why it does not hold.
func (s Signature) Verify(email string) error {
	switch {
	case s.Time == "" || s.MAC == "":
		return errors.New("the message is not signed: it has no verifyInfo with timeStr and signature")
	case email == "":
		return errors.New("the address that the account is registered with is missing")
	}
	given, err := hex.DecodeString(s.MAC)
	if err != nil || len(given) != sha256.Size {
		return fmt.Errorf("the signature is not %d hexadecimal digits", 2*sha256.Size)
	}
	mac := hmac.New(sha256.New, []byte(email))
	mac.Write([]byte(s.Time))
	if !hmac.Equal(given, mac.Sum(nil)) {
		return errors.New("the signature is not of this time and this address")
	}
	return nil
}
