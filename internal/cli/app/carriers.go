package app

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/carrier"
	"github.com/tmsync/tmsync/internal/tracking"
)

// carriersHead is the first line of the file that keeps a service's list. A line for
// each carrier follows.
type carriersHead struct {
	Format   string    `json:"format"`
	Version  int       `json:"version"`
	Provider string    `json:"provider"` // whose list it is: of no other service,
	Endpoint string    `json:"endpoint"` // and at no other place
	AsOf     time.Time `json:"as_of"`
	Count    int       `json:"count"`
}

const (
	carriersFormat  = "tmsync-carriers"
	carriersVersion = 1
)

func carriersFile(a *App) string { return filepath.Join(a.Dir, ".tmsync", "carriers.jsonl") }

// WriteCarriers stores the list of a service.
func WriteCarriers(a *App, p config.Provider, all []tracking.Carrier) error {
	if err := a.makeDirectory(); err != nil {
		return err
	}
	return ReplaceFile(carriersFile(a), 0o600, func(out io.Writer) error {
		lines := json.NewEncoder(out)
		lines.SetEscapeHTML(false)
		err := lines.Encode(carriersHead{carriersFormat, carriersVersion, p.Name, p.Endpoint, a.Now().UTC().Truncate(time.Second), len(all)})
		for _, c := range all {
			err = errors.Join(err, lines.Encode(CarrierDocument(c)))
		}
		return err
	})
}

// ReadCarriers reads the list that is kept. One that is not whole is as good as
// none: it can be fetched again.
func ReadCarriers(a *App) (head carriersHead, all []tracking.Carrier, ok bool) {
	f, err := os.Open(carriersFile(a))
	if err != nil {
		return head, nil, false
	}
	defer f.Close() // nothing was written
	lines := json.NewDecoder(bufio.NewReader(f))
	if lines.Decode(&head) != nil || head.Format != carriersFormat || head.Version != carriersVersion {
		return head, nil, false
	}
	for {
		var c CarrierDocument
		switch err := lines.Decode(&c); {
		case errors.Is(err, io.EOF):
			return head, all, len(all) == head.Count && head.Count > 0
		case err != nil || len(all) == head.Count:
			return head, nil, false
		}
		all = append(all, tracking.Carrier(c))
	}
}

// keptCarriers returns the stored list of a service, or nil.
func keptCarriers(a *App, p config.Provider) []tracking.Carrier {
	head, all, ok := ReadCarriers(a)
	if !ok || head.Provider != p.Name || head.Endpoint != p.Endpoint {
		return nil
	}
	return all
}

// CarrierDocument is a carrier in JSON.
type CarrierDocument struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// CarrierNames returns what carriers are called, here. The list is the one that is kept, or
// the built-in one; a carriers block counts, where there is a configuration.
func CarrierNames(a *App) *carrier.Names {
	_, kept, ok := ReadCarriers(a)
	if !ok {
		kept = nil
	}
	var own map[string]string
	if l := a.LoadWatched(config.Options{Environ: a.Environ, Display: a.Display, Now: a.Now, Version: a.Version, Stdin: a.Piped()}); l.Err == nil {
		own = l.Config.OwnCarriers() // whatever else is wrong there
	}
	return carrier.NewNames(own, kept)
}
