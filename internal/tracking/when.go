package tracking

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// wallClock reads a time as shops and spreadsheets write it. What counts is the clock on
// the wall, as the shop shows it: a zone is passed over. Nothing is guessed: where the
// day and the month could be meant the other way round, the error says what to write.
func wallClock(v string) (time.Time, error) {
	day, clock := v, ""
	if m := dayAndClock.FindStringSubmatch(v); m != nil {
		day, clock = m[1], m[2]
	}
	year, month, date, err := readDay(day)
	if err != nil {
		return time.Time{}, err
	}
	hour, minute, second, ok := readClock(clock)
	t := time.Date(year, time.Month(month), date, hour, minute, second, 0, time.UTC)
	if !ok || t.Day() != date || int(t.Month()) != month {
		return time.Time{}, errNoTime
	}
	return t, nil
}

var (
	dayAndClock = regexp.MustCompile(`^(\S+?)(?:T|t|,? +)(\d.*)$`)
	numericDay  = regexp.MustCompile(`^(\d{1,4})([-/.])(\d{1,2})([-/.])(\d{1,4})$`)
	namedDay    = regexp.MustCompile(`^(?:[A-Za-z]{3,9}[-/. ]\d{1,2}|\d{1,2}[-/. ][A-Za-z]{3,9})[-/., ]+\d{2,4}\b`)
	wallTime    = regexp.MustCompile(`^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)? ?([AaPp][Mm])? ?(?:[Zz]|[A-Z]{3,4}|(?:UTC|GMT)?[+-]\d{2}:?\d{2})?$`)
)

var errNoTime = errors.New("no time")

// ambiguousError is what a day is that can be meant in two ways.
type ambiguousError struct{ text, form string }

func (e *ambiguousError) Error() string {
	return fmt.Sprintf("%q can be meant in more than one way. Say which: parsedate(%q, …) reads it, with the letters of formatdate", e.text, e.form)
}

// readDay reads a day in numbers: with the year first, or the day first and dots, or with
// the year last where one number can be no month.
func readDay(v string) (year, month, day int, err error) {
	if namedDay.MatchString(v) {
		form := "MMM-DD-YY"
		if v[0] >= '0' && v[0] <= '9' {
			form = "DD-MMM-YY"
		}
		return 0, 0, 0, &ambiguousError{v, form}
	}
	m := numericDay.FindStringSubmatch(v)
	if m == nil || m[2] != m[4] {
		return 0, 0, 0, errNoTime
	}
	first, second, last := number(m[1]), number(m[3]), number(m[5])
	switch {
	case len(m[1]) == 4 && len(m[5]) <= 2:
		return first, second, last, nil
	case len(m[1]) > 2 || len(m[5]) == 3 || len(m[5]) == 1:
		return 0, 0, 0, errNoTime
	case m[2] == ".":
		if len(m[5]) == 2 {
			last += 2000
		}
		return last, second, first, nil
	case len(m[5]) == 4 && first > 12:
		return last, second, first, nil
	case len(m[5]) == 4 && second > 12:
		return last, first, second, nil
	}
	form := strings.Join([]string{"MM", "DD", strings.Repeat("Y", len(m[5]))}, m[2])
	return 0, 0, 0, &ambiguousError{v, form}
}

// readClock reads a time of the day; "" is midnight.
func readClock(v string) (hour, minute, second int, ok bool) {
	if v == "" {
		return 0, 0, 0, true
	}
	m := wallTime.FindStringSubmatch(v)
	if m == nil {
		return 0, 0, 0, false
	}
	hour, minute, second = number(m[1]), number(m[2]), number(m[3])
	if half := strings.ToLower(m[4]); half != "" {
		if hour < 1 || hour > 12 {
			return 0, 0, 0, false
		}
		if hour %= 12; half == "pm" {
			hour += 12
		}
	}
	return hour, minute, second, hour < 24 && minute < 60 && second < 61
}

// number reads digits that a pattern has found; none are 0.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}
