package s3store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/state/shared"
)

// absent reports whether the store says that there is no such object. That there is
// no such bucket is another matter.
func absent(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	return api.ErrorCode() == "NoSuchKey" || api.ErrorCode() == "NotFound"
}

// refused reports whether a condition was not met. AWS answers 409 where two
// conditional writes meet: neither it nor 412 has written anything.
func refused(err error) bool {
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "ConditionalRequestConflict" {
		return true
	}
	return status(err) == http.StatusPreconditionFailed
}

func status(err error) int {
	var r *awshttp.ResponseError
	if errors.As(err, &r) {
		return r.HTTPStatusCode()
	}
	return 0
}

// explain returns what was refused and what to do, without the SDK's own text. An
// error that another try may change stays as it is.
func explain(what string, err error) error {
	if err == nil {
		return nil
	}
	var permanent *shared.PermanentError
	if errors.As(err, &permanent) {
		return permanent
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w", what, err)
	}
	var none *credentialsError
	if errors.As(err, &none) {
		return none.explain()
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return fmt.Errorf("%s: %w", what, inner(err))
	}
	message := strings.TrimSuffix(text.OneLine(api.ErrorMessage()), ".")
	said := fmt.Errorf("%s: the store refuses it: %s: %s%s", what, api.ErrorCode(), message, hint(api.ErrorCode()))
	switch code := status(err); {
	case code == http.StatusRequestTimeout, code == http.StatusConflict, code == http.StatusTooManyRequests,
		code >= 500 && code != http.StatusNotImplemented, code < 300:
		return said
	}
	return &shared.PermanentError{Err: said}
}

// hint returns what is usually behind a refusal.
func hint(code string) string {
	switch code {
	case "AccessDenied", "Forbidden", "AllAccessDisabled":
		return "; reading needs s3:GetObject and s3:ListBucket (without the latter a state that is not there looks like one that is refused), writing s3:PutObject and s3:DeleteObject as well"
	case "NoSuchBucket":
		return "; tmsync does not create buckets"
	case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException":
		return "; the bucket is in another region: set region"
	case "TemporaryRedirect", "Redirect":
		return "; nothing follows it to another origin: set region or endpoints to where the bucket is"
	case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired":
		return "; log in again, or use credentials that renew themselves"
	case "RequestTimeTooSkewed":
		return "; this machine's clock is wrong"
	case "NotImplemented":
		return "; the store does not know conditional writes"
	}
	return ""
}

// inner returns the error below those in which the SDK names the operation.
func inner(err error) error {
	if send := (*smithyhttp.RequestSendError)(nil); errors.As(err, &send) {
		return send.Err
	}
	for {
		var op *smithy.OperationError
		if !errors.As(err, &op) {
			return err
		}
		err = op.Err
	}
}

// named distinguishes a failure to find credentials from a refusal of the store.
type named struct{ chain aws.CredentialsProvider }

func (n named) Retrieve(ctx context.Context) (aws.Credentials, error) {
	if n.chain == nil {
		return aws.Credentials{}, &credentialsError{errors.New("none are set")}
	}
	c, err := n.chain.Retrieve(ctx)
	if err != nil && ctx.Err() == nil {
		return c, &credentialsError{err}
	}
	return c, err
}

type credentialsError struct{ err error }

func (e *credentialsError) Error() string { return e.err.Error() }
func (e *credentialsError) Unwrap() error { return e.err }

func (e *credentialsError) explain() error {
	const advice = "set AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or what your CI offers; or profile or assume_role in the backend"
	text := inner(e.err).Error()
	var timeout net.Error
	if strings.Contains(e.err.Error(), "ec2imds") {
		// The chain ends with the metadata of a cloud's machine, which others have not.
		return &shared.PermanentError{Err: fmt.Errorf("there are no AWS credentials for the s3 backend, and this machine is not given any: %s", advice)}
	}
	said := fmt.Errorf("the AWS credentials for the s3 backend cannot be had: %s", text)
	if errors.As(e.err, &timeout) || status(e.err) >= 500 || status(e.err) == http.StatusTooManyRequests {
		return said
	}
	return &shared.PermanentError{Err: fmt.Errorf("%w; %s", said, advice)}
}
