package acceptance

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/azureapi"
)

// thing is one resource type on its way through life: apply, empty plan,
// update, import, deleted behind our back, interrupted, over quota, destroy.
type thing struct {
	address string // in the configuration that box.examples gives
	// base are the edits that make the configuration the thing's cloud's.
	base []string
	// update is an edit of the configuration that changes the thing in place.
	update []string
	// disappears is the component of it that somebody deletes.
	disappears string
	// importID is the id after the realm: "eu-west-1/shop-eu".
	importID string
	// interrupted is a call of its create that fails once, half way.
	interrupted sandbox.Fault
	// whole says that it is one object: it is there or it isn't, and nothing of it
	// is ever half made.
	whole bool
	// quota is a call of its create that meets a limit.
	quota sandbox.Fault
}

// things are the resources that own cloud objects.
var things = map[string]thing{
	"kready_network": {
		address:     "kready_network.eu",
		update:      []string{`data = { prefix_length = 24, routable = false }`, `data = { prefix_length = 24, routable = false }, cache = { prefix_length = 26, routable = false }`},
		disappears:  "subnet/data-eu-west-1b",
		importID:    "eu-west-1/shop-eu",
		interrupted: sandbox.Fault{Service: "ec2", Operation: "CreateNatGateway", Nth: 2, Status: 403, Code: "UnauthorizedOperation"},
		quota:       sandbox.Fault{Service: "ec2", Operation: "AllocateAddress", Nth: 2, Times: -1, Status: 400, Code: "AddressLimitExceeded"},
	},
	"kready_cluster": {
		address:     "kready_cluster.eu",
		update:      []string{`capacity            = {`, "control_plane_logs = { types = [\"audit\", \"api\"], retention_days = 30 }\n  capacity            = {"},
		disappears:  "addon/kube-proxy",
		importID:    "eu-west-1/shop-eu",
		interrupted: sandbox.Fault{Service: "eks", Operation: "CreateAddon", Nth: 2, Status: 403, Code: "AccessDeniedException"},
		quota:       sandbox.Fault{Service: "eks", Operation: "CreateCluster", Status: 400, Code: "ResourceLimitExceededException"},
	},
	"kready_node_pool": {
		address:     `kready_node_pool.apps`,
		update:      []string{`max_size = 60`, `max_size = 90`},
		disappears:  "group/eu-west-1b",
		importID:    "eu-west-1/shop-eu/apps",
		interrupted: sandbox.Fault{Service: "eks", Operation: "CreateNodegroup", Contains: "\"apps-", Nth: 3, Status: 403, Code: "AccessDeniedException"},
		quota:       sandbox.Fault{Service: "eks", Operation: "CreateNodegroup", Contains: "\"apps-", Nth: 2, Status: 400, Code: "ResourceLimitExceededException"},
	},
	"kready_addons": {
		address:     "kready_addons.eu",
		update:      []string{`capacity            = {`, "addons = { metrics-server = { enabled = false } }\n  capacity            = {"},
		disappears:  "addon/coredns",
		importID:    "eu-west-1/shop-eu",
		interrupted: sandbox.Fault{Service: "eks", Operation: "CreateAddon", Nth: 5, Status: 403, Code: "AccessDeniedException"},
		quota:       sandbox.Fault{Service: "eks", Operation: "CreateAddon", Nth: 5, Status: 400, Code: "ResourceLimitExceededException"},
	},
	"kready_registry": {
		address:     "kready_registry.eu",
		update:      []string{`["shop/web", "shop/api"]`, `["shop/web", "shop/api", "shop/worker"]`},
		disappears:  "repository/shop-web",
		importID:    "eu-west-1/shop-eu",
		interrupted: sandbox.Fault{Service: "ecr", Operation: "CreateRepository", Nth: 2, Status: 403, Code: "AccessDeniedException"},
		quota:       sandbox.Fault{Service: "ecr", Operation: "CreateRepository", Nth: 2, Times: -1, Status: 400, Code: "LimitExceededException"},
	},
	"kready_vault": {
		address:     "kready_vault.eu",
		update:      []string{`names = ["shop"]`, `names = ["shop", "shop-payments"]`},
		disappears:  "key-alias/shop",
		importID:    "eu-west-1/shop-eu",
		interrupted: sandbox.Fault{Service: "kms", Operation: "CreateAlias", Times: -1, Status: 400, Code: "AccessDeniedException"},
		quota:       sandbox.Fault{Service: "kms", Operation: "CreateKey", Times: -1, Status: 400, Code: "LimitExceededException"},
	},
	"kready_workload_identity": {
		address:     `kready_workload_identity.external-secrets`,
		update:      []string{`grants = ["vault:read"]`, `grants = ["vault:read", "registry:pull"]`},
		disappears:  "pod-identity",
		importID:    "eu-west-1/shop-eu/external-secrets",
		interrupted: sandbox.Fault{Service: "eks", Operation: "CreatePodIdentityAssociation", Status: 403, Code: "AccessDeniedException"},
		quota:       sandbox.Fault{Service: "eks", Operation: "CreatePodIdentityAssociation", Status: 400, Code: "ResourceLimitExceededException"},
	},
}

// allThings are those of both clouds, by type and cloud.
func allThings() map[string]thing {
	all := map[string]thing{}
	for name, thing := range things {
		all[name+"/aws"] = thing
	}
	for name, thing := range azureThings {
		thing.base = onAzure
		thing.address = things[name].address
		_, below, _ := strings.Cut(things[name].importID, "/")
		thing.importID = "westeurope/" + below
		all[name+"/azure"] = thing
	}
	return all
}

// TestAccThings takes every resource that owns cloud objects through its life,
// in a cluster of its own.
func TestAccThings(t *testing.T) {
	for name, thing := range allThings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Run("life", func(t *testing.T) { testLife(t, thing) })
			t.Run("interrupted", func(t *testing.T) { testInterrupted(t, thing) })
			t.Run("quota", func(t *testing.T) { testQuota(t, thing) })
		})
	}
}

// repair is what Terraform plans where something of the thing is missing.
func (t thing) repair() plancheck.ResourceActionType {
	if t.whole {
		return plancheck.ResourceActionCreate
	}
	return plancheck.ResourceActionUpdate
}

// complaint is what an interrupted create says.
func (t thing) complaint() string {
	if t.whole {
		return `(?i)access denied`
	}
	return `(?i)incomplete`
}

// testLife: apply, empty plan, update in place, import, deleted behind our
// back and repaired, destroy. plugin-testing plans after every step and fails
// unless that plan is empty.
func testLife(t *testing.T, thing thing) {
	b := newBox(t)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		CheckDestroy:             b.nothingLeft,
		Steps: []resource.TestStep{
			{
				Config: b.examples(t, thing.base...),
				Check:  resource.TestCheckResourceAttr(thing.address, "status", "complete"),
			},
			{
				Config: b.examples(t, slices.Concat(thing.base, thing.update)...),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(thing.address, plancheck.ResourceActionUpdate),
				}},
			},
			{
				ResourceName:      thing.address,
				ImportState:       true,
				ImportStateIdFunc: func(*terraform.State) (string, error) { return b.importID(thing) },
				ImportStateVerify: true,
			},
			{
				PreConfig: func() { b.removeComponent(t, thing) },
				Config:    b.examples(t, slices.Concat(thing.base, thing.update)...),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(thing.address, thing.repair()),
				}},
				Check: resource.TestCheckResourceAttr(thing.address, "status", "complete"),
			},
		},
	})
}

// testInterrupted: a create that fails half way is kept in the state as
// incomplete, with exit code 1 by the postcondition and no taint, and the next
// apply finishes it in place.
func testInterrupted(t *testing.T, thing thing) {
	b := newBox(t)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		CheckDestroy:             b.nothingLeft,
		Steps: []resource.TestStep{
			{
				PreConfig:   func() { b.fault(t, thing.interrupted) },
				Config:      b.examples(t, thing.base...),
				ExpectError: regexp.MustCompile(thing.complaint()),
			},
			{
				PreConfig: func() { b.clear(t) },
				Config:    b.examples(t, thing.base...),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(thing.address, thing.repair()),
				}},
				Check: resource.TestCheckResourceAttr(thing.address, "status", "complete"),
			},
		},
	})
}

// testQuota: a limit of the account is named as one, with the way out, and the
// apply goes on where it stopped once the limit is raised.
func testQuota(t *testing.T, thing thing) {
	b := newBox(t)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		CheckDestroy:             b.nothingLeft,
		Steps: []resource.TestStep{
			{
				PreConfig:   func() { b.fault(t, thing.quota) },
				Config:      b.examples(t, thing.base...),
				ExpectError: regexp.MustCompile(`(?is)quota exceeded|incomplete`),
			},
			{
				PreConfig: func() { b.clear(t) },
				Config:    b.examples(t, thing.base...),
				Check:     resource.TestCheckResourceAttr(thing.address, "status", "complete"),
			},
		},
	})
}

func (b *box) fault(t *testing.T, fault sandbox.Fault) {
	t.Helper()
	if _, err := b.AddFault(fault); err != nil {
		t.Fatal(err)
	}
}

// clear removes the faults, and fails where none of them fired: then the test
// would have proved nothing.
func (b *box) clear(t *testing.T) {
	t.Helper()
	faults, err := b.Faults()
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults {
		if fault.Fired == 0 {
			t.Errorf("the fault at %s %s never fired", fault.Service, fault.Operation)
		}
	}
	if err := b.ClearFaults(); err != nil {
		t.Fatal(err)
	}
}

func (b *box) importID(thing thing) (string, error) {
	realm, err := b.Realm()
	if onCloud(thing.base) == "azure" {
		realm = azureapi.Subscription(realm)
	}
	return realm + "/" + thing.importID, err
}

// removeComponent deletes one object of the thing behind Terraform's back.
func (b *box) removeComponent(t *testing.T, thing thing) {
	t.Helper()
	objects, err := b.Objects(false)
	if err != nil {
		t.Fatal(err)
	}
	part := partOf(thing)
	for _, object := range objects {
		if object.Tags["kready-part"] == part && object.Tags["kready-component"] == thing.disappears {
			if _, err := b.Remove(object.ID); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	for _, object := range objects {
		// What has no tags is known by its type and name.
		if short, name, ok := strings.Cut(thing.disappears, " "); ok && strings.HasSuffix(object.Type, short) && strings.HasPrefix(object.Name, name) {
			if _, err := b.Remove(object.ID); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	if kind, name, ok := strings.Cut(thing.disappears, "/"); ok && kind == "key-alias" {
		// Aliases carry no tags.
		for _, object := range objects {
			if object.Type == "kms/alias" && strings.HasSuffix(object.ID, "-vault-"+name) {
				if _, err := b.Remove(object.ID); err != nil {
					t.Fatal(err)
				}
				return
			}
		}
	}
	t.Fatalf("the sandbox holds no %s of %s", thing.disappears, part)
}

// partOf is the thing's part as it stands in tags: "node-pool/apps".
func partOf(thing thing) string {
	kind, _, _ := strings.Cut(strings.TrimPrefix(thing.address, "kready_"), ".")
	part := strings.ReplaceAll(kind, "_", "-")
	if words := strings.Split(thing.importID, "/"); len(words) == 3 {
		part += "/" + words[2]
	}
	return part
}

// nothingLeft fails where a destroy left something that nobody knows of. What
// on_destroy keeps on purpose is marked as kept.
func (b *box) nothingLeft(*terraform.State) error {
	objects, err := b.Objects(false)
	if err != nil {
		return err
	}
	var left, kept []string
	for _, object := range objects {
		if object.Tags["kready-kept"] != "" {
			kept = append(kept, object.ID+"/")
		}
	}
	for _, object := range objects {
		inside := slices.ContainsFunc(kept, func(id string) bool { return strings.HasPrefix(object.ID+"/", id) })
		if !inside {
			left = append(left, object.Type+" "+object.ID+" "+object.Name)
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("the destroy left %d objects:\n%s", len(left), strings.Join(left, "\n"))
	}
	return nil
}
