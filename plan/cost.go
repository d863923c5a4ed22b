package plan

// Cost is what a plan takes to carry out, and what making it has taken.
type Cost struct {
	Estimate Estimate
	Rate     float64 // requests a second, 0 without a limit
	Facts    Facts
	// Free says that the service has no credits to tell of.
	Free bool
	// Data is what data blocks have cost already; nil for nothing.
	Data *DataCost
}
