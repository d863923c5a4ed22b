package ask

import "github.com/tmsync/tmsync/internal/tracking"

// liveDocument is the output of "track --json" of one parcel.
type liveDocument struct {
	Address      string         `json:"address,omitempty"` // of a parcel that is ours
	Carrier      string         `json:"carrier_code"`
	Number       string         `json:"tracking_number"`
	Status       string         `json:"status"`
	Substatus    string         `json:"substatus"`
	Origin       string         `json:"original_country"`
	Destination  string         `json:"destination_country"`
	DaysUnderWay *int           `json:"days_under_way"` // null: not known
	DaysOld      *int           `json:"days_since_last_event"`
	Events       []liveEventDoc `json:"events"` // by leg, the last leg first; newest first
}

// liveEventDoc is one event, with the carrier that reports it.
type liveEventDoc struct {
	Carrier     string `json:"carrier_code"`
	Time        string `json:"time"` // of the place, without a zone
	Status      string `json:"status"`
	Substatus   string `json:"substatus"`
	Description string `json:"description"`
	Place       string `json:"place"`
}

func newLiveDocument(addr tracking.Addr, live *tracking.Live) liveDocument {
	d := liveDocument{
		Address: string(addr), Carrier: live.Key.Carrier, Number: live.Key.Number, Status: live.Status, Substatus: live.Substatus,
		Origin: live.Origin, Destination: live.Destination, DaysUnderWay: live.DaysUnderWay, DaysOld: live.DaysOld,
		Events: []liveEventDoc{},
	}
	for _, leg := range live.Legs {
		for _, e := range leg.Events {
			d.Events = append(d.Events, liveEventDoc{leg.Carrier, e.Time, e.Status, e.Substatus, e.What, e.Where})
		}
	}
	return d
}
