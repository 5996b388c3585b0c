package main

import "testing"

// TestStartedByTerraform proves who decides: arguments first, the inherited
// plugin cookie second.
func TestStartedByTerraform(t *testing.T) {
	for _, c := range []struct {
		name   string
		cookie string
		args   []string
		want   bool
	}{
		{"Terraform starts it", "d602bf8f", nil, true},
		{"a person starts it", "", nil, false},
		{"a person asks something", "", []string{"version"}, false},
		{"a provider's child asks something", "d602bf8f", []string{"budget", "check"}, false},
		{"a person debugs it", "", []string{"-debug"}, true},
		{"a person debugs it, two dashes", "", []string{"--debug"}, true},
		{"debug is only the first word", "", []string{"budget", "-debug"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			getenv := func(name string) string {
				if name == pluginCookie {
					return c.cookie
				}
				return ""
			}
			if got := startedByTerraform(getenv, c.args); got != c.want {
				t.Errorf("got %t, want %t", got, c.want)
			}
		})
	}
}
