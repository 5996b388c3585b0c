package catalog

import (
	"strings"
	"testing"
)

// Label syntax is Kubernetes': accepted and refused pairs for keys.
func TestLabelKeys(t *testing.T) {
	n := strings.Repeat
	for _, key := range []string{"tier", "a", "A1_b.c-D", "example.com/tier", "a.b-c.d/" + n("x", 63), n("a.", 126) + "b/tier", n("x", 63)} {
		if err := ValidateLabelKey(key); err != nil {
			t.Errorf("refuses %q: %v", key, err)
		}
	}
	for _, key := range []string{"", "/", "/tier", "example.com/", "a/b/c", "-a", "a-", "_a", "a.", "a b", "tïer", "Example.com/tier", "a..b/tier", "-a.b/tier", n("x", 64), n("a.", 127) + "b/tier"} {
		if err := ValidateLabelKey(key); err == nil {
			t.Errorf("takes %q", key)
		}
	}
}

// Label syntax is Kubernetes': accepted and refused pairs for values.
func TestLabelValues(t *testing.T) {
	for _, value := range []string{"", "apps", "A1_b.c-D", strings.Repeat("x", 63)} {
		if err := ValidateLabelValue(value); err != nil {
			t.Errorf("refuses %q: %v", value, err)
		}
	}
	for _, value := range []string{"-", "a-", ".a", "a/b", "a b", "a\n", strings.Repeat("x", 64)} {
		if err := ValidateLabelValue(value); err == nil {
			t.Errorf("takes %q", value)
		}
	}
}

// plainLabel is the slow, obvious reading of Kubernetes' rule for the name of a
// key and for a value.
func plainLabel(text string) bool {
	letterOrDigit := func(c byte) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	}
	if len(text) == 0 || len(text) > 63 || !letterOrDigit(text[0]) || !letterOrDigit(text[len(text)-1]) {
		return false
	}
	for i := range len(text) {
		if c := text[i]; !letterOrDigit(c) && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// Values and keys without prefix are judged as the plain reading judges them,
// whatever the text.
func FuzzLabels(f *testing.F) {
	for _, seed := range []string{"", "a", "a-", "a/b", "é", "a\x00", strings.Repeat("x", 64)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, want := ValidateLabelValue(text) == nil, text == "" || plainLabel(text); got != want {
			t.Errorf("value %q: %t, want %t", text, got, want)
		}
		if strings.Contains(text, "/") {
			return
		}
		if got, want := ValidateLabelKey(text) == nil, plainLabel(text); got != want {
			t.Errorf("key %q: %t, want %t", text, got, want)
		}
	})
}

// Labels that the node or the cloud sets, or that the kubelet refuses, are told
// apart from those that are free; each cloud keeps its own domain only.
func TestReservedNodeLabels(t *testing.T) {
	for _, c := range []struct {
		cloud, key string
		reserved   bool
	}{
		{AWS, "tier", false},
		{AWS, "example.com/tier", false},
		{AWS, "notkubernetes.io/tier", false},
		{AWS, "node.kubernetes.io/tier", false},
		{AWS, "sub.node.kubernetes.io/tier", false},
		{AWS, "node-role.kubernetes.io/worker", true},
		{AWS, "kubernetes.io/hostname", true},
		{AWS, "node.kubernetes.io/instance-type", true},
		{AWS, "app.kubernetes.io/name", true},
		{AWS, "k8s.io/x", true},
		{AWS, "eks.amazonaws.com/nodegroup", true},
		{Azure, "eks.amazonaws.com/nodegroup", false},
		{Azure, "kubernetes.azure.com/mode", true},
		{AWS, "kubernetes.azure.com/mode", false},
	} {
		reason, reserved := ReservedNodeLabel(c.cloud, c.key)
		if reserved != c.reserved || (reason != "") != reserved {
			t.Errorf("%s %s: %q, %t", c.cloud, c.key, reason, reserved)
		}
	}
}

// What only EKS refuses is refused there only, and all problems come at once.
func TestNodeLabelsAndTaints(t *testing.T) {
	long := "example.com/" + strings.Repeat("x", 60)
	for _, c := range []struct {
		cloud, key, value string
		ok                bool
	}{
		{AWS, "tier", "apps", true},
		{Azure, "tier", "", true},
		{AWS, "tier", "", false},
		{AWS, long, "x", false},
		{Azure, long, "x", true},
		{Azure, "-", "x", false},
		{Azure, "tier", "-", false},
		{Azure, "kubernetes.azure.com/mode", "x", false},
	} {
		if err := ValidateNodeLabel(c.cloud, c.key, c.value); (err == nil) != c.ok {
			t.Errorf("label %s %s=%s: %v", c.cloud, c.key, c.value, err)
		}
	}
	for _, c := range []struct {
		cloud, key, value, effect string
		ok                        bool
	}{
		{AWS, "dedicated", "gpu", TaintNoSchedule, true},
		{AWS, "dedicated", "", TaintNoExecute, true},
		{Azure, "dedicated", "gpu", TaintPreferNoSchedule, true},
		{AWS, "dedicated", "gpu", "NO_SCHEDULE", false},
		{AWS, "dedicated", "gpu", "", false},
		{AWS, long, "gpu", TaintNoSchedule, false},
		{Azure, long, "gpu", TaintNoSchedule, true},
		{AWS, "", "gpu", TaintNoSchedule, false},
	} {
		if err := ValidateNodeTaint(c.cloud, c.key, c.value, c.effect); (err == nil) != c.ok {
			t.Errorf("taint %s %s=%s:%s: %v", c.cloud, c.key, c.value, c.effect, err)
		}
	}
	if err := ValidateNodeLabel(AWS, "-", "-"); strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("not all problems at once: %v", err)
	}
}
