package carrier_test

import (
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/carrier"
)

// TestDamage knows the traces of spreadsheets, and leaves alone what only looks like them.
func TestDamage(t *testing.T) {
	for text, want := range map[string]string{
		"1.23457E+18": "exponent", "9.40011189922332E+21": "exponent", "4,02934e+11": "exponent", "4E+11": "exponent",
		"=A1&B1": "formula", "=\"00123\"&B2": "formula", "=…": "formula", "#ERROR!": "error #ERROR!", "#n/a": "error #n/a", "########": "error",
		"'00123": "apostrophe", "'+49171": "apostrophe", "402934299065.0": "decimal", "402,934,299,065": "thousands", "402,934.00": "thousands",
		"9400111899223320000000": "rounded", "340434161094020000": "rounded", "9400111899223321000000": "rounded", "1234567890123450000": "rounded", " 402934299065000000000 ": "rounded",
		"": "", "402934299065": "", "9400111899223100000001": "", "1E180": "", "RB123456785CN": "", "1Z999AA10123456784": "", "#1001": "", "'t Hof": "", "'s-Hertogenbosch": "", "=": "",
		"12,5": "", "100,50 €": "", "3, 4": "", "1234567890123456": "", "12345678901234560": "", "1234567890123000": "", "00340434161094022115": "", "9400100000000000000006": "", "9400100000000000000000": "rounded",
	} {
		what, advice := carrier.DigitsDamage(text)
		if want == "" && what != "" || want != "" && (!strings.Contains(what, want) || advice == "") {
			t.Errorf("%q: got %q, %q, want %q", text, what, advice, want)
		}
	}
	for _, amount := range []string{"1,234.50", "402,934", "5.0"} {
		if what, _ := carrier.Damage(amount); what != "" {
			t.Errorf("%q: got %q", amount, what)
		}
	}
}
