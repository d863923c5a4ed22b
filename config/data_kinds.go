package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// dataKind is one type of data: its arguments and its values.
type dataKind struct {
	query   tracking.Query
	args    []dataArg
	results map[string]cty.Type // beside the arguments
	ask     func(a *ask, texts map[string][]string)
	answer  func(a *ask, answers *Answers) map[string]cty.Value
}

// dataArg is an argument: a text, or a list of texts.
type dataArg struct {
	name           string
	optional, list bool
	private        bool // it may tell of a customer
	canonical      func(string) (string, error)
}

// dataKinds are the types of data blocks (API.md §2.14 to §2.16). The results
// have the names that "tmsync query --json" has: the service's own.
var dataKinds = map[string]*dataKind{
	"remote_area": {
		query: tracking.QueryRemoteArea,
		args: []dataArg{
			{name: "country", canonical: tracking.DestinationCountry.Canonical},
			{name: "postcode", canonical: anyText, private: true},
			{name: "company", canonical: anyText, optional: true},
		},
		results: map[string]cty.Type{"remote": cty.Bool, "named": cty.Bool, "companies": cty.List(cty.String)},
		ask: func(a *ask, texts map[string][]string) {
			a.place = tracking.PostalPlace{Country: texts["country"][0], Postcode: texts["postcode"][0], Company: texts["company"][0]}
		},
		answer: func(a *ask, answers *Answers) map[string]cty.Value { return areaValues(answers.Areas[a.place]) },
	},
	"transit_time": {
		query: tracking.QueryTransitTime,
		args: []dataArg{
			{name: "carrier_code", canonical: tracking.CanonicalCarrier},
			{name: "origin", canonical: tracking.DestinationCode.Canonical},
			{name: "destination", canonical: tracking.DestinationCode.Canonical},
		},
		results: func() map[string]cty.Type {
			types := map[string]cty.Type{"figures": cty.Map(cty.Number)}
			for _, name := range transitFigures {
				types[name] = cty.Number
			}
			return types
		}(),
		ask: func(a *ask, texts map[string][]string) {
			a.route = tracking.TransitRoute{Carrier: texts["carrier_code"][0], Origin: texts["origin"][0], Destination: texts["destination"][0]}
		},
		answer: func(a *ask, answers *Answers) map[string]cty.Value { return timeValues(answers.Times[a.route]) },
	},
	"air_waybill": {
		query:   tracking.QueryAirWaybill,
		args:    []dataArg{{name: "numbers", canonical: tracking.CanonicalWaybill, list: true}},
		results: map[string]cty.Type{"waybills": cty.List(waybillType)},
		ask:     func(a *ask, texts map[string][]string) { a.waybills = texts["numbers"] },
		answer:  waybillValues,
	},
}

// anyText is the canonical form of what is any text.
func anyText(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", errors.New("it must not be empty")
	}
	if len(s) > tracking.MaxTextLen {
		return "", fmt.Errorf("it has at most %d bytes", tracking.MaxTextLen)
	}
	return s, nil
}

func (k *dataKind) schema() *hcl.BodySchema {
	s := &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "for_each"}}}
	for _, arg := range k.args {
		s.Attributes = append(s.Attributes, hcl.AttributeSchema{Name: arg.name, Required: !arg.optional})
	}
	return s
}

// text returns one text of an argument in canonical form; "" is null. Of a secret
// one, what is wrong does not quote it.
func (a *dataArg) text(v cty.Value, secret bool) (string, *problem) {
	switch {
	case v.IsNull() && a.optional:
		return "", nil
	case v.IsNull():
		return "", &problem{"Invalid argument value", fmt.Sprintf("%s must not be null.", a.name)}
	case v.Type() == cty.Number:
		return "", &problem{"Value must be quoted", fmt.Sprintf("%s is a string, even if it has only digits. As a number it would lose leading zeros, and perhaps its last digits.", a.name)}
	}
	v, err := convert.Convert(v, cty.String)
	s := ""
	if err == nil {
		s, err = a.canonical(v.AsString())
	}
	switch {
	case err != nil && secret:
		return "", &problem{"Invalid argument value", fmt.Sprintf("The value of %s is not valid. It is sensitive, and not shown here.", a.name)}
	case err != nil:
		return "", &problem{"Invalid argument value", fmt.Sprintf("The value of %s is not suitable: %s", a.name, text.FullStop(err.Error()))}
	}
	return s, nil
}

func areaValues(area tracking.RemoteArea) map[string]cty.Value {
	return map[string]cty.Value{
		"remote": cty.BoolVal(area.Remote), "named": cty.BoolVal(area.Named), "companies": listOf(cty.String, area.Companies, cty.StringVal),
	}
}

// transitFigures are the documented figures of a transit time (API.md §2.15).
var transitFigures = []string{"total", "delivered", "range1", "range3", "range4", "range5"}

// timeValues returns all figures by name, the documented ones as values of their
// own; null where the service knows nothing.
func timeValues(t tracking.TransitTime) map[string]cty.Value {
	values, figures := map[string]cty.Value{"figures": cty.MapValEmpty(cty.Number)}, map[string]cty.Value{}
	for _, name := range transitFigures {
		values[name] = cty.NullVal(cty.Number)
	}
	for _, f := range t.Figures {
		figures[f.Name] = cty.NumberFloatVal(f.Value)
		if slices.Contains(transitFigures, f.Name) {
			values[f.Name] = figures[f.Name]
		}
	}
	if len(figures) > 0 {
		values["figures"] = cty.MapVal(figures)
	}
	return values
}

var (
	flightType = cty.Object(map[string]cty.Type{
		"plan_date": cty.String, "actual_date": cty.String, "event": cty.String, "station": cty.String, "flight_number": cty.String,
	})
	waybillType = cty.Object(map[string]cty.Type{
		"track_number": cty.String, "weight": cty.String, "piece": cty.String, "origin": cty.String, "destination": cty.String,
		"status_number": cty.String, "track_info": cty.List(flightType),
	})
)

// waybillValues returns the known air waybills in the order of the file.
func waybillValues(a *ask, answers *Answers) map[string]cty.Value {
	var known []tracking.AirWaybill
	for _, number := range a.waybills {
		if bill, ok := answers.Waybills[number]; ok {
			bill.Number = number
			known = append(known, bill)
		}
	}
	return map[string]cty.Value{"waybills": listOf(waybillType, known, waybillValue).WithMarks(a.marks)}
}

func waybillValue(b tracking.AirWaybill) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{
		"track_number": cty.StringVal(b.Number), "weight": cty.StringVal(b.Weight), "piece": cty.StringVal(b.Pieces),
		"origin": cty.StringVal(b.Origin), "destination": cty.StringVal(b.Destination), "status_number": cty.StringVal(b.Status),
		"track_info": listOf(flightType, b.Events, func(e tracking.FlightEvent) cty.Value {
			return cty.ObjectVal(map[string]cty.Value{
				"plan_date": cty.StringVal(e.Planned), "actual_date": cty.StringVal(e.Actual), "event": cty.StringVal(e.What),
				"station": cty.StringVal(e.Station), "flight_number": cty.StringVal(e.Flight),
			})
		}),
	})
}

func listOf[T any](ty cty.Type, all []T, value func(T) cty.Value) cty.Value {
	if len(all) == 0 {
		return cty.ListValEmpty(ty)
	}
	values := make([]cty.Value, len(all))
	for i, v := range all {
		values[i] = value(v)
	}
	return cty.ListVal(values)
}
