package provider

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// poolClient speaks to the provider as Terraform does, without Terraform: a
// thousand plans and applies take seconds.
type poolClient struct {
	t      *testing.T
	server tfprotov6.ProviderServer
	pool   tftypes.Object
	data   tftypes.Object
}

// newPoolClient starts and configures a provider of its own, as each run of
// Terraform does.
func newPoolClient(t *testing.T, path string) *poolClient {
	t.Helper()
	counter := 0
	server := Server(Options{
		Version: "test",
		Now:     func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) },
		Random: func(n int) string {
			counter++
			return fmt.Sprintf("%0*x", n, counter)
		},
	})()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	c := &poolClient{
		t: t, server: server,
		pool: schemas.ResourceSchemas["kready_cidr_pool"].ValueType().(tftypes.Object),
		data: schemas.DataSourceSchemas["kready_cidr_ledger"].ValueType().(tftypes.Object),
	}
	block := encode(providerModel{Ledger: &ledgerModel{Path: path}})
	configured, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: c.wire(block)})
	if err != nil || len(configured.Diagnostics) > 0 {
		t.Fatal(err, configured.Diagnostics)
	}
	return c
}

func (c *poolClient) wire(v tftypes.Value) *tfprotov6.DynamicValue {
	c.t.Helper()
	value, err := tfprotov6.NewDynamicValue(v.Type(), v)
	if err != nil {
		c.t.Fatal(err)
	}
	return &value
}

func (c *poolClient) value(v *tfprotov6.DynamicValue) tftypes.Value {
	c.t.Helper()
	value, err := v.Unmarshal(c.pool)
	if err != nil {
		c.t.Fatal(err)
	}
	return value
}

// snapshot reads the data source.
func (c *poolClient) snapshot() string {
	c.t.Helper()
	attributes := map[string]tftypes.Value{}
	for name, typ := range c.data.AttributeTypes {
		attributes[name] = tftypes.NewValue(typ, nil)
	}
	read, err := c.server.ReadDataSource(c.t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: "kready_cidr_ledger", Config: c.wire(tftypes.NewValue(c.data, attributes))})
	if err != nil || len(read.Diagnostics) > 0 {
		c.t.Fatal(err, read.Diagnostics)
	}
	value, err := read.State.Unmarshal(c.data)
	if err != nil {
		c.t.Fatal(err)
	}
	got, err := object(value)
	if err != nil {
		c.t.Fatal(err)
	}
	return text(got["snapshot"])
}

// poolActor is one state with one pool.
type poolActor struct {
	owner   string
	state   tftypes.Value
	private []byte
}

// pending is a plan that waits for its apply.
type pending struct {
	config  func(known bool) tftypes.Value
	prior   tftypes.Value
	private []byte
	planned tftypes.Value
}

// config is a random configuration. Unless known is asked for, some inputs
// that Terraform may not know yet are unknown.
func (c *poolClient) config(random *rand.Rand, owner, snapshot string) func(known bool) tftypes.Value {
	spec := cidrPoolSpec{
		CIDRs: []string{"10.64.0.0/13"}, Owner: owner, Quarantine: random.IntN(3),
		Allocations: map[string]cidrAllocationModel{},
	}
	for k := range 6 {
		if random.IntN(3) > 0 {
			model := cidrAllocationModel{PrefixLength: 17 + k%4, Headroom: random.IntN(2)}
			if k > 3 {
				model.Group = "group"
			}
			spec.Allocations[fmt.Sprintf("k%d", k)] = model
		}
	}
	waits := random.IntN(4) == 0
	key := fmt.Sprintf("k%d", random.IntN(6))
	return func(known bool) tftypes.Value {
		attributes := c.empty()
		given, err := object(encode(spec))
		if err != nil {
			c.t.Fatal(err)
		}
		for name, value := range given {
			attributes[name] = value
		}
		attributes["ledger"] = wireText(snapshot)
		if _, there := spec.Allocations[key]; waits && there && !known {
			allocations, _ := object(attributes["allocations"])
			one, _ := object(allocations[key])
			one["prefix_length"] = unknownOf(tftypes.Number)
			allocations[key] = tftypes.NewValue(allocations[key].Type(), one)
			attributes["allocations"] = tftypes.NewValue(attributes["allocations"].Type(), allocations)
		}
		return tftypes.NewValue(c.pool, attributes)
	}
}

func (c *poolClient) empty() map[string]tftypes.Value {
	attributes := map[string]tftypes.Value{}
	for name, typ := range c.pool.AttributeTypes {
		attributes[name] = tftypes.NewValue(typ, nil)
	}
	return attributes
}

// propose is what Terraform proposes: what is configured, and of the rest what
// the state has. Write-only attributes are never proposed.
func (c *poolClient) propose(config, prior tftypes.Value) tftypes.Value {
	attributes, _ := object(config)
	before, _ := object(prior)
	computed := []string{"blocks", "group_blocks", "usage", "largest_free", "digest", "layout", "id", "registered"}
	for _, name := range computed {
		if value, ok := before[name]; ok {
			attributes[name] = value
		}
	}
	attributes["ledger"] = tftypes.NewValue(tftypes.String, nil)
	return tftypes.NewValue(c.pool, attributes)
}

func (c *poolClient) plan(config, prior tftypes.Value, private []byte) (tftypes.Value, string) {
	c.t.Helper()
	planned, err := c.server.PlanResourceChange(c.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: "kready_cidr_pool", Config: c.wire(config), PriorState: c.wire(prior), PriorPrivate: private,
		ProposedNewState: c.wire(c.propose(config, prior)),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	if problem := firstError(planned.Diagnostics); problem != "" {
		return tftypes.Value{}, problem
	}
	return c.value(planned.PlannedState), ""
}

func firstError(diagnostics []*tfprotov6.Diagnostic) string {
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return d.Summary + ": " + d.Detail
		}
	}
	return ""
}

// begin refreshes and plans; false where the random wish can't be had.
func (c *poolClient) begin(random *rand.Rand, actor *poolActor) (pending, bool) {
	c.t.Helper()
	if !actor.state.IsNull() {
		read, err := c.server.ReadResource(c.t.Context(), &tfprotov6.ReadResourceRequest{TypeName: "kready_cidr_pool", CurrentState: c.wire(actor.state), Private: actor.private})
		if err != nil || firstError(read.Diagnostics) != "" {
			c.t.Fatal(err, firstError(read.Diagnostics))
		}
		actor.state, actor.private = c.value(read.NewState), read.Private
	}
	p := pending{config: c.config(random, actor.owner, c.snapshot()), prior: actor.state, private: actor.private}
	var problem string
	p.planned, problem = c.plan(p.config(false), p.prior, p.private)
	return p, problem == ""
}

// finish plans again with everything known, in a provider of its own, as an
// apply does, holds that to the first plan, and applies. It reports whether
// the plan was stale.
func (c *poolClient) finish(p pending, actor *poolActor) (stale bool) {
	c.t.Helper()
	config := p.config(true)
	final, problem := c.plan(config, p.prior, p.private)
	if problem != "" {
		// Only what was unknown may turn out not to fit.
		if strings.Contains(p.planned.String(), "unknown") {
			return false
		}
		c.t.Fatalf("a plan that was made can't be made again: %s", problem)
	}
	if wrong := inconsistent(p.planned, final); wrong != "" {
		c.t.Fatalf("Provider produced inconsistent final plan: %s", wrong)
	}
	applied, err := c.server.ApplyResourceChange(c.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: "kready_cidr_pool", Config: c.wire(config), PriorState: c.wire(p.prior), PlannedState: c.wire(final), PlannedPrivate: p.private,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	if problem := firstError(applied.Diagnostics); problem != "" {
		if !strings.HasPrefix(problem, "Stale plan, nothing written") {
			c.t.Fatal(problem)
		}
		return true
	}
	actor.state, actor.private = c.value(applied.NewState), applied.Private
	if !actor.state.Equal(final) {
		c.t.Fatal("Provider produced inconsistent result after apply")
	}
	return false
}

// inconsistent finds a value that was known in the first plan and differs in
// the final one: Terraform calls it a bug in the provider.
func inconsistent(first, final tftypes.Value) string {
	differences, err := first.Diff(final)
	if err != nil {
		return err.Error()
	}
	for _, d := range differences {
		if d.Value1 != nil && !d.Value1.IsFullyKnown() {
			continue
		}
		if d.Value1 == nil && underUnknown(first, d.Path) {
			continue
		}
		return d.String()
	}
	return ""
}

// underUnknown reports whether something above a path is unknown.
func underUnknown(v tftypes.Value, path *tftypes.AttributePath) bool {
	for path != nil && len(path.Steps()) > 0 {
		path = path.WithoutLastStep()
		found, _, err := tftypes.WalkAttributePath(v, path)
		if value, ok := found.(tftypes.Value); err == nil && ok && !value.IsKnown() {
			return true
		}
	}
	return false
}

// TestPoolPlansAreNeverInconsistent proves on 1,000 random pairs of plan and
// apply (200 with -short), of three states on one ledger which change their
// pools while others' plans wait, with unknown inputs among them: an apply does
// what was planned or says that the plan is stale, Terraform never finds an
// inconsistency, and no two states ever hold overlapping ranges.
func TestPoolPlansAreNeverInconsistent(t *testing.T) {
	pairs := 1000
	if testing.Short() {
		pairs = 200
	}
	random := rand.New(rand.NewPCG(5, 6)) //nolint:gosec // repeatable.
	path := filepath.Join(t.TempDir(), "ledger.json")
	client := newPoolClient(t, path)
	var actors []*poolActor
	for _, owner := range []string{"red", "green", "blue"} {
		actors = append(actors, &poolActor{owner: owner, state: tftypes.NewValue(client.pool, nil)})
	}
	done, stale := 0, 0
	for done < pairs {
		var waiting [3]*pending
		for i, actor := range actors {
			if p, ok := client.begin(random, actor); ok {
				waiting[i] = &p
			}
		}
		again := newPoolClient(t, path)
		for _, i := range random.Perm(len(actors)) {
			if waiting[i] == nil {
				continue
			}
			done++
			if again.finish(*waiting[i], actors[i]) {
				stale++
			}
		}
		apart(t, actors)
	}
	if stale == 0 || stale == done {
		t.Errorf("%d of %d plans were stale: the test proves nothing", stale, done)
	}
	t.Logf("%d pairs, %d stale", done, stale)
}

// apart compares every range of every state with every other one.
func apart(t *testing.T, actors []*poolActor) {
	t.Helper()
	held := map[string]netip.Prefix{}
	for _, actor := range actors {
		attributes, err := object(actor.state)
		if err != nil {
			t.Fatal(err)
		}
		for key, block := range textMap(attributes["blocks"]) {
			prefix := netip.MustParsePrefix(block)
			for other, taken := range held {
				if taken.Overlaps(prefix) {
					t.Fatalf("%s of %s/%s overlaps %s of %s", prefix, actor.owner, key, taken, other)
				}
			}
			held[actor.owner+"/"+key] = prefix
		}
	}
}
