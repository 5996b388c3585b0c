package kreadytest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/awsapi"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/azureapi"
)

// Clouds are one test's own embedded clouds: a store in a folder of the test's
// own, with its own ids, clock, journal and fault rules. The installed kready
// provider uses them through its provider block (see [Clouds.Use]), while the
// test looks at them and makes them go wrong. Nothing is shared between two
// Clouds, so tests that have one each are safe under t.Parallel.
//
// Every method ends the test when it can't do what it is asked for.
type Clouds struct {
	t    testing.TB
	path string
	box  *sandbox.Sandbox
}

// Object is one thing that exists in the clouds.
type Object struct {
	Cloud   string // "aws" or "azure"
	Type    string // "ec2/vpc"
	ID      string
	Name    string
	Region  string // "" for what is global
	Account string // "" for the one that callers are in by themselves
	Tags    map[string]string
	Pending bool // deleted, but kept by the cloud for a while
}

// Call is one request that the clouds answered, or broke off. It holds no
// body, no header and no secret.
type Call struct {
	Time      time.Time // of the simulated clock
	Cloud     string
	Service   string // "ec2"
	Operation string // "CreateVpc"
	Region    string
	Account   string
	Status    int    // HTTP; 0: the connection was broken off
	Code      string // the cloud's error code
	Object    string // id of what was made, changed or asked for
	Write     bool   // an operation that may change something
	Fault     int    // id of the fault rule that fired, or 0
}

// Fault makes calls go wrong. It counts the calls that it matches, and fires
// on call number Nth and on the Times-1 that follow.
type Fault struct {
	// What it matches: nothing given matches every call; * and ? are wild.
	Cloud     string
	Service   string
	Operation string
	Region    string
	Write     bool   // only calls that may change something
	Contains  string // only calls whose URL or body holds this text

	Nth   int // first call that goes wrong; 0 is 1
	Times int // how many in a row; 0 is 1, negative is for ever

	// What goes wrong. Status (400 to 599) answers with an error, with the
	// cloud's Code and Message for it; Delay waits first. Drop breaks the
	// connection, Crash kills the process that serves the call (which is the
	// provider's): "before" the call is run, or "after".
	Status  int
	Code    string
	Message string
	Delay   time.Duration
	Drop    string
	Crash   string

	// Set by Faults: calls matched, and calls that went wrong.
	Seen, Fired int
}

// Sandbox makes embedded clouds for one test. They go with the test's
// temporary folder.
func Sandbox(t testing.TB) *Clouds {
	t.Helper()
	c := &Clouds{t: t, path: filepath.Join(t.TempDir(), "sandbox.json")}
	box, err := sandbox.Open(c.path, sandbox.Options{
		APIs: []sandbox.API{awsapi.New(), azureapi.New()},
		// A crash that this process serves (see Serve) is a lost connection:
		// it must not take the test along.
		Crash: func() { panic(http.ErrAbortHandler) },
	})
	c.must("open the sandbox", err)
	c.box = box
	return c
}

// must ends the test where something can't be done.
func (c *Clouds) must(what string, err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("kreadytest: %s: %v", what, err)
	}
}

// Path is the file that holds the clouds; `kready sandbox -state` takes it.
func (c *Clouds) Path() string { return c.path }

// ProviderBlock is the provider block of a configuration that uses these
// clouds.
func (c *Clouds) ProviderBlock() string {
	path := hclwrite.TokensForValue(cty.StringVal(filepath.ToSlash(c.path))).Bytes()
	return fmt.Sprintf("provider \"kready\" {\n  sandbox = { path = %s }\n}\n", path)
}

// overrideFile is merged into the configuration by Terraform and OpenTofu:
// what else the provider block says stays.
const overrideFile = "kreadytest_override.tf"

// Use makes the root module in the folder use these clouds, whichever clouds
// its own provider block names. It writes one file there, and refuses to
// replace one: two tests that share a folder would share their state as well.
// Give each test a copy of the folder: [Copy].
//
// A folder without a provider block for kready, such as a reusable module,
// needs one: write [Clouds.ProviderBlock] into it.
func (c *Clouds) Use(folder string) {
	c.t.Helper()
	path := filepath.Join(folder, overrideFile)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if os.IsExist(err) {
		c.t.Fatalf("kreadytest: %s is there: another test uses this folder, or one that was cut short left the file behind; give each test a copy of the folder", path)
	}
	c.must("use the sandbox in "+folder, err)
	c.t.Cleanup(func() { _ = os.Remove(path) })
	_, err = f.WriteString(c.ProviderBlock())
	c.must("use the sandbox in "+folder, err)
	c.must("use the sandbox in "+folder, f.Close())
}

// Env is the environment for the Terraform or OpenTofu of this test, as
// terratest's terraform.Options.EnvVars takes it: a data folder of its own, no
// questions, and the clouds' file as the variable kready_sandbox, for
// configurations that have one.
func (c *Clouds) Env() map[string]string {
	return map[string]string{
		"TF_DATA_DIR":           filepath.Join(filepath.Dir(c.path), "terraform-data"),
		"TF_INPUT":              "0",
		"TF_IN_AUTOMATION":      "1",
		"CHECKPOINT_DISABLE":    "1",
		"TF_VAR_kready_sandbox": c.path,
	}
}

// Serve answers other clients on loopback until the test ends: the cloud's
// own command line, an SDK, terratest's aws package. It returns the
// environment that sends AWS's there.
func (c *Clouds) Serve() map[string]string {
	c.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	endpoint, stopped := make(chan sandbox.Endpoint, 1), make(chan error, 1)
	go func() {
		stopped <- c.box.Serve(ctx, "127.0.0.1:0", func(e sandbox.Endpoint) { endpoint <- e })
	}()
	select {
	case e := <-endpoint:
		c.t.Cleanup(func() {
			stop()
			if err := <-stopped; err != nil {
				c.t.Errorf("kreadytest: serve the sandbox: %v", err)
			}
		})
		return map[string]string{
			"AWS_ENDPOINT_URL": e.URL("http"), "AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": "sandbox",
			"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true",
		}
	case err := <-stopped:
		stop()
		c.must("serve the sandbox", err)
		return nil
	}
}

// Objects lists what exists, sorted by cloud and type, oldest first within.
// What the cloud only keeps for a while after its deletion is left out.
func (c *Clouds) Objects() []Object { c.t.Helper(); return c.objects(false) }

// keptTag is on what a destroy keeps on purpose, as on_destroy says.
const keptTag = "kready-kept"

// Leftovers lists what exists after a destroy, without what on_destroy keeps
// (logs, in production): in a new sandbox, it should be empty.
func (c *Clouds) Leftovers() []Object {
	c.t.Helper()
	return slices.DeleteFunc(c.objects(false), func(o Object) bool { return o.Tags[keptTag] != "" })
}

// AllObjects lists what exists, what the cloud only keeps for a while
// (scheduled keys, soft-deleted vaults) and what it keeps for itself.
func (c *Clouds) AllObjects() []Object { c.t.Helper(); return c.objects(true) }

func (c *Clouds) objects(all bool) []Object {
	c.t.Helper()
	list, err := c.box.Objects(all)
	c.must("list objects", err)
	out := make([]Object, 0, len(list))
	for _, o := range list {
		out = append(out, object(o))
	}
	return out
}

func object(o sandbox.Object) Object {
	return Object{Cloud: o.Cloud, Type: o.Type, ID: o.ID, Name: o.Name, Region: o.Region, Account: o.Account, Tags: o.Tags, Pending: o.Pending}
}

// Read decodes one object as it is stored, with every field that the cloud
// has of it, into value (a map or a struct, as encoding/json takes it).
func (c *Clouds) Read(id string, value any) {
	c.t.Helper()
	_, raw, err := c.box.Read(id)
	c.must("read "+id, err)
	c.must("read "+id, json.Unmarshal(raw, value))
}

// Remove deletes objects behind Terraform's back, each with what the cloud
// deletes along, whatever protects them. An id that is not unique is written
// type:id.
func (c *Clouds) Remove(ids ...string) {
	c.t.Helper()
	for _, id := range ids {
		_, err := c.box.Remove(id)
		c.must("remove "+id, err)
	}
}

// Mutate changes one field of an object as it is stored ("tags.Name",
// "rules.0.cidr") behind Terraform's back. The value is JSON, or else a
// string; null removes the field.
func (c *Clouds) Mutate(id, field, value string) {
	c.t.Helper()
	_, err := c.box.Mutate(id, field, value)
	c.must("mutate "+id, err)
}

// Plant makes what Kubernetes, or another team, leaves in a cloud without
// Terraform: "load-balancer" with the argument "cluster", say. `kready
// sandbox plant -h` lists them.
func (c *Clouds) Plant(cloud, what string, arguments map[string]string) []Object {
	c.t.Helper()
	planted, err := c.box.Plant(cloud, what, arguments)
	c.must("plant "+what, err)
	var out []Object
	for _, o := range planted {
		out = append(out, object(o))
	}
	return out
}

// Set changes a setting of the clouds, such as a quota:
// Set("quota/aws/vpc/L-F678F1CE", "20"). "" returns to the default.
func (c *Clouds) Set(name, value string) {
	c.t.Helper()
	c.must("set "+name, c.box.Set(name, value))
}

// Advance moves the simulated clock forward.
func (c *Clouds) Advance(by time.Duration) {
	c.t.Helper()
	c.must("advance the clock", c.box.Advance(by))
}

// Journal lists the calls made so far, oldest first.
func (c *Clouds) Journal() []Call {
	c.t.Helper()
	var out []Call
	c.must("read the journal", c.box.Journal(func(e sandbox.Entry) error {
		out = append(out, Call{
			Time: e.Time, Cloud: e.Cloud, Service: e.Service, Operation: e.Operation, Region: e.Region, Account: e.Account,
			Status: e.Status, Code: e.Code, Object: e.Object, Write: e.Write, Fault: e.Fault,
		})
		return nil
	}))
	return out
}

// Fail adds a fault rule.
func (c *Clouds) Fail(f Fault) {
	c.t.Helper()
	_, err := c.box.AddFault(sandbox.Fault{
		Cloud: f.Cloud, Service: f.Service, Operation: f.Operation, Region: f.Region, Write: f.Write, Contains: f.Contains,
		Nth: f.Nth, Times: f.Times, Status: f.Status, Code: f.Code, Message: f.Message,
		Delay: sandbox.Duration(f.Delay), Drop: f.Drop, Crash: f.Crash,
	})
	c.must("add a fault", err)
}

// Faults lists the rules, with how often each matched and fired: a test whose
// fault never fired proves nothing.
func (c *Clouds) Faults() []Fault {
	c.t.Helper()
	rules, err := c.box.Faults()
	c.must("list the faults", err)
	var out []Fault
	for _, f := range rules {
		out = append(out, Fault{
			Cloud: f.Cloud, Service: f.Service, Operation: f.Operation, Region: f.Region, Write: f.Write, Contains: f.Contains,
			Nth: f.Nth, Times: f.Times, Status: f.Status, Code: f.Code, Message: f.Message,
			Delay: time.Duration(f.Delay), Drop: f.Drop, Crash: f.Crash, Seen: f.Seen, Fired: f.Fired,
		})
	}
	return out
}

// ClearFaults lets every call go right again.
func (c *Clouds) ClearFaults() {
	c.t.Helper()
	c.must("clear the faults", c.box.ClearFaults())
}
