package azurecloud

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"
	aks "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v8"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/keyvault/armkeyvault"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armlocks"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// Names that need no design: they are unique in what they hang on.
const (
	diagnosticName = "kready"
	lockName       = "kready-deletion-protection"
	keyName        = "etcd"
)

// keyRecoveryDays is how long the vault of the key can be recovered: without the
// key no secret in the cluster can be read, so as long as Azure offers.
const keyRecoveryDays = 90

// clusterThings are all things of a control plane.
func clusterThings(v *view, d blueprint.ControlPlaneDesign) []thing {
	azure := planeOf(d)
	cluster := clusterThing(v, d)
	things := []thing{cluster}
	for _, component := range []string{"identity/control-plane", "identity/kubelet"} {
		if name := d.Names[component]; name != "" {
			things = append(things, thing{component: component, id: v.id(azure.ResourceGroup, identities, name), birth: v.located()})
		}
	}
	if d.Encryption == "own" {
		vault := v.id(azure.ResourceGroup, vaults, d.Names["key-vault"])
		things = append(things,
			v.keyVault("key-vault", vault, keyRecoveryDays),
			thing{component: "key", id: child(vault, vaultKeys, d.Names["key"]), birth: body(armkeyvault.Key{Properties: &armkeyvault.KeyProperties{
				Kty: to.Ptr(armkeyvault.JSONWebKeyTypeRSA), KeySize: to.Ptr[int32](3072),
			}})},
		)
	}
	for key, role := range azure.RoleAssignments {
		things = append(things, v.assignment(grant{
			component: "role-assignment/" + key, principal: v.principal(role.Identity), kind: armauthorization.PrincipalTypeServicePrincipal,
			role: role.Role, scope: v.input(role.Scope, azure.ResourceGroup), words: roleWords(role),
		}))
	}
	things = append(things, v.accessThings(d, cluster.id)...)
	if len(d.LogTypes) > 0 {
		things = append(things, thing{component: "diagnostic-setting", id: under(cluster.id, diagnostics, diagnosticName), want: v.logging(d)})
	}
	for name, window := range azure.Maintenance {
		things = append(things, thing{component: "maintenance/" + name, id: child(cluster.id, maintenances, name), want: maintenance(name, window)})
	}
	if d.OnDestroy.Protected {
		things = append(things, thing{component: "lock", id: under(cluster.id, locks, lockName), want: body(armlocks.ManagementLockObject{
			Properties: &armlocks.ManagementLockProperties{Level: to.Ptr(armlocks.LockLevelCanNotDelete)},
		})})
	}
	return things
}

// logging sends the wanted logs to the workspace.
func (v *view) logging(d blueprint.ControlPlaneDesign) document {
	var logs []*armmonitor.LogSettings
	for _, name := range d.LogTypes {
		logs = append(logs, &armmonitor.LogSettings{Category: to.Ptr(name), Enabled: to.Ptr(true)})
	}
	return body(armmonitor.DiagnosticSettingsResource{Properties: &armmonitor.DiagnosticSettings{
		WorkspaceID: to.Ptr(v.workspaceOf(d)), LogAnalyticsDestinationType: to.Ptr("Dedicated"), Logs: logs,
	}})
}

// workspaceOf is the log workspace: a given one, or the network's.
func (v *view) workspaceOf(d blueprint.ControlPlaneDesign) string {
	if id := planeOf(d).WorkspaceID; id != "" {
		return id
	}
	return v.inputs.Network["workspace"]
}

// maintenance is one weekly window. The schedule "default" is of an older form:
// hours of a day.
func maintenance(name string, window blueprint.MaintenanceSpec) document {
	if name == "default" {
		first, _ := strconv.Atoi(strings.Split(window.Start, ":")[0])
		var hours []*int32
		for h := range window.DurationHours {
			hours = append(hours, to.Ptr(int32((first+h)%24))) //nolint:gosec // 0 to 23
		}
		return body(aks.MaintenanceConfiguration{Properties: &aks.MaintenanceConfigurationProperties{
			TimeInWeek: []*aks.TimeInWeek{{Day: to.Ptr(aks.WeekDay(window.Day)), HourSlots: hours}},
		}})
	}
	return body(aks.MaintenanceConfiguration{Properties: &aks.MaintenanceConfigurationProperties{MaintenanceWindow: &aks.MaintenanceWindow{
		Schedule:      &aks.Schedule{Weekly: &aks.WeeklySchedule{DayOfWeek: to.Ptr(aks.WeekDay(window.Day)), IntervalWeeks: to.Ptr[int32](1)}},
		DurationHours: to.Ptr(int32(window.DurationHours)), StartTime: to.Ptr(window.Start), UTCOffset: to.Ptr("+00:00"), //nolint:gosec // 4 to 24
	}}})
}

// maintenanceDesign reads a window back.
func maintenanceDesign(name string, config document) blueprint.MaintenanceSpec {
	if name == "default" {
		var window blueprint.MaintenanceSpec
		for _, time := range entries(config, "properties", "timeInWeek") {
			hours, _ := at(time, "hourSlots").([]any)
			window = blueprint.MaintenanceSpec{Day: text(time, "day"), DurationHours: len(hours)}
			if len(hours) > 0 {
				first, _ := hours[0].(float64)
				window.Start = fmt.Sprintf("%02.0f:00", first)
			}
		}
		return window
	}
	window := at(config, "properties", "maintenanceWindow")
	return blueprint.MaintenanceSpec{
		Day: text(window, "schedule", "weekly", "dayOfWeek"), Start: text(window, "startTime"), DurationHours: number(window, "durationHours"),
	}
}

// minor is the minor of a version such as "1.34" or "1.34.5", 0 of anything
// else.
func minor(version string) int {
	parts := strings.Split(version, ".")
	if len(parts) < 2 {
		return 0
	}
	n, err := strconv.Atoi(parts[1])
	if err != nil {
		return 0
	}
	return n
}

func version(minor int) string { return "1." + strconv.Itoa(minor) }
