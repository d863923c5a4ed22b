package plan

import (
	"runtime"
	"sync"
)

// partSize is how many trackings are worth a goroutine.
const partSize = 4096

// inParts calls do for 0 to n-1, on all processors where there are many. A call must
// write nothing that another one reads or writes. A panic is the caller's.
func inParts(n int, do func(i int)) {
	parts := min(runtime.GOMAXPROCS(0), 1+n/partSize)
	var wg sync.WaitGroup
	panics := make(chan any, parts)
	for part := range parts {
		wg.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					panics <- v
				}
			}()
			for i := n * part / parts; i < n*(part+1)/parts; i++ {
				do(i)
			}
		})
	}
	wg.Wait()
	select {
	case v := <-panics:
		panic(v)
	default:
	}
}
