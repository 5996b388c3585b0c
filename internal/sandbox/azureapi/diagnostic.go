package azureapi

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

const diagnosticType = "Microsoft.Insights/diagnosticSettings"

// logCategories are what resources can log, by type; each also has the groups
// allLogs and, where some are named, audit. Source: learn.microsoft.com,
// "Supported Resource log categories for Azure Monitor".
var logCategories = map[string][]string{
	"Microsoft.ContainerService/managedClusters": {
		"kube-apiserver", "kube-audit", "kube-audit-admin", "kube-controller-manager", "kube-scheduler", "cluster-autoscaler",
		"cloud-controller-manager", "guard", "csi-azuredisk-controller", "csi-azurefile-controller", "csi-snapshot-controller",
		"fleet-member-agent", "fleet-member-net-controller-manager", "fleet-mcs-controller-manager", "karpenter-events",
	},
	vaultType:     {"AuditEvent", "AzurePolicyEvaluationDetails"},
	registryType:  {"ContainerRegistryRepositoryEvents", "ContainerRegistryLoginEvents"},
	workspaceType: {"Audit", "SummaryLogs"},
	vnetType:      {"VMProtectionAlerts"},
	nsgType:       {"NetworkSecurityGroupEvent", "NetworkSecurityGroupRuleCounter"},
	publicIPType:  {"DDoSProtectionNotifications", "DDoSMitigationFlowLogs", "DDoSMitigationReports"},
	endpointType:  {},
	natType:       {},
	storageType:   {},
}

func diagnosticTypes() []*resourceType {
	retention := func() *member { return object(fields{"days": whole(0, 365).or(0), "enabled": flag().or(false)}) }
	return []*resourceType{{
		name: diagnosticType, anywhere: true, madeIs200: true, badInput: "BadRequest",
		properties: fields{
			"workspaceId": id(workspaceType), "storageAccountId": id(storageType), "logAnalyticsDestinationType": oneOf("Dedicated", "AzureDiagnostics"),
			"logs": list(object(fields{
				"category": text(), "categoryGroup": text(), "enabled": flag().need(), "retentionPolicy": retention(),
			})),
			"metrics": list(object(fields{
				"category": text(), "timeGrain": text(), "enabled": flag().need(), "retentionPolicy": retention(),
			})),
		},
		put:  putDiagnostics,
		show: func(_ *request, r *resource, out map[string]any) { out["location"] = "global" },
	}}
}

func putDiagnostics(w *write) error {
	p := w.r.Properties
	on := w.get(scopeOf(w.r.ID))
	categories, known := logCategories[on.Type]
	if !known {
		return w.fail(http.StatusBadRequest, "ResourceTypeNotSupported", "The resource type '%s' does not support diagnostic settings.", strings.ToLower(on.Type))
	}
	workspace := textAt(p, "workspaceId")
	if workspace == "" && textAt(p, "storageAccountId") == "" {
		return w.fail(http.StatusBadRequest, "BadRequest", "At least one data sink needs to be specified.")
	}
	if len(listAt(p, "logs"))+len(listAt(p, "metrics")) == 0 {
		return w.fail(http.StatusBadRequest, "BadRequest", "At least one log or metric has to be specified.")
	}
	mine := map[string]bool{}
	for _, l := range listAt(p, "logs") {
		category, group := textAt(l, "category"), textAt(l, "categoryGroup")
		switch {
		case (category == "") == (group == ""):
			return w.fail(http.StatusBadRequest, "BadRequest", "A log has either a category or a category group.")
		case category != "" && !slices.ContainsFunc(categories, func(c string) bool { return strings.EqualFold(c, category) }):
			return w.fail(http.StatusBadRequest, "BadRequest", "Category '%s' is not supported.", category)
		case group != "" && (len(categories) == 0 || !strings.EqualFold(group, "allLogs") && !strings.EqualFold(group, "audit")):
			return w.fail(http.StatusBadRequest, "BadRequest", "Category group '%s' is not supported.", group)
		}
		mine[strings.ToLower(category+group)] = true
	}
	for _, m := range listAt(p, "metrics") {
		if category := textAt(m, "category"); !strings.EqualFold(category, "AllMetrics") {
			return w.fail(http.StatusBadRequest, "BadRequest", "Metric category '%s' is not supported.", category)
		}
	}
	siblings := w.hanging(w.t, scopeOf(w.r.ID))
	count := 1
	for _, other := range siblings {
		if other.ID == w.r.ID || scopeOf(other.ID) != scopeOf(w.r.ID) {
			continue
		}
		count++
		if workspace == "" || !strings.EqualFold(textAt(other.Properties, "workspaceId"), workspace) {
			continue
		}
		for _, l := range listAt(other.Properties, "logs") {
			if c := strings.ToLower(textAt(l, "category") + textAt(l, "categoryGroup")); mine[c] {
				return w.fail(http.StatusConflict, "Conflict", "Data sink '%s' is already used in diagnostic setting '%s' for category '%s'. Data sinks can't be reused in different settings on the same category for the same resource.", workspace, other.Name, c)
			}
		}
	}
	if count > 5 {
		return w.fail(http.StatusBadRequest, "BadRequest", "A resource has at most 5 diagnostic settings.")
	}
	return nil
}

func diagnosticRoutes() map[string]route {
	return map[string]route{"GET Microsoft.Insights/diagnosticSettingsCategories": {run: listCategories}}
}

// listCategories shows what the resource can log.
func listCategories(q *request) (*sandbox.Response, error) {
	on := q.get(q.address.scope)
	if on == nil {
		return nil, refuse(http.StatusNotFound, "ResourceNotFound", "The Resource '%s' was not found.", q.address.scope)
	}
	categories, known := logCategories[on.Type]
	if !known {
		return nil, refuse(http.StatusBadRequest, "ResourceTypeNotSupported", "The resource type '%s' does not support diagnostic settings.", strings.ToLower(on.Type))
	}
	kinds := map[string]string{"AllMetrics": "Metrics"}
	for _, c := range categories {
		kinds[c] = "Logs"
	}
	out := []any{}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		groups := []string{"allLogs"}
		if kinds[name] == "Metrics" {
			groups = nil
		}
		out = append(out, map[string]any{
			"id": on.Path + "/providers/Microsoft.Insights/diagnosticSettingsCategories/" + name, "name": name,
			"type": "Microsoft.Insights/diagnosticSettingsCategories", "properties": map[string]any{"categoryType": kinds[name], "categoryGroups": groups},
		})
	}
	return q.page(out)
}
