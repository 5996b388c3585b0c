package azureapi

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

const workspaceType = "Microsoft.OperationalInsights/workspaces"

// workspaceGrace is how long a deleted workspace can be recovered.
const workspaceGrace = 14 * 24 * time.Hour

// deletedWorkspace is a workspace in its grace period. A workspace made again
// with its name in its group is the old one, with its data.
type deletedWorkspace struct {
	sandbox.Meta
	Workspace resource  `json:"workspace"`
	Purge     time.Time `json:"purge"`
}

var deletedWorkspaces = sandbox.NewTable[deletedWorkspace](cloud, "Microsoft.OperationalInsights/deletedWorkspaces")

var workspaceName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$`)

func workspaceTypes() []*resourceType {
	return []*resourceType{{
		name: workspaceType, tracked: true, etagged: true, patch: anyMember, badInput: "InvalidParameter",
		identity: []string{systemAssigned, userAssigned, noIdentity},
		flow:     &flow{create: byState, creating: "Creating", polls: 1, retry: "10"},
		properties: fields{
			"provisioningState": output(), "customerId": output(), "createdDate": output(), "modifiedDate": output(), "privateLinkScopedResources": output(),
			"sku": object(fields{
				"name":                     oneOf("PerGB2018", "CapacityReservation", "LACluster", "Free", "Standalone", "PerNode", "Standard", "Premium").or("PerGB2018"),
				"capacityReservationLevel": whole(100, 50000), "lastSkuUpdate": output(),
			}),
			"retentionInDays":                     whole(4, 730).or(30),
			"workspaceCapping":                    object(fields{"dailyQuotaGb": &member{kind: anyKind}, "dataIngestionStatus": output(), "quotaNextResetTime": output()}),
			"publicNetworkAccessForIngestion":     oneOf("Enabled", "Disabled", "SecuredByPerimeter").or("Enabled"),
			"publicNetworkAccessForQuery":         oneOf("Enabled", "Disabled", "SecuredByPerimeter").or("Enabled"),
			"forceCmkForQuery":                    flag(),
			"defaultDataCollectionRuleResourceId": text(),
			"features": object(fields{
				"legacy": output(), "searchVersion": output(), "clusterResourceId": text(), "disableLocalAuth": flag(), "enableDataExport": flag(),
				"enableLogAccessUsingOnlyResourcePermissions": flag(), "immediatePurgeDataOn30Days": flag(), "unifiedSentinelBillingOnly": flag(), "associations": output(),
			}),
		},
		names: func(name string) string {
			if !workspaceName.MatchString(name) {
				return "must have 4 to 63 letters, digits and hyphens, and begin and end with a letter or digit"
			}
			return ""
		},
		put: putWorkspace, gone: goneWorkspace,
	}}
}

func deletedWorkspaceOf(tx *sandbox.Tx, id string) *deletedWorkspace {
	for _, d := range deletedWorkspaces.List(tx, "") {
		if !tx.Now().Before(d.Purge) {
			deletedWorkspaces.Delete(tx, "", d.ID)
		}
	}
	d, _ := deletedWorkspaces.Get(tx, "", id)
	return d
}

func putWorkspace(w *write) error {
	p := w.r.Properties
	if days := numberAt(p, "retentionInDays"); days < 30 && days != 7 && days != 4 {
		return w.fail(http.StatusBadRequest, "InvalidParameter", "The retention of workspace %s must be 30 to 730 days; it is %d.", w.r.Name, days)
	}
	if p["sku"] == nil {
		p["sku"] = map[string]any{"name": "PerGB2018"}
	}
	if textAt(p, "sku", "name") == "CapacityReservation" && numberAt(p, "sku", "capacityReservationLevel") == 0 {
		return w.fail(http.StatusBadRequest, "InvalidParameter", "The SKU CapacityReservation of workspace %s needs a capacity reservation level.", w.r.Name)
	}
	p["modifiedDate"] = w.tx.Now().Format(time.RFC3339Nano)
	if w.old != nil {
		return nil
	}
	p["createdDate"], p["customerId"] = p["modifiedDate"], w.tx.UUID()
	if d := deletedWorkspaceOf(w.tx, w.r.ID); d != nil {
		if d.Workspace.Location != w.r.Location {
			return w.fail(http.StatusConflict, "Conflict", "The workspace %s was deleted in %s and can be recovered there only; delete it for good, or use another name.", w.r.Name, d.Workspace.Location)
		}
		p["createdDate"], p["customerId"] = d.Workspace.Properties["createdDate"], d.Workspace.Properties["customerId"]
		deletedWorkspaces.Delete(w.tx, "", d.ID)
	}
	return nil
}

// goneWorkspace keeps a deleted workspace, unless force was asked for.
func goneWorkspace(q *request, r *resource, _ []*resource) {
	if strings.EqualFold(q.query.Get("force"), "true") {
		return
	}
	d := &deletedWorkspace{
		Meta:      sandbox.Meta{ID: r.ID, Name: r.Name, Tags: r.Tags, Pending: true},
		Workspace: *r, Purge: q.tx.Now().Add(workspaceGrace),
	}
	d.Workspace.Operation = ""
	deletedWorkspaces.Put(q.tx, d)
}

func workspaceRoutes() map[string]route {
	return map[string]route{"GET Microsoft.OperationalInsights/deletedWorkspaces": {run: listDeletedWorkspaces}}
}

func listDeletedWorkspaces(q *request) (*sandbox.Response, error) {
	deletedWorkspaceOf(q.tx, "") // lets go of what is past its grace
	out := []any{}
	for _, d := range deletedWorkspaces.List(q.tx, "") {
		if strings.HasPrefix(d.ID, strings.TrimSuffix(q.address.scope, "/")+"/") {
			shown := map[string]any{"id": d.Workspace.Path, "name": d.Name, "type": workspaceType, "location": d.Workspace.Location, "tags": d.Workspace.Tags}
			shown["properties"] = clone(d.Workspace.Properties)
			out = append(out, shown)
		}
	}
	return q.page(out)
}
