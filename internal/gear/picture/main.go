// Command picture draws what tmsync plan shows of a small shop, as an SVG: the picture in
// README.md. Run it at the top of the repository:
//
//	go run ./internal/gear/picture > .github/plan.svg
package main

import (
	"fmt"
	"os"
)

func main() {
	dir, err := os.MkdirTemp("", "")
	if err == nil {
		defer os.RemoveAll(dir)
		var svg []byte
		if svg, err = draw(dir); err == nil {
			_, err = os.Stdout.Write(svg)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
