package awscloud

import (
	"context"
	"errors"
	"fmt"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// wrap turns an error of the SDK into one of the contract: the operation is
// the SDK's own name for it, the reason is the cloud's code and words.
// object is the component and whose it is, as [ofCluster] makes it. An error
// of the contract passes unchanged; nil stays nil.
func wrap(err error, object string) error {
	if err == nil {
		return nil
	}
	var ours *cloud.Error
	if errors.As(err, &ours) {
		return err
	}
	service, operation := called(err)
	wrapped := &cloud.Error{Object: object, Err: err, Operation: strings.TrimSpace(strings.ToLower(service) + " " + operation)}
	var answer smithy.APIError
	switch {
	case errors.As(err, &answer):
		wrapped.Reason = answer.ErrorCode() + ": " + answer.ErrorMessage()
		wrapped.Kind = kindOf(answer.ErrorCode())
		if wrapped.Kind == cloud.ErrInvalid && statusOf(err) >= 500 {
			wrapped.Kind = nil
		}
		wrapped.Todo = todoFor(wrapped.Kind, service, operation, answer.ErrorCode())
	case errors.Is(err, context.Canceled):
		wrapped.Kind, wrapped.Reason = cloud.ErrTimeout, "interrupted"
		wrapped.Todo = "Apply again: kready finds what exists and carries on."
	case errors.Is(err, context.DeadlineExceeded):
		wrapped.Kind, wrapped.Reason = cloud.ErrTimeout, "no answer within the time allowed"
		wrapped.Todo = "Apply again: kready finds what exists and carries on. If it needs longer, raise timeouts."
	case noCredentials(err):
		wrapped.Kind, wrapped.Reason = cloud.ErrDenied, "no usable credentials: "+cause(err)
		wrapped.Todo = "Log in (aws sso login, aws configure), or name a profile or assume_role in the provider's targets."
	default:
		wrapped.Reason = cause(err)
		wrapped.Todo = "Check the network between here and AWS, then apply again: kready finds what exists and carries on."
	}
	return wrapped
}

// called returns the service and operation that failed, as the SDK names them.
func called(err error) (service, operation string) {
	var call *smithy.OperationError
	if errors.As(err, &call) {
		return call.Service(), call.Operation()
	}
	return "", ""
}

// statusOf returns the HTTP status of a failed call, or 0.
func statusOf(err error) int {
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}

// code returns the cloud's error code, or "".
func code(err error) string {
	var answer smithy.APIError
	if errors.As(err, &answer) {
		return answer.ErrorCode()
	}
	return ""
}

// isNotFound tells whether the cloud said that the object does not exist.
func isNotFound(err error) bool {
	return errors.Is(err, cloud.ErrNotFound) || code(err) != "" && kindOf(code(err)) == cloud.ErrNotFound
}

// isCode tells whether the cloud answered with one of the codes.
func isCode(err error, codes ...string) bool {
	got := code(err)
	for _, c := range codes {
		if got == c {
			return true
		}
	}
	return false
}

// unlessNotFound is err, or nil where it only says that the object is gone.
func unlessNotFound(err error) error {
	if isNotFound(err) {
		return nil
	}
	return err
}

// exactCodes are error codes that the rules in kindOf would misjudge, or that
// follow no rule.
var exactCodes = map[string]error{
	"NoSuchEntity":             cloud.ErrNotFound,
	"NatGatewayNotFound":       cloud.ErrNotFound,
	"QueueDoesNotExist":        cloud.ErrNotFound,
	"NotFoundException":        cloud.ErrNotFound,
	"ParameterNotFound":        cloud.ErrNotFound,
	"Gateway.NotAttached":      cloud.ErrNotFound,
	"NoSuchResourceException":  cloud.ErrNotFound,
	"LifecyclePolicyNotFound":  cloud.ErrNotFound,
	"LoadBalancerNotFound":     cloud.ErrNotFound,
	"ClusterNotFoundException": cloud.ErrNotFound,

	"AWS.SimpleQueueService.NonExistentQueue": cloud.ErrNotFound,

	"DependencyViolation":            cloud.ErrConflict,
	"DeleteConflict":                 cloud.ErrConflict,
	"ResourceInUseException":         cloud.ErrConflict,
	"ResourceInUse":                  cloud.ErrConflict,
	"ConflictException":              cloud.ErrConflict,
	"ConcurrentModification":         cloud.ErrConflict,
	"OperationAbortedException":      cloud.ErrConflict,
	"InvalidRequestException":        cloud.ErrConflict, // EKS and Secrets Manager: not in this state
	"InvalidStateException":          cloud.ErrConflict,
	"KMSInvalidStateException":       cloud.ErrConflict,
	"IncorrectState":                 cloud.ErrConflict,
	"IncorrectInstanceState":         cloud.ErrConflict,
	"InvalidVpcState":                cloud.ErrConflict,
	"InvalidSubnet.Conflict":         cloud.ErrConflict,
	"Resource.AlreadyAssociated":     cloud.ErrConflict,
	"QueueNameExists":                cloud.ErrConflict,
	"QueueDeletedRecently":           cloud.ErrConflict,
	"RepositoryNotEmptyException":    cloud.ErrNotEmpty,
	"ResourceExistsException":        cloud.ErrConflict,
	"UnsupportedAddonModification":   cloud.ErrConflict,
	"DependentServiceRequestFailure": cloud.ErrConflict,

	"UnauthorizedOperation":       cloud.ErrDenied,
	"AccessDenied":                cloud.ErrDenied,
	"AccessDeniedException":       cloud.ErrDenied,
	"AuthFailure":                 cloud.ErrDenied,
	"ExpiredToken":                cloud.ErrDenied,
	"ExpiredTokenException":       cloud.ErrDenied,
	"RequestExpired":              cloud.ErrDenied,
	"InvalidClientTokenId":        cloud.ErrDenied,
	"UnrecognizedClientException": cloud.ErrDenied,
	"SignatureDoesNotMatch":       cloud.ErrDenied,
	"InvalidSignatureException":   cloud.ErrDenied,
	"IncompleteSignature":         cloud.ErrDenied,
	"MissingAuthenticationToken":  cloud.ErrDenied,
	"NotAuthorized":               cloud.ErrDenied,
	"OptInRequired":               cloud.ErrDenied,
	"Blocked":                     cloud.ErrDenied,
	"PendingVerification":         cloud.ErrDenied,

	"Throttling":                             cloud.ErrThrottled,
	"ThrottlingException":                    cloud.ErrThrottled,
	"ThrottledException":                     cloud.ErrThrottled,
	"RequestThrottled":                       cloud.ErrThrottled,
	"RequestThrottledException":              cloud.ErrThrottled,
	"RequestLimitExceeded":                   cloud.ErrThrottled,
	"BandwidthLimitExceeded":                 cloud.ErrThrottled,
	"EC2ThrottledException":                  cloud.ErrThrottled,
	"TooManyRequestsException":               cloud.ErrThrottled,
	"SlowDown":                               cloud.ErrThrottled,
	"PriorRequestNotComplete":                cloud.ErrThrottled,
	"ProvisionedThroughputExceededException": cloud.ErrThrottled,

	"ServiceQuotaExceededException": cloud.ErrQuota,
	"QuotaExceededException":        cloud.ErrQuota,
	"LimitExceeded":                 cloud.ErrQuota,
	"LimitExceededException":        cloud.ErrQuota,
}

// kindOf judges an error code of any service. The families are AWS's own:
// "InvalidVpcID.NotFound", "ResourceNotFoundException", "EntityAlreadyExists",
// "VpcLimitExceeded". Whatever is in none of them is the request's fault.
func kindOf(code string) error {
	if kind, ok := exactCodes[code]; ok {
		return kind
	}
	bare := strings.TrimSuffix(code, "Exception")
	switch {
	case strings.HasSuffix(bare, "NotFound"):
		return cloud.ErrNotFound
	case strings.HasSuffix(bare, "AlreadyExists"), strings.HasSuffix(bare, ".Duplicate"),
		strings.HasSuffix(bare, "InUse"), strings.HasSuffix(bare, "Conflict"), strings.HasSuffix(bare, "AlreadyAssociated"):
		return cloud.ErrConflict
	case strings.HasSuffix(bare, "LimitExceeded"), strings.HasSuffix(bare, "QuotaExceeded"):
		return cloud.ErrQuota
	}
	return cloud.ErrInvalid
}

// todoFor says what the person can do about a kind of error.
func todoFor(kind error, service, operation, code string) string {
	switch kind {
	case nil:
		return "AWS itself failed. Apply again: kready finds what exists and carries on."
	case cloud.ErrConflict:
		return "Wait until the other operation is over, or remove what is in the way, then apply again."
	case cloud.ErrQuota:
		return quotaTodo(service, operation, code)
	case cloud.ErrDenied:
		if strings.Contains(code, "Expired") {
			return "The credentials have expired. Refresh them and apply again: nothing is lost, kready finds what exists and carries on."
		}
		return fmt.Sprintf("Give the credentials the permission %s, and check permission boundaries and service control policies; then apply again.",
			permission(service, operation))
	case cloud.ErrThrottled:
		return "The account's request quota is used up by many callers at once. Apply again later, or with a lower -parallelism."
	case cloud.ErrInvalid:
		return "AWS refuses the request's content. Change the setting that its message names and plan again."
	}
	return ""
}

// permission is the IAM action of an operation: "ec2:CreateSubnet".
func permission(service, operation string) string {
	prefix, ok := map[string]string{
		"CloudWatch Logs":           "logs",
		"Elastic Load Balancing v2": "elasticloadbalancing",
		"EventBridge":               "events",
		"Secrets Manager":           "secretsmanager",
		"Service Quotas":            "servicequotas",
	}[service]
	if !ok {
		prefix = strings.ToLower(service)
	}
	return prefix + ":" + operation
}

// noCredentials tells whether no request was sent for want of credentials.
func noCredentials(err error) bool {
	text := err.Error()
	return strings.Contains(text, "get credentials") || strings.Contains(text, "failed to refresh cached credentials") ||
		strings.Contains(text, "get identity")
}

// cause is the innermost message, without the SDK's layers of wrapping.
func cause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
