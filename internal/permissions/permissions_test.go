package permissions

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// Plan rights change nothing, apply rights hold them, and what is implied hangs
// on an action that is there and is not a call of its own.
func TestTables(t *testing.T) {
	for _, cloud := range Clouds() {
		plan, apply := Actions(cloud, Plan), Actions(cloud, Apply)
		for _, action := range plan {
			name := action[strings.LastIndexAny(action, ":/")+1:]
			if cloud == "aws" && !strings.HasPrefix(name, "Describe") && !strings.HasPrefix(name, "Get") && !strings.HasPrefix(name, "List") && !strings.HasPrefix(name, "Search") ||
				cloud == "azure" && name != "read" && !strings.HasSuffix(action, "/listClusterUserCredential/action") {
				t.Errorf("%s: planning may %s", cloud, action)
			}
			if !slices.Contains(apply, action) {
				t.Errorf("%s: planning may %s, applying may not", cloud, action)
			}
		}
		table := awsImplied
		if cloud == "azure" {
			table = azureImplied
		}
		for _, more := range table {
			if !slices.Contains(apply, more.by) || more.why == "" {
				t.Errorf("%s: %s hangs on %s, which is no call", cloud, more.action, more.by)
			}
		}
	}
}

// A policy holds every action once, and is as narrow as the scope says.
func TestPolicy(t *testing.T) {
	text, err := Policy("aws", Apply, Scope{Account: "111122223333", Region: "eu-west-1", RolePath: "/platform/"})
	if err != nil {
		t.Fatal(err)
	}
	var policy struct {
		Statement []struct {
			Sid       string
			Action    []string
			Resource  string
			Condition map[string]map[string]any
		}
	}
	if err := json.Unmarshal([]byte(text), &policy); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, s := range policy.Statement {
		all = append(all, s.Action...)
		if roles := strings.Contains(s.Sid, "Roles"); roles != (s.Resource == "arn:aws:iam::111122223333:role/platform/*") {
			t.Errorf("%s is on %s", s.Sid, s.Resource)
		}
	}
	slices.Sort(all)
	if want := withImplied(Actions("aws", Apply), awsImplied); !slices.Equal(all, want) {
		t.Errorf("the policy holds %q, the table %q", all, want)
	}
	if policy.Statement[0].Condition["StringEquals"]["aws:RequestedRegion"] != "eu-west-1" {
		t.Errorf("%+v", policy.Statement[0].Condition)
	}
	for _, bad := range [][2]string{{"gcp", Plan}, {"aws", "destroy"}} {
		if _, err := Policy(bad[0], bad[1], Scope{}); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
	role, err := Policy("azure", Plan, Scope{Account: "0000"})
	if err != nil || !strings.Contains(role, `"/subscriptions/0000"`) || strings.Contains(role, "/write") {
		t.Errorf("%s %v", role, err)
	}
}
