package sandbox_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A shape says what a JSON value looks like, in JSON:
//
//	{"a": SHAPE, "b?": SHAPE}   an object with these members; b may be missing
//	[SHAPE]                     an array of such values, of one at least
//	[SHAPE, SHAPE, …]           a value of one of these shapes
//	"=text"                     this text
//	"#7"                        this number
//	"KIND KIND …"               a value of one of these kinds
//
// The kinds are the keys of kinds.
type shape string

// kinds are the kinds of values that the answers have (API.md §1).
var kinds = map[string]func(v any) bool{
	"text":   func(v any) bool { _, ok := v.(string); return ok },
	"number": func(v any) bool { _, ok := v.(float64); return ok },
	"bool":   func(v any) bool { _, ok := v.(bool); return ok },
	"true":   func(v any) bool { return v == true },
	"false":  func(v any) bool { return v == false },
	"null":   func(v any) bool { return v == nil },
	"none":   func(v any) bool { list, ok := v.([]any); return ok && len(list) == 0 },
	"any":    func(any) bool { return true },
	"word":   textLike(`.`),
	"id":     textLike(`^[0-9a-f]{32}$`),
	"digits": textLike(`^[0-9]+$`),
	"time":   textLike(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$`),
	"moment": textLike(`^\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?$`),
	"status": textLike(`^(pending|notfound|inforeceived|transit|pickup|delivered|undelivered|exception|expired)$`),
}

func textLike(form string) func(any) bool {
	re := regexp.MustCompile(form)
	return func(v any) bool {
		text, ok := v.(string)
		return ok && re.MatchString(text)
	}
}

// fit returns what of a value is not of its shape. surplus are the members that
// the shape does not know.
func (s shape) fit(value json.RawMessage) (wrong, surplus []string) {
	var want, got any
	if err := json.Unmarshal([]byte(s), &want); err != nil {
		return []string{fmt.Sprintf("this is no shape: %v: %s", err, s)}, nil
	}
	if err := json.Unmarshal(value, &got); err != nil {
		return []string{fmt.Sprintf("this is no JSON: %v", err)}, nil
	}
	f := fitting{}
	f.value("data", want, got)
	return f.wrong, f.surplus
}

type fitting struct{ wrong, surplus []string }

func (f *fitting) complain(path string, want, got any) {
	w, _ := json.Marshal(want)
	g, _ := json.Marshal(got)
	f.wrong = append(f.wrong, fmt.Sprintf("%s: want %s, got %s", path, w, g))
}

func (f *fitting) value(path string, want, got any) {
	switch w := want.(type) {
	case string:
		if !isOf(w, got) {
			f.complain(path, want, got)
		}
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			f.complain(path, want, got)
			return
		}
		f.members(path, w, g)
	case []any:
		if len(w) == 1 {
			f.elements(path, w[0], got)
			return
		}
		f.oneOf(path, w, got)
	default:
		f.complain(path, "a shape", want)
	}
}

// isOf reports whether a value is of one of some kinds.
func isOf(want string, got any) bool {
	if text, ok := strings.CutPrefix(want, "="); ok {
		return got == text
	}
	if number, ok := strings.CutPrefix(want, "#"); ok {
		_, isNumber := got.(float64)
		return isNumber && fmt.Sprint(got) == number
	}
	for _, kind := range strings.Fields(want) {
		if is := kinds[kind]; is != nil && is(got) {
			return true
		}
	}
	return false
}

func (f *fitting) members(path string, want, got map[string]any) {
	known := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		plain, optional := strings.CutSuffix(name, "?")
		known[plain] = true
		v, ok := got[plain]
		switch {
		case ok:
			f.value(path+"."+plain, want[name], v)
		case !optional:
			f.wrong = append(f.wrong, fmt.Sprintf("%s.%s is missing", path, plain))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if !known[name] {
			f.surplus = append(f.surplus, path+"."+name)
		}
	}
}

func (f *fitting) elements(path string, want, got any) {
	list, ok := got.([]any)
	if !ok || len(list) == 0 {
		f.complain(path, []any{want}, got)
		return
	}
	for i, v := range list {
		f.value(fmt.Sprintf("%s[%d]", path, i), want, v)
	}
}

// oneOf prefers the shape with the fewest complaints, for their sake.
func (f *fitting) oneOf(path string, shapes []any, got any) {
	var best *fitting
	for _, want := range shapes {
		one := &fitting{}
		one.value(path, want, got)
		if best == nil || len(one.wrong)+len(one.surplus) < len(best.wrong)+len(best.surplus) {
			best = one
		}
	}
	f.wrong, f.surplus = append(f.wrong, best.wrong...), append(f.surplus, best.surplus...)
}

func TestShape(t *testing.T) {
	for _, tt := range []struct {
		shape          shape
		value          string
		wrong, surplus []string
	}{
		{`"text null"`, `""`, nil, nil},
		{`"text null"`, `null`, nil, nil},
		{`"text null"`, `7`, []string{`data: want "text null", got 7`}, nil},
		{`"txt"`, `"x"`, []string{`data: want "txt", got "x"`}, nil},
		{`"=new title"`, `"new title"`, nil, nil},
		{`"=7"`, `7`, []string{`data: want "=7", got 7`}, nil},
		{`"#7"`, `7`, nil, nil},
		{`"#7"`, `"7"`, []string{`data: want "#7", got "7"`}, nil},
		{`"time"`, `"2018-04-18T14:34:30+08:00"`, nil, nil},
		{`"time"`, `"2018-04-18T14:34:30Z"`, []string{`data: want "time", got "2018-04-18T14:34:30Z"`}, nil},
		{`"moment"`, `"2018-04-18 14:34"`, nil, nil},
		{`"none"`, `[]`, nil, nil},
		{`"none"`, `[1]`, []string{`data: want "none", got [1]`}, nil},
		{`["number"]`, `[]`, []string{`data: want ["number"], got []`}, nil},
		{`["number"]`, `[1,"2"]`, []string{`data[1]: want "number", got "2"`}, nil},
		{`["none",["number"]]`, `[]`, nil, nil},
		{`[["#1","#2"]]`, `[1,2,3]`, []string{`data[2]: want "#1", got 3`}, nil},
		{`{"a":"number","b?":"bool"}`, `{"a":1}`, nil, nil},
		{`{"a":"number","b?":"bool"}`, `{"b":1,"c":2}`, []string{"data.a is missing", `data.b: want "bool", got 1`}, []string{"data.c"}},
		{`{"a":"number"}`, `[]`, []string{`data: want {"a":"number"}, got []`}, nil},
		{`{`, `1`, []string{"this is no shape: unexpected end of JSON input: {"}, nil},
	} {
		wrong, surplus := tt.shape.fit(json.RawMessage(tt.value))
		if diff := cmp.Diff([][]string{tt.wrong, tt.surplus}, [][]string{wrong, surplus}); diff != "" {
			t.Errorf("%s of %s (-want +got):\n%s", tt.value, tt.shape, diff)
		}
	}
}
