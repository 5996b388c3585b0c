package awsapi

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// eksUpdate is one update of a cluster, node group or add-on.
type eksUpdate struct {
	sandbox.Meta
	Cluster   string           `json:"cluster"`
	Nodegroup string           `json:"nodegroup,omitempty"`
	Addon     string           `json:"addon,omitempty"`
	Type      string           `json:"type"`
	Status    string           `json:"status"` // InProgress, Successful, Failed
	Params    []updateParam    `json:"params"`
	Created   time.Time        `json:"createdAt"`
	Errors    []updateError    `json:"errors,omitempty"`
	Progress  sandbox.Progress `json:"progress,omitzero"`

	// Version is what the object runs when the update is over.
	Version string `json:"version,omitempty"`
	Release string `json:"release,omitempty"`
}

type updateParam struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type updateError struct {
	Code      string   `json:"errorCode"`
	Message   string   `json:"errorMessage"`
	Resources []string `json:"resourceIds"`
}

var eksUpdates = sandbox.NewTable[eksUpdate](cloud, "eks/update")

// newUpdate makes an update in progress; the caller marks its object and puts
// both.
func newUpdate(q *request, kind, cluster string, params ...updateParam) *eksUpdate {
	u := &eksUpdate{
		Cluster: cluster, Type: kind, Status: "InProgress", Params: params, Created: q.tx.Now(),
		Progress: q.tx.Steps("eks/update", 2),
	}
	u.ID, u.Region, u.Hidden = q.tx.UUID(), q.region, true
	return u
}

// param renders a parameter of an update: text as it is, all else as JSON.
func param(kind string, value any) updateParam {
	if text, ok := value.(string); ok {
		return updateParam{kind, text}
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		panic("awsapi: update parameter " + kind + ": " + err.Error()) // plain data only
	}
	return updateParam{kind, string(encoded)}
}

func (u *eksUpdate) wire() any {
	return map[string]any{"update": map[string]any{
		"id": u.ID, "status": u.Status, "type": u.Type, "params": append([]updateParam{}, u.Params...),
		"createdAt": epoch(u.Created), "errors": append([]updateError{}, u.Errors...),
	}}
}

// poll takes one step, and ends the update on the last.
func (u *eksUpdate) poll(q *request) {
	if u.Status != "InProgress" {
		return
	}
	if done, _ := u.Progress.Poll(); done {
		u.finish(q)
	}
	eksUpdates.Put(q.tx, u)
}

// finish makes the update's object what it was asked to become.
func (u *eksUpdate) finish(q *request) {
	u.Status = "Successful"
	switch {
	case u.Nodegroup != "":
		if n, ok := eksNodegroups.Get(q.tx, q.region, u.Cluster+"/"+u.Nodegroup); ok {
			n.finishUpdate(q, u)
		}
	case u.Addon != "":
		if a, ok := eksAddons.Get(q.tx, q.region, u.Cluster+"/"+u.Addon); ok {
			a.Status, a.Updating, a.Modified = "ACTIVE", "", q.tx.Now()
			eksAddons.Put(q.tx, a)
		}
	default:
		if c, ok := eksClusters.Get(q.tx, q.region, u.Cluster); ok {
			c.finishUpdate(q, u)
		}
	}
}

func describeUpdate(q *request) (any, error) {
	if _, err := askedCluster(q); err != nil {
		return nil, err
	}
	u, ok := eksUpdates.Get(q.tx, q.region, q.path["update"])
	if !ok || u.Cluster != q.path["name"] || u.Nodegroup != q.query.Get("nodegroupName") || u.Addon != q.query.Get("addonName") {
		return nil, eksNotFound("No update found for ID: %s", q.path["update"])
	}
	u.poll(q)
	return u.wire(), nil
}

func listUpdates(q *request) (any, error) {
	if _, err := askedCluster(q); err != nil {
		return nil, err
	}
	ids := []string{}
	for _, u := range slices.Backward(eksUpdates.List(q.tx, q.region)) {
		if u.Cluster == q.path["name"] && u.Nodegroup == q.query.Get("nodegroupName") && u.Addon == q.query.Get("addonName") {
			ids = append(ids, u.ID)
		}
	}
	return eksList(q, "updateIds", ids, nil)
}
