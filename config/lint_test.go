package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/tracking"
)

// lint loads files and gives what is said of carriers and numbers, by place.
func lint(t *testing.T, carriers func(config.Provider) []tracking.Carrier, files map[string]string) map[string][]string {
	t.Helper()
	files["zz_provider.hcl"] = sandbox
	cfg, diags := config.Load(writeFiles(t, files), config.Options{Environ: map[string]string{}, Carriers: carriers})
	checkDiagnostics(t, diags)
	if !diags.HasErrors() && len(cfg.Declared) == 0 {
		t.Error("nothing is declared")
	}
	got := map[string][]string{}
	for place, all := range summaries(diags) {
		for _, s := range all {
			for _, d := range diags {
				if strings.HasSuffix(s, d.Summary) && (d.Subject == nil || place == fmt.Sprintf("%s:%d", d.Subject.Filename, d.Subject.Start.Line)) {
					first, _, _ := strings.Cut(d.Detail, "\n")
					s += ": " + first
					break
				}
			}
			got[place] = append(got[place], s)
		}
	}
	return got
}

func tracked(name, carrier, number, more string) string {
	return fmt.Sprintf("tracking %q {\n  carrier_code = %q\n  tracking_number = %q\n%s\n}\n", name, carrier, number, more)
}

const silent = "  lifecycle {\n    lint = false\n  }"

// fromService is a list that only one service has given out.
func fromService(codes ...string) func(config.Provider) []tracking.Carrier {
	return func(p config.Provider) []tracking.Carrier {
		if p.Service != tracking.TrackingMore || p.Endpoint != config.Sandbox {
			return nil
		}
		var all []tracking.Carrier
		for _, code := range codes {
			all = append(all, tracking.Carrier{Code: code, Name: "N"})
		}
		return all
	}
}

func TestLint(t *testing.T) {
	const wrong = "looks wrong. It has the form of an international postal number (UPU S10), and its check digit is wrong: after RR12345678 comes a 5, and here it is \"9\". A character was mistyped or left out."
	for _, tt := range []struct {
		name     string
		carriers func(config.Provider) []tracking.Carrier
		files    map[string]string
		want     map[string][]string
	}{
		{"once for each code", nil, map[string]string{
			"a.hcl": tracked("a", "chna-ems", "12345", "") + tracked("b", "chna-ems", "12346", "") + tracked("c", "nowhere-near", "12345", ""),
		}, map[string][]string{
			"a.hcl:2":  {"Warning: Unknown carrier code: \"chna-ems\" is not among the carriers that tmsync knows of. Did you mean \"china-ems\"?"},
			"a.hcl:12": {"Warning: Unknown carrier code: \"nowhere-near\" is not among the carriers that tmsync knows of."},
		}},
		{"silenced", nil, map[string]string{
			"a.hcl": tracked("a", "chna-ems", "12345", silent) + tracked("b", "china-post", "RR123456789CN", silent),
		}, map[string][]string{}},
		{"silenced for all but one", nil, map[string]string{
			"a.hcl": "defaults {\n" + silent + "\n}\n" + tracked("a", "china-post", "RR123456789CN", "") +
				tracked("b", "china-ems", "RR123456789CN", "  lifecycle {\n    lint = true\n  }"),
		}, map[string][]string{"a.hcl:13": {"Warning: Doubtful tracking number: The number of tracking.b " + wrong}}},
		{"the service's own list", fromService("sto", "brand-new"), map[string]string{
			"a.hcl": tracked("a", "sto", "12345", "") + tracked("b", "brand-new", "12345", "") + tracked("c", "brand-nwe", "12345", silent) + tracked("d", "dhl", "12345", ""),
		}, map[string][]string{
			"a.hcl:12": {"Error: Unknown carrier code: The service has no carrier \"brand-nwe\". Did you mean \"brand-new\"?"},
			"a.hcl:19": {"Error: Unknown carrier code: The service has no carrier \"dhl\"."},
		}},
		{"another service's list", func(config.Provider) []tracking.Carrier { return nil },
			map[string]string{"a.hcl": tracked("a", "sto", "12345", "")}, map[string][]string{}},
		{"a name for a code", nil, map[string]string{"a.hcl": tracked("a", "DHL Express", "12345", "")}, map[string][]string{
			"a.hcl:2": {"Error: Invalid carrier code: A carrier code has only the letters A-Z, digits, \"-\" and \"_\"; this one has the character U+0020. As a name it stands for \"dhl\": carrier(…) returns the codes of names."},
		}},
		{"what carriers insist on", nil, map[string]string{
			"a.hcl": "trackings \"o\" {\n  csv = \"o.csv\"\n  carrier_code = row.c\n  tracking_number = row.n\n  tracking_postal_code = row.p\n}\n" +
				tracked("given", "deutsche-post", "12345", "  tracking_ship_date = \"20261001\"") + tracked("silent", "deutsche-post", "12346", silent) +
				tracked("strict", "deutsche-post", "12347", "  lifecycle {\n    lint = \"strict\"\n  }") + tracked("often", "yodel", "12348", "  lifecycle {\n    lint = \"strict\"\n  }"),
			"o.csv": "c,n,p\nmondialrelay,12340,\nsto,12350,\nmondialrelay,12360,75001\nmondialrelay,12370,\npostnl-3s,12380,\n",
		}, map[string][]string{
			"o.csv:2":  {"Warning: Carrier needs more: The service tells nothing of a parcel of mondialrelay without tracking_postal_code, and trackings.o[\"12340\"] does not have it."},
			"o.csv:6":  {"Warning: Carrier needs more: The service tells nothing of a parcel of postnl-3s without tracking_postal_code, and trackings.o[\"12380\"] does not have it.", "Warning: Carrier needs more: The service tells nothing of a parcel of postnl-3s without tracking_postal_code, and trackings.o[\"12380\"] does not have it."},
			"a.hcl:20": {"Error: Carrier needs more: The service tells nothing of a parcel of deutsche-post without tracking_ship_date, and tracking.strict does not have it."},
			"a.hcl:27": {"Warning: Carrier needs more: Parcels of yodel often need tracking_postal_code, as services of the same kind say, and tracking.often does not have it."},
		}},
		{"the user's names", fromService("sto", "hermes-de"), map[string]string{
			"a.hcl": "variable \"names\" {\n  default = { Hausbote = \"hermes-de\" }\n}\ncarriers {\n  names = merge(var.names, { \"STO (China)\" = \"sto\" })\n}\nlocals {\n  code = carrier(\"HAUS-BOTE\")\n}\n" +
				"tracking \"a\" {\n  carrier_code = local.code\n  tracking_number = \"12340\"\n}\ntracking \"b\" {\n  carrier_code = carrier(\"sto china\", \"12350\")\n  tracking_number = \"12350\"\n}\n",
		}, map[string][]string{}},
		{"a name that is not certain", nil, map[string]string{
			"a.hcl": "trackings \"o\" {\n  csv = \"o.csv\"\n  carrier_code = carrier(row.c, row.n)\n  tracking_number = row.n\n}\n",
			"o.csv": "c,n\nDHL,00340434161094022115\nPostNL,3S123\n",
		}, map[string][]string{
			"o.csv:3": {"Error: Invalid function argument: Invalid value for \"name\" parameter: which carrier \"PostNL\" is, is not certain: postnl-parcels (Netherlands Post - PostNL), postnl-3s (PostNL International 3S); give the code in a carriers block: names = { \"PostNL\" = \"…\" }."},
		}},
		{"the row of a file", nil, map[string]string{
			"a.hcl":   "trackings \"o\" {\n  csv = \"o.csv\"\n  carrier_code = row.c\n  tracking_number = row.n\n}\n",
			"o.csv":   "c,n\nusps,RB123456785US\nchina-post,RR123456789CN\nztoo,12345\nztoo,12346\n",
			"for.hcl": "tracking \"f\" {\n  for_each = toset([\"CN\"])\n  carrier_code = \"usps\"\n  tracking_number = \"RB123456786${each.key}\"\n}\n",
		}, map[string][]string{
			"o.csv:3":   {"Warning: Doubtful tracking number: The number of trackings.o[\"RR123456789CN\"] " + wrong},
			"o.csv:4":   {"Warning: Unknown carrier code: \"ztoo\" is not among the carriers that tmsync knows of. Did you mean \"zto\"?"},
			"for.hcl:4": {"Warning: Doubtful tracking number: The number of tracking.f[\"CN\"] looks wrong. It has the form of an international postal number (UPU S10), and its check digit is wrong: after RB12345678 comes a 5, and here it is \"6\". A character was mistyped or left out."},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, lint(t, tt.carriers, tt.files)); diff != "" {
				t.Errorf("mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLintBounds: however many mistakes there are, what is said of them is short,
// with how many there are and where the first are.
func TestLintBounds(t *testing.T) {
	var rows, blocks, codes strings.Builder
	rows.WriteString("c,n\n")
	for i := range 1000 {
		fmt.Fprintf(&rows, "fedex,%012d\n", 12*i+1)
		blocks.WriteString(tracked(fmt.Sprintf("b%d", i), "ups", fmt.Sprintf("1Z%016d", 1+100*i), ""))
		codes.WriteString(tracked(fmt.Sprintf("c%d", i), fmt.Sprintf("none-%d-such", i/2), fmt.Sprintf("12%04d", i), ""))
	}
	file := func(carrier string) string {
		return "trackings \"o\" {\n  csv = \"o.csv\"\n  carrier_code = " + carrier + "\n  tracking_number = row.n\n}\n"
	}
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  map[string]int
	}{
		{"one block", map[string]string{"a.hcl": file("row.c"), "o.csv": rows.String()}, map[string]int{
			`Doubtful tracking number: If it is right, set lint = false in the lifecycle block. tracking_number is set at a.hcl:4. Trackings with this mistake: 910, the first at o.csv:2 ("000000000001"), 3 ("000000000013"), 4 ("000000000025"), 5 ("000000000037"), 6 ("000000000049").`: 1,
		}},
		{"a code in many rows", map[string]string{"a.hcl": file(`"ztoo"`), "o.csv": rows.String()}, map[string]int{
			`Unknown carrier code: The service may have it all the same: "tmsync carriers --refresh" fetches its whole list. To hear no more of it, set lint = false in the lifecycle block. carrier_code is set at a.hcl:3. Trackings with this mistake: 1,000, the first at o.csv:2, 3, 4, 5, 6.`: 1,
		}},
		{"many blocks", map[string]string{"a.hcl": blocks.String()}, map[string]int{
			`Doubtful tracking number: If it is right, set lint = false in the lifecycle block. Trackings with this mistake: 900, the first at a.hcl:3 ("1Z0000000000000001"), 8 ("1Z0000000000000101"), 13 ("1Z0000000000000201"), 18 ("1Z0000000000000301"), 23 ("1Z0000000000000401").`: 1,
		}},
		{"many codes", map[string]string{"a.hcl": codes.String()}, map[string]int{
			`Unknown carrier code: Trackings with this mistake: 2, at`: 10,
			`Unknown carrier code: Trackings with this mistake: 980, the first at a.hcl:103 ("none-10-such"), 108 ("none-10-such"), 113 ("none-11-such"), 118 ("none-11-such"), 123 ("none-12-such").`: 1,
		}},
		{"what a carrier insists on, of an element", map[string]string{"a.hcl": "tracking \"f\" {\n  for_each = toset([\"1\", \"2\"])\n  carrier_code = \"mondialrelay\"\n  tracking_number = \"1234${each.key}\"\n}\n"}, map[string]int{
			`Carrier needs more: Trackings with this mistake: 2, at tracking.f["1"], tracking.f["2"].`: 1,
		}},
	} {
		tt.files["zz_provider.hcl"] = sandbox
		_, diags := config.Load(writeFiles(t, tt.files), config.Options{Environ: map[string]string{}})
		checkDiagnostics(t, diags)
		got := map[string]int{}
		for _, d := range diags {
			got[d.Summary+": "+strings.ReplaceAll(d.Detail, "\n\n", " ")]++
		}
		for want, n := range tt.want {
			for said, times := range got {
				before, after, _ := strings.Cut(want, ": ")
				if strings.HasPrefix(said, before) && strings.Contains(said, after) {
					n -= times
				}
			}
			if n != 0 {
				t.Errorf("%s: %d too few of %q in\n%v", tt.name, n, want, got)
			}
		}
		total := 0
		for _, n := range tt.want {
			total += n
		}
		if len(diags) != total {
			t.Errorf("%s: %d diagnostics, want %d:\n%v", tt.name, len(diags), total, got)
		}
	}
}
