package awscloud

import (
	"context"
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"net/http"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// failed is an error as the SDK hands it out.
func failed(service, operation string, status int, code, message string) error {
	return &smithy.OperationError{ServiceID: service, OperationName: operation, Err: &awshttp.ResponseError{
		RequestID: "r-1",
		ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}},
			Err:      &smithy.GenericAPIError{Code: code, Message: message},
		},
	}}
}

// TestWrap proves that codes of every service get the right kind, that the
// operation, the cloud's words and what to do are in the error, and that a
// request throttle is no quota.
func TestWrap(t *testing.T) {
	for _, test := range []struct {
		service, operation, code string
		status                   int
		kind                     error
		todo                     string
	}{
		{"EC2", "DescribeVpcs", "InvalidVpcID.NotFound", 400, cloud.ErrNotFound, ""},
		{"EC2", "DescribeNatGateways", "NatGatewayNotFound", 400, cloud.ErrNotFound, ""},
		{"EC2", "RevokeSecurityGroupIngress", "InvalidPermission.NotFound", 400, cloud.ErrNotFound, ""},
		{"IAM", "GetRole", "NoSuchEntity", 404, cloud.ErrNotFound, ""},
		{"EKS", "DescribeCluster", "ResourceNotFoundException", 404, cloud.ErrNotFound, ""},
		{"ECR", "DescribeRepositories", "RepositoryNotFoundException", 400, cloud.ErrNotFound, ""},
		{"EC2", "DeleteVpc", "DependencyViolation", 400, cloud.ErrConflict, "in the way"},
		{"EC2", "CreateSubnet", "InvalidSubnet.Conflict", 400, cloud.ErrConflict, ""},
		{"EC2", "CreateSecurityGroup", "InvalidGroup.Duplicate", 400, cloud.ErrConflict, ""},
		{"EC2", "CreateRoute", "RouteAlreadyExists", 400, cloud.ErrConflict, ""},
		{"EKS", "DeleteCluster", "ResourceInUseException", 409, cloud.ErrConflict, ""},
		{"IAM", "CreateRole", "EntityAlreadyExists", 409, cloud.ErrConflict, ""},
		{"ECR", "DeleteRepository", "RepositoryNotEmptyException", 400, cloud.ErrNotEmpty, ""},
		{"EC2", "AllocateAddress", "AddressLimitExceeded", 400, cloud.ErrQuota, "L-0263D0A3"},
		{"EC2", "CreateVpc", "VpcLimitExceeded", 400, cloud.ErrQuota, "L-F678F1CE"},
		{"EKS", "CreateCluster", "ResourceLimitExceededException", 400, cloud.ErrQuota, "L-1194D53C"},
		{"IAM", "CreateRole", "LimitExceeded", 409, cloud.ErrQuota, "L-FE177D64"},
		{"EC2", "CreateNewThing", "NewThingLimitExceeded", 400, cloud.ErrQuota, "quota of EC2"},
		{"EC2", "CreateVpc", "RequestLimitExceeded", 503, cloud.ErrThrottled, "later"},
		{"KMS", "CreateKey", "ThrottlingException", 400, cloud.ErrThrottled, ""},
		{"EC2", "CreateVpc", "UnauthorizedOperation", 403, cloud.ErrDenied, "ec2:CreateVpc"},
		{"CloudWatch Logs", "CreateLogGroup", "AccessDeniedException", 400, cloud.ErrDenied, "logs:CreateLogGroup"},
		{"STS", "GetCallerIdentity", "ExpiredToken", 403, cloud.ErrDenied, "expired"},
		{"EC2", "CreateVpc", "InvalidParameterValue", 400, cloud.ErrInvalid, "setting"},
		{"EKS", "CreateCluster", "InvalidParameterException", 400, cloud.ErrInvalid, ""},
		{"EC2", "CreateVpc", "InternalError", 500, nil, "Apply again"},
	} {
		err := wrap(failed(test.service, test.operation, test.status, test.code, "because"), "vpc of shop")
		var ours *cloud.Error
		if !errors.As(err, &ours) {
			t.Fatalf("%s: %v", test.code, err)
		}
		if ours.Kind != test.kind {
			t.Errorf("%s: kind %v, want %v", test.code, ours.Kind, test.kind)
		}
		if want := strings.ToLower(test.service) + " " + test.operation + ": vpc of shop: " + test.code + ": because"; err.Error() != want {
			t.Errorf("text %q, want %q", err, want)
		}
		if !strings.Contains(ours.Todo, test.todo) {
			t.Errorf("%s: todo %q lacks %q", test.code, ours.Todo, test.todo)
		}
	}
	if wrap(nil, "vpc") != nil {
		t.Error("nil became an error")
	}
	if err := wrap(context.DeadlineExceeded, "vpc"); !errors.Is(err, cloud.ErrTimeout) {
		t.Errorf("%v is no timeout", err)
	}
	inner := wrap(failed("EC2", "CreateVpc", 400, "VpcLimitExceeded", "because"), "vpc of shop")
	if outer := wrap(inner, "something else"); outer != inner {
		t.Errorf("wrapped twice: %v", outer)
	}
}

// TestOutcomeUnknown proves which failures may have been carried out: those
// must not be repeated blindly.
func TestOutcomeUnknown(t *testing.T) {
	reset := &smithy.OperationError{Err: &smithyhttp.RequestSendError{Err: &net.OpError{Op: "read", Err: syscall.ECONNRESET}}}
	refused := &smithy.OperationError{Err: &smithyhttp.RequestSendError{Err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}}
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"no error":          {nil, false},
		"connection reset":  {reset, true},
		"never connected":   {refused, false},
		"server error":      {failed("EC2", "CreateVpc", 500, "InternalError", ""), true},
		"unavailable":       {failed("EC2", "CreateVpc", 503, "Unavailable", ""), true},
		"throttled":         {failed("EC2", "CreateVpc", 503, "RequestLimitExceeded", ""), false},
		"refused content":   {failed("EC2", "CreateVpc", 400, "InvalidParameterValue", ""), false},
		"answer garbled":    {&smithy.DeserializationError{Err: errors.New("EOF")}, true},
		"no answer in time": {context.DeadlineExceeded, true},
		"no credentials":    {errors.New("failed to refresh cached credentials"), false},
	} {
		if got := outcomeUnknown(test.err); got != test.want {
			t.Errorf("%s: %t, want %t", name, got, test.want)
		}
	}
}
