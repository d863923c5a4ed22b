package render_test

import (
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/plan"
)

// What data blocks have cost is said of every plan, of one with nothing to do, too.
func TestDataCost(t *testing.T) {
	free := &plan.DataCost{Requests: []plan.EndpointCount{{Name: "costtime", Count: 1}}}
	dear := &plan.DataCost{Requests: []plan.EndpointCount{{Name: "remote", Count: 1200}, {Name: "aircargo", Count: 1}}, MinCredits: 20.2, MaxCredits: 50.2}
	for _, tt := range []struct {
		cost plan.Cost
		want string
	}{
		{plan.Cost{}, "no requests."},
		{plan.Cost{Data: free}, "no requests. The data blocks have taken 1 request (1 costtime)."},
		{plan.Cost{Data: dear, Estimate: plan.Estimate{Total: 1, Requests: []plan.EndpointCount{{Name: "post", Count: 1}}}},
			"1 request (1 post). The data blocks have taken 1,201 requests (1,200 remote, 1 aircargo) and 20.2–50.2 credits."},
	} {
		if got := render.CostText(tt.cost); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
		var b strings.Builder
		if err := render.Plan(&b, &plan.Plan{}, tt.cost, render.Style{}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(b.String(), "Cost: "+tt.want); got != (tt.cost.Data != nil) {
			t.Errorf("nothing to do:\n%s", &b)
		}
	}
}
