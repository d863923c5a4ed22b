package carrier

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/tmsync/tmsync/internal/tracking"
)

// Doubt returns why a tracking number cannot be right for its carrier; "" if
// nothing speaks against it. Where a carrier has numbers of several forms, only the
// forms whose check digits are published are looked at:
//
//   - a post of a country, or "upu": an international number (UPU S10) with a wrong
//     check digit. Whose country it ends in says nothing: the post that delivers it
//     knows it as well as the post that gave it out
//   - UPS: 1Z and 16 more characters, with a wrong check digit
//   - FedEx: 12 or 15 digits, with a wrong check digit
//   - FedEx, DHL, or a post: a number of UPS. The post of the United States is left
//     out, since it delivers some parcels for UPS
//
// Small letters are read as capitals.
func Doubt(k tracking.Key) string {
	number := strings.ToUpper(k.Number)
	switch k.Carrier {
	case "ups", "ups-ground":
		return doubtUPS(number)
	case "fedex", "fedex-ground":
		return cmp.Or(doubtFedEx(number), doubtForeign(number, k.Carrier))
	case "upu":
		return doubtPostal(number)
	case "dhl":
		return doubtForeign(number, k.Carrier)
	}
	switch table()[k.Carrier].country {
	case "":
		return ""
	case "US":
		return doubtPostal(number)
	}
	return cmp.Or(doubtPostal(number), doubtForeign(number, k.Carrier))
}

// postalLen is the length of an international postal number (UPU S10). It is a
// service of two letters, eight digits, a check digit, and the country of the post
// that issued it.
const postalLen = 13

// doubtPostal checks what may be the number of a post.
func doubtPostal(number string) string {
	if len(number) != postalLen {
		return ""
	}
	digits, country := number[2:11], number[11:]
	if !consists(number[:2], capitals) || !consists(digits, numerals) || posts()[country] == nil {
		return ""
	}
	if want := postalCheck(digits[:8]); digits[8] != want {
		return wrongDigit("an international postal number (UPU S10)", number[:10], want, digits[8])
	}
	return ""
}

// postalCheck returns the check digit of eight digits (UPU S10).
func postalCheck(digits string) byte {
	sum := weigh(digits, 8, 6, 4, 2, 3, 5, 9, 7)
	switch c := 11 - sum%11; c {
	case 10:
		return '0'
	case 11:
		return '5'
	default:
		return byte('0' + c)
	}
}

// ofUPS reports whether a number has the form 1Z.
func ofUPS(number string) bool {
	return len(number) == 18 && strings.HasPrefix(number, "1Z") && consists(number, capitals+numerals)
}

// doubtForeign checks a number whose carrier certainly does not use UPS' form.
func doubtForeign(number, code string) string {
	if !ofUPS(number) || doubtUPS(number) != "" {
		return ""
	}
	return fmt.Sprintf("It is a number of UPS (1Z, with the right check digit), and its carrier is %s.", code)
}

// doubtUPS checks what may be a number of the form 1Z.
func doubtUPS(number string) string {
	if !ofUPS(number) {
		return ""
	}
	sum := 0
	for i, c := range []byte(number[2:17]) {
		value := int(c - '0')
		if c >= 'A' {
			value = int(c-'A'+2) % 10
		}
		if i%2 == 1 {
			value *= 2
		}
		sum += value
	}
	if want := byte('0' + (10-sum%10)%10); number[17] != want {
		return wrongDigit("a UPS number (1Z)", number[:17], want, number[17])
	}
	return ""
}

// doubtFedEx checks what may be FedEx Express' (12 digits) or FedEx Ground's (15).
func doubtFedEx(number string) string {
	if !consists(number, numerals) {
		return ""
	}
	last := len(number) - 1
	var want byte
	switch len(number) {
	case 12:
		want = byte('0' + weigh(number[:last], 3, 1, 7)%11%10)
	case 15:
		want = byte('0' + (10-weigh(number[:last], 1, 3)%10)%10)
	default:
		return ""
	}
	if number[last] != want {
		return wrongDigit(fmt.Sprintf("a FedEx number of %d digits", len(number)), number[:last], want, number[last])
	}
	return ""
}

func wrongDigit(form, before string, want, got byte) string {
	return fmt.Sprintf("It has the form of %s, and its check digit is wrong: after %s comes a %c, and here it is %q. A character was mistyped or left out.", form, before, want, string(got))
}

// weigh adds up digits, each times its weight; the weights go round.
func weigh(digits string, weights ...int) int {
	sum := 0
	for i, c := range []byte(digits) {
		sum += int(c-'0') * weights[i%len(weights)]
	}
	return sum
}

const (
	capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	numerals = "0123456789"
)

// consists reports whether all characters are of these.
func consists(s, of string) bool { return strings.Trim(s, of) == "" }
