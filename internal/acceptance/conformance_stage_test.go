package acceptance

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// sameBody is the cluster of the conformance table: what a cloud spells in its
// own way is given, all else is the same.
func sameBody(name string) blueprint.Spec {
	off := false
	spec := blueprint.Spec{
		Name: "shop", Cloud: name, KubernetesVersion: "1.34", Stage: "production",
		Network: blueprint.NetworkSpec{CIDR: "10.68.0.0/16", Egress: "nat_per_zone", ReachableFrom: []string{"10.64.0.0/14"}},
		Access:  &blueprint.AccessSpec{},
		NodePools: map[string]blueprint.NodePoolSpec{
			"system": {MinSize: 3, MaxSize: 6, Mode: "system"},
			"apps":   {MinSize: 3, MaxSize: 12, Labels: map[string]string{"tier": "apps"}, Taints: []blueprint.TaintSpec{{Key: "dedicated", Value: "apps", Effect: "NoSchedule"}}},
		},
		Registry: &blueprint.RegistrySpec{Repositories: []string{"shop/web", "shop/api"}},
		Vault:    &blueprint.VaultSpec{Names: []string{"shop", "payments"}},
		WorkloadIdentities: map[string]blueprint.WorkloadIdentitySpec{
			"external-secrets": {Namespace: "external-secrets", ServiceAccount: "external-secrets", Grants: []string{"vault:read", "registry:pull"}},
		},
		Tags: map[string]string{"team": "shop"}, DeletionProtection: &off,
		OnDestroy: &blueprint.OnDestroySpec{Logs: "delete", Keys: "delete", Backups: "delete"},
	}
	region, zones, sizes, admin, ci := "eu-west-1", []string{"eu-west-1a", "eu-west-1b", "eu-west-1c"},
		map[string]string{"system": "m7g.large", "apps": "m7g.2xlarge"}, "arn:aws:iam::111122223333:role/platform-admin", "arn:aws:iam::111122223333:role/ci"
	if name == blueprint.CloudAzure {
		region, zones, sizes, admin, ci = "westeurope", []string{"1", "2", "3"},
			map[string]string{"system": "Standard_D4pds_v5", "apps": "Standard_D8pds_v5"}, "5f2c8e0a-4b1d-4c7e-9a53-0d6e1f2a3b4c", "0b7c1a52-3f0e-4a7e-8d0a-6f1f2c3d4e5f"
	}
	spec.Region, spec.Network.Zones, spec.Access.AdminGroups = region, zones, []string{admin}
	spec.Registry.PushPrincipals = []string{ci}
	for pool, size := range sizes {
		one := spec.NodePools[pool]
		one.InstanceTypes = []string{size}
		spec.NodePools[pool] = one
	}
	return spec
}

// sight is what an adapter shows of a part, with the types taken off.
type sight struct {
	design                    string // canonical JSON
	objects                   map[string]string
	owner, incarnation, token string
	exists                    bool
	busy                      string
}

// subject is one part of a cluster, with the types taken off, so that one table
// of cases serves all of them. known tells whether the caller knows the design.
type subject struct {
	ref        cloud.Ref
	design     string
	components []string
	born       bool            // made with the cluster, and so there before
	stays      bool            // left to the cluster's delete
	keeps      map[string]bool // components that nothing can lose
	find       func(ctx context.Context, c cloud.Cloud, ref cloud.Ref, known bool) (sight, error)
	ensure     func(ctx context.Context, c cloud.Cloud, ref cloud.Ref, inputs cloud.Inputs, known bool) (sight, error)
	delete     func(ctx context.Context, c cloud.Cloud, ref cloud.Ref, options cloud.DeleteOptions) error
}

// subjectOf takes the types off.
func subjectOf[D blueprint.Section, O any](spec blueprint.Spec, part string, design D, open func(cloud.Cloud) cloud.Part[D, O]) subject {
	sighted := func(seen cloud.Observed[D, O]) sight {
		return sight{design: canonical(seen.Design), objects: seen.Objects, owner: seen.Owner, incarnation: seen.Incarnation,
			token: seen.Token, exists: seen.Exists, busy: seen.Busy}
	}
	hint := func(known bool) (d D) {
		if known {
			return design
		}
		return d
	}
	return subject{
		ref:    cloud.Ref{Region: spec.Region, Cluster: spec.Name, Part: part, Owner: "team", Incarnation: "inc-1", Token: "token-" + part},
		design: canonical(design), components: design.Components(),
		find: func(ctx context.Context, c cloud.Cloud, ref cloud.Ref, known bool) (sight, error) {
			seen, err := open(c).Find(ctx, ref, hint(known))
			return sighted(seen), err
		},
		ensure: func(ctx context.Context, c cloud.Cloud, ref cloud.Ref, inputs cloud.Inputs, known bool) (sight, error) {
			seen, err := open(c).Ensure(ctx, ref, design, hint(known), inputs)
			return sighted(seen), err
		},
		delete: func(ctx context.Context, c cloud.Cloud, ref cloud.Ref, options cloud.DeleteOptions) error {
			return open(c).Delete(ctx, ref, design, options)
		},
	}
}

func canonical(v any) string {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// standing is a cluster in which everything before the subject stands.
type standing struct {
	*sandbox.Sandbox
	cloud   string
	denied  string // the cloud's word for it
	region  string
	inputs  cloud.Inputs
	subject subject
}

// stages builds the cluster part by part, and keeps how it stood before each.
func stages(t *testing.T, name string) []*standing {
	t.Helper()
	spec := sameBody(name)
	outcome := blueprint.Resolve(spec, nil)
	if blueprint.HasErrors(outcome.Findings) {
		t.Fatalf("%+v", outcome.Findings)
	}
	design := outcome.Design
	now := &standing{Sandbox: openSandbox(t, filepath.Join(t.TempDir(), "sandbox.json")), cloud: name, region: spec.Region,
		denied: map[string]string{blueprint.CloudAWS: "AccessDeniedException", blueprint.CloudAzure: "AuthorizationFailed"}[name]}
	if _, err := now.Realm(); err != nil { // so that there is a file to copy
		t.Fatal(err)
	}
	var list []*standing
	stand := func(into *map[string]string, s subject) {
		now.subject = s
		list = append(list, now.copied(t))
		made := now.ensure(t, s.ref, false)
		if into != nil {
			*into = made.objects
		}
	}
	azure := name == blueprint.CloudAzure
	stand(&now.inputs.Network, subjectOf(spec, "network", *design.Network, cloud.Cloud.Network))
	stand(&now.inputs.Registry, subjectOf(spec, "registry", *design.Registry, cloud.Cloud.Registry))
	stand(&now.inputs.Vault, subjectOf(spec, "vault", *design.Vault, cloud.Cloud.Vault))
	cluster := subjectOf(spec, "cluster", *design.ControlPlane, cloud.Cloud.Cluster)
	cluster.keeps = map[string]bool{"key": true} // a cluster never outlives it
	stand(&now.inputs.Cluster, cluster)
	system := subjectOf(spec, "node-pool/system", design.NodePools["system"], cloud.Cloud.NodePool)
	system.born, system.stays = azure, azure
	stand(nil, system)
	stand(nil, subjectOf(spec, "node-pool/apps", design.NodePools["apps"], cloud.Cloud.NodePool))
	if design.Addons != nil {
		stand(nil, subjectOf(spec, "addons", *design.Addons, cloud.Cloud.Addons))
	}
	for _, key := range sortedNames(design.WorkloadIdentities) {
		stand(nil, subjectOf(spec, "workload-identity/"+key, design.WorkloadIdentities[key], cloud.Cloud.WorkloadIdentity))
	}
	return list
}

// copied is the same on a copy of the sandbox.
func (s *standing) copied(t *testing.T) *standing {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sandbox.json")
	state, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, state, 0o600); err != nil {
		t.Fatal(err)
	}
	other := *s
	other.Sandbox = openSandbox(t, path)
	return &other
}

// open is another process on the same cloud.
func (s *standing) open() cloud.Cloud {
	opened, err := clouds[s.cloud](context.Background(), cloud.Target{
		Region: s.region, Sandbox: true, Transport: s.Transport(), Now: time.Now,
		Poll:        cloud.Poll{First: time.Microsecond, Max: time.Microsecond},
		DefaultTags: map[string]string{"managed-by": "kready"},
	})
	if err != nil {
		panic(err) // it makes no call
	}
	return opened
}

func (s *standing) ensure(t *testing.T, ref cloud.Ref, known bool) sight {
	t.Helper()
	seen, err := s.subject.ensure(context.Background(), s.open(), ref, s.inputs, known)
	if err != nil {
		t.Fatalf("ensure %s on %s: %v (%s)", ref.Part, s.cloud, err, cloud.Todo(err))
	}
	return seen
}

func (s *standing) fault(t *testing.T, fault sandbox.Fault) {
	t.Helper()
	if _, err := s.AddFault(fault); err != nil {
		t.Fatal(err)
	}
}

// agrees demands that what is seen is exactly the design, and whose it is.
func (s *standing) agrees(t *testing.T, what string, seen sight) {
	t.Helper()
	s.agreesAs(t, what, seen, s.subject.ref)
}

func (s *standing) agreesAs(t *testing.T, what string, seen sight, ref cloud.Ref) {
	t.Helper()
	if seen.design != s.subject.design {
		t.Errorf("%s: reads back as\n%s\nwant\n%s", what, seen.design, s.subject.design)
	}
	if got := sortedNames(seen.objects); !slices.Equal(got, s.subject.components) {
		t.Errorf("%s: objects are %q, want %q", what, got, s.subject.components)
	}
	if !seen.exists || seen.busy != "" || seen.owner != ref.Owner || seen.incarnation != ref.Incarnation || seen.token != ref.Token {
		t.Errorf("%s: exists %t, busy %q, belongs to %q %q %q", what, seen.exists, seen.busy, seen.owner, seen.incarnation, seen.token)
	}
}

// writes lists the changing calls of what runs.
func (s *standing) writes(t *testing.T, run func()) []string {
	t.Helper()
	var list []string
	count := func() {
		list = nil
		if err := s.Journal(func(e sandbox.Entry) error {
			if e.Write {
				list = append(list, e.Service+" "+e.Operation)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	count()
	before := len(list)
	run()
	count()
	return list[before:]
}

// left lists what exists, but for what a cloud keeps by itself: names of keys
// that wait for their end, and the roles of its own services.
func (s *standing) left(t *testing.T) []string {
	t.Helper()
	objects, err := s.Objects(false)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, o := range objects {
		if o.Type != "kms/alias" && !strings.Contains(o.ID, "AWSServiceRoleFor") {
			list = append(list, o.Type+" "+o.ID)
		}
	}
	return list
}

// kinds are the types and components of what exists: ids differ from run to run.
func (s *standing) kinds(t *testing.T) []string {
	t.Helper()
	objects, err := s.Objects(false)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, o := range objects {
		list = append(list, o.Type+" "+o.Tags[cloud.TagComponent])
	}
	slices.Sort(list)
	return list
}

// stored is the sandbox's id of one of the subject's objects.
func (s *standing) stored(t *testing.T, component string) string {
	t.Helper()
	objects, err := s.Objects(false)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		if o.Tags[cloud.TagPart] == s.subject.ref.Part && o.Tags[cloud.TagComponent] == component {
			return o.Type + ":" + o.ID
		}
	}
	return ""
}

// untold lists the subject's objects that exist now, did not before, and that
// the caller was not told of.
func (s *standing) untold(t *testing.T, before []string, told map[string]string) []string {
	t.Helper()
	objects, err := s.Objects(false)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, o := range objects {
		component := o.Tags[cloud.TagComponent]
		ours := o.Tags[cloud.TagPart] == s.subject.ref.Part && slices.Contains(s.subject.components, component)
		if ours && !slices.Contains(before, o.Type+" "+o.ID) && told[component] == "" {
			list = append(list, component)
		}
	}
	return list
}

// cuts are the calls at which work of so many is cut short: all of little work,
// a spread of much.
func cuts(t *testing.T, writes int) []int {
	t.Helper()
	const all = 12
	if writes > all {
		return crashPoints(t, writes)
	}
	var points []int
	for nth := 1; nth <= writes; nth++ {
		points = append(points, nth)
	}
	return points
}

// gone deletes the subject and demands that nothing of it is left.
func (s *standing) gone(t *testing.T, what string, ref cloud.Ref, before []string) {
	t.Helper()
	if err := s.subject.delete(context.Background(), s.open(), ref, cloud.DeleteOptions{RecoveryDays: 7}); err != nil {
		t.Errorf("%s: delete: %v (%s)", what, err, cloud.Todo(err))
		return
	}
	for _, object := range s.left(t) {
		if !slices.Contains(before, object) {
			t.Errorf("%s: left behind: %s", what, object)
		}
	}
	if _, err := s.subject.find(context.Background(), s.open(), ref, true); !s.subject.stays && err == nil {
		t.Errorf("%s: found after the delete", what)
	}
}
