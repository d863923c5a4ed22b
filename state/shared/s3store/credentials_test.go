package s3store_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/state/shared/s3store"
	"github.com/tmsync/tmsync/state/shared/settings"
	"github.com/tmsync/tmsync/state/shared/storetest"
)

const expires = "2099-01-01T00:00:00Z"

// sts is a service that gives the credentials of every role, to whoever shows the
// token, or has signed with SOURCE.
func sts(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		action, role := r.Form.Get("Action"), r.Form.Get("RoleArn")
		signed := strings.Contains(r.Header.Get("Authorization"), "Credential=SOURCE/")
		if action == "AssumeRole" && !signed || action == "AssumeRoleWithWebIdentity" && r.Form.Get("WebIdentityToken") != "the token" || role == "arn:refused" {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no such role</Message></Error></ErrorResponse>")
			return
		}
		_, _ = fmt.Fprintf(w, `<%[1]sResponse><%[1]sResult><Credentials><AccessKeyId>%[2]s</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>session</SessionToken>`+
			`<Expiration>%[3]s</Expiration></Credentials></%[1]sResult></%[1]sResponse>`, action, strings.TrimPrefix(role, "arn:")+"-"+r.Form.Get("ExternalId"), expires)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// imds is the metadata of a cloud's machine, in its second version alone.
func imds(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPut && r.URL.Path == "/latest/api/token":
			w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "600")
			_, _ = io.WriteString(w, "token")
		case r.Header.Get("X-Aws-Ec2-Metadata-Token") != "token":
			w.WriteHeader(http.StatusUnauthorized)
		case strings.HasSuffix(r.URL.Path, "/security-credentials/"), strings.HasSuffix(r.URL.Path, "/security-credentials-extended/"):
			_, _ = io.WriteString(w, "machine")
		case strings.HasSuffix(r.URL.Path, "/machine"):
			_, _ = fmt.Fprintf(w, `{"Code":"Success","AccessKeyId":"MACHINE","SecretAccessKey":"s","Token":"session","Expiration":%q}`, expires)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

var signer = regexp.MustCompile(`Credential=([^/]*)/`)

// TestCredentials finds them where AWS's own tools do, in their order.
func TestCredentials(t *testing.T) {
	env := func(t *testing.T, key string) {
		t.Setenv("AWS_ACCESS_KEY_ID", key)
		t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	}
	file := func(t *testing.T, text string) string {
		name := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	profiles := func(t *testing.T) string {
		return file(t, "[default]\naws_access_key_id = DEFAULT\naws_secret_access_key = s\n"+
			"[source]\naws_access_key_id = SOURCE\naws_secret_access_key = s\n"+
			"[profile work]\naws_access_key_id = WORK\naws_secret_access_key = s\n"+
			"[profile role]\nrole_arn = arn:PROFILE\nsource_profile = source\n"+
			"[profile process]\ncredential_process = "+os.Args[0]+" -test.run=TestCredentialProcess\n"+
			"[profile source]\naws_access_key_id = SOURCE\naws_secret_access_key = s\n")
	}
	for _, test := range []struct {
		name, signer string
		set          func(*testing.T, *s3store.Config)
	}{
		{"arguments", "ARGUMENT", func(t *testing.T, c *s3store.Config) {
			env(t, "ENV")
			c.AccessKey, c.SecretKey = "ARGUMENT", "s"
		}},
		{"environment before profiles", "ENV", func(t *testing.T, c *s3store.Config) {
			env(t, "ENV")
			t.Setenv("AWS_CONFIG_FILE", profiles(t))
		}},
		{"default profile", "DEFAULT", func(t *testing.T, c *s3store.Config) { t.Setenv("AWS_CONFIG_FILE", profiles(t)) }},
		{"AWS_PROFILE", "WORK", func(t *testing.T, c *s3store.Config) {
			t.Setenv("AWS_CONFIG_FILE", profiles(t))
			t.Setenv("AWS_PROFILE", "work")
		}},
		{"profile", "WORK", func(t *testing.T, c *s3store.Config) {
			t.Setenv("AWS_CONFIG_FILE", profiles(t))
			c.Profile = "work"
		}},
		{"shared credentials", "SHARED", func(t *testing.T, c *s3store.Config) {
			t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file(t, "[default]\naws_access_key_id = SHARED\naws_secret_access_key = s\n"))
		}},
		{"source_profile", "PROFILE-", func(t *testing.T, c *s3store.Config) {
			t.Setenv("AWS_CONFIG_FILE", profiles(t))
			t.Setenv("AWS_ENDPOINT_URL_STS", sts(t))
			c.Profile = "role"
		}},
		{"credential_process", "PROCESS", func(t *testing.T, c *s3store.Config) {
			t.Setenv("TMSYNC_TEST_CREDENTIALS", "1")
			t.Setenv("AWS_CONFIG_FILE", profiles(t))
			c.Profile = "process"
		}},
		{"web identity", "WEB-", func(t *testing.T, c *s3store.Config) {
			t.Setenv("AWS_ENDPOINT_URL_STS", sts(t))
			t.Setenv("AWS_ROLE_ARN", "arn:WEB")
			t.Setenv("AWS_WEB_IDENTITY_TOKEN_FILE", file(t, "the token"))
		}},
		{"assume_role", "ASSUMED-42", func(t *testing.T, c *s3store.Config) {
			env(t, "SOURCE")
			c.STSEndpoint, c.AssumeRole = sts(t), &settings.Role{ARN: "arn:ASSUMED", ExternalID: "42"}
		}},
		{"assume_role_with_web_identity", "TOKEN-", func(t *testing.T, c *s3store.Config) {
			c.STSEndpoint, c.WithWebIdentity, c.WebIdentityToken = sts(t), &settings.Role{ARN: "arn:TOKEN"}, "the token"
		}},
		{"IMDS", "MACHINE", func(t *testing.T, c *s3store.Config) {
			t.Setenv("AWS_EC2_METADATA_DISABLED", "")
			c.MetadataEndpoint = imds(t)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			own(t)
			w := &wire{next: storetest.S3(t, "acme")}
			server := httptest.NewServer(w)
			t.Cleanup(server.Close)
			c := local(server.URL)
			c.AccessKey, c.SecretKey = "", ""
			test.set(t, &c)
			if _, _, err := open(t, c).Head(t.Context()); err != nil {
				t.Fatal(err)
			}
			got := signer.FindStringSubmatch(w.last(t, http.MethodGet).Header.Get("Authorization"))
			if len(got) != 2 || got[1] != test.signer {
				t.Errorf("signed by %q, want %s", got, test.signer)
			}
		})
	}
}

// TestCredentialProcess is no test: it is the process that a profile names.
func TestCredentialProcess(t *testing.T) {
	if os.Getenv("TMSYNC_TEST_CREDENTIALS") == "" {
		t.Skip("run by a profile")
	}
	fmt.Println(`{"Version":1,"AccessKeyId":"PROCESS","SecretAccessKey":"s"}`)
	os.Exit(0)
}

// TestNoCredentials says what to do, and does not ask for ever.
func TestNoCredentials(t *testing.T) {
	own(t)
	c := local("http://127.0.0.1:1")
	c.AccessKey, c.SecretKey = "", ""
	_, _, err := open(t, c).Head(t.Context())
	expectPermanent(t, err, "there are no AWS credentials")

	c.SkipMetadataAPICheck = true
	_, _, err = open(t, c).Head(t.Context())
	expectPermanent(t, err, "there are no AWS credentials")

	c.AccessKey, c.SecretKey = "SOURCE", "s3-secret-for-tests"
	c.STSEndpoint, c.AssumeRole = sts(t), &settings.Role{ARN: "arn:refused"}
	_, _, err = open(t, c).Head(t.Context())
	expectPermanent(t, err, "no such role")
}

// TestEndpointOfTheEnvironment goes before the files': a change to them must not
// decide where credentials go.
func TestEndpointOfTheEnvironment(t *testing.T) {
	own(t)
	server := httptest.NewServer(storetest.S3(t, "acme"))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_S3", server.URL)
	if _, _, err := open(t, local("http://127.0.0.1:1")).Head(t.Context()); err != nil {
		t.Fatal(err)
	}
}
