package schema

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/render/report"
	"github.com/tmsync/tmsync/plan"
)

// documentSchema describes a document that is written with --json. It is made from
// the type that is written, so that the two cannot differ.
func documentSchema[T any]() object {
	return reflected(reflect.TypeFor[T]())
}

// vocabulary are the types of which every value is known.
var vocabulary = map[reflect.Type][]string{
	reflect.TypeFor[plan.Action](): texted(plan.Actions),
}

func texted[T ~string](words []T) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return out
}

// reflected is the schema of what encoding/json writes for a type.
func reflected(t reflect.Type) object {
	switch {
	case vocabulary[t] != nil:
		return object{"enum": vocabulary[t]}
	case t == reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[json.RawMessage]():
		return object{}
	}
	switch t.Kind() {
	case reflect.Bool:
		return typed("", "boolean")
	case reflect.String:
		return typed("", "string")
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return typed("", "integer")
	case reflect.Float64:
		return typed("", "number")
	case reflect.Pointer:
		return nullable(reflected(t.Elem()))
	case reflect.Slice:
		return object{"type": "array", "items": reflected(t.Elem())}
	case reflect.Map:
		return nullable(object{"type": "object", "additionalProperties": reflected(t.Elem())})
	case reflect.Struct:
		properties, required := object{}, []string{}
		fields(t, properties, &required)
		// Later versions add properties; readers pass over what they do not know.
		return object{"type": "object", "properties": properties, "required": required}
	}
	return object{} // any value
}

// fields gathers the properties of a type, those that are embedded, too.
func fields(t reflect.Type, properties object, required *[]string) {
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			fields(f.Type, properties, required)
			continue
		}
		properties[name] = reflected(f.Type)
		if options != "omitempty" && options != "omitzero" {
			*required = append(*required, name)
		}
	}
}

func nullable(s object) object { return object{"anyOf": []object{s, {"type": "null"}}} }

func planSchema() object       { return documentSchema[render.PlanDocument]() }
func valuesSchema() object     { return documentSchema[render.StateDocument]() }
func eventSchema() object      { return documentSchema[render.Event]() }
func runSchema() object        { return documentSchema[report.RunRecord]() }
func validationSchema() object { return documentSchema[render.ValidationDocument]() }
