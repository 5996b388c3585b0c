package kreadytest

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ec2 makes one call of EC2's wire at a served sandbox and returns the status,
// 0 for a broken connection, and the body.
func ec2(t *testing.T, env map[string]string, action string, parameters ...string) (int, string) {
	t.Helper()
	form := url.Values{"Action": {action}, "Version": {"2016-11-15"}}
	for i := 0; i < len(parameters); i += 2 {
		form.Set(parameters[i], parameters[i+1])
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, env["AWS_ENDPOINT_URL"], strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/20260101/%s/ec2/aws4_request, SignedHeaders=host, Signature=00",
		env["AWS_ACCESS_KEY_ID"], env["AWS_REGION"]))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, ""
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

func createVPC(t *testing.T, env map[string]string, cidr string) string {
	t.Helper()
	status, body := ec2(t, env, "CreateVpc", "CidrBlock", cidr)
	var made struct {
		ID string `xml:"vpc>vpcId"`
	}
	if err := xml.Unmarshal([]byte(body), &made); status != http.StatusOK || err != nil || made.ID == "" {
		t.Fatalf("CreateVpc: %d %v\n%s", status, err, body)
	}
	return made.ID
}

// TestSandboxesAreStrangers proves that each parallel test has clouds,
// journal and faults of its own.
func TestSandboxesAreStrangers(t *testing.T) {
	for i := range 4 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			clouds := Sandbox(t)
			env := clouds.Serve()
			clouds.Fail(Fault{Operation: "CreateVpc", Nth: 2 + i, Status: 503, Code: "ServiceUnavailable"})
			var ids []string
			for n := range 1 + i {
				ids = append(ids, createVPC(t, env, fmt.Sprintf("10.%d.0.0/16", n)))
			}
			if status, body := ec2(t, env, "CreateVpc", "CidrBlock", "10.9.0.0/16"); status != http.StatusServiceUnavailable || !strings.Contains(body, "ServiceUnavailable") {
				t.Errorf("call %d answers %d, want the fault", 2+i, status)
			}
			if f := clouds.Faults(); len(f) != 1 || f[0].Seen != 2+i || f[0].Fired != 1 {
				t.Errorf("faults: %+v", f)
			}
			vpcs := 0
			for _, o := range clouds.Objects() {
				if o.Type == "ec2/vpc" {
					vpcs++
				}
			}
			if vpcs != len(ids) {
				t.Errorf("%d VPCs, made %d", vpcs, len(ids))
			}
			calls := clouds.Journal()
			if last := calls[len(calls)-1]; len(calls) != 2+i || last.Operation != "CreateVpc" || last.Status != 503 || last.Fault == 0 || !last.Write {
				t.Errorf("journal: %+v", calls)
			}
		})
	}
}

// TestSandboxBehindTerraformsBack proves that what a test does to the clouds
// is what the next call sees.
func TestSandboxBehindTerraformsBack(t *testing.T) {
	t.Parallel()
	clouds := Sandbox(t)
	env := clouds.Serve()
	id := createVPC(t, env, "10.1.0.0/16")
	clouds.Mutate(id, "tags", `{"Name": "renamed"}`)
	if _, body := ec2(t, env, "DescribeVpcs"); !strings.Contains(body, "renamed") {
		t.Errorf("a mutated tag is not described:\n%s", body)
	}
	var stored struct {
		ID   string
		Tags map[string]string
	}
	if clouds.Read(id, &stored); stored.ID != id || stored.Tags["Name"] != "renamed" {
		t.Errorf("stored: %+v", stored)
	}
	if planted := clouds.Plant("aws", "transit-gateway", map[string]string{"region": "eu-west-1"}); len(planted) == 0 || planted[0].ID == "" {
		t.Errorf("planted: %+v", planted)
	}
	before := clouds.Journal()
	clouds.Advance(48 * time.Hour)
	clouds.Remove(id)
	if _, body := ec2(t, env, "DescribeVpcs"); strings.Contains(body, id) {
		t.Errorf("a removed VPC is described:\n%s", body)
	}
	if after := clouds.Journal(); after[len(after)-1].Time.Sub(before[0].Time) < 48*time.Hour {
		t.Error("the clock did not advance")
	}
	// A crash that this process serves costs the call, not the test.
	clouds.Fail(Fault{Operation: "Describe*", Crash: "before"})
	if status, _ := ec2(t, env, "DescribeVpcs"); status != 0 {
		t.Errorf("a crash answers %d", status)
	}
	clouds.Fail(Fault{Operation: "DescribeSubnets", Status: 500, Times: -1})
	clouds.ClearFaults()
	if status, _ := ec2(t, env, "DescribeSubnets"); status != http.StatusOK {
		t.Errorf("a cleared fault answers %d", status)
	}
}

// TestSandboxSaysWhatIsWrong proves that a mistake ends the test, with a
// message.
func TestSandboxSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, mistake := range map[string]func(*Clouds){
		"no such object":  func(c *Clouds) { c.Remove("vpc-0") },
		"no such field":   func(c *Clouds) { c.Mutate("vpc-0", "a.b", "1") },
		"no such plant":   func(c *Clouds) { c.Plant("aws", "tree", nil) },
		"nothing wrong":   func(c *Clouds) { c.Fail(Fault{Operation: "CreateVpc"}) },
		"clock goes back": func(c *Clouds) { c.Advance(-1) },
		"no such folder":  func(c *Clouds) { c.Use(filepath.Join(filepath.Dir(c.Path()), "missing")) },
		"shared folder": func(c *Clouds) {
			c.Use(filepath.Dir(c.Path()))
			c.Use(filepath.Dir(c.Path()))
		},
	} {
		text, fatal := said(t, func(tb testing.TB) {
			clouds := Sandbox(tb)
			mistake(clouds)
		})
		if !fatal || !strings.HasPrefix(text, "kreadytest: ") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// TestUse proves that the provider block names the test's own clouds, for a
// path of any kind, and goes with the test.
func TestUse(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", filepath.Join(folder, `odd "${path}" %{x}`))
	if err := os.MkdirAll(os.Getenv("TMPDIR"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Run("test", func(t *testing.T) {
		clouds := Sandbox(t)
		clouds.Use(folder)
		text, err := os.ReadFile(filepath.Join(folder, overrideFile))
		if err != nil || string(text) != clouds.ProviderBlock() {
			t.Fatalf("%s (%v)", text, err)
		}
		if !strings.Contains(string(text), `odd \"$${path}\" %%{x}`) {
			t.Errorf("a path is taken for a template:\n%s", text)
		}
		if env := clouds.Env(); !strings.HasPrefix(env["TF_DATA_DIR"], filepath.Dir(clouds.Path())) || env["TF_VAR_kready_sandbox"] != clouds.Path() {
			t.Errorf("environment: %v", env)
		}
	})
	if _, err := os.Stat(filepath.Join(folder, overrideFile)); !os.IsNotExist(err) {
		t.Errorf("the file outlives its test: %v", err)
	}
}
