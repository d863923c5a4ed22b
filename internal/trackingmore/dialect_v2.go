package trackingmore

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
)

// TrackingMore is TrackingMore v2 (API.md §2).
func TrackingMore() *Dialect {
	d := likeV2()
	d.about = tracking.TrackingMore
	d.header = "Trackingmore-Api-Key"
	d.account = "/trackings/getuserinfo"
	d.queries = queriesMore()
	d.calls = map[tracking.Op]call{
		tracking.OpChangeCarrier: single("update", (*Dialect).encodeCarrier, judgeMoved),
		tracking.OpCreate:        bulk("batch", bulkMax, (*Dialect).createObject, postOne()),
		tracking.OpUpdate:        bulk("updatemore", bulkMax, (*Dialect).updateObject, putOne()),
		tracking.OpPut:           *putOne(),
		tracking.OpStopUpdates:   bulk("notupdate", bulkMax, (*Dialect).keyObject, nil),
		tracking.OpDelete:        bulk("delete", bulkMax, (*Dialect).keyObject, deleteOne()),
	}
	return d.ready()
}

// Trackru is Trackru v1, which has few of the calls (API.md §6).
func Trackru() *Dialect {
	d := likeV2()
	d.about = tracking.Trackru
	d.header = "Api-Key"
	d.queries = queriesRu()
	d.calls = map[tracking.Op]call{
		tracking.OpCreate: bulk("batch", bulkMax, (*Dialect).createObject, postOne()),
		tracking.OpPut:    *putOne(),
		tracking.OpDelete: *deleteOne(),
	}
	return d.ready()
}

// The limits of the service (API.md §4). Only create and numbers= are documented
// to take 40; the other bulk calls are held to the same.
const (
	bulkMax   = 40
	pageMaxV2 = 2000
)

// likeV2 is what TrackingMore v2 and Trackru v1 have in common.
func likeV2() Dialect {
	return Dialect{
		limits: limits{batch: bulkMax, numbers: 40, page: pageMaxV2},
		// The service's pages name one and three requests a second (API.md §2.9); one
		// satisfies both.
		own: ownRate{string(tracking.QueryLive), 1},
		list: list{
			path: "/trackings/get", numbers: "numbers", until: "created_at_max", size: "limit", page: "page",
			time: func(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) },
			none: []int{codeEmpty},
		},
		keyed: true,
		codes: codesV2(),
		words: words{
			number: "tracking_number", carrier: "carrier_code", code: "code", message: "message",
			done: "trackings", failed: "errors", status: "status", lastEvent: "lastUpdateTime", eventTime: latest,
			carrierCode: "code", carrierName: "name",
		},
		attrs:    attrsV2(),
		corrects: member{"auto_correct", json.RawMessage("1")},
	}
}

// attrsV2 follows API.md §2.1, §2.3, §2.6, §2.7 and the asymmetries of §5.
func attrsV2() wireAttrs {
	both := func(a tracking.Attr) wireAttr { return wireAttr{create: a.String(), change: a.String()} }
	shown := func(a tracking.Attr) wireAttr {
		return wireAttr{create: a.String(), change: a.String(), listed: a.String()}
	}
	created := func(a tracking.Attr) wireAttr { return wireAttr{create: a.String()} }
	return wireAttrs{
		tracking.Title:              shown(tracking.Title),
		tracking.OrderID:            shown(tracking.OrderID),
		tracking.CustomerName:       shown(tracking.CustomerName),
		tracking.CustomerEmail:      shown(tracking.CustomerEmail),
		tracking.LogisticsChannel:   both(tracking.LogisticsChannel),
		tracking.DestinationCode:    both(tracking.DestinationCode),
		tracking.CustomerPhone:      both(tracking.CustomerPhone),
		tracking.Archived:           {change: "archived", listed: "archived"},
		tracking.Status:             {change: "status", write: statusNumber},
		tracking.TrackUpdates:       {listed: "track_update"},
		tracking.Comment:            {create: "comment", listed: "comment"},
		tracking.OrderCreateTime:    {create: "order_create_time", listed: "order_create_time", write: slashTime},
		tracking.Lang:               created(tracking.Lang),
		tracking.ShipDate:           created(tracking.ShipDate),
		tracking.DestinationCountry: created(tracking.DestinationCountry),
		tracking.PostalCode:         created(tracking.PostalCode),
		tracking.AccountNumber:      created(tracking.AccountNumber),
	}
}

// slashTime writes an order's time as the service's own samples do (API.md §5.10).
func slashTime(v string) (json.RawMessage, error) {
	if t, err := time.Parse(tracking.OrderTimeLayout, v); err == nil {
		v = t.Format("2006/1/2 15:04")
	}
	return appendText(nil, v), nil
}

// statusNumber writes a word of the status attribute as the service takes it
// (API.md §5.1).
func statusNumber(v string) (json.RawMessage, error) {
	switch v {
	case tracking.StatusDelivered:
		return json.RawMessage("4"), nil
	case tracking.StatusException:
		return json.RawMessage("7"), nil
	case tracking.StatusOriginal:
		return json.RawMessage("8"), nil
	}
	return nil, fmt.Errorf("there is no status %q to set", v)
}

// postOne creates one tracking, and answers with it (API.md §2.1).
func postOne() *call {
	c := single("post", (*Dialect).encodePost, judgeBulk)
	return &c
}

// putOne changes one tracking (API.md §2.3).
func putOne() *call {
	c := single("put", (*Dialect).encodePut, judgeAlone)
	return &c
}

// deleteOne deletes one tracking (API.md §2.4).
func deleteOne() *call {
	c := single("delete-one", (*Dialect).encodeDelete, judgeAlone)
	return &c
}

// queriesMore are the questions that TrackingMore answers (API.md §2).
func queriesMore() map[tracking.Query]query {
	return map[tracking.Query]query{
		tracking.QueryCarriers:    {method: http.MethodGet, path: "/carriers"},
		tracking.QueryDetect:      {method: http.MethodPost, path: "/carriers/detect", none: []int{codeEmpty, codeUndetected}},
		tracking.QueryStatusCount: {method: http.MethodGet, path: "/trackings/getstatusnumber"},
		tracking.QueryLive:        {method: http.MethodPost, path: "/trackings/realtime"},
		tracking.QueryRemoteArea:  {method: http.MethodPost, path: "/trackings/remote", none: []int{codeEmpty}},
		tracking.QueryTransitTime: {method: http.MethodPost, path: "/trackings/costtime", none: []int{codeEmpty}},
		tracking.QueryAirWaybill:  {method: http.MethodPost, path: "/trackings/aircargo", none: []int{codeEmpty}},
	}
}

// queriesRu are the questions that Trackru answers (API.md §6).
func queriesRu() map[tracking.Query]query {
	return map[tracking.Query]query{
		tracking.QueryLive: {method: http.MethodPost, path: "/trackings/realtime"},
	}
}
