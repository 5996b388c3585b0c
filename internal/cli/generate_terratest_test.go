package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGenerateTerratestOfAModule proves that a suite takes along what the
// module calls, gives a provider block only where there is none, and keeps
// what is the user's.
func TestGenerateTerratestOfAModule(t *testing.T) {
	root := stacksRepo(t, map[string]string{
		".git/HEAD": "ref: refs/heads/main\n", "live/a/main.tf": "provider \"kready\" {\n  sandbox = {}\n}\nmodule \"m\" {\n  source = \"../../modules/m\"\n}\n",
		"modules/m/main.tf": "module \"n\" {\n  source = \"../n\"\n}\nmodule \"far\" {\n  source = \"git::https://example.com/x.git\"\n}\n",
		"modules/n/main.tf": "variable \"size\" {\n  type = number\n}\n", "values.tfvars": "size = 3\n", "out/main.tf": "module \"x\" {\n  source = \"../../x\"\n}\n",
	})
	at := func(parts ...string) string { return filepath.Join(append([]string{root}, parts...)...) }
	code, out, errs := run(t, "generate", "terratest", "-module", at("live", "a"), "-out", at("tests", "a"))
	suite := content(t, root, "tests/a/module_a_test.go")
	if code != 0 || !strings.Contains(suite, `kreadytest.Copy(t, "../..", "live/a", "modules/m", "modules/n")`) || !strings.Contains(suite, "clouds.Use(folder)") || !strings.Contains(suite, "func TestA(t *testing.T)") {
		t.Fatalf("exit %d\n%s%s\n%s", code, out, errs, suite)
	}
	mine := content(t, root, "tests/a/go.mod") + "// mine\n"
	if err := os.WriteFile(at("tests", "a", "go.mod"), []byte(mine), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := run(t, "generate", "terratest", "-module", at("live", "a"), "-out", at("tests", "a")); code != 0 || out != "" || content(t, root, "tests/a/go.mod") != mine {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}

	// A module to call: it demands a value, and has no provider block.
	if code, _, errs := run(t, "generate", "terratest", "-module", at("modules", "n"), "-out", at("tests", "n")); code != 2 || !strings.Contains(errs, "demands size") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if code, _, errs := run(t, "generate", "terratest", "-module", at("modules", "n"), "-var-file", at("values.tfvars"), "-out", at("tests", "n")); code != 0 {
		t.Errorf("exit %d: %s", code, errs)
	}
	suite = content(t, root, "tests/n/module_n_test.go")
	if !strings.Contains(suite, `absolute(t, "suite.tfvars")`) || !strings.Contains(suite, "provider(t, folder, clouds.ProviderBlock())") || content(t, root, "tests/n/suite.tfvars") == "" {
		t.Errorf("the suite:\n%s", suite)
	}

	for says, bad := range map[string][]string{
		"which is outside of":     {"-module", at("out"), "-out", at("tests", "x")},
		"has no *.tf file":        {"-module", at("tests"), "-out", at("tests", "x")},
		"either -blueprint or":    {"-out", at("tests", "x")},
		"either -blueprint or - ": {"-module", at("live", "a"), "-blueprint", "x", "-out", at("tests", "x")},
		"in one -var-file":        {"-module", at("modules", "n"), "-var", "size=3", "-out", at("tests", "x")},
	} {
		if code, _, errs := run(t, append([]string{"generate", "terratest"}, bad...)...); code != 2 || !strings.Contains(errs, strings.TrimSuffix(says, " - ")) {
			t.Errorf("%v: exit %d: %s", bad, code, errs)
		}
	}
}

// TestGenerateTerratestOfABlueprint proves that the suite has the cluster as a
// module beside it, which it can destroy although production is protected.
func TestGenerateTerratestOfABlueprint(t *testing.T) {
	root := stacksRepo(t, map[string]string{"fleet.kready.hcl": fleetBlueprints})
	args := []string{"generate", "terratest", "-blueprint", filepath.Join(root, "fleet.kready.hcl"), "-out", filepath.Join(root, "test")}
	if code, _, errs := run(t, args...); code != 2 || !strings.Contains(errs, "pick one with -name") {
		t.Errorf("exit %d: %s", code, errs)
	}
	code, out, errs := run(t, append(args, "-name", "shop-b")...)
	suite := content(t, root, "test/module_shop_b_test.go")
	if code != 0 || !strings.Contains(suite, `kreadytest.Copy(t, ".", "fixture")`) || !strings.Contains(suite, "func TestShopB(t *testing.T)") {
		t.Fatalf("exit %d\n%s%s\n%s", code, out, errs, suite)
	}
	if blueprint := content(t, root, "test/fixture/blueprint.tf"); !strings.Contains(blueprint, "deletion_protection = false") {
		t.Errorf("the cluster could not be destroyed:\n%s", blueprint)
	}
}
