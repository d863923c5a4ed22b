package tracking

import "github.com/hashicorp/hcl/v2"

// Moved means that what is known under one address has another one now: a block, or
// one instance of it.
type Moved struct {
	From, To Addr
	Range    hcl.Range // the block's header
}

// Removed is what becomes of trackings whose block is gone, overriding their
// lifecycle.
type Removed struct {
	From Addr // a block, or one instance of it
	// OnRemove is RemoveDelete or RemoveForget where the block says which,
	// else RemoveDefault.
	OnRemove OnRemove
	Range    hcl.Range
}

// Import means that a declared tracking is at the service already: it is adopted,
// and never created.
type Import struct {
	To    Addr
	Key   Key
	Range hcl.Range // of the key
}
