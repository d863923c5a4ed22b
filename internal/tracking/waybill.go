package tracking

import (
	"fmt"
	"regexp"
	"strings"
)

var waybillNumber = regexp.MustCompile(`^([0-9]{3})[ -]?([0-9]{7,8})$`)

// CanonicalWaybill returns an air waybill's number in the service's form:
// 172-28891936 (API.md §2.16).
func CanonicalWaybill(s string) (string, error) {
	m := waybillNumber.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return "", fmt.Errorf("%q is not the number of an air waybill: three digits of the airline and seven or eight more, such as 172-28891936", s)
	}
	return m[1] + "-" + m[2], nil
}
