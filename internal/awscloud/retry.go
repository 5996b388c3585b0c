package awscloud

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// attempts is how often the SDK sends one request. Fifty clusters in one
// apply share an account's request quota, so throttling must be sat out; the
// resource's timeout is the real bound.
const attempts = 12

// retryer returns what makes the retryer of each service client: adaptive on
// real clouds, so that a throttled client slows itself down. The sandbox has
// no wall clock to slow down for: there the delay follows the poll.
func retryer(target cloud.Target) func() aws.Retryer {
	standard := func(o *retry.StandardOptions) {
		o.MaxAttempts = attempts
		// The SDK's bucket of retry tokens would give up early when fifty
		// resources share a client; attempts and timeouts bound the work.
		o.RateLimiter = ratelimit.None
		if target.Sandbox {
			o.Backoff = pollBackoff{pollOf(target)}
		}
	}
	if target.Sandbox {
		return func() aws.Retryer { return retry.NewStandard(standard) }
	}
	return func() aws.Retryer {
		return retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
			o.StandardOptions = append(o.StandardOptions, standard)
		})
	}
}

// pollBackoff waits as long as a poll does.
type pollBackoff struct{ poll cloud.Poll }

// BackoffDelay implements retry.BackoffDelayer.
func (b pollBackoff) BackoffDelay(attempt int, _ error) (time.Duration, error) {
	return min(b.poll.First<<min(attempt, 10), b.poll.Max), nil
}

// once is the option for EC2 calls that create something and take no
// idempotency token: the SDK repeats them only where AWS surely did nothing.
func once(o *ec2.Options) { o.Retryer = unprocessedOnly{o.Retryer} }

// unprocessedOnly retries what was throttled or never sent.
type unprocessedOnly struct{ aws.Retryer }

// IsErrorRetryable implements aws.Retryer.
func (r unprocessedOnly) IsErrorRetryable(err error) bool {
	return r.Retryer.IsErrorRetryable(err) && !outcomeUnknown(err)
}

// GetAttemptToken implements aws.RetryerV2, which embedding would hide.
func (r unprocessedOnly) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	if inner, ok := r.Retryer.(aws.RetryerV2); ok {
		return inner.GetAttemptToken(ctx)
	}
	return r.GetInitialToken(), nil
}

// outcomeUnknown tells whether a failed call may have been carried out all
// the same: the answer was lost, or the server failed half-way.
func outcomeUnknown(err error) bool {
	if err == nil || retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err).Bool() {
		return false
	}
	var answer smithy.APIError
	if errors.As(err, &answer) {
		return answer.ErrorFault() == smithy.FaultServer || statusOf(err) >= 500
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return false
	}
	// What failed before the request left (credentials, serialization) is
	// none of these; a lost or garbled answer is.
	var sent *smithyhttp.RequestSendError
	var garbled *smithy.DeserializationError
	return errors.As(err, &sent) || errors.As(err, &garbled) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// create makes an object through an API that takes no idempotency token.
// Where an attempt's outcome is unknown it looks for the object, several
// times because a new object may not be visible yet, before it tries again;
// so a lost answer never makes a second object. find returns "" where there
// is none.
func create(ctx context.Context, poll cloud.Poll, find func(context.Context) (string, error), attempt func(context.Context) (string, error)) (string, error) {
	const tries, looks = 4, 4
	var last error
	for range tries {
		id, err := commit(ctx, attempt)
		if err == nil {
			return id, nil
		}
		if !outcomeUnknown(err) {
			return "", err
		}
		last = err
		for range looks {
			found, err := find(ctx)
			if err != nil {
				return "", errors.Join(last, err)
			}
			if found != "" {
				return found, nil
			}
			if err := pause(ctx, poll); err != nil {
				return "", errors.Join(last, err)
			}
		}
	}
	return "", last
}
