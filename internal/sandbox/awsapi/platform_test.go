package awsapi_test

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/awsapi"
)

// newBox opens an empty cloud and a client configuration that reaches it
// in-process, in eu-west-1, without retries.
func newBox(t *testing.T) (*sandbox.Sandbox, aws.Config) {
	t.Helper()
	box, err := sandbox.Open(filepath.Join(t.TempDir(), "box.json"), sandbox.Options{
		APIs:   []sandbox.API{awsapi.New()},
		Seed:   1,
		Strict: true,
		Now:    func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return box, aws.Config{
		Region:           "eu-west-1",
		Credentials:      credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		HTTPClient:       &http.Client{Transport: box.Transport()},
		RetryMaxAttempts: 1,
	}
}

// code is the error code of an answer, "" when there is no error.
func code(err error) string {
	if err == nil {
		return ""
	}
	var answer smithy.APIError
	if errors.As(err, &answer) {
		return answer.ErrorCode()
	}
	return "not an answer of the cloud: " + err.Error()
}

// wantCode fails the test unless the error has this code.
func wantCode(t *testing.T, want string, err error) {
	t.Helper()
	if got := code(err); got != want {
		t.Errorf("code %q (%v), want %q", got, err, want)
	}
}

// must returns the value of a call that must not fail.
func must[T any](value T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

var background = context.Background()
