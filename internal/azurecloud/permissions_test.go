package azurecloud_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/permissions"
	"github.com/kready-io/terraform-provider-kready/internal/proof"
)

// used are the Azure actions behind every call that the adapter made in this
// package's tests.
var used struct {
	mu   sync.Mutex
	seen map[string]bool
}

// witness is a transport that notes which actions the adapter needs.
type witness struct{ inner http.RoundTripper }

func (w witness) RoundTrip(r *http.Request) (*http.Response, error) {
	if action := actionOf(r.Method, r.URL.Path); action != "" {
		used.mu.Lock()
		if used.seen == nil {
			used.seen = map[string]bool{}
		}
		used.seen[action] = true
		used.mu.Unlock()
	}
	return w.inner.RoundTrip(r)
}

// actionOf is the action that Azure asks for before it carries out a request:
// provider and type of the resource, and read, write, delete or the word that
// is posted. Operations in progress are looked at with the right to start them.
func actionOf(method, path string) string {
	words := strings.Split(strings.Trim(path, "/"), "/")
	if len(words) < 2 || !strings.EqualFold(words[0], "subscriptions") {
		return ""
	}
	at := -1
	for i, word := range words {
		if strings.EqualFold(word, "providers") {
			at = i
		}
	}
	namespace, rest := "Microsoft.Resources/subscriptions", words[2:]
	switch {
	case at >= 0 && at+2 < len(words):
		namespace, rest = words[at+1], words[at+2:]
	case at >= 0 && method == http.MethodGet:
		return "Microsoft.Resources/subscriptions/providers/read"
	}
	var types []string
	for i := 0; i < len(rest); i += 2 {
		types = append(types, rest[i])
	}
	full := strings.Join(append([]string{namespace}, types...), "/")
	full = strings.ReplaceAll(full, "/resourcegroups", "/resourceGroups") // as older API versions spell it
	if lower := strings.ToLower(full); strings.Contains(lower, "operationresults") || strings.Contains(lower, "operationstatuses") || strings.Contains(lower, "/operations") {
		return ""
	}
	switch method {
	case http.MethodPut, http.MethodPatch:
		return full + "/write"
	case http.MethodDelete:
		return full + "/delete"
	case http.MethodPost:
		return full + "/action"
	}
	return full + "/read"
}

// TestMain fails where a test made a call that the policy does not allow.
func TestMain(m *testing.M) {
	code := m.Run()
	allowed := permissions.Actions("azure", permissions.Apply)
	missing := false
	for action := range used.seen {
		if !slices.Contains(allowed, action) {
			fmt.Fprintf(os.Stderr, "the adapter did %s, which `kready permissions` does not allow: add it to internal/permissions\n", action)
			code, missing = 1, true
		}
	}
	proof.Record(proof.Permissions, "azure", proof.Adapter, len(used.seen), missing)
	os.Exit(code)
}
