package config

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/tracking"
)

// checkKeys finds keys that are declared twice, which is an error, and numbers
// of one carrier that differ in nothing but case, which is probably one.
func checkKeys(s *Scope) {
	declared := s.declared
	first := make(map[tracking.Key]int32, len(declared)) // by number in capitals
	other := map[tracking.Key]int32{}                    // written in another way than the first
	errs := s.repeated(nil, "the configuration")
	warnings := s.repeated(nil, "the configuration")
	for i := range declared {
		d := &declared[i]
		folded := tracking.Key{Carrier: d.Key.Carrier, Number: strings.ToUpper(d.Key.Number)}
		j, taken := first[folded]
		if !taken {
			first[folded] = int32(i)
			continue
		}
		if declared[j].Key == d.Key {
			errs.Add(duplicateKey(d, &declared[j]))
			continue
		}
		if k, taken := other[d.Key]; taken {
			errs.Add(duplicateKey(d, &declared[k]))
			continue
		}
		other[d.Key] = int32(i)
		rng := d.NumberRange()
		warnings.Add(&hcl.Diagnostic{
			Severity: hcl.DiagWarning,
			Summary:  "Tracking numbers differ only in case",
			Detail:   fmt.Sprintf("%s declares %s, and %s, at %s, declares %s. The service may take both for one tracking.", d.Addr, d.Key, declared[j].Addr, hcldiag.Place(declared[j].NumberRange()), declared[j].Key),
			Subject:  &rng,
		})
	}
	errs.Close()
	warnings.Close()
}

func duplicateKey(d, other *tracking.Declared) *hcl.Diagnostic {
	rng := d.NumberRange()
	return hcldiag.Error(&rng, "Duplicate tracking", fmt.Sprintf("%s and %s both declare %s; the other one is at %s. A carrier and number can be declared once.", d.Addr, other.Addr, d.Key, hcldiag.Place(other.NumberRange())))
}
