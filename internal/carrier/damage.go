package carrier

import (
	"strings"
)

// Damage returns what a spreadsheet program has made of a text, and what to do. what
// ends the sentence "It is …". Both are "" if there is no trace of one.
func Damage(s string) (what, advice string) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", ""
	}
	switch first := s[0]; {
	case first == '=' && len(s) > 1:
		return "a formula", "Copy the column and paste its values before you export it, or take the text from its source."
	case first == '#' && isErrorValue(s):
		return "the error " + s + " of a formula", "Correct the formula, or take the value from its source."
	case first == '\'' && len(s) > 1 && strings.IndexByte("0123456789+=-", s[1]) >= 0:
		return "a value with the apostrophe before it that makes a text of a number", "Export it without the apostrophe, or take it off: trimprefix(…, \"'\")."
	case first < '0' || first > '9':
		return "", ""
	case hasExponent(s):
		return "a number with an exponent, and digits are lost", asText
	case isRounded(s):
		return "a number that has been rounded: it ends with zeros, as nothing beyond 15 digits is kept", asText
	}
	return "", ""
}

// DigitsDamage is Damage for what consists of digits, and is no amount.
func DigitsDamage(s string) (what, advice string) {
	s = strings.TrimSpace(s)
	switch {
	case s == "" || s[0] < '0' || s[0] > '9':
	case strings.HasSuffix(s, ".0") && consists(s[:len(s)-2], numerals):
		return "a number with a decimal, where digits are meant", asText
	case isGrouped(s):
		return "a number with its thousands apart, where digits are meant", asText
	}
	return Damage(s)
}

const asText = "Take it from its source again, into a column that is formatted as text."

// errorValues are what cells show in place of a value.
var errorValues = []string{"#ERROR!", "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#GETTING_DATA"}

// isErrorValue reports whether a text is an error of a sheet. A cell too narrow for
// its number is one, too.
func isErrorValue(s string) bool {
	for _, e := range errorValues {
		if strings.EqualFold(s, e) {
			return true
		}
	}
	return len(s) > 2 && strings.Trim(s, "#") == ""
}

// hasExponent reports whether a text is a number such as 1.23457E+18. What could be a
// tracking number after all, such as 1E180, is none.
func hasExponent(s string) bool {
	at := strings.IndexByte(s, '+')
	if at < 1 || s[at-1]|0x20 != 'e' {
		return false
	}
	mantissa, exponent := s[:at-1], s[at+1:]
	return mantissa != "" && exponent != "" && consists(strings.NewReplacer(".", "", ",", "").Replace(mantissa), numerals) && consists(exponent, numerals)
}

// isGrouped reports whether a text is a number such as 402,934,299,065 or 402,934.00.
func isGrouped(s string) bool {
	if strings.IndexByte(s, ',') < 0 {
		return false
	}
	whole, decimals, pointed := strings.Cut(s, ".")
	if pointed && !consists(decimals, numerals) {
		return false
	}
	groups := strings.Split(whole, ",")
	for i, g := range groups {
		if !consists(g, numerals) || i > 0 && len(g) != 3 || len(g) > 3 {
			return false
		}
	}
	return len(groups) > 1
}

// The digits that programs keep of a number.
const (
	sheetDigits = 15
	floatDigits = 17
	fewZeros    = 4 // that no number has by chance
)

// isRounded reports whether digits end with the zeros of a number that was too long. Where
// the number has a check digit, that decides.
func isRounded(s string) bool {
	n := len(s)
	if n <= sheetDigits || !consists(s, numerals) {
		return false
	}
	zeros := n - len(strings.TrimRight(s, "0"))
	if zeros < n-sheetDigits && (zeros < 3 || zeros < n-floatDigits) {
		return false
	}
	if n == 18 || n == 20 || n == 22 { // SSCC, parcels of posts, USPS: all of them GS1's
		return s[n-1] != byte('0'+(10-weighBack(s[:n-1])%10)%10)
	}
	return zeros >= fewZeros
}

// weighBack adds up digits as GS1 does: from the last one on three times and once.
func weighBack(digits string) int {
	sum, weight := 0, 3
	for i := len(digits) - 1; i >= 0; i-- {
		sum += int(digits[i]-'0') * weight
		weight = 4 - weight
	}
	return sum
}
