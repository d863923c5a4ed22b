package trackingmore

import (
	"math/rand/v2"
	"sync"
	"time"
)

// How often one request is sent. What a 429 turned away is counted apart: it was
// not looked at.
const (
	maxAttempts = 3
	maxClosures = 3 // how many closures of the gate one request waits out
)

// budget bounds the retries of a whole run, to spare a service in trouble.
type budget struct {
	mu        sync.Mutex
	tokens    int
	successes int
}

const (
	fullBudget      = 20
	successesAToken = 10
)

func newBudget() *budget { return &budget{tokens: fullBudget} }

// spend uses a token for one retry, and reports whether there was one.
func (b *budget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tokens == 0 {
		return false
	}
	b.tokens--
	return true
}

// earn counts a success.
func (b *budget) earn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.successes++
	if b.successes%successesAToken == 0 && b.tokens < fullBudget {
		b.tokens++
	}
}

// backOff is how long to wait after so many failed attempts: anything from one
// second to two or four.
func backOff(attempts int) time.Duration {
	longest := time.Second << attempts
	return time.Second + rand.N(longest-time.Second+1)
}
