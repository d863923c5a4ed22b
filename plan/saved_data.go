package plan

import "encoding/json"

// DataCost is what it has cost to read the data blocks of a configuration, before
// anything was planned.
type DataCost struct {
	Requests []EndpointCount `json:"requests"` // in the order in which they were sent
	// MinCredits and MaxCredits differ where the service's pages disagree.
	MinCredits float64 `json:"min_credits"`
	MaxCredits float64 `json:"max_credits"`
}

// SavedAnswer is the answer to a question of a data block, kept so that applying
// the plan does not pay for it again. It does not tell what was asked: that may be
// a customer's.
type SavedAnswer struct {
	Question string          `json:"question"` // a MAC of it
	Answer   json.RawMessage `json:"answer"`   // null where the service knows nothing
}
