package blueprint

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every rule that the package can report is named by a test of it: a new rule
// without one fails here.
func TestEveryRuleHasATest(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	reported := regexp.MustCompile(`\.(?:fail|warn|relax|match|judged|reportLayout)\([^\n]*?"([a-z0-9]+(?:-[a-z0-9]+)*)",? ?(?:\n|"|fmt|problem|cidr|relocated|[a-z])`)
	rules, tests := map[string]string{}, ""
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			tests += string(text)
			continue
		}
		for _, match := range reported.FindAllStringSubmatch(string(text), -1) {
			rules[match[1]] = file
		}
	}
	if len(rules) < 100 {
		t.Errorf("only %d rules are found in the source: the pattern no longer fits", len(rules))
	}
	for rule, file := range rules {
		if !strings.Contains(tests, `"`+rule+`"`) {
			t.Errorf("rule %q of %s has no test", rule, file)
		}
	}
}
