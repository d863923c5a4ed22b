// Package settings is what backend blocks say of a shared state: where it is and how
// to get at it, for those who read the blocks and those who open the stores.
package settings

import "time"

// S3 is an object store with the protocol of S3. What is "" is left to the
// environment and the files of AWS.
type S3 struct {
	Bucket, Key, Region         string
	Endpoint                    string // of S3, from the environment first; "" is AWS
	STSEndpoint                 string // of the service that gives credentials for a role
	UsePathStyle                bool
	UseDualstack, UseFIPS       bool
	Profile                     string
	AccessKey, SecretKey, Token string // never printed
	CustomCABundle              string // a file
	Insecure                    bool   // any certificate is taken for the store's
	Encrypt                     bool
	ServerSideEncryption        string
	KMSKeyID, ACL               string
	SkipMetadataAPICheck        bool
	MetadataEndpoint            string // of the machine's own credentials
	MetadataEndpointMode        string
	AssumeRole, WithWebIdentity *Role  // nil for none
	WebIdentityToken            string // never printed
	WebIdentityTokenFile        string
}

// Role is a role of AWS that is assumed.
type Role struct {
	ARN, SessionName  string
	ExternalID        string // never printed
	Duration          time.Duration
	Policy            string
	PolicyARNs        []string
	SourceIdentity    string
	Tags              map[string]string
	TransitiveTagKeys []string
}

// PG is a PostgreSQL database.
type PG struct {
	// ConnStr is "" where the variables PG* say all. It is never printed.
	ConnStr string
	Schema  string
	Name    string // of the state in the schema
	// What is left to somebody with more rights.
	SkipSchemaCreation bool
	SkipTableCreation  bool
}

// HTTP is a service with Terraform's protocol for states, such as GitLab.
type HTTP struct {
	Address, LockAddress, UnlockAddress    string // "" is no lock of the service's own
	UpdateMethod, LockMethod, UnlockMethod string
	Username, Password                     string // never printed
	SkipCertVerification                   bool
	ClientCAPEM                            string
	ClientCertPEM, ClientKeyPEM            string // never printed
}
