package cli

import (
	"encoding/json"
	"strings"
	"testing"
)

// The policy is printed alone, and whoever forgets a flag is told which.
func TestPermissions(t *testing.T) {
	for _, cloud := range []string{"aws", "azure"} {
		sizes := map[string]int{}
		for _, purpose := range []string{"plan", "apply"} {
			code, out, errOut := run(t, "permissions", "-cloud", cloud, "-for", purpose)
			var policy map[string]any
			if err := json.Unmarshal([]byte(out), &policy); code != exitOK || err != nil || errOut != "" {
				t.Errorf("%s %s: %d, %v, %s", cloud, purpose, code, err, errOut)
			}
			sizes[purpose] = len(out)
		}
		if sizes["plan"] >= sizes["apply"] {
			t.Errorf("%s: planning needs as much as applying", cloud)
		}
	}
	for _, c := range []struct {
		args []string
		says string
	}{{[]string{"-for", "plan"}, `-cloud "" is none of aws, azure`}, {[]string{"-cloud", "aws"}, `-for "" is neither`}, {[]string{"-cloud", "aws", "-for", "plan", "x"}, "flags only"}} {
		if code, _, errOut := run(t, append([]string{"permissions"}, c.args...)...); code != exitUsage || !strings.Contains(errOut, c.says) {
			t.Errorf("%q: %d, %s", c.args, code, errOut)
		}
	}
}
