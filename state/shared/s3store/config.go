package s3store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go/logging"

	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/settings"
)

// Config is the backend block. What is empty comes from where the SDK looks for it:
// AWS_* variables, the profile, and what the machine is given.
type Config settings.S3

func (c Config) check() error {
	switch {
	case c.Bucket == "":
		return errors.New("the s3 backend has no bucket")
	case c.Key == "":
		return errors.New("the s3 backend has no key")
	case strings.HasPrefix(c.Key, "/"), strings.HasSuffix(c.Key, "/"):
		return fmt.Errorf("the key %q of the s3 backend must neither begin nor end with a slash", c.Key)
	case (c.AccessKey == "") != (c.SecretKey == ""):
		return errors.New("the s3 backend has one of access_key and secret_key: it takes both or neither")
	case c.AssumeRole != nil && c.AssumeRole.ARN == "":
		return errors.New("assume_role of the s3 backend has no role_arn")
	case c.WithWebIdentity != nil && c.WithWebIdentity.ARN == "":
		return errors.New("assume_role_with_web_identity of the s3 backend has no role_arn")
	}
	return nil
}

// client makes the SDK's client. The SDK neither retries nor logs, and sends no
// checksums that other stores than AWS refuse.
func (c Config) client(ctx context.Context) (*s3.Client, error) {
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	sdk, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("the AWS settings for the s3 backend: %w", err)
	}
	if sdk.Region == "" {
		return nil, errors.New("the s3 backend has no region: set region, or AWS_REGION")
	}
	httpClient, ok := sdk.HTTPClient.(*awshttp.BuildableClient)
	if !ok {
		return nil, fmt.Errorf("the AWS settings make a client of an unknown kind, %T", sdk.HTTPClient)
	}
	c.assume(&sdk)
	return s3.NewFromConfig(sdk, func(o *s3.Options) {
		o.HTTPClient = shared.Client(httpClient.GetTransport())
		o.Credentials = named{o.Credentials}
		o.UsePathStyle = c.UsePathStyle
		if o.BaseEndpoint == nil && c.Endpoint != "" {
			o.BaseEndpoint = &c.Endpoint
		}
	}), nil
}

func (c Config) options() ([]func(*config.LoadOptions) error, error) {
	transport := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		if c.Insecure {
			t.TLSClientConfig.InsecureSkipVerify = true
		}
	})
	options := []func(*config.LoadOptions) error{
		config.WithHTTPClient(transport),
		config.WithLogger(logging.Nop{}),
		config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }),
		config.WithRequestChecksumCalculation(aws.RequestChecksumCalculationWhenRequired),
		config.WithResponseChecksumValidation(aws.ResponseChecksumValidationWhenRequired),
		config.WithSharedConfigProfile(c.Profile),
		config.WithEC2IMDSEndpoint(c.MetadataEndpoint),
	}
	if c.Region != "" {
		options = append(options, config.WithRegion(c.Region))
	}
	if c.AccessKey != "" {
		options = append(options, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(c.AccessKey, c.SecretKey, c.Token)))
	}
	if c.UseFIPS {
		options = append(options, config.WithUseFIPSEndpoint(aws.FIPSEndpointStateEnabled))
	}
	if c.UseDualstack {
		options = append(options, config.WithUseDualStackEndpoint(aws.DualStackEndpointStateEnabled))
	}
	if c.SkipMetadataAPICheck {
		options = append(options, config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	}
	if c.MetadataEndpointMode != "" {
		var mode imds.EndpointModeState
		if err := mode.SetFromString(c.MetadataEndpointMode); err != nil {
			return nil, fmt.Errorf("ec2_metadata_service_endpoint_mode of the s3 backend is IPv4 or IPv6: %w", err)
		}
		options = append(options, config.WithEC2IMDSEndpointMode(mode))
	}
	if c.CustomCABundle != "" {
		pem, err := os.ReadFile(c.CustomCABundle)
		if err != nil {
			return nil, fmt.Errorf("custom_ca_bundle of the s3 backend: %w", err)
		}
		options = append(options, config.WithCustomCABundle(bytes.NewReader(pem)))
	}
	return options, nil
}

// assume replaces the credentials by those of the role, if there is one.
func (c Config) assume(sdk *aws.Config) {
	service := func() *sts.Client {
		return sts.NewFromConfig(*sdk, func(o *sts.Options) {
			if o.BaseEndpoint == nil && c.STSEndpoint != "" {
				o.BaseEndpoint = &c.STSEndpoint
			}
		})
	}
	if r := c.WithWebIdentity; r != nil {
		sdk.Credentials = cached(stscreds.NewWebIdentityRoleProvider(service(), r.ARN, c.token(), func(o *stscreds.WebIdentityRoleOptions) {
			o.RoleSessionName = sessionName(r.SessionName)
			o.Duration = r.Duration
			o.PolicyARNs = policies(r.PolicyARNs)
			o.Policy = given(r.Policy)
		}))
	}
	if r := c.AssumeRole; r != nil {
		sdk.Credentials = cached(stscreds.NewAssumeRoleProvider(service(), r.ARN, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = sessionName(r.SessionName)
			o.Duration = r.Duration
			o.PolicyARNs = policies(r.PolicyARNs)
			o.TransitiveTagKeys = r.TransitiveTagKeys
			for k, v := range r.Tags {
				o.Tags = append(o.Tags, ststypes.Tag{Key: &k, Value: &v})
			}
			o.ExternalID, o.Policy, o.SourceIdentity = given(r.ExternalID), given(r.Policy), given(r.SourceIdentity)
		}))
	}
}

// renewEarly is how long before their end credentials are renewed. No request takes
// longer.
const renewEarly = 2 * time.Minute

func cached(p aws.CredentialsProvider) aws.CredentialsProvider {
	return aws.NewCredentialsCache(p, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = renewEarly })
}

// given is nil for an argument that is not there.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func sessionName(name string) string {
	if name == "" {
		return "tmsync"
	}
	return name
}

func policies(arns []string) []ststypes.PolicyDescriptorType {
	var all []ststypes.PolicyDescriptorType
	for _, arn := range arns {
		all = append(all, ststypes.PolicyDescriptorType{Arn: &arn})
	}
	return all
}

func (c Config) token() stscreds.IdentityTokenRetriever {
	if c.WebIdentityToken != "" {
		return givenToken(c.WebIdentityToken)
	}
	return stscreds.IdentityTokenFile(c.WebIdentityTokenFile)
}

type givenToken string

func (t givenToken) GetIdentityToken() ([]byte, error) { return []byte(t), nil }
