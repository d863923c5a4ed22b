package config

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/loopback"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// Sandbox is the endpoint that stands for the embedded emulator.
const Sandbox = "sandbox"

// MaxBatch is how many trackings one request can create (API.md §2.5).
const MaxBatch = 40

// Provider is the service to use, and how.
type Provider struct {
	Name string // as the file has it
	// Service is what it stands for.
	Service *tracking.Service
	// APIKey is "" if none is set: not every command needs one. It must never
	// be printed or stored.
	APIKey string
	// Endpoint is Sandbox or a URL: https, or http on a loopback address. Where a file
	// names it, it is the service's own or on a loopback address.
	Endpoint string
	// RequestsPerSecond is the rate to keep to; 0 is no limit.
	RequestsPerSecond float64
	// RateLimitPause is how long nothing is sent after a 429.
	RateLimitPause time.Duration
	// BatchSize is how many trackings a request carries at most.
	BatchSize int
	// Timeout is for one request.
	Timeout time.Duration

	DeclRange hcl.Range
	// EndpointRange is where the endpoint is set; empty if that is not in a
	// file.
	EndpointRange hcl.Range
}

// String returns the provider without its API key, for whatever prints it.
func (p Provider) String() string { return p.Name + " at " + p.Endpoint }

// unknownProvider stands where the files name no service. The first of all is as good
// as any to go on with, so that what else is wrong is told in the same run.
var unknownProvider = Provider{Service: tracking.Services[0]}

var providerSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{
	{Name: "api_version"}, {Name: "api_key"}, {Name: "endpoint"}, {Name: "requests_per_second"},
	{Name: "rate_limit_pause"}, {Name: "batch_size"}, {Name: "timeout"},
}}

// decodeProvider reads the provider block. environ may have the API key and the
// endpoint.
func decodeProvider(dec *decoder, environ map[string]string) Provider {
	all := dec.blocks("provider")
	if len(all) == 0 {
		dec.error(nil, "Missing provider", "The configuration does not say which service to use. Add a block such as:\n\n    provider \"trackingmore\" {\n      endpoint = \"sandbox\"\n    }")
		return unknownProvider
	}
	for _, extra := range all[1:] {
		dec.error(&extra.DefRange, "More than one provider", fmt.Sprintf("A configuration has exactly one provider; another one is at %s. Put trackings of two services into two directories.", hcldiag.Place(all[0].DefRange)))
	}
	block := all[0]
	name := block.Labels[0]
	service := tracking.ServiceOf(name, 0)
	if service == nil {
		names := tracking.Providers()
		dec.error(&block.LabelRanges[0], "Unknown provider", fmt.Sprintf("The providers are \"%s\".%s", strings.Join(names, "\" and \""), text.DidYouMean(name, slices.Values(names))))
		return unknownProvider
	}
	content := dec.content(block, providerSchema)
	attrs := content.Attributes
	service = decodeVersion(dec, service, attrs["api_version"])

	p := Provider{Name: name, Service: service, Endpoint: service.Endpoint, BatchSize: MaxBatch, DeclRange: block.DefRange}
	p.APIKey = environ[service.KeyEnv]
	if a := attrs["api_key"]; a != nil {
		if v, ok := dec.convertTo(a, dec.evaluateSecret(a.Expr), cty.String); ok && v.AsString() != "" {
			p.APIKey = v.AsString()
		}
	}
	if strings.ContainsFunc(p.APIKey, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		dec.error(&block.DefRange, "Invalid API key", "The API key has a space, a line end or a character that is not ASCII. It is not shown here.")
	}
	decodeEndpoint(dec, environ, &p, attrs["endpoint"], service.Endpoint)
	p.RateLimitPause = dec.duration(attrs["rate_limit_pause"], 120*time.Second)
	p.Timeout = dec.duration(attrs["timeout"], 30*time.Second)
	p.BatchSize = int(dec.number(attrs["batch_size"], MaxBatch, 1, MaxBatch, true))
	rate := service.Rate
	if p.Endpoint == Sandbox {
		rate = 0
	}
	p.RequestsPerSecond = dec.number(attrs["requests_per_second"], rate, 0, 1000, false)
	return p
}

// decodeVersion returns the service of the version that the block asks for.
func decodeVersion(dec *decoder, first *tracking.Service, attr *hcl.Attribute) *tracking.Service {
	v, ok := dec.evaluateAs(attr, cty.Number)
	if !ok {
		return first
	}
	versions := tracking.Versions(first.Provider)
	if len(versions) == 1 {
		dec.error(&attr.NameRange, "Unsupported argument", first.Name+" has one API only. Remove api_version.")
		return first
	}
	for _, version := range versions {
		if v.RawEquals(cty.NumberIntVal(int64(version))) {
			return tracking.ServiceOf(first.Provider, version)
		}
	}
	texts := make([]string, len(versions))
	for i, version := range versions {
		texts[i] = strconv.Itoa(version)
	}
	dec.error(attr.Expr.Range().Ptr(), "Unknown API version", fmt.Sprintf("The versions of %s that tmsync speaks are %s; %s is the default.", first.Name, strings.Join(texts, " and "), texts[0]))
	return first
}

// otherVersion returns the provider's service of another version, where the endpoint is
// that one's; else nil.
func otherVersion(service *tracking.Service, endpoint string) *tracking.Service {
	for _, s := range tracking.Services {
		if s != service && s.Provider == service.Provider && path.Base(s.Endpoint) == path.Base(endpoint) {
			return s
		}
	}
	return nil
}

// orBlock is where something is set, else the block.
func orBlock(set, block hcl.Range) *hcl.Range {
	if set.Empty() {
		return &block
	}
	return &set
}

// endpointEnv is the environment variable that goes before the file's endpoint.
const endpointEnv = "TMSYNC_ENDPOINT"

// decodeEndpoint reads the endpoint from the environment, else from the file. The
// API key is sent there, so it is the environment's, which has the key, to name
// another host than the service's own. The file's endpoint is then not used.
func decodeEndpoint(dec *decoder, environ map[string]string, p *Provider, attr *hcl.Attribute, own string) {
	endpoint, inFile := dec.text(attr)
	if given := environ[endpointEnv]; given != "" {
		p.Endpoint = given
		if problem := endpointProblem(given); problem != "" {
			dec.error(nil, "Invalid endpoint", "The environment variable "+endpointEnv+" names the endpoint. "+problem)
		}
	} else if inFile {
		p.Endpoint, p.EndpointRange = endpoint, attr.Expr.Range()
		if problem := endpointProblem(endpoint); problem != "" {
			dec.error(&p.EndpointRange, "Invalid endpoint", problem)
		} else if !ownEndpoint(endpoint, own) {
			dec.error(&p.EndpointRange, "Endpoint not allowed in a file", fmt.Sprintf("The API key is sent to the endpoint, and whoever may change a file is not to decide where the key goes. "+
				"A file may name %s, a loopback address such as \"http://localhost:8080\", or \"sandbox\". "+
				"For another host, set %s in the environment of tmsync; it goes before what the file says.", own, endpointEnv))
		}
	}
	p.Endpoint = strings.TrimRight(p.Endpoint, "/")
	if other := otherVersion(p.Service, p.Endpoint); other != nil {
		standard := ""
		if p.Service == tracking.ServiceOf(p.Name, 0) {
			standard = ", the default"
		}
		dec.error(orBlock(p.EndpointRange, p.DeclRange), "Endpoint of another API version", fmt.Sprintf("The endpoint ends in %q, which is where version %d is; the provider block's api_version is %d%s. Let both be the same.",
			"/"+path.Base(p.Endpoint), other.Version, p.Service.Version, standard))
	}
	dec.note("endpoint", []byte(p.Endpoint))
}

// ownEndpoint reports whether a file may name an endpoint in which endpointProblem
// finds no fault. own is the service's.
func ownEndpoint(endpoint, own string) bool {
	if endpoint == Sandbox {
		return true
	}
	u, err := url.Parse(endpoint)
	service, err2 := url.Parse(own)
	if err != nil || err2 != nil {
		return false
	}
	return loopback.Host(u.Hostname()) || u.Scheme == service.Scheme && u.Hostname() == service.Hostname() && (u.Port() == "" || u.Port() == "443")
}

// endpointProblem returns why the API key may not be sent to an endpoint. What
// stands in the URL is not repeated: it may be a secret.
func endpointProblem(endpoint string) string {
	if endpoint == Sandbox {
		return ""
	}
	u, err := url.Parse(endpoint)
	switch {
	case err != nil || u.Hostname() == "":
		return "The endpoint must be \"sandbox\" or a URL such as \"https://api.trackingmore.com/v2\"."
	case u.User != nil || strings.ContainsAny(endpoint, "?#"):
		return "The endpoint must not have a user name, a query or a fragment."
	case u.Scheme == "https" || u.Scheme == "http" && loopback.Host(u.Hostname()):
		return ""
	}
	return "The endpoint must use https, because the API key is sent to it. Plain http is for loopback addresses."
}
