package awsapi_test

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/awsapi"
)

// TestRouting proves that a request finds its service and region by host name,
// and by the signature's scope when it was sent to loopback.
func TestRouting(t *testing.T) {
	t.Parallel()
	box, err := sandbox.Open(filepath.Join(t.TempDir(), "box.json"), sandbox.Options{APIs: []sandbox.API{awsapi.New()}, Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, url, authorization, want string }{
		{"host", "https://ec2.eu-west-1.amazonaws.com/", "", "ec2.eu-west-1.amazonaws.com"},
		{"dual stack", "https://ec2.eu-west-1.api.aws/", "", "ec2.eu-west-1.amazonaws.com"},
		{"scope", "http://127.0.0.1:8080/", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-west-1/ec2/aws4_request, SignedHeaders=host", "ec2.eu-west-1.amazonaws.com"},
		{"unknown region", "https://ec2.eu-nowhere-1.amazonaws.com/", "", "AuthFailure"},
		{"unknown service", "https://braket.eu-west-1.amazonaws.com/", "", "UnknownService"},
	} {
		t.Run(test.name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, test.url, strings.NewReader("Action=DescribeRegions&Version=2016-11-15"))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Authorization", test.authorization)
			answer, err := box.Transport().RoundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(body), test.want) {
				t.Errorf("answer %d %s; want it to hold %q", answer.StatusCode, body, test.want)
			}
		})
	}
}
