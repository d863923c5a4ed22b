package cli

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// What the tests look at from inside.

// PlanOptions parses the flags of plan and apply, and writes what differs from the
// options without flags: "refresh=full noLock=true".
func PlanOptions(args []string) (string, error) {
	parse := func(args []string) (planOptions, error) {
		var o planOptions
		fs := newFlagSet("plan")
		o.flags(fs)
		fs.BoolVar(&o.Destroy, "destroy", false, "")
		if err := fs.Parse(longFlags(args)); err != nil {
			return o, err
		}
		return o, o.check()
	}
	o, err := parse(args)
	if err != nil {
		return "", err
	}
	none, err := parse(nil)
	return strings.Join(differences(reflect.ValueOf(o), reflect.ValueOf(none)), " "), err
}

func differences(o, none reflect.Value) []string {
	var out []string
	for i := range o.NumField() {
		name, v := o.Type().Field(i), o.Field(i)
		switch text := value(v); {
		case name.Anonymous:
			out = append(out, differences(v, none.Field(i))...)
		case text != value(none.Field(i)):
			out = append(out, strings.ToLower(name.Name[:1])+name.Name[1:]+"="+text)
		}
	}
	return out
}

// value is what an option has, or points to.
func value(v reflect.Value) string {
	var parts []string
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		return value(v.Elem())
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			parts = append(parts, value(v.Index(i)))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[time.Time]():
		for i := range v.NumField() {
			parts = append(parts, value(v.Field(i)))
		}
		return "{" + strings.Join(parts, " ") + "}"
	}
	if v.CanInt() { // not the words for a duration
		return strconv.FormatInt(v.Int(), 10)
	}
	return fmt.Sprintf("%v", v)
}
