package config_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/state/shared/settings"
)

const backendPreamble = `
provider "trackingmore" {
  endpoint = "sandbox"
}
variable "env" {
  default = "prod"
}
variable "secret" {
  default   = "hush-hush"
  sensitive = true
}
`

// loadBackend loads a configuration with what stands in its tmsync block.
func loadBackend(t *testing.T, name, text string, environ map[string]string) (*config.Config, hcl.Diagnostics) {
	t.Helper()
	dir := writeFiles(t, map[string]string{"a.hcl": backendPreamble, name: text})
	return config.Load(dir, config.Options{Environ: environ})
}

// TestBackend reads each kind in all of its ways of writing.
func TestBackend(t *testing.T) {
	s3 := &config.Backend{S3: &settings.S3{
		Bucket: "acme", Key: "parcels/prod", Region: "eu-central-1", Endpoint: "https://s3.example.org", UsePathStyle: true,
		AssumeRole: &settings.Role{ARN: "arn:aws:iam::1:role/x", ExternalID: "hush-hush", Duration: time.Hour, Tags: map[string]string{"team": "ops"}},
	}}
	for _, test := range []struct {
		name, file, text string
		environ          map[string]string
		want             *config.Backend
	}{
		{"blocks", "b.hcl", `tmsync {
  backend "s3" {
    bucket         = "acme"
    key            = "parcels/${var.env}"
    region         = "eu-central-1"
    use_path_style = true
    endpoints {
      s3 = "https://s3.example.org"
    }
    assume_role {
      role_arn    = "arn:aws:iam::1:role/x"
      external_id = var.secret
      duration    = "1h"
      tags        = { team = "ops" }
    }
  }
}`, nil, s3},
		{"objects", "b.hcl", `tmsync {
  backend "s3" {
    bucket         = "acme"
    key            = "parcels/${var.env}"
    region         = "eu-central-1"
    use_path_style = "true"
    endpoints      = { s3 = "https://s3.example.org" }
    assume_role    = { role_arn = "arn:aws:iam::1:role/x", external_id = var.secret, duration = "1h", tags = { team = "ops" } }
  }
}`, nil, s3},
		{"JSON", "b.hcl.json", `{"tmsync": {"backend": {"s3": {
  "bucket": "acme", "key": "parcels/${var.env}", "region": "eu-central-1", "use_path_style": true,
  "endpoints": {"s3": "https://s3.example.org"},
  "assume_role": [{"role_arn": "arn:aws:iam::1:role/x", "external_id": "${var.secret}", "duration": "1h", "tags": {"team": "ops"}}]
}}}}`, nil, s3},
		{"the environment's endpoint goes before the files", "b.hcl", `tmsync {
  backend "s3" {
    bucket = "acme"
    key    = "k"
    endpoints {
      s3 = "https://of-a-pull-request.example.org"
    }
  }
}`, map[string]string{"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9000"}, &config.Backend{S3: &settings.S3{Bucket: "acme", Key: "k", Endpoint: "http://127.0.0.1:9000"}}},
		{"the environment's endpoint alone", "b.hcl", `tmsync {
  backend "s3" {
    bucket     = "acme"
    key        = "k"
    kms_key_id = "alias/x"
  }
}`, map[string]string{"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9000"}, &config.Backend{S3: &settings.S3{Bucket: "acme", Key: "k", Endpoint: "http://127.0.0.1:9000", KMSKeyID: "alias/x"}}},
		{"beside a block with the name", "b.hcl", `tmsync {
  name = "shop-${var.env}"
}
tmsync {
  backend "pg" {}
}
tmsync {
  refresh = "changed"
}`, nil, &config.Backend{PG: &settings.PG{Schema: "tmsync", Name: "default"}}},
		{"pg", "b.hcl", `tmsync {
  backend "pg" {
    conn_str    = "postgres://tmsync:${var.secret}@db.example.org/parcels"
    schema_name = "ops"
    name        = var.env
  }
}`, nil, &config.Backend{PG: &settings.PG{ConnStr: "postgres://tmsync:hush-hush@db.example.org/parcels", Schema: "ops", Name: "prod"}}},
		{"pg by the environment", "b.hcl", `tmsync {
  backend "pg" {
    conn_str = "postgres://of-a-pull-request.example.org/parcels"
  }
}`, map[string]string{"PG_CONN_STR": "postgres://db/parcels", "PG_SCHEMA_NAME": "s", "PG_SKIP_SCHEMA_CREATION": "true"},
			&config.Backend{PG: &settings.PG{ConnStr: "postgres://db/parcels", Schema: "s", Name: "default", SkipSchemaCreation: true}}},
		{"http", "b.hcl", `tmsync {
  backend "http" {
    address       = "https://gitlab.example.org/api/v4/projects/1/terraform/state/${var.env}"
    lock_address  = "https://gitlab.example.org:443/api/v4/projects/1/terraform/state/${var.env}/lock"
    lock_method   = "POST"
    unlock_method = "DELETE"
    username      = "me"
    password      = var.secret
  }
}`, nil, &config.Backend{HTTP: &settings.HTTP{
			Address:     "https://gitlab.example.org/api/v4/projects/1/terraform/state/prod",
			LockAddress: "https://gitlab.example.org:443/api/v4/projects/1/terraform/state/prod/lock", UnlockAddress: "https://gitlab.example.org:443/api/v4/projects/1/terraform/state/prod/lock",
			UpdateMethod: "POST", LockMethod: "POST", UnlockMethod: "DELETE", Username: "me", Password: "hush-hush",
		}}},
		{"http by the environment", "b.hcl", "tmsync {\n  backend \"http\" {}\n}", map[string]string{
			"TF_HTTP_ADDRESS": "http://localhost/state", "TF_HTTP_LOCK_ADDRESS": "http://localhost/lock", "TF_HTTP_UNLOCK_ADDRESS": "http://localhost/unlock",
			"TF_HTTP_LOCK_METHOD": "POST", "TF_HTTP_UNLOCK_METHOD": "DELETE", "TF_HTTP_USERNAME": "gitlab-ci-token", "TF_HTTP_PASSWORD": "t",
		}, &config.Backend{HTTP: &settings.HTTP{
			Address: "http://localhost/state", LockAddress: "http://localhost/lock", UnlockAddress: "http://localhost/unlock",
			UpdateMethod: "POST", LockMethod: "POST", UnlockMethod: "DELETE", Username: "gitlab-ci-token", Password: "t",
		}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg, diags := loadBackend(t, test.file, test.text, test.environ)
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			if diff := cmp.Diff(test.want, cfg.Backend, cmpopts.IgnoreFields(config.Backend{}, "Range")); diff != "" {
				t.Errorf("the backend (-want +got):\n%s", diff)
			}
			if cfg.StatePath != "" {
				t.Errorf("the state has the path %q besides", cfg.StatePath)
			}
			if text := fmt.Sprintf("%v %+v %#v", cfg.Backend, cfg.Backend, cfg.Backend); strings.Contains(text, "hush") {
				t.Errorf("printing the backend shows a secret: %s", text)
			}
		})
	}
}

// TestBackendMistakes holds the messages to what they say, where, and to keeping
// what is secret.
func TestBackendMistakes(t *testing.T) {
	backend := func(kind, args string) string {
		return "tmsync {\n  backend \"" + kind + "\" {\n" + args + "\n  }\n}\n"
	}
	const bucket, elsewhere = "bucket = \"acme\"\n", "http://minio.example.org:9000"
	for _, test := range []struct {
		name, text string
		environ    map[string]string
		line       int // 0: no place
		want       string
	}{
		{"unknown kind", backend("gcs", ""), nil, 2, `Unknown backend; The backends are "s3" (any store with the protocol of S3), "pg" (PostgreSQL) and "http"`},
		{"local", backend("local", ""), nil, 2, `Unknown backend; … write state { path = "tmsync.state.jsonl" } instead`},
		{"near", backend("https", ""), nil, 2, `Did you mean "http"?`},
		{"two", "tmsync {\n  backend \"pg\" {}\n  backend \"pg\" {}\n}", nil, 3, "Duplicate backend block; There may be one backend block; another one is at b.hcl:2"},
		{"two in two blocks", "tmsync {\n  backend \"pg\" {}\n}\ntmsync {\n  backend \"pg\" {}\n}", nil, 5, "Duplicate backend block; There may be one backend block; another one is at b.hcl:2"},
		{"a path in another block", "tmsync {\n  state {}\n}\ntmsync {\n  backend \"pg\" {}\n}", nil, 5, "Two places for the state; … The state block is at b.hcl:2"},
		{"a name in two blocks", "tmsync {\n  name = \"a\"\n}\ntmsync {\n  name = \"b\"\n}", nil, 5, "Duplicate name; The tmsync blocks together may have one name; another one is at b.hcl:2"},
		{"beside a path", "tmsync {\n  state {\n    path = \"x.jsonl\"\n  }\n  backend \"pg\" {}\n}", nil, 5, "Two places for the state; … The state block is at b.hcl:2"},
		{"before a path", "tmsync {\n  backend \"pg\" {}\n  state {}\n}", nil, 3, "Two places for the state; … The backend block is at b.hcl:2"},
		{"at the root", "backend \"s3\" {\n  bucket = \"acme\"\n}", nil, 1, "Unsupported block type; A backend block stands in the tmsync block"},
		{"Terraform's block", "terraform {\n  backend \"s3\" {}\n}", nil, 1, "Unsupported block type; The block of the program itself is called tmsync here; a backend block in it may stay as it is."},
		{"for_each", backend("pg", "for_each = {}"), nil, 3, `Unsupported argument; An argument named "for_each" is not expected here.`},
		{"misspelt", backend("s3", bucket+"key = \"k\"\nprofil = \"ops\""), nil, 5, `Unsupported argument; … Did you mean "profile"?`},
		{"no key", backend("s3", bucket), nil, 2, `Missing required argument; The argument "key" of backend "s3" is required`},
		{"no role", backend("s3", bucket+"key = \"k\"\nassume_role = { external_id = \"hush-hush\" }"), nil, 5, `The argument "role_arn" of assume_role is required`},
		{"unknown part", backend("s3", bucket+"key = \"k\"\nendpoints = { s4 = \"hush-hush\" }"), nil, 5, `An argument named "s4" is not expected in endpoints. Did you mean "s3"?`},
		{"part twice", backend("s3", bucket+"key = \"k\"\nendpoints {}\nendpoints {}"), nil, 6, "Duplicate endpoints; There may be one endpoints; another one is at b.hcl:5"},
		{"no object", backend("s3", bucket+"key = \"k\"\nendpoints = \"x\""), nil, 5, "The value of endpoints is not suitable: an object is required."},
		{"sensitive key", backend("s3", bucket+"key = \"parcels/${var.secret}\""), nil, 4, "Sensitive value in a backend; The value of key is sensitive, and where a state lives is shown"},
		{"sensitive bucket", backend("s3", "bucket = var.secret\nkey = \"k\""), nil, 3, "Sensitive value in a backend; The value of bucket is sensitive"},
		{"sensitive address", backend("http", "address = \"https://x/${var.secret}\""), nil, 3, "Sensitive value in a backend; The value of address is sensitive"},
		{"sensitive lock", backend("http", "address = \"https://x/y\"\nlock_address = \"https://x/${var.secret}\""), nil, 4, "The value of lock_address is sensitive"},
		{"sensitive endpoint", backend("s3", bucket+"key = \"k\"\nendpoints = { s3 = var.secret }"), nil, 5, "The value of s3 is sensitive"},
		{"sensitive name", backend("pg", "name = var.secret"), nil, 3, "The value of name is sensitive"},
		{"plain http", backend("http", "address = \"http://gitlab.example.org/state\""), nil, 3, "Invalid address; The value of address must use https"},
		{"plain endpoint", backend("s3", bucket+"key = \"k\"\nendpoints = { s3 = \""+elsewhere+"\" }"), nil, 5, "Invalid s3; The value of s3 must use https"},
		{"plain by the environment", backend("s3", bucket+"key = \"k\""), map[string]string{"AWS_ENDPOINT_URL_S3": elsewhere}, 0, "Invalid s3; The environment variable AWS_ENDPOINT_URL_S3 must use https"},
		{"user in an address", backend("http", "address = \"https://me:hush-hush@x/y\""), nil, 3, "must not have a user name"},
		{"another origin", backend("http", "address = \"https://x/y\"\nlock_address = \"https://z/y\""), nil, 2, "Address of another origin; lock_address has another scheme, host or port"},
		{"no URL", backend("http", "address = \"gitlab.example.org\""), nil, 3, "must be a URL that begins with https://."},
		{"method", backend("http", "address = \"https://x/y\"\nlock_method = \"post it\""), nil, 4, "must be a method of HTTP in capital letters"},
		{"key with dots", backend("s3", bucket+"key = \"../k\""), nil, 4, "Invalid key; The value of key must be a name such as"},
		{"key with a slash", backend("s3", bucket+"key = \"/k\""), nil, 4, "Invalid key"},
		{"encryption", backend("s3", bucket+"key = \"k\"\nserver_side_encryption = \"AES-256\""), nil, 5, `must be one of "AES256", "aws:kms", "aws:kms:dsse". Did you mean "AES256"?`},
		{"half of the credentials", backend("s3", bucket+"key = \"k\"\naccess_key = \"hush-hush\""), nil, 2, "Half of the credentials"},
		{"file of credentials", backend("s3", bucket+"key = \"k\"\nshared_credentials_files = [\"x\"]"), nil, 5, "Argument not allowed in a file; … Set AWS_SHARED_CREDENTIALS_FILE in the environment instead."},
		{"file of profiles", backend("s3", bucket+"key = \"k\"\nshared_config_files = [\"x\"]"), nil, 5, "Argument not allowed in a file; … AWS_CONFIG_FILE"},
		{"any file as a token", backend("s3", bucket+"key = \"k\"\nassume_role_with_web_identity = { role_arn = \"r\", web_identity_token_file = \"/proc/self/environ\" }"), nil, 5, "Argument not allowed in a file; … AWS_WEB_IDENTITY_TOKEN_FILE"},
		{"any file as a token, in a block", backend("s3", bucket+"key = \"k\"\nassume_role_with_web_identity {\nrole_arn = \"r\"\nweb_identity_token_file = \"/proc/self/environ\"\n}"), nil, 7, "Argument not allowed in a file"},
		{"another STS", backend("s3", bucket+"key = \"k\"\nendpoints = { sts = \"https://thief.example.org\" }"), nil, 5, "Address not allowed in a file; The value of sts is no address of AWS."},
		{"where the password goes", backend("http", "address = \"https://thief.example.org/x\""), map[string]string{"TF_HTTP_PASSWORD": "hush-hush"}, 2, "Address not allowed in a file; … Set TF_HTTP_ADDRESS in the environment, too."},
		{"where PGPASSWORD goes", backend("pg", "conn_str = \"postgres://thief.example.org/x\""), map[string]string{"PGPASSWORD": "hush-hush"}, 2, "Address not allowed in a file; … Set PG_CONN_STR in the environment"},
		{"no text", backend("s3", bucket+"key = [\"k\"]"), nil, 4, "The value of key is not suitable: string required"},
		{"undeclared variable", backend("s3", bucket+"key = var.envv"), nil, 4, `There is no variable named "envv". Did you mean "env"?`},
		{"a tracking", backend("s3", bucket+"key = tracking.a.title"), nil, 4, "Invalid reference"},
		{"pasted", backend("s3", bucket+"key = \"k\"\nuse_lockfile = true\nworkspace_key_prefix = \"x\"\ndynamodb_table = \"locks\""), nil, 5, "Arguments without effect; Accepted so that Terraform's block can be pasted, and not needed here: use_lockfile, dynamodb_table (the lock is in the state's head"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg, diags := loadBackend(t, "b.hcl", test.text, test.environ)
			if len(diags) != 1 {
				t.Fatalf("there are %d diagnostics, want one: %v", len(diags), diags)
			}
			d, line := diags[0], 0
			if d.Subject != nil && d.Subject.Filename == "b.hcl" {
				line = d.Subject.Start.Line
			}
			said := d.Summary + "; " + d.Detail
			for part := range strings.SplitSeq(test.want, "…") {
				if !strings.Contains(said, strings.TrimSpace(part)) {
					t.Errorf("it says\n%s\nwithout %q", said, part)
				}
			}
			if line != test.line {
				t.Errorf("it points to line %d, want %d", line, test.line)
			}
			if strings.Contains(said, "hush") {
				t.Errorf("it shows a secret: %s", said)
			}
			if wrong := d.Severity == hcl.DiagError; wrong != (cfg.Backend == nil) {
				t.Errorf("the backend is %v after that", cfg.Backend)
			}
		})
	}
}

// TestBackendOfTheEnvironment holds a configuration to be valid where only other
// machines' environment says the address.
func TestBackendOfTheEnvironment(t *testing.T) {
	const text = "tmsync {\n  backend \"http\" {}\n}\n"
	cfg, diags := loadBackend(t, "b.hcl", text, nil)
	if len(diags) > 0 || cfg.Backend == nil || len(cfg.Backend.Missing) != 1 {
		t.Fatalf("the backend is %v, and it says %v", cfg.Backend, diags)
	}
	want := `The argument "address" of backend "http" is required, and is not there. The environment variable TF_HTTP_ADDRESS may say it as well.`
	if d := cfg.Backend.Missing[0]; d.Detail != want || d.Subject.Start.Line != 2 {
		t.Errorf("it says %v", d)
	}
	cfg, diags = loadBackend(t, "b.hcl", text, map[string]string{"TF_HTTP_ADDRESS": "https://gitlab.example.org/x"})
	if len(diags) > 0 || cfg.Backend == nil || len(cfg.Backend.Missing) > 0 {
		t.Errorf("the backend is %v, and it says %v", cfg.Backend, diags)
	}
}

// TestBackendOfUnknownPlace holds a backend to be no place when a variable that it is
// made from has no value.
func TestBackendOfUnknownPlace(t *testing.T) {
	cfg, diags := loadBackend(t, "b.hcl", "variable \"shop\" {}\ntmsync {\n  backend \"s3\" {\n    bucket = \"acme\"\n    key    = var.shop\n  }\n}\n", nil)
	if !diags.HasErrors() || cfg.Backend != nil || cfg.StatePath != "" {
		t.Errorf("the state is in %v, or at %q, and it says %v", cfg.Backend, cfg.StatePath, diags)
	}
	for place, known := range map[string]bool{
		"backend \"pg\" {\n name = var.shop\n}": false, "backend \"pg\" {\n name = \"shop\"\n}": true,
		"state {\n path = \"${var.shop}.jsonl\"\n}": false, "state {\n path = \"shop.jsonl\"\n}": true,
	} {
		cfg, diags := loadBackend(t, "b.hcl", "variable \"shop\" {\n default = \"x\"\n validation {\n condition = false\n error_message = \"No.\"\n}\n}\ntmsync {\n"+place+"\n}\n", nil)
		if got := cfg.Backend != nil || cfg.StatePath != ""; got != known || !diags.HasErrors() || cfg.Unplaced() == known {
			t.Errorf("with a variable that is not valid, %s is known: %t, want %t", place, got, known)
		}
	}
}

// TestStateOfUnknownPlace holds no mistake in what may say where the state is to leave
// the state at the place by default: a command of the state would then work on another.
func TestStateOfUnknownPlace(t *testing.T) {
	const s3 = "backend \"s3\" {\n  bucket = \"acme\"\n  key = \"k\"\n}\n"
	for _, text := range []string{
		"tmsync {\n" + strings.Replace(s3, ` "s3"`, "", 1) + "}\n",
		"tmsync {\n" + strings.Replace(s3, `"s3"`, `"s3" "x"`, 1) + "}\n",
		"tmsync {\n" + strings.Replace(s3, "backend", "bakend", 1) + "}\n",
		"tmsync {\n  backend = {}\n}\n",
		"tmsync {\n  state \"x\" {\n    path = \"x.jsonl\"\n  }\n}\n",
		"tmsync {\n  state {\n    pth = \"x.jsonl\"\n  }\n}\n",
		"tmsync {\n  refresh = \"auto\"\n}\ntmsync {\n" + strings.Replace(s3, "backend", "bakend", 1) + "}\n",
		"tmsnc {\n" + s3 + "}\n",
		"terraform {\n" + s3 + "}\n",
		s3,
	} {
		if cfg, diags := loadBackend(t, "b.hcl", text, nil); !diags.HasErrors() || !cfg.Unplaced() {
			t.Errorf("%s\nthe state is in %v, or at %q, and it says %v", text, cfg.Backend, cfg.StatePath, diags)
		}
	}
	for _, text := range []string{"", "tmsync {\n  required_version = 3\n}\n", "nonsense {}\n"} {
		if cfg, _ := loadBackend(t, "b.hcl", text, nil); cfg.Unplaced() {
			t.Errorf("%q: the state is at no place", text)
		}
	}
}

// TestBackendSecretsAreMasked holds the sources of messages to not showing what an
// argument for secrets has.
func TestBackendSecretsAreMasked(t *testing.T) {
	cfg, _ := loadBackend(t, "b.hcl", "tmsync {\n  backend \"pg\" {\n    conn_str = \"postgres://me:swordfish@db/x\"\n  }\n}\n", nil)
	if text := string(cfg.Sources()["b.hcl"].Bytes); strings.Contains(text, "swordfish") {
		t.Errorf("the source shows the password:\n%s", text)
	}
}
