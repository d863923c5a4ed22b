package carrier

import "github.com/tmsync/tmsync/internal/tracking"

// Need is an attribute without which a carrier tells nothing of a parcel.
type Need struct {
	Attr tracking.Attr
	// Sure means that the service's own pages say so. Otherwise only services of the same
	// kind do, of the same carrier.
	Sure bool
}

// needs are what carriers insist on, with the sources:
//
//	S  the service's own: the page on creating trackings, and the samples of its SDKs,
//	   which name these carriers beside tracking_ship_date, tracking_postal_code and
//	   specialNumberDestination (API.md, create)
//	A  AfterShip: "required_fields" of its couriers, and its page on importing numbers
//	T  Track123: docs.track123.com, additional-tracking-fields
var needs = map[string][]Need{
	"deutsche-post":     {{tracking.ShipDate, true}},                                        // S A
	"mondialrelay":      {{tracking.PostalCode, true}},                                      // S T
	"mondial-relay":     {{tracking.PostalCode, true}},                                      // S: the code as the page has it
	"postnl-3s":         {{tracking.PostalCode, true}, {tracking.DestinationCountry, true}}, // S A
	"postnl-parcels":    {{tracking.PostalCode, false}},                                     // A T: "postnl", domestic
	"arrowxl":           {{tracking.PostalCode, false}},                                     // A
	"asmred":            {{tracking.PostalCode, false}},                                     // A: "asm"; T: "gls-spain"
	"colis-prive":       {{tracking.PostalCode, false}},                                     // T
	"correosexpress":    {{tracking.PostalCode, false}},                                     // A
	"dxdelivery":        {{tracking.PostalCode, false}},                                     // T
	"gel-express":       {{tracking.PostalCode, false}},                                     // T
	"gls-nl":            {{tracking.PostalCode, false}},                                     // A: "gls-netherlands"
	"xdp-uk":            {{tracking.PostalCode, false}},                                     // T
	"yodel":             {{tracking.PostalCode, false}},                                     // T
	"sf-express":        {{tracking.CustomerPhone, false}},                                  // T: its last four digits
	"sfb2c":             {{tracking.CustomerPhone, false}},                                  // T
	"apc-overnight":     {{tracking.AccountNumber, false}},                                  // A
	"dynamic-logistics": {{tracking.AccountNumber, false}},                                  // A
}

// Needs returns what a carrier insists on, or is said to. Most insist on nothing.
func Needs(code string) []Need { return needs[code] }
