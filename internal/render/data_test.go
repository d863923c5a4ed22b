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
		want string // for people
		full string // by endpoint
	}{
		{plan.Cost{}, "no requests.", "no requests."},
		{plan.Cost{Estimate: plan.Estimate{Total: 9, Requests: []plan.EndpointCount{{Name: "list", Count: 4}, {Name: "delete", Count: 5}}, MinCredits: 1, MaxCredits: 1}, Rate: 1},
			"9 requests: 4 to read, 5 to change; about 9 s at 1 request/s; 1 credit.", "9 requests (4 list, 5 delete); about 9 s at 1 request/s; 1 credit."},
		{plan.Cost{Estimate: plan.Estimate{Total: 1, Requests: []plan.EndpointCount{{Name: "list", Count: 1}}}}, "1 request, only to read.", "1 request (1 list)."},
		{plan.Cost{Data: free}, "no requests. The data blocks have taken 1 request.", "no requests. The data blocks have taken 1 request (1 costtime)."},
		{plan.Cost{Data: dear, Estimate: plan.Estimate{Total: 1, Requests: []plan.EndpointCount{{Name: "post", Count: 1}}}},
			"1 request. The data blocks have taken 1,201 requests and 20.2–50.2 credits.",
			"1 request (1 post). The data blocks have taken 1,201 requests (1,200 remote, 1 aircargo) and 20.2–50.2 credits."},
	} {
		for i, want := range []string{tt.want, tt.full} {
			if got := render.CostText(tt.cost, i == 1); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
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
