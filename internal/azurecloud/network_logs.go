package azurecloud

import (
	"context"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/operationalinsights/armoperationalinsights/v2"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// storageOfLogs is the component key of the account that flow logs are kept in.
const storageOfLogs = "storage-account/flow-logs"

// logThings are the log workspace, and the flow log with the storage account
// that it writes to.
func (v *view) logThings(d blueprint.NetworkDesign, azure blueprint.NetworkAzureDesign, vnet string) []thing {
	var things []thing
	if azure.WorkspaceID == "" {
		things = append(things, thing{
			component: "workspace", id: v.id(azure.ResourceGroup, workspaces, d.Names["workspace"]), birth: v.located(),
			want: body(armoperationalinsights.Workspace{Properties: &armoperationalinsights.WorkspaceProperties{
				SKU:             &armoperationalinsights.WorkspaceSKU{Name: to.Ptr(armoperationalinsights.WorkspaceSKUNameEnumPerGB2018)},
				RetentionInDays: to.Ptr(int32(azure.WorkspaceDays)), //nolint:gosec // up to 730
			}}),
		})
	}
	if d.FlowLogs == nil {
		return things
	}
	storage := v.id(azure.ResourceGroup, storageAccounts, d.Names[storageOfLogs])
	log := thing{component: "flow-log", birth: v.located(), tags: map[string]string{tagTraffic: d.FlowLogs.Traffic}}
	if v.watcher != "" {
		log.id = child(v.watcher, flowLogs, d.Names["flow-log"])
	}
	log.want = body(armnetwork.FlowLog{Properties: &armnetwork.FlowLogPropertiesFormat{
		TargetResourceID: to.Ptr(vnet), StorageID: to.Ptr(storage), Enabled: to.Ptr(true),
		Format:          &armnetwork.FlowLogFormatParameters{Type: to.Ptr(armnetwork.FlowLogFormatTypeJSON), Version: to.Ptr[int32](2)},
		RetentionPolicy: &armnetwork.RetentionPolicyParameters{Enabled: to.Ptr(true), Days: to.Ptr(int32(d.FlowLogs.RetentionDays))}, //nolint:gosec // up to 365
	}})
	if filter, ok := trafficFilters[d.FlowLogs.Traffic]; ok {
		with(log.want, "enabledFilteringCriteria", filter)
	}
	return append(things, log, thing{
		// Azure's own services write the logs; nobody else gets in by network.
		component: storageOfLogs, id: storage, birth: merged(v.located(), document{"kind": "StorageV2"}),
		want: document{
			"sku": document{"name": "Standard_LRS"},
			"properties": document{
				"allowBlobPublicAccess": false, "supportsHttpsTrafficOnly": true, "minimumTlsVersion": "TLS1_2",
				"networkAcls": document{"defaultAction": "Deny", "bypass": "AzureServices"},
			},
		},
	})
}

// tagTraffic remembers which traffic a flow log holds.
const tagTraffic = "kready-traffic"

// trafficFilters are what a flow log holds where not all traffic is wanted.
// Source: learn.microsoft.com, VNet flow logs, filtering criteria, 2026-08.
var trafficFilters = map[string]string{
	"accept": "flowState=B || flowState=C || flowState=E", "reject": "flowState=D",
}

func (v *view) flowLogsDesign() *blueprint.FlowLogsDesign {
	log := v.find("flow-log")
	if log == nil {
		return nil
	}
	return &blueprint.FlowLogsDesign{
		RetentionDays: number(log.body, "properties", "retentionPolicy", "days"), Traffic: log.marks[tagTraffic],
	}
}

// lookFlowLog finds the region's network watcher, in which flow logs are, and
// the flow log of the network in it.
func (v *view) lookFlowLog(ctx context.Context) error {
	list, err := v.list(ctx, watchers, "/subscriptions/"+v.subscription+"/providers/"+watchers.name, "")
	if err != nil {
		return wrap(err, ofCluster("flow-log", v.ref))
	}
	for _, one := range list {
		if strings.EqualFold(strings.ReplaceAll(text(one, "location"), " ", ""), v.region) {
			v.watcher = text(one, "id")
		}
	}
	if v.watcher == "" {
		return nil
	}
	return v.listed(ctx, flowLogs, v.watcher+"/flowLogs", "", func(entry document) string {
		if vnet := v.find("vnet"); vnet != nil && !vnet.given && sameID(text(entry, "properties", "targetResourceId"), vnet.id) {
			return "flow-log" // a network has one
		}
		return ""
	})
}

// findWatcher finds the region's network watcher. Azure makes it with the first
// network of a subscription and region; where that is switched off, it is made
// here, in Azure's own group, and never deleted: there is one for everybody.
func findWatcher(ctx context.Context, r *networkRun) error {
	if r.design.FlowLogs == nil || r.watcher != "" {
		return nil
	}
	if err := r.lookFlowLog(ctx); err != nil || r.watcher != "" {
		return err
	}
	const home = "NetworkWatcherRG"
	if _, err := r.get(ctx, groups, r.groupID(home)); isNotFound(err) {
		_, err = r.put(ctx, groups, r.groupID(home), r.located(), "")
		if err != nil {
			return wrap(err, "resource group "+home)
		}
	} else if err != nil {
		return wrap(err, "resource group "+home)
	}
	id := r.id(home, watchers, "NetworkWatcher_"+r.region)
	if _, err := r.put(ctx, watchers, id, r.located(), ""); err != nil {
		return wrap(err, "network watcher of "+r.region)
	}
	r.watcher = id
	return nil
}
