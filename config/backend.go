package config

import (
	"bytes"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config/source"
	"github.com/tmsync/tmsync/internal/loopback"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/state/shared/settings"
)

// Backend is where a shared state lives. One of its kinds is set. It is a store
// that several machines reach; a file of this machine has a path instead.
type Backend struct {
	S3    *settings.S3
	PG    *settings.PG
	HTTP  *settings.HTTP
	Range hcl.Range // of the block's header
	// Missing names what only a machine's environment says, and this one's does not. It
	// is an error for who opens the state.
	Missing hcl.Diagnostics
}

// String keeps secrets out of whatever prints a Backend or a Config.
func (b *Backend) String() string {
	switch {
	case b == nil:
		return "no backend"
	case b.S3 != nil:
		return "backend s3"
	case b.PG != nil:
		return "backend pg"
	}
	return "backend http"
}

// GoString is String.
func (b *Backend) GoString() string { return b.String() }

// Unplaced reports whether it is not known where the state is. That is so after some
// mistakes, and where files with mistakes speak of a backend and none of them could be
// read.
func (c *Config) Unplaced() bool {
	if c.Hash != "" && c.Backend == nil && c.StatePath == "" {
		return true
	}
	if c.Hash != "" && (c.StateRange != nil || !c.broken) {
		return false
	}
	return slices.ContainsFunc(c.sources, func(f *source.File) bool { return bytes.Contains(f.Text, []byte("backend")) })
}

// BackendKinds are the kinds of backends.
func BackendKinds() []string { return []string{"s3", "pg", "http"} }

// BackendArgument is an argument of a backend block.
type BackendArgument struct {
	Name, Doc string
	// Parts are the arguments of an object, which may be written as a block.
	Parts []BackendArgument
	// Unused is why the argument has no effect, "" for one that has.
	Unused string

	required bool
	secret   bool     // it may be sensitive, and is never shown
	before   []string // environment variables that go before the file
	after    []string // environment variables for where the file is silent
	// to returns where the value is kept: a *string, a *bool or a *[]string.
	// A *time.Duration and a *map[string]string are possible, too.
	to func(*Backend) any
	// check returns what is wrong with a text, as the rest of a sentence; "" for nothing.
	// What is wrong where the text stands in a file, inFile returns.
	check, inFile func(string) string
	// only is the variable of the environment that says it; a file must not.
	only string
}

// Type is the type of an argument's value, in the words of JSON; "" for any.
func (a BackendArgument) Type() string {
	if a.Parts != nil {
		return "object"
	}
	if a.to == nil {
		return ""
	}
	switch a.to(&Backend{S3: &settings.S3{}, PG: &settings.PG{}, HTTP: &settings.HTTP{}}).(type) {
	case *bool:
		return "boolean"
	case *[]string:
		return "array"
	case *map[string]string:
		return "object"
	}
	return "string"
}

// BackendArguments returns the arguments of a kind of backend; nil for an unknown one.
func BackendArguments(kind string) []BackendArgument {
	switch kind {
	case "s3":
		return s3Arguments()
	case "pg":
		return pgArguments()
	case "http":
		return httpArguments()
	}
	return nil
}

// unused are arguments that Terraform has, and that have no effect here.
func unused(why string, names ...string) []BackendArgument {
	var all []BackendArgument
	for _, name := range names {
		all = append(all, BackendArgument{Name: name, Doc: "Accepted from Terraform's block; " + why + ".", Unused: why})
	}
	return all
}

const (
	locksItself   = "the lock is in the state's head, whatever the store"
	retriesItself = "tmsync has its own way to try again"
	asksNothing   = "tmsync asks nothing before it reads the state"
)

func s3Arguments() []BackendArgument {
	assumed := func(b *Backend) **settings.Role { return &b.S3.AssumeRole }
	byToken := func(b *Backend) **settings.Role { return &b.S3.WithWebIdentity }
	all := []BackendArgument{
		{Name: "bucket", Doc: "The bucket.", required: true, to: func(b *Backend) any { return &b.S3.Bucket }, check: bucketProblem},
		{Name: "key", Doc: "What the names of the state's objects begin with.", required: true, to: func(b *Backend) any { return &b.S3.Key }, check: keyProblem},
		{Name: "region", Doc: "The bucket's region; AWS_REGION by default.", to: func(b *Backend) any { return &b.S3.Region }},
		{Name: "endpoints", Doc: "Where the services are, for a store other than AWS.", Parts: []BackendArgument{
			{Name: "s3", Doc: "The URL of the store. AWS_ENDPOINT_URL_S3 goes before it.", before: []string{"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}, to: func(b *Backend) any { return &b.S3.Endpoint }, check: addressProblem},
			{Name: "sts", Doc: "The URL of the service that gives credentials for a role. AWS_ENDPOINT_URL_STS goes before it.", before: []string{"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"}, to: func(b *Backend) any { return &b.S3.STSEndpoint }, check: addressProblem, inFile: notAmazons},
		}},
		{Name: "use_path_style", Doc: "Whether the bucket stands in the path, as stores other than AWS want it.", to: func(b *Backend) any { return &b.S3.UsePathStyle }},
		{Name: "profile", Doc: "The profile in the files of AWS; AWS_PROFILE by default.", to: func(b *Backend) any { return &b.S3.Profile }},
		{Name: "access_key", Doc: "Better from the environment, a profile or the machine's role.", secret: true, to: func(b *Backend) any { return &b.S3.AccessKey }},
		{Name: "secret_key", Doc: "Goes with access_key.", secret: true, to: func(b *Backend) any { return &b.S3.SecretKey }},
		{Name: "token", Doc: "The session's token, of credentials that end.", secret: true, to: func(b *Backend) any { return &b.S3.Token }},
		{Name: "shared_config_files", Doc: "Refused in a file: AWS_CONFIG_FILE.", only: "AWS_CONFIG_FILE", to: func(*Backend) any { return new(string) }},
		{Name: "shared_credentials_files", Doc: "Refused in a file: AWS_SHARED_CREDENTIALS_FILE.", only: "AWS_SHARED_CREDENTIALS_FILE", to: func(*Backend) any { return new(string) }},
		{Name: "assume_role", Doc: "A role that is assumed with the credentials.", Parts: append(roleArguments(assumed), []BackendArgument{
			{Name: "external_id", Doc: "What the role's trust asks for.", secret: true, to: ofRole(assumed, func(r *settings.Role) any { return &r.ExternalID })},
			{Name: "source_identity", Doc: "Who assumes it.", to: ofRole(assumed, func(r *settings.Role) any { return &r.SourceIdentity })},
			{Name: "tags", Doc: "Tags of the session.", to: ofRole(assumed, func(r *settings.Role) any { return &r.Tags })},
			{Name: "transitive_tag_keys", Doc: "Tags that go along with a chain of roles.", to: ofRole(assumed, func(r *settings.Role) any { return &r.TransitiveTagKeys })},
		}...)},
		{Name: "assume_role_with_web_identity", Doc: "A role that is assumed with a token of the machine's, such as that of CI.", Parts: append(roleArguments(byToken), []BackendArgument{
			{Name: "web_identity_token", Doc: "The token.", secret: true, to: func(b *Backend) any { return &b.S3.WebIdentityToken }},
			{Name: "web_identity_token_file", Doc: "Refused in a file: AWS_WEB_IDENTITY_TOKEN_FILE.", only: "AWS_WEB_IDENTITY_TOKEN_FILE", after: []string{"AWS_WEB_IDENTITY_TOKEN_FILE"}, to: func(b *Backend) any { return &b.S3.WebIdentityTokenFile }},
		}...)},
		{Name: "encrypt", Doc: "Whether the store is told to encrypt the objects; S3 does so by itself.", to: func(b *Backend) any { return &b.S3.Encrypt }},
		{Name: "kms_key_id", Doc: "The key of KMS that encrypts the objects.", to: func(b *Backend) any { return &b.S3.KMSKeyID }},
		{Name: "server_side_encryption", Doc: "How the store encrypts the objects: AES256, aws:kms or aws:kms:dsse.", to: func(b *Backend) any { return &b.S3.ServerSideEncryption }, check: oneOf("AES256", "aws:kms", "aws:kms:dsse")},
		{Name: "custom_ca_bundle", Doc: "A file with certificates that are trusted; AWS_CA_BUNDLE by default.", to: func(b *Backend) any { return &b.S3.CustomCABundle }},
		{Name: "insecure", Doc: "Whether any certificate is taken for the store's.", to: func(b *Backend) any { return &b.S3.Insecure }},
		{Name: "use_dualstack_endpoint", Doc: "Whether AWS is reached by IPv6, too.", to: func(b *Backend) any { return &b.S3.UseDualstack }},
		{Name: "use_fips_endpoint", Doc: "Whether AWS's endpoints with FIPS are used.", to: func(b *Backend) any { return &b.S3.UseFIPS }},
		{Name: "acl", Doc: "The canned ACL of the objects.", to: func(b *Backend) any { return &b.S3.ACL }},
		{Name: "skip_metadata_api_check", Doc: "Whether credentials of the machine's own are not asked for.", to: func(b *Backend) any { return &b.S3.SkipMetadataAPICheck }},
		{Name: "ec2_metadata_service_endpoint", Doc: "Where those are asked for.", to: func(b *Backend) any { return &b.S3.MetadataEndpoint }},
		{Name: "ec2_metadata_service_endpoint_mode", Doc: "IPv4 or IPv6.", to: func(b *Backend) any { return &b.S3.MetadataEndpointMode }, check: oneOf("IPv4", "IPv6")},
	}
	all = append(all, unused(locksItself, "use_lockfile", "dynamodb_table", "dynamodb_endpoint")...)
	all = append(all, unused("a variable in key serves several environments", "workspace_key_prefix")...)
	all = append(all, unused(retriesItself, "max_retries", "retry_mode")...)
	return append(all, unused(asksNothing, "skip_credentials_validation", "skip_region_validation", "skip_requesting_account_id", "skip_s3_checksum")...)
}

// ofRole returns where a part of a role is kept.
func ofRole(at func(*Backend) **settings.Role, part func(*settings.Role) any) func(*Backend) any {
	return func(b *Backend) any {
		role := at(b)
		if *role == nil {
			*role = &settings.Role{}
		}
		return part(*role)
	}
}

func roleArguments(at func(*Backend) **settings.Role) []BackendArgument {
	return []BackendArgument{
		{Name: "role_arn", Doc: "The role.", required: true, to: ofRole(at, func(r *settings.Role) any { return &r.ARN })},
		{Name: "session_name", Doc: "The name that shows in the account's log.", to: ofRole(at, func(r *settings.Role) any { return &r.SessionName })},
		{Name: "duration", Doc: "How long the credentials hold, such as \"1h\".", to: ofRole(at, func(r *settings.Role) any { return &r.Duration })},
		{Name: "policy", Doc: "A policy in JSON that narrows the role.", to: ofRole(at, func(r *settings.Role) any { return &r.Policy })},
		{Name: "policy_arns", Doc: "Policies that narrow the role.", to: ofRole(at, func(r *settings.Role) any { return &r.PolicyARNs })},
	}
}

func pgArguments() []BackendArgument {
	all := []BackendArgument{
		{Name: "conn_str", Doc: "A URL or key=value words; PG_CONN_STR goes before it, and PGHOST and the others fill in what it leaves out.", secret: true, before: []string{"PG_CONN_STR"}, to: func(b *Backend) any { return &b.PG.ConnStr }},
		{Name: "schema_name", Doc: "The schema of the tables; PG_SCHEMA_NAME, else tmsync.", after: []string{"PG_SCHEMA_NAME"}, to: func(b *Backend) any { return &b.PG.Schema }, check: schemaProblem},
		{Name: "name", Doc: "The state's name in the schema; default.", to: func(b *Backend) any { return &b.PG.Name }, check: nameProblem},
		{Name: "skip_schema_creation", Doc: "Whether the schema is there already.", after: []string{"PG_SKIP_SCHEMA_CREATION"}, to: func(b *Backend) any { return &b.PG.SkipSchemaCreation }},
		{Name: "skip_table_creation", Doc: "Whether the tables are there already, made by somebody with more rights.", after: []string{"PG_SKIP_TABLE_CREATION"}, to: func(b *Backend) any { return &b.PG.SkipTableCreation }},
	}
	return append(all, unused("there is no index besides the tables' keys", "skip_index_creation")...)
}

func httpArguments() []BackendArgument {
	all := []BackendArgument{
		{Name: "address", Doc: "The state's URL; TF_HTTP_ADDRESS goes before it.", required: true, before: []string{"TF_HTTP_ADDRESS"}, to: func(b *Backend) any { return &b.HTTP.Address }, check: addressProblem},
		{Name: "lock_address", Doc: "The URL of its lock; TF_HTTP_LOCK_ADDRESS goes before it.", before: []string{"TF_HTTP_LOCK_ADDRESS"}, to: func(b *Backend) any { return &b.HTTP.LockAddress }, check: addressProblem},
		{Name: "unlock_address", Doc: "The URL for unlocking, that of the lock by default; TF_HTTP_UNLOCK_ADDRESS goes before it.", before: []string{"TF_HTTP_UNLOCK_ADDRESS"}, to: func(b *Backend) any { return &b.HTTP.UnlockAddress }, check: addressProblem},
		{Name: "update_method", Doc: "The method of writing; POST.", after: []string{"TF_HTTP_UPDATE_METHOD"}, to: func(b *Backend) any { return &b.HTTP.UpdateMethod }, check: methodProblem},
		{Name: "lock_method", Doc: "The method of locking; LOCK.", after: []string{"TF_HTTP_LOCK_METHOD"}, to: func(b *Backend) any { return &b.HTTP.LockMethod }, check: methodProblem},
		{Name: "unlock_method", Doc: "The method of unlocking; UNLOCK.", after: []string{"TF_HTTP_UNLOCK_METHOD"}, to: func(b *Backend) any { return &b.HTTP.UnlockMethod }, check: methodProblem},
		{Name: "username", Doc: "The user; TF_HTTP_USERNAME by default.", secret: true, after: []string{"TF_HTTP_USERNAME"}, to: func(b *Backend) any { return &b.HTTP.Username }},
		{Name: "password", Doc: "The password or token; better TF_HTTP_PASSWORD.", secret: true, after: []string{"TF_HTTP_PASSWORD"}, to: func(b *Backend) any { return &b.HTTP.Password }},
		{Name: "skip_cert_verification", Doc: "Whether any certificate is taken for the service's.", to: func(b *Backend) any { return &b.HTTP.SkipCertVerification }},
		{Name: "client_ca_certificate_pem", Doc: "Certificates that the service's is checked with, in PEM.", after: []string{"TF_HTTP_CLIENT_CA_CERTIFICATE_PEM"}, to: func(b *Backend) any { return &b.HTTP.ClientCAPEM }},
		{Name: "client_certificate_pem", Doc: "The client's certificate, in PEM.", secret: true, after: []string{"TF_HTTP_CLIENT_CERTIFICATE_PEM"}, to: func(b *Backend) any { return &b.HTTP.ClientCertPEM }},
		{Name: "client_private_key_pem", Doc: "The key of that certificate, in PEM.", secret: true, after: []string{"TF_HTTP_CLIENT_PRIVATE_KEY_PEM"}, to: func(b *Backend) any { return &b.HTTP.ClientKeyPEM }},
	}
	return append(all, unused(retriesItself, "retry_max", "retry_wait_min", "retry_wait_max")...)
}

// origin is where the credentials for a URL may be sent.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// addressProblem is why credentials may not be sent to a URL. What stands in it is
// not repeated: it may be a secret.
func addressProblem(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || text.Invisible(address) != "":
		return "must be a URL that begins with https://."
	case u.User != nil || strings.ContainsAny(address, "?#"):
		return "must not have a user name, a query or a fragment: it shows, and credentials have arguments of their own."
	case u.Scheme == "http" && !loopback.Host(u.Hostname()):
		return "must use https, because credentials are sent to it. Plain http is for loopback addresses."
	}
	return ""
}

// notAmazons returns what is wrong with a service that gives credentials, in a file. The
// machine's token is sent there, and whoever has that has its rights.
func notAmazons(address string) string {
	u, err := url.Parse(address)
	if err == nil {
		host := strings.ToLower(u.Hostname())
		if loopback.Host(host) || strings.HasSuffix(host, ".amazonaws.com") || strings.HasSuffix(host, ".amazonaws.com.cn") || strings.HasSuffix(host, ".api.aws") {
			return ""
		}
	}
	return "is no address of AWS. The machine's token is sent there, and whoever may change a file is not to decide where it goes: for another host, set AWS_ENDPOINT_URL_STS in the environment."
}

var bucketName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]+$`)

func bucketProblem(name string) string {
	if len(name) > 255 || !bucketName.MatchString(name) {
		return "must be the name of a bucket, such as \"acme-tmsync\", or the ARN of an access point."
	}
	return ""
}

func keyProblem(key string) string {
	if len(key) > 900 || text.Invisible(key) != "" || key == "" || strings.HasPrefix(key, "/") || path.Clean(key) != key || strings.HasPrefix(key, "..") {
		return "must be a name such as \"parcels/prod\": not empty, no longer than 900 bytes, without a slash at either end, and without . or .. between slashes."
	}
	return ""
}

func nameProblem(name string) string {
	if name == "" || len(name) > 200 || text.Invisible(name) != "" {
		return "must be a name such as \"prod\": not empty, and no longer than 200 bytes."
	}
	return ""
}

func schemaProblem(name string) string {
	if len(name) > 63 || !schemaName.MatchString(name) {
		return "must be the name of a schema, such as \"tmsync\": letters, digits and underscores, 63 at most."
	}
	return ""
}

var schemaName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

var methodName = regexp.MustCompile(`^[A-Z]+$`)

func methodProblem(method string) string {
	if len(method) > 20 || !methodName.MatchString(method) {
		return "must be a method of HTTP in capital letters, such as \"POST\"."
	}
	return ""
}

// oneOf returns a check for one of a few words.
func oneOf(words ...string) func(string) string {
	return func(given string) string {
		if slices.Contains(words, given) {
			return ""
		}
		var quoted []string
		for _, w := range words {
			quoted = append(quoted, strconv.Quote(w))
		}
		return "must be one of " + strings.Join(quoted, ", ") + "." + text.DidYouMean(given, slices.Values(words))
	}
}
