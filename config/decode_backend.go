package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/loopback"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/state/shared/settings"
)

// backendDecoder reads one backend block.
type backendDecoder struct {
	*decoder
	environ map[string]string
	backend *Backend
	unused  map[string][]string // arguments by why they have no effect
	first   *hcl.Range          // of those
	unknown bool                // an earlier error has left a value unknown
}

// decodeBackend reads a backend block; nil where what it says is wrong.
func decodeBackend(dec *decoder, environ map[string]string, block *hcl.Block) *Backend {
	kind := block.Labels[0]
	b := &Backend{Range: block.DefRange}
	switch kind {
	case "s3":
		b.S3 = &settings.S3{}
	case "pg":
		b.PG = &settings.PG{Schema: "tmsync", Name: "default"}
	case "http":
		b.HTTP = &settings.HTTP{UpdateMethod: "POST", LockMethod: "LOCK", UnlockMethod: "UNLOCK"}
	default:
		hint := text.DidYouMean(kind, slices.Values(BackendKinds()))
		if kind == "local" {
			hint = " A state in a file of this machine needs none: write state { path = \"tmsync.state.jsonl\" } instead, on lines of their own."
		}
		dec.error(&block.LabelRanges[0], "Unknown backend", fmt.Sprintf("The backends are \"s3\" (any store with the protocol of S3), \"pg\" (PostgreSQL) and \"http\" (GitLab's managed state).%s", hint))
		return nil
	}
	d := &backendDecoder{decoder: dec, environ: environ, backend: b, unused: map[string][]string{}}
	before := countErrors(dec.diags)
	d.body(block.Body, BackendArguments(kind), "backend \""+kind+"\"", block.DefRange)
	d.whole(block)
	d.noteUnused()
	if d.unknown || countErrors(dec.diags) > before {
		return nil
	}
	return b
}

func countErrors(diags hcl.Diagnostics) int {
	n := 0
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			n++
		}
	}
	return n
}

// body reads a block's arguments. What is an object may be a block as well.
func (d *backendDecoder) body(body hcl.Body, args []BackendArgument, what string, at hcl.Range) {
	schema := &hcl.BodySchema{}
	for _, arg := range args {
		schema.Attributes = append(schema.Attributes, hcl.AttributeSchema{Name: arg.Name})
		if arg.Parts != nil {
			schema.Blocks = append(schema.Blocks, hcl.BlockHeaderSchema{Type: arg.Name})
		}
	}
	content, diags := body.Content(schema)
	d.report(diags...)
	blocks := content.Blocks.ByType()
	for i := range args {
		arg := &args[i]
		attr, written := content.Attributes[arg.Name], blocks[arg.Name]
		switch {
		case arg.Unused != "":
			if attr != nil {
				d.ignore(attr, arg)
			}
		case arg.Parts == nil:
			d.argument(arg, attr, what, at)
		case len(written) > 0:
			d.oneOf(written, attr)
			d.body(written[0].Body, arg.Parts, arg.Name, written[0].DefRange)
		case attr != nil:
			d.object(arg, attr)
		default:
			d.silent(arg.Parts)
		}
	}
}

// oneOf complains of an object that is written more than once.
func (d *backendDecoder) oneOf(blocks hcl.Blocks, attr *hcl.Attribute) {
	name := blocks[0].Type
	detail := fmt.Sprintf("There may be one %s; another one is at %s.", name, hcldiag.Place(blocks[0].DefRange))
	for _, extra := range blocks[1:] {
		d.error(&extra.DefRange, "Duplicate "+name, detail)
	}
	if attr != nil {
		d.error(&attr.NameRange, "Duplicate "+name, detail)
	}
}

// relies notes what an expression is made of.
func (d *backendDecoder) relies(expr hcl.Expression) {
	d.unknown = d.unknown || d.doubtful && len(expr.Variables()) > 0
}

// silent takes what the environment says of an object that is not written.
func (d *backendDecoder) silent(parts []BackendArgument) {
	for i := range parts {
		if parts[i].before != nil || parts[i].after != nil {
			d.argument(&parts[i], nil, "", hcl.Range{})
		}
	}
}

// object reads an argument that is an object, or in JSON a list of one.
func (d *backendDecoder) object(arg *BackendArgument, attr *hcl.Attribute) {
	d.relies(attr.Expr)
	v, marks := d.evaluate(attr.Expr).Unmark()
	if !v.IsKnown() {
		d.unknown = true
		return
	}
	if ty := v.Type(); !v.IsNull() && ty.IsTupleType() && ty.Length() == 1 {
		v = v.Index(cty.Zero)
	}
	if v.IsNull() {
		d.silent(arg.Parts)
		return
	}
	if !v.Type().IsObjectType() && !v.Type().IsMapType() {
		d.error(attr.Expr.Range().Ptr(), "Invalid argument value", fmt.Sprintf("The value of %s is not suitable: an object is required.", arg.Name))
		return
	}
	members := v.AsValueMap()
	var names []string
	for i := range arg.Parts {
		part := &arg.Parts[i]
		names = append(names, part.Name)
		member, there := members[part.Name]
		if !there {
			member = cty.NullVal(cty.DynamicPseudoType)
		}
		d.value(part, member.WithMarks(marks), attr.Expr.Range(), arg.Name, attr.Expr.Range())
	}
	for name := range members {
		if !slices.Contains(names, name) {
			d.error(attr.Expr.Range().Ptr(), "Unsupported argument", fmt.Sprintf("An argument named %q is not expected in %s.%s", name, arg.Name, text.DidYouMean(name, slices.Values(names))))
		}
	}
}

// argument reads an argument, where attr is nil if the file is silent on it.
func (d *backendDecoder) argument(arg *BackendArgument, attr *hcl.Attribute, what string, at hcl.Range) {
	v := cty.NullVal(cty.DynamicPseudoType)
	if attr != nil && arg.only != "" {
		d.refuse(arg, attr.NameRange)
		return
	}
	if attr != nil {
		d.relies(attr.Expr)
		at = attr.Expr.Range()
		if arg.secret {
			v = d.evaluateSecret(attr.Expr)
			d.secrets = append(d.secrets, at)
		} else {
			v = d.evaluate(attr.Expr)
		}
	}
	d.value(arg, v, at, what, at)
}

// value keeps the value of an argument. What the environment says of an address goes
// before what a file says, whoever may change that.
func (d *backendDecoder) value(arg *BackendArgument, v cty.Value, at hcl.Range, what string, missing hcl.Range) {
	v, marks := v.UnmarkDeep()
	if name, given := d.given(arg.before); given != "" {
		d.keep(arg, cty.StringVal(given), nil, "The environment variable "+name)
		return
	}
	if !v.IsWhollyKnown() {
		d.unknown = true
		return
	}
	if v.IsNull() {
		if name, given := d.given(arg.after); given != "" {
			d.keep(arg, cty.StringVal(given), nil, "The environment variable "+name)
		} else if arg.required {
			d.missing(arg, what, missing)
		}
		return
	}
	if len(marks) > 0 && !arg.secret {
		d.error(&at, "Sensitive value in a backend", fmt.Sprintf("The value of %s is sensitive, and where a state lives is shown: in messages, in reports, in the store's own logs. "+
			"Use a value that is not sensitive, or nonsensitive() if it is no secret.", arg.Name))
		return
	}
	if arg.only != "" {
		d.refuse(arg, at)
		return
	}
	d.keep(arg, v, &at, "The value of "+arg.Name)
	if text, is := arg.to(d.backend).(*string); is && arg.inFile != nil {
		if problem := arg.inFile(*text); problem != "" {
			d.error(&at, "Address not allowed in a file", "The value of "+arg.Name+" "+problem)
		}
	}
}

// refuse complains of an argument that only the environment may say.
func (d *backendDecoder) refuse(arg *BackendArgument, at hcl.Range) {
	d.error(&at, "Argument not allowed in a file", fmt.Sprintf("%s would let whoever may change a file choose what is read from this machine, or run on it, for credentials. Set %s in the environment instead.", arg.Name, arg.only))
}

// missing complains of an argument that nobody has given. What the environment may
// say is asked for when the state is opened: not every command does.
func (d *backendDecoder) missing(arg *BackendArgument, what string, at hcl.Range) {
	const summary = "Missing required argument"
	detail := fmt.Sprintf("The argument %q of %s is required, and is not there.", arg.Name, what)
	if len(arg.before) == 0 {
		d.error(&at, summary, detail)
		return
	}
	d.backend.Missing = append(d.backend.Missing, &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: summary, Subject: &at,
		Detail: detail + " The environment variable " + arg.before[0] + " may say it as well.",
	})
}

// given returns the first of some environment variables that is set, and its name.
func (d *backendDecoder) given(names []string) (name, value string) {
	for _, name := range names {
		if v := d.environ[name]; v != "" {
			return name, v
		}
	}
	return "", ""
}

// keep converts a value to what the argument wants, and keeps it. subject begins the
// message if it does not fit.
func (d *backendDecoder) keep(arg *BackendArgument, v cty.Value, at *hcl.Range, subject string) {
	to := arg.to(d.backend)
	var ty cty.Type
	switch to.(type) {
	case *string, *time.Duration:
		ty = cty.String
	case *map[string]string:
		ty = cty.Map(cty.String)
	case *bool:
		ty = cty.Bool
	case *[]string:
		ty = cty.List(cty.String)
	}
	v, err := convert.Convert(v, ty)
	if err != nil {
		d.error(at, "Invalid argument value", fmt.Sprintf("%s is not suitable: %s.", subject, err))
		return
	}
	switch to := to.(type) {
	case *bool:
		*to = v.True()
	case *time.Duration:
		if *to, err = time.ParseDuration(v.AsString()); err != nil || *to <= 0 {
			d.error(at, "Invalid duration", subject+" must be a duration with its unit, such as \"1h\".")
		}
	case *map[string]string:
		*to = map[string]string{}
		for name, member := range v.AsValueMap() {
			if !member.IsNull() {
				(*to)[name] = member.AsString()
			}
		}
	case *[]string:
		for _, member := range v.AsValueSlice() {
			if !member.IsNull() {
				*to = append(*to, member.AsString())
			}
		}
	case *string:
		*to = v.AsString()
		problem := ""
		if arg.check != nil {
			problem = arg.check(*to)
		} else if strings.ContainsRune(*to, 0) {
			problem = "has a zero byte."
		}
		if problem != "" {
			d.error(at, "Invalid "+arg.Name, subject+" "+problem)
		}
	}
}

// ignore remembers an argument that has no effect.
func (d *backendDecoder) ignore(attr *hcl.Attribute, arg *BackendArgument) {
	d.evaluate(attr.Expr) // what is wrong with it is wrong all the same
	d.unused[arg.Unused] = append(d.unused[arg.Unused], arg.Name)
	if d.first == nil || attr.NameRange.Start.Byte < d.first.Start.Byte {
		d.first = attr.NameRange.Ptr()
	}
}

// noteUnused reports once which arguments have no effect.
func (d *backendDecoder) noteUnused() {
	if d.first == nil {
		return
	}
	var said []string
	for why, names := range d.unused {
		said = append(said, strings.Join(names, ", ")+" ("+why+")")
	}
	slices.Sort(said)
	d.report(&hcl.Diagnostic{
		Severity: hcl.DiagWarning, Summary: "Arguments without effect", Subject: d.first,
		Detail: "Accepted so that Terraform's block can be pasted, and not needed here: " + strings.Join(said, "; ") + ".",
	})
}

// whole checks what one argument alone cannot tell.
func (d *backendDecoder) whole(block *hcl.Block) {
	switch b := d.backend; {
	case b.S3 != nil && (b.S3.AccessKey == "") != (b.S3.SecretKey == ""):
		d.error(&block.DefRange, "Half of the credentials", "access_key and secret_key go together. Without both, the credentials come from the environment, a profile, or the machine's role.")
	case b.HTTP != nil && b.HTTP.Address != "":
		d.addresses(b.HTTP, block)
	case b.PG != nil && b.PG.ConnStr != "" && d.environ["PG_CONN_STR"] == "" && d.environ["PGPASSWORD"] != "":
		d.error(&block.DefRange, "Address not allowed in a file", "PGPASSWORD is sent to the server that conn_str names, and whoever may change a file is not to decide where it goes. Set PG_CONN_STR in the environment, or leave conn_str to PGHOST and the others.")
	}
}

// addresses checks that user name and password go to one place.
func (d *backendDecoder) addresses(b *settings.HTTP, block *hcl.Block) {
	if u, err := url.Parse(b.Address); err == nil && d.environ["TF_HTTP_ADDRESS"] == "" && b.Password != "" && b.Password == d.environ["TF_HTTP_PASSWORD"] && !loopback.Host(u.Hostname()) {
		d.error(&block.DefRange, "Address not allowed in a file", "TF_HTTP_PASSWORD is sent to address, and whoever may change a file is not to decide where it goes. Set TF_HTTP_ADDRESS in the environment, too.")
	}
	for _, other := range []struct{ name, address string }{{"lock_address", b.LockAddress}, {"unlock_address", b.UnlockAddress}} {
		if other.address != "" && origin(other.address) != origin(b.Address) {
			d.error(&block.DefRange, "Address of another origin", other.name+" has another scheme, host or port than address. User name and password are sent to both, and go to one place only.")
		}
	}
	if b.UnlockAddress == "" {
		b.UnlockAddress = b.LockAddress
	}
}
