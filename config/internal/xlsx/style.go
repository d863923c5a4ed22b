package xlsx

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// style is what a number looks like: whether it is a date, and which digits and signs
// are shown.
type style struct {
	kind     styleKind
	sections []section // for positive and negative numbers and for zero
}

type styleKind uint8

const (
	general styleKind = iota
	number
	date
	elapsed // hours that may be more than 24
)

// section is a part of a number format.
type section struct {
	tokens   []formatToken
	whole    int // placeholders before the point
	decimals int // and behind it
	least    int // digits before the point at least
	grouped  bool
	percent  int
	thousand int // by how many thousands it is divided
}

// formatToken is a placeholder of a digit (0, #, ?), a point, or a text.
type formatToken struct {
	sign byte // 0 for a text
	text string
}

// builtin returns the number format that has a number, but no code in the file.
func builtin(id int) string {
	switch {
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 58:
		return "yyyy-mm-dd"
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id == 45, id == 47:
		return "h:mm"
	case id == 22:
		return "yyyy-mm-dd h:mm"
	case id == 46:
		return "[h]:mm:ss"
	}
	return map[int]string{1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)", 39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)"}[id]
}

// newStyle reads a number format. What it cannot show looks like General, which keeps all
// digits: exponents, fractions, conditions.
func newStyle(code string) style {
	if len(code) > 1000 || strings.HasPrefix(strings.ToLower(code), "general") {
		return style{}
	}
	var st style
	var now section
	point := false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				return style{}
			}
			now.add(code[i+1 : i+1+end])
			i += end + 1
		case '\\':
			if i++; i < len(code) {
				size := len(string([]rune(code[i:])[0]))
				now.add(code[i : i+size])
				i += size - 1
			}
		case '_', '*': // a gap, and what fills the cell
			i++
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return style{}
			}
			inner := code[i+1 : i+end]
			i += end
			switch {
			case strings.Trim(strings.ToLower(inner), "hms") == "" && inner != "":
				return style{kind: elapsed}
			case strings.HasPrefix(inner, "$"):
				sign, _, _ := strings.Cut(inner[1:], "-")
				now.add(sign)
			case strings.ContainsAny(inner, "<>="):
				return style{}
			}
		case '0', '#', '?':
			now.tokens = append(now.tokens, formatToken{sign: c})
			switch {
			case point:
				now.decimals++
			default:
				now.grouped = now.grouped || now.thousand > 0
				now.thousand = 0
				if now.whole++; c == '0' || now.least > 0 {
					now.least++
				}
			}
		case '.':
			if !point {
				now.tokens = append(now.tokens, formatToken{sign: c})
			}
			point = true
		case ',':
			if now.whole > 0 {
				now.thousand++
			}
		case '%':
			now.percent++
			now.add("%")
		case ';':
			st.sections = append(st.sections, now)
			now, point = section{}, false
		case 'd', 'D', 'm', 'M', 'y', 'Y', 'h', 'H', 's', 'S', 'e', 'b', 'B':
			return style{kind: date}
		case 'g':
			return style{kind: date}
		case 'E', '/', '@', 'G':
			return style{} // G begins General
		default:
			now.add(code[i : i+1])
		}
	}
	st.sections = append(st.sections, now)
	for _, s := range st.sections {
		if s.whole+s.decimals > 0 {
			st.kind = number
		}
	}
	return st
}

func (s *section) add(text string) { s.tokens = append(s.tokens, formatToken{text: text}) }

// append writes a number.
func (st style) append(to []byte, n float64, is1904 bool) []byte {
	switch {
	case st.kind == date && n >= 0 && n < lastDay:
		return appendDate(to, n, is1904)
	case st.kind == elapsed && n >= 0 && n < lastDay:
		seconds := int64(math.Round(n * 86400))
		to = fmt.Appendf(to, "%d:%02d", seconds/3600, seconds/60%60)
		if seconds%60 != 0 {
			to = fmt.Appendf(to, ":%02d", seconds%60)
		}
		return to
	case st.kind == number && math.Abs(n) < 1e15:
		return st.appendNumber(to, n)
	}
	return appendGeneral(to, n)
}

// appendGeneral writes a number with all digits that it has. One that has lost some shows
// that by its exponent.
func appendGeneral(to []byte, n float64) []byte {
	switch size := math.Abs(n); {
	case size >= 1e15:
		return strconv.AppendFloat(to, n, 'E', -1, 64)
	case size != 0 && size < 1e-9:
		return strconv.AppendFloat(to, n, 'E', maxDigits-1, 64)
	}
	whole, decimals := digitsOf(math.Abs(n), maxDigits)
	if n < 0 {
		to = append(to, '-')
	}
	to = append(to, whole...)
	if decimals = strings.TrimRight(decimals, "0"); decimals != "" {
		to = append(append(to, '.'), decimals...)
	}
	return to
}

// digitsOf writes a number with so many decimals. As spreadsheets do, it takes 15 digits
// of it and rounds a half up.
func digitsOf(n float64, decimals int) (whole, fraction string) {
	written := strconv.FormatFloat(n, 'e', maxDigits-1, 64)
	mantissa, exponent, _ := strings.Cut(written, "e")
	digits := strings.Replace(mantissa, ".", "", 1)
	exp, _ := strconv.Atoi(exponent) // it is always one
	point := exp + 1                 // digits before it
	if point < 0 {
		digits, point = strings.Repeat("0", -point)+digits, 0
	}
	if end := point + decimals; end < len(digits) {
		up := digits[end] >= '5'
		kept := []byte("0" + digits[:end])
		for i := len(kept) - 1; up && i >= 0; i-- {
			if up = kept[i] == '9'; up {
				kept[i] = '0'
			} else {
				kept[i]++
			}
		}
		digits, point = string(kept), point+1
	}
	if missing := point + decimals - len(digits); missing > 0 {
		digits += strings.Repeat("0", missing)
	}
	whole = strings.TrimLeft(digits[:point], "0")
	if whole == "" {
		whole = "0"
	}
	return whole, digits[point : point+decimals]
}

func (st style) appendNumber(to []byte, n float64) []byte {
	s, minus := st.sections[0], n < 0
	switch {
	case n < 0 && len(st.sections) > 1:
		s, minus = st.sections[1], false
	case n == 0 && len(st.sections) > 2:
		s = st.sections[2]
	}
	if len(s.tokens) == 0 {
		return appendGeneral(to, n)
	}
	n = math.Abs(n) * math.Pow(100, float64(s.percent)) / math.Pow(1000, float64(s.thousand))
	whole, fraction := digitsOf(n, min(s.decimals, 30))
	if whole == "0" {
		whole = ""
	}
	whole = strings.Repeat("0", max(0, s.least-len(whole))) + whole
	shown := s.fill(whole, fraction)
	if minus {
		shown = "-" + shown
	}
	return append(to, strings.TrimSpace(shown)...)
}

// fill puts digits in the places of a format. The first place takes those that are too
// many for the others.
func (s section) fill(whole, fraction string) string {
	var b strings.Builder
	left, behind := s.whole, false
	digit := func() { // the next one before the point
		b.WriteByte(whole[0])
		if whole = whole[1:]; s.grouped && len(whole) > 0 && len(whole)%3 == 0 {
			b.WriteByte(',')
		}
	}
	if s.whole == 0 {
		b.WriteString(whole)
	}
	for _, t := range s.tokens {
		switch {
		case t.sign == 0:
			b.WriteString(t.text)
		case t.sign == '.':
			if behind = true; s.decimals > 0 {
				b.WriteByte('.')
			}
		case behind:
			if len(fraction) > 0 && (t.sign == '0' || strings.Trim(fraction, "0") != "") {
				b.WriteByte(fraction[0])
				fraction = fraction[1:]
			}
		default:
			for len(whole) >= left && len(whole) > 0 {
				digit()
			}
			left--
		}
	}
	return b.String()
}

// lastDay is the day after the last one that a sheet knows.
const lastDay = 2958466

// appendDate writes a date as 2026-10-20, with the time if there is one. A time without a
// date is that alone.
func appendDate(to []byte, n float64, is1904 bool) []byte {
	seconds := int64(math.Round(n * 86400))
	day, clock := seconds/86400, seconds%86400
	if n >= 1 || is1904 {
		first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
		switch {
		case is1904:
			first = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
		case day < 60: // in these sheets 1900 is a leap year
			first = first.AddDate(0, 0, 1)
		}
		if !is1904 && day == 60 {
			to = append(to, "1900-02-29"...)
		} else {
			to = first.AddDate(0, 0, int(day)).AppendFormat(to, "2006-01-02")
		}
		if clock == 0 {
			return to
		}
		to = append(to, ' ')
	}
	to = fmt.Appendf(to, "%02d:%02d", clock/3600, clock/60%60)
	if clock%60 != 0 {
		to = fmt.Appendf(to, ":%02d", clock%60)
	}
	return to
}
