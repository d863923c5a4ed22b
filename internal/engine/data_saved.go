package engine

import (
	"encoding/json"
	"fmt"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan/planfile"
)

// areaAnswer and timeAnswer are answers as a saved plan keeps them; those of air
// waybills are as "query aircargo --json" writes them.
type areaAnswer struct {
	Remote    bool     `json:"remote"`
	Named     bool     `json:"named"`
	Companies []string `json:"companies"`
}

type timeAnswer struct {
	Figures map[string]float64 `json:"figures"`
}

// placeText, routeText and waybillText are the texts of which a saved plan has MACs.
func placeText(p tracking.PostalPlace) string {
	return fmt.Sprintf("remote %q %q %q", p.Country, p.Postcode, p.Company)
}

func routeText(r tracking.TransitRoute) string {
	return fmt.Sprintf("costtime %q %q %q", r.Carrier, r.Origin, r.Destination)
}

func waybillText(number string) string { return fmt.Sprintf("aircargo %q", number) }

const dataMAC = "data"

// savedAnswers returns the answers to data blocks as a saved plan stores them.
func (d *dataRead) savedAnswers(key planfile.Key, q config.Questions) ([]planfile.Answer, error) {
	var out []planfile.Answer
	add := func(question string, answer any) error {
		text, err := json.Marshal(answer)
		out = append(out, planfile.Answer{Question: key.Text(dataMAC, question), Answer: text})
		return err
	}
	for _, p := range q.Places {
		area := d.answers.Areas[p]
		if err := add(placeText(p), areaAnswer{area.Remote, area.Named, area.Companies}); err != nil {
			return nil, err
		}
	}
	for _, r := range q.Routes {
		t := timeAnswer{map[string]float64{}}
		for _, f := range d.answers.Times[r].Figures {
			t.Figures[f.Name] = f.Value
		}
		if err := add(routeText(r), t); err != nil {
			return nil, err
		}
	}
	for _, number := range q.Waybills {
		var answer any
		if b, known := d.answers.Waybills[number]; known {
			b.Number = ""
			answer = NewWaybillDocument(b)
		}
		if err := add(waybillText(number), answer); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// KeptAnswers finds the answer to a question, by its text; nil knows none.
type KeptAnswers func(question string) (json.RawMessage, bool)

// AnswersOf returns the answers that a saved plan has kept.
func AnswersOf(f *planfile.File, key planfile.Key) KeptAnswers {
	kept := make(map[string]json.RawMessage, len(f.Answers))
	for _, a := range f.Answers {
		kept[a.Question] = a.Answer
	}
	return func(question string) (json.RawMessage, bool) {
		answer, ok := kept[key.Text(dataMAC, question)]
		return answer, ok
	}
}

// get reads the answer to a question; it reports whether there is one.
func (k KeptAnswers) get(question string, to any) (ok bool) {
	if k == nil {
		return false
	}
	text, ok := k(question)
	return ok && json.Unmarshal(text, to) == nil
}

// fill copies the kept answers and returns the questions that remain.
func (k KeptAnswers) fill(q config.Questions, to *config.Answers) (rest config.Questions) {
	to.Areas, to.Times, to.Waybills = map[tracking.PostalPlace]tracking.RemoteArea{}, map[tracking.TransitRoute]tracking.TransitTime{}, map[string]tracking.AirWaybill{}
	for _, p := range q.Places {
		var a areaAnswer
		if !k.get(placeText(p), &a) {
			rest.Places = append(rest.Places, p)
			continue
		}
		to.Areas[p] = tracking.RemoteArea{Place: p, Remote: a.Remote, Named: a.Named, Companies: a.Companies}
	}
	for _, r := range q.Routes {
		var a timeAnswer
		if !k.get(routeText(r), &a) {
			rest.Routes = append(rest.Routes, r)
			continue
		}
		t := tracking.TransitTime{Route: r}
		for name, v := range a.Figures {
			t.Figures = append(t.Figures, tracking.Figure{Name: name, Value: v})
		}
		to.Times[r] = t
	}
	for _, number := range q.Waybills {
		var doc *WaybillDocument
		if !k.get(waybillText(number), &doc) {
			rest.Waybills = append(rest.Waybills, number)
		} else if doc != nil {
			to.Waybills[number] = doc.waybill()
		}
	}
	return rest
}
