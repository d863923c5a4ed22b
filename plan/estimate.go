package plan

import (
	"github.com/tmsync/tmsync/internal/tracking"
)

// Estimate is what carrying out a plan costs.
type Estimate struct {
	Requests []EndpointCount `json:"requests"` // in the order in which they are sent
	Total    int             `json:"total"`
	// MinCredits and MaxCredits differ where the service does not report whether a
	// call is charged: carrier changes and trackings created once before.
	MinCredits int `json:"min_credits"`
	MaxCredits int `json:"max_credits"`
}

// EndpointCount is how many requests go to one endpoint, by its short name.
type EndpointCount struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// EstimateCost counts the requests of an apply from here on: those that write,
// and the reads that guard them. It is exact as long as every answer proves
// what became of its items; one that does not costs one more read.
func EstimateCost(p *Plan, svc *tracking.Service) Estimate {
	var e Estimate
	for b := range Lower(p, svc) {
		call := svc.Calls[b.Op]
		if b.Guard {
			e.count(svc.List.Name, 1)
		}
		e.count(call.For(call.Max), len(b.Steps)/call.Max)
		if rest := len(b.Steps) % call.Max; rest > 0 {
			e.count(call.For(rest), 1)
		}
		if b.Op == tracking.OpChangeCarrier {
			e.count(svc.List.Name, 1) // its answer does not mention the tracking
		}
	}
	for i := range p.Changes {
		least, most := p.Changes[i].credits()
		e.MinCredits += least
		e.MaxCredits += most
	}
	return e
}

// Reads is how many of the requests only read.
func (e *Estimate) Reads() int {
	n := 0
	for _, r := range e.Requests {
		if r.Name == tracking.ListName {
			n += r.Count
		}
	}
	return n
}

// credits returns what a change costs. A tracking that was created once before may
// be free.
func (c *Change) credits() (least, most int) {
	switch charge := c.Action.Spec().Charge; {
	case charge == tracking.Free || c.Taken:
		return 0, 0
	case charge == tracking.MayCharge, c.Reason == GoneRemotely, c.Action == Replace && c.SameKey():
		return 0, 1
	}
	return 1, 1
}

func (e *Estimate) count(name string, n int) {
	if n == 0 {
		return
	}
	e.Total += n
	for i := range e.Requests {
		if e.Requests[i].Name == name {
			e.Requests[i].Count += n
			return
		}
	}
	e.Requests = append(e.Requests, EndpointCount{name, n})
}

// Seconds is how long the requests take at a rate, in requests a second; 0 when
// there is no limit.
func (e *Estimate) Seconds(rate float64) float64 {
	if rate <= 0 {
		return 0
	}
	return float64(e.Total) / rate
}
