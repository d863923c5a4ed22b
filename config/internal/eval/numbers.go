package eval

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/scan"
)

// NumberTextProblem returns why a text cannot be read as a number: it takes time
// that grows with the square of the digits, and memory with the exponent.
func NumberTextProblem(v cty.Value) string {
	s := Text(v)
	if strings.Trim(s, "+-.0123456789eE") != "" {
		return ""
	}
	if _, ok := scan.JSONNumber([]byte(s), 0); !ok {
		return fmt.Sprintf("A number may have %d digits, and go up to 1e%d.", scan.MaxDigits, scan.MaxExponent)
	}
	return ""
}

// numberProblem returns why a number is too large to be written out: the decimal
// digits of 1e999999999 would fill the memory.
func numberProblem(f *big.Float) string {
	const bits = 4 * (scan.MaxExponent + 1)
	if exp := f.MantExp(nil); f.IsInf() || exp > bits || exp < -bits {
		return fmt.Sprintf("It has a number beyond 1e%d.", scan.MaxExponent)
	}
	return ""
}

// Text returns the text of an argument, "" if it has none to look at.
func Text(v cty.Value) string {
	v, _ = v.Unmark()
	if v.Type() != cty.String || !v.IsKnown() || v.IsNull() {
		return ""
	}
	return v.AsString()
}
