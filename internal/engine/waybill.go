package engine

import "github.com/tmsync/tmsync/internal/tracking"

// WaybillDocument is one air waybill of "query aircargo --json", with the
// service's own names.
type WaybillDocument struct {
	Number      string           `json:"track_number"`
	Weight      string           `json:"weight"`
	Pieces      string           `json:"piece"`
	Origin      string           `json:"origin"`
	Destination string           `json:"destination"`
	Status      string           `json:"status_number"`
	Events      []FlightDocument `json:"track_info"`
}

// FlightDocument is an event of one.
type FlightDocument struct {
	Planned string `json:"plan_date"`
	Actual  string `json:"actual_date"`
	What    string `json:"event"`
	Station string `json:"station"`
	Flight  string `json:"flight_number"`
}

// NewWaybillDocument returns the document of an air waybill.
func NewWaybillDocument(b tracking.AirWaybill) WaybillDocument {
	events := []FlightDocument{}
	for _, e := range b.Events {
		events = append(events, FlightDocument(e))
	}
	return WaybillDocument{b.Number, b.Weight, b.Pieces, b.Origin, b.Destination, b.Status, events}
}

// waybill is the way back from NewWaybillDocument.
func (d *WaybillDocument) waybill() tracking.AirWaybill {
	b := tracking.AirWaybill{Number: d.Number, Weight: d.Weight, Pieces: d.Pieces, Origin: d.Origin, Destination: d.Destination, Status: d.Status}
	for _, e := range d.Events {
		b.Events = append(b.Events, tracking.FlightEvent(e))
	}
	return b
}
