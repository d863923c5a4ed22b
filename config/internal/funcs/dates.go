package funcs

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// parseDateFunc is the mirror of formatdate: it reads a time in a form that is written
// with the same letters, and returns it as formatdate takes it. A time without a zone is
// in UTC; a year of two digits is one from 1970 to 2069.
var parseDateFunc = textFunc(cty.String, []string{"format", "text"}, func(a []string) (cty.Value, error) {
	form, err := newDateForm(a[0])
	if err != nil {
		return cty.NilVal, function.NewArgError(0, err)
	}
	t, ok := form.parse(strings.TrimSpace(a[1]))
	if !ok {
		return cty.NilVal, function.NewArgErrorf(1, "%q is not a time of the form %s", a[1], a[0])
	}
	return cty.StringVal(t.Format(time.RFC3339)), nil
})

// IsDate reports whether a text is a time of a form, as parsedate takes them.
func IsDate(form, text string) bool {
	f, err := newDateForm(form)
	if err != nil {
		return false
	}
	_, ok := f.parse(strings.TrimSpace(text))
	return ok
}

// dateForm reads times of one form.
type dateForm struct {
	pattern *regexp.Regexp
	parts   []byte // what each group of the pattern is: a letter of formatdate
}

// datePatterns are what formatdate's letters stand for.
var datePatterns = map[string]string{
	"YYYY": `(\d{4})`, "YY": `(\d{2})`, "M": `(\d{1,2})`, "MM": `(\d{1,2})`, "MMM": `([A-Za-z]{3})\.?`, "MMMM": `([A-Za-z]{3,9})`,
	"D": `(\d{1,2})`, "DD": `(\d{1,2})`, "EEE": `[A-Za-z]{3}`, "EEEE": `[A-Za-z]{6,9}`,
	"h": `(\d{1,2})`, "hh": `(\d{1,2})`, "H": `(\d{1,2})`, "HH": `(\d{1,2})`, "AA": `([AaPp])[Mm]`, "aa": `([AaPp])[Mm]`,
	"m": `(\d{1,2})`, "mm": `(\d{1,2})`, "s": `(\d{1,2})`, "ss": `(\d{1,2})`,
	"Z": zonePattern, "ZZZ": zonePattern, "ZZZZ": zonePattern, "ZZZZZ": zonePattern,
}

const zonePattern = `(Z|UTC|[+-]\d{2}:?\d{2})`

const maxDateForm = 200 // bytes

// newDateForm reads a form as formatdate does: letters stand for something, texts among
// them are in single quotes.
func newDateForm(format string) (*dateForm, error) {
	if len(format) > maxDateForm {
		return nil, fmt.Errorf("a form may have %d characters", maxDateForm)
	}
	f, pattern := &dateForm{}, strings.Builder{}
	for rest := format; rest != ""; {
		c := rest[0]
		switch {
		case c == '\'':
			end := strings.IndexByte(rest[1:], '\'')
			if end < 0 {
				return nil, errors.New("a quote in it is not closed")
			}
			if end == 0 { // two of them are one
				pattern.WriteByte('\'')
			}
			pattern.WriteString(regexp.QuoteMeta(rest[1 : 1+end]))
			rest = rest[end+2:]
		case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z':
			n := len(rest) - len(strings.TrimLeft(rest, string(c)))
			group, known := datePatterns[rest[:n]]
			if !known {
				return nil, fmt.Errorf("%q stands for nothing; the letters are those of formatdate, and texts are in single quotes", rest[:n])
			}
			if strings.HasPrefix(rest, "MMM") {
				c = 'b'
			}
			if c != 'E' {
				f.parts = append(f.parts, c)
			}
			pattern.WriteString(group)
			rest = rest[n:]
		default:
			r := []rune(rest)[0]
			pattern.WriteString(regexp.QuoteMeta(string(r)))
			rest = rest[len(string(r)):]
		}
	}
	re, err := regexp.Compile(`^` + pattern.String() + `$`)
	if err != nil {
		return nil, errors.New("it cannot be read")
	}
	f.pattern = re
	return f, nil
}

// parse reads a text; ok reports whether it has the form, and is a time.
func (f *dateForm) parse(s string) (t time.Time, ok bool) {
	m := f.pattern.FindStringSubmatch(s)
	if m == nil {
		return t, false
	}
	year, month, day, hour, minute, second, zone := 1970, 1, 1, 0, 0, 0, time.UTC
	half, twelve := "", false
	for i, part := range f.parts {
		text := m[i+1]
		n, _ := strconv.Atoi(text) // what is no number is not used as one
		switch part {
		case 'Y':
			if year = n; len(text) == 2 {
				year = 1900 + n
				if n < 70 {
					year += 100
				}
			}
		case 'M':
			month = n
		case 'b':
			month = monthNamed(text)
		case 'D':
			day = n
		case 'h':
			hour = n
		case 'H':
			hour, twelve = n, true
		case 'A', 'a':
			half = strings.ToLower(text)
		case 'm':
			minute = n
		case 's':
			second = n
		case 'Z':
			zone = zoneOf(text)
		}
	}
	if twelve {
		if hour < 1 || hour > 12 {
			return t, false
		}
		if hour %= 12; half == "p" {
			hour += 12
		}
	}
	t = time.Date(year, time.Month(month), day, hour, minute, second, 0, zone)
	return t, t.Day() == day && int(t.Month()) == month && hour < 24 && minute < 60 && second < 60
}

// monthNamed returns the number of a month by its name; 0 for none. Three letters
// of it are enough.
func monthNamed(name string) int {
	return 1 + slices.IndexFunc(slices.Collect(months), func(m string) bool {
		return strings.EqualFold(m, name) || strings.EqualFold(m[:3], name)
	})
}

func months(yield func(string) bool) {
	for m := time.January; m <= time.December; m++ {
		if !yield(m.String()) {
			return
		}
	}
}

// zoneOf returns the zone of an offset such as +0100 or +01:00.
func zoneOf(s string) *time.Location {
	if s == "Z" || s == "UTC" {
		return time.UTC
	}
	digits := strings.Replace(s[1:], ":", "", 1)
	hours, _ := strconv.Atoi(digits[:2])
	minutes, _ := strconv.Atoi(digits[2:])
	offset := (hours*60 + minutes) * 60
	if s[0] == '-' {
		offset = -offset
	}
	return time.FixedZone("", offset)
}
