// Package cloud is the one contract that every cloud implements. The faces
// (Terraform provider, command line) are handed a [Clouds] map by main and
// know nothing of SDKs; the adapters (awscloud, azurecloud) know nothing of
// Terraform. Input is the vocabulary of package blueprint: there is no second
// one.
//
// A cluster is made of parts, and a part is what is replaced together: the
// network, the control plane, one node pool, and so on. Every part has the
// same three verbs, [Part.Find], [Part.Ensure] and [Part.Delete], so one
// resource implementation, one conformance table and one crash test serve all
// of them.
package cloud

import (
	"context"
	"net/http"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// Cloud is one account (AWS) or subscription (Azure) in one region.
type Cloud interface {
	// Realm tells which account, subscription or sandbox this is. It is
	// asked before anything is read or deleted, and cached.
	Realm(ctx context.Context) (string, error)

	Network() Part[blueprint.NetworkDesign, blueprint.NetworkOutputs]
	Cluster() Part[blueprint.ControlPlaneDesign, blueprint.ClusterOutputs]
	NodePool() Part[blueprint.NodePoolDesign, blueprint.NodePoolOutputs]
	Addons() Part[blueprint.AddonsDesign, blueprint.AddonsOutputs]
	Registry() Part[blueprint.RegistryDesign, blueprint.RegistryOutputs]
	Vault() Part[blueprint.VaultDesign, blueprint.VaultOutputs]
	WorkloadIdentity() Part[blueprint.WorkloadIdentityDesign, blueprint.WorkloadIdentityOutputs]

	Discovery
}

// Part is one part of a cluster: D is its design section, O what only the
// cloud knows once it is built.
type Part[D blueprint.Section, O any] interface {
	// Find observes the part by its tags and deterministic names. It returns
	// ErrNotFound only where the main object definitely does not exist; a
	// throttled, denied or timed-out call is never that. What is left of a
	// part without its main object comes back in Objects beside ErrNotFound, so
	// that the part stays known and can be finished or deleted. It changes nothing
	// and batches its describes. known is the section as the caller last knew
	// it, zero on import: a hint where to look (names that people chose), never
	// taken for observed.
	Find(ctx context.Context, ref Ref, known D) (Observed[D, O], error)

	// Ensure makes the cloud agree with the design: creates what is missing,
	// changes what differs, removes what the design no longer holds, and
	// adopts what an interrupted run left behind. Every step finds before it
	// creates, so calling it again at any point converges.
	//
	// It refuses, before it changes anything, an object of the same name
	// that another owner or another incarnation made (ErrOwned). Made and
	// adopted objects are tagged with ref.Token.
	//
	// On failure it returns what exists so far together with the error: where
	// Observed.Exists is true, or Objects holds anything, the caller keeps the
	// part in its state, as incomplete, and a later Ensure finishes it.
	// known is the section as the caller last knew it, zero for a new part: a
	// hint where to look for what the design no longer holds.
	Ensure(ctx context.Context, ref Ref, design, known D, inputs Inputs) (Observed[D, O], error)

	// Delete removes the objects that carry ref.Token, in order, and waits.
	// What is gone already is success; what carries another token is left
	// alone. It may be called again after any failure.
	Delete(ctx context.Context, ref Ref, design D, options DeleteOptions) error
}

// Ref names one part and who may touch it.
type Ref struct {
	Region  string // region of the part
	Cluster string // name of the cluster
	// Part is the kind, with the name where a cluster has several: "network",
	// "cluster", "node-pool/apps", "addons", "registry", "vault",
	// "workload-identity/external-secrets".
	Part        string
	Owner       string // provider's owner, tag kready-owner
	Incarnation string // blueprint's random birth mark, tag kready-incarnation; empty on import
	Token       string // random per resource instance, tag kready-token; empty on import
}

// Inputs are ids that other parts made, by component key.
type Inputs struct {
	Network  map[string]string
	Cluster  map[string]string
	Registry map[string]string
	Vault    map[string]string
}

// Observed is a part as the cloud shows it.
type Observed[D any, O any] struct {
	// Exists tells that the main object exists.
	Exists bool
	// Design is the section as it can be read back. With no drift it equals
	// the section that was ensured, field by field.
	Design D
	// Objects maps the component keys that exist to their cloud ids.
	Objects map[string]string
	Outputs O
	// Busy names what is still in progress ("cluster CREATING"); empty when
	// settled.
	Busy string
	// Owner, Incarnation and Token are read from the main object's tags.
	Owner, Incarnation, Token string
	// Warnings are for people: a live version ahead of the design, a pool
	// behind the control plane, an object that could not be read.
	Warnings []string
	// Leftovers lists what Kubernetes made and would leave behind, such as
	// "load balancer arn:…" (only where the part is asked for it: Cluster).
	Leftovers []string
}

// DeleteOptions says what may be deleted and what is kept.
type DeleteOptions struct {
	KeepLogs       bool // keep log groups and workspaces
	KeepKeys       bool // keep keys; else they are scheduled for deletion
	SweepLeftovers bool // remove what Kubernetes left behind; else its presence is ErrLeftovers
	Force          bool // remove repositories with images, vaults with secrets
	RecoveryDays   int  // recovery window of keys and vaults
}

// Discovery answers questions that no part owns.
type Discovery interface {
	// Versions lists the Kubernetes versions that the cloud offers.
	Versions(ctx context.Context) ([]VersionInfo, error)
	// NodeImages lists image releases for an operating system,
	// architecture and Kubernetes minor, newest first.
	NodeImages(ctx context.Context, query NodeImageQuery) ([]NodeImage, error)
	// Credentials makes short-lived credentials for the cluster's API.
	Credentials(ctx context.Context, cluster string) (Credentials, error)
	// Leftovers lists what Kubernetes made for the cluster and would leave
	// behind: load balancers, interfaces, security groups, volumes.
	Leftovers(ctx context.Context, cluster string) ([]Leftover, error)
}

// VersionInfo is one Kubernetes version on offer.
type VersionInfo struct {
	Version        string `json:"version" doc:"Minor version."`
	Default        bool   `json:"default" doc:"The cloud's default."`
	Status         string `json:"status" doc:"\"standard\", \"extended\" or \"preview\"."`
	EndOfStandard  string `json:"end_of_standard_support,omitempty" doc:"Day on which standard support ends, YYYY-MM-DD."`
	EndOfExtended  string `json:"end_of_extended_support,omitempty" doc:"Day on which extended support ends, YYYY-MM-DD."`
	PatchOrRelease string `json:"platform,omitempty" doc:"Newest patch or platform release."`
}

// NodeImageQuery asks for node images.
type NodeImageQuery struct {
	OS                string // "al2023", "bottlerocket", "ubuntu2404", "azurelinux3"
	Architecture      string // "amd64" or "arm64"
	KubernetesVersion string // minor
}

// NodeImage is one node image release.
type NodeImage struct {
	Release string `json:"release" doc:"Release, as node_image.release takes it."`
	ImageID string `json:"image_id,omitempty" doc:"Id of the image in the cloud."`
}

// Credentials open the cluster's API for some minutes. They are secret:
// never logged, never in state.
type Credentials struct {
	Endpoint             string
	CertificateAuthority string // base64 PEM
	Token                string
	Expires              time.Time
	// Kubelogin are the arguments with which Azure's own exec plugin gets such a
	// token, without kready; empty on other clouds.
	Kubelogin []string
}

// Leftover is one object that Kubernetes made.
type Leftover struct {
	Kind string // "load balancer", "network interface", "security group", "volume"
	ID   string
	Why  string // the tag that shows whose it is
}

// Clouds maps the word in a design ("aws", "azure") to what opens it.
type Clouds map[string]Opener

// Opener opens one cloud. It makes no call and needs no credentials: those
// are looked up when something is called.
type Opener func(ctx context.Context, target Target) (Cloud, error)

// Target says which account to open, and how.
type Target struct {
	Region  string
	Owner   string
	Sandbox bool // embedded cloud: static credentials, Transport set

	// AWS
	Profile           string
	WebIdentity       *WebIdentity
	AssumeRole        *AssumeRole
	AllowedAccountIDs []string
	EndpointURL       string // for tests against other servers

	// Azure
	SubscriptionID string
	TenantID       string
	Environment    string
	UseOIDC        bool

	DefaultTags map[string]string
	IgnoreTags  IgnoreTags

	// Elsewhere opens another named target of the provider in the same region,
	// for the far side of a connection. It makes no call; nil: there is none.
	Elsewhere func(ctx context.Context, target string) (Cloud, error)

	// Transport carries every request; nil means the network.
	Transport http.RoundTripper
	Poll      Poll
	// Now is the clock; it dates credentials and nothing else.
	Now func() time.Time
	// UserAgent is added to requests, such as "kready/1.2.3".
	UserAgent string
}

// WebIdentity is an AWS role to take with the token of a CI job.
type WebIdentity struct {
	RoleARN     string
	TokenFile   string
	SessionName string
}

// AssumeRole is an AWS role to take before anything is called.
type AssumeRole struct {
	RoleARN     string
	ExternalID  string
	SessionName string
}

// IgnoreTags are tags that others own: never removed, never drift.
type IgnoreTags struct {
	Keys        []string
	KeyPrefixes []string
}
