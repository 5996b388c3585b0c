package awscloud_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"

	"github.com/kready-io/terraform-provider-kready/internal/permissions"
	"github.com/kready-io/terraform-provider-kready/internal/proof"
)

// prefixes are IAM's names of the services, by the adapter's client, the SDK's
// package and the SDK's name of the service, where they differ.
var prefixes = map[string]string{
	"elb": "elasticloadbalancing", "elasticloadbalancingv2": "elasticloadbalancing", "secrets": "secretsmanager",
	"cloudwatchlogs": "logs", "eventbridge": "events", "quotas": "servicequotas",
	"elastic load balancing v2": "elasticloadbalancing", "secrets manager": "secretsmanager",
	"cloudwatch logs": "logs", "service quotas": "servicequotas",
}

func actionOf(service, operation string) string {
	service = strings.ToLower(service)
	if prefix := prefixes[service]; prefix != "" {
		service = prefix
	}
	return service + ":" + operation
}

// used are the IAM actions behind every call that the adapter made in this
// package's tests.
var used sync.Map

// witness is a transport that notes which actions the adapter needs.
type witness struct{ inner http.RoundTripper }

func (w witness) RoundTrip(r *http.Request) (*http.Response, error) {
	used.Store(actionOf(awsmiddleware.GetServiceID(r.Context()), awsmiddleware.GetOperationName(r.Context())), true)
	return w.inner.RoundTrip(r)
}

// TestMain fails where a test made a call that the policy does not allow.
func TestMain(m *testing.M) {
	code := m.Run()
	allowed := permissions.Actions("aws", permissions.Apply)
	tried, missing := 0, false
	used.Range(func(action, _ any) bool {
		tried++
		if !slices.Contains(allowed, action.(string)) {
			fmt.Fprintf(os.Stderr, "the adapter called %s, which `kready permissions` does not allow: add it to internal/permissions\n", action)
			code, missing = 1, true
		}
		return true
	})
	proof.Record(proof.Permissions, "aws", proof.Adapter, tried, missing)
	os.Exit(code)
}

// TestPermissions proves that the policy holds exactly the calls that the
// adapter's code makes: none is missing, and no line is idle.
func TestPermissions(t *testing.T) {
	needed := map[string]bool{}
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if call, ok := node.(*ast.CallExpr); ok {
				if action := calledAction(call); action != "" {
					needed[action] = true
				}
			}
			return true
		})
	}
	allowed := permissions.Actions("aws", permissions.Apply)
	for _, action := range allowed {
		if !needed[action] {
			t.Errorf("%s is idle: nothing calls it; take it out of internal/permissions", action)
		}
		delete(needed, action)
	}
	for action := range needed {
		t.Errorf("%s is called and not allowed: add it to internal/permissions", action)
	}
	proof.Record(proof.Permissions, "aws", "policy and source of the adapter", len(allowed), t.Failed())
}

// clients are the fields of the adapter's open account that are SDK clients.
var clients = []string{"ec2", "ecr", "eks", "elb", "events", "iam", "kms", "logs", "quotas", "secrets", "sqs", "ssm", "sts"}

// calledAction is the action behind a call of a client's method or of a
// paginator's constructor, "" for any other call.
func calledAction(call *ast.CallExpr) string {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !ast.IsExported(method.Sel.Name) || len(call.Args) < 2 {
		return ""
	}
	switch on := method.X.(type) {
	case *ast.SelectorExpr: // r.ec2.CreateVpc(ctx, …)
		if slices.Contains(clients, on.Sel.Name) {
			return actionOf(on.Sel.Name, method.Sel.Name)
		}
	case *ast.Ident: // ec2.NewDescribeVpcsPaginator(r.ec2, …)
		name, constructs := strings.CutPrefix(method.Sel.Name, "New")
		name, pages := strings.CutSuffix(name, "Paginator")
		if constructs && pages {
			return actionOf(on.Name, name)
		}
	}
	return ""
}
