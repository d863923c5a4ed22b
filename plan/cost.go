package plan

// Cost is what a plan takes to carry out, and what making it has taken.
type Cost struct {
	Estimate Estimate
	Rate     float64 // requests a second, 0 without a limit
	Facts    Facts
	// Free means that the service has no credits.
	Free bool
	// Data is what data blocks have cost already; nil for nothing.
	Data *DataCost
}

// DataCost is what reading the data blocks cost, before anything was planned.
type DataCost struct {
	Requests []EndpointCount `json:"requests"` // in the order in which they were sent
	// MinCredits and MaxCredits differ where the service's pages disagree.
	MinCredits float64 `json:"min_credits"`
	MaxCredits float64 `json:"max_credits"`
}
