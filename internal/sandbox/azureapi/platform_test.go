package azureapi_test

import (
	"context"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerregistry/armcontainerregistry"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dns/armdns"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/keyvault/armkeyvault"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/operationalinsights/armoperationalinsights/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/privatedns/armprivatedns"
)

func subnetRange(cidr string) armnetwork.SubnetPropertiesFormat {
	return armnetwork.SubnetPropertiesFormat{AddressPrefix: &cidr}
}

func newZone(t *testing.T, a account, name string) armprivatedns.PrivateZone {
	t.Helper()
	client := must(armprivatedns.NewPrivateZonesClient(a.subscription, a.credential, a.options))(t)
	return finish(client.BeginCreateOrUpdate(context.Background(), "rg", name, armprivatedns.PrivateZone{Location: ptr("global")}, nil))(t).PrivateZone
}

func vaultOf(a account, rbac bool) armkeyvault.VaultCreateOrUpdateParameters {
	return armkeyvault.VaultCreateOrUpdateParameters{Location: ptr(region), Properties: &armkeyvault.VaultProperties{
		TenantID: &a.tenant, SKU: &armkeyvault.SKU{Family: ptr(armkeyvault.SKUFamilyA), Name: ptr(armkeyvault.SKUNamePremium)},
		EnableRbacAuthorization: &rbac, EnablePurgeProtection: ptr(true), SoftDeleteRetentionInDays: ptr(int32(7)),
	}}
}

// TestPrivateEndpoint proves the way from a vault to the address in a private
// zone that answers for it: endpoint, interface, zone group, record; and that
// all of it goes with the endpoint.
func TestPrivateEndpoint(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := withGroup(t)
	f := network(t, a)
	vnet := newNetwork(t, f, "vnet", "10.0.0.0/16")
	subnet := newSubnet(t, f, "vnet", "endpoints", subnetRange("10.0.0.0/27"))
	vaults := must(armkeyvault.NewVaultsClient(a.subscription, a.credential, a.options))(t)
	vault := finish(vaults.BeginCreateOrUpdate(ctx, "rg", "kv-shop", vaultOf(a, true), nil))(t)
	zone := newZone(t, a, "privatelink.vaultcore.azure.net")
	links := must(armprivatedns.NewVirtualNetworkLinksClient(a.subscription, a.credential, a.options))(t)
	finish(links.BeginCreateOrUpdate(ctx, "rg", *zone.Name, "vnet", armprivatedns.VirtualNetworkLink{Location: ptr("global"), Properties: &armprivatedns.VirtualNetworkLinkProperties{
		VirtualNetwork: &armprivatedns.SubResource{ID: vnet.ID}, RegistrationEnabled: ptr(false)}}, nil))(t)
	endpoint := finish(f.NewPrivateEndpointsClient().BeginCreateOrUpdate(ctx, "rg", "pe", armnetwork.PrivateEndpoint{Location: ptr(region), Properties: &armnetwork.PrivateEndpointProperties{
		Subnet: &armnetwork.Subnet{ID: subnet.ID}, PrivateLinkServiceConnections: []*armnetwork.PrivateLinkServiceConnection{{Name: ptr("vault"),
			Properties: &armnetwork.PrivateLinkServiceConnectionProperties{PrivateLinkServiceID: vault.ID, GroupIDs: to.SliceOfPtrs("vault")}}}}}, nil))(t)
	if got := endpoint.Properties.CustomDNSConfigs; len(got) != 1 || *got[0].Fqdn != "kv-shop.vault.azure.net" || *got[0].IPAddresses[0] != "10.0.0.4" {
		t.Errorf("the endpoint answers for %v", got)
	}
	group := finish(f.NewPrivateDNSZoneGroupsClient().BeginCreateOrUpdate(ctx, "rg", "pe", "default", armnetwork.PrivateDNSZoneGroup{Properties: &armnetwork.PrivateDNSZoneGroupPropertiesFormat{
		PrivateDNSZoneConfigs: []*armnetwork.PrivateDNSZoneConfig{{Name: ptr("vault"), Properties: &armnetwork.PrivateDNSZonePropertiesFormat{PrivateDNSZoneID: zone.ID}}}}}, nil))(t)
	if got := group.Properties.PrivateDNSZoneConfigs[0].Properties.RecordSets; len(got) != 1 || *got[0].Fqdn != "kv-shop.privatelink.vaultcore.azure.net" {
		t.Errorf("the zone group made %v", got)
	}
	records := must(armprivatedns.NewRecordSetsClient(a.subscription, a.credential, a.options))(t)
	if got := must(records.Get(ctx, "rg", *zone.Name, armprivatedns.RecordTypeA, "kv-shop", nil))(t); *got.Properties.ARecords[0].IPv4Address != "10.0.0.4" {
		t.Errorf("the record holds %s", *got.Properties.ARecords[0].IPv4Address)
	}
	_, err := f.NewSubnetsClient().BeginDelete(ctx, "rg", "vnet", "endpoints", nil)
	refused(t, err, "InUseSubnetCannotBeDeleted")
	zones := must(armprivatedns.NewPrivateZonesClient(a.subscription, a.credential, a.options))(t)
	_, err = zones.BeginDelete(ctx, "rg", *zone.Name, nil)
	refused(t, err, "CannotDeleteResource")
	finish(f.NewPrivateEndpointsClient().BeginDelete(ctx, "rg", "pe", nil))(t)
	refused(t, second(records.Get(ctx, "rg", *zone.Name, armprivatedns.RecordTypeA, "kv-shop", nil)), "ResourceNotFound")
	finish(f.NewSubnetsClient().BeginDelete(ctx, "rg", "vnet", "endpoints", nil))(t)
}

// TestVault proves soft delete, purge protection, recovery with keys, and the
// end of the retention by the simulated clock.
func TestVault(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := withGroup(t)
	vaults := must(armkeyvault.NewVaultsClient(a.subscription, a.credential, a.options))(t)
	keys := must(armkeyvault.NewKeysClient(a.subscription, a.credential, a.options))(t)
	_, err := vaults.BeginCreateOrUpdate(ctx, "rg", "kv-shop", vaultOf(a, false), nil)
	refused(t, err, "BadRequest")
	finish(vaults.BeginCreateOrUpdate(ctx, "rg", "kv-shop", vaultOf(a, true), nil))(t)
	key := must(keys.CreateIfNotExist(ctx, "rg", "kv-shop", "etcd", armkeyvault.KeyCreateParameters{Properties: &armkeyvault.KeyProperties{Kty: ptr(armkeyvault.JSONWebKeyTypeRSA), KeySize: ptr(int32(3072))}}, nil))(t)
	must(vaults.Delete(ctx, "rg", "kv-shop", nil))(t)
	_, err = vaults.BeginCreateOrUpdate(ctx, "rg", "kv-shop", vaultOf(a, true), nil)
	refused(t, err, "ConflictError")
	if got := must(vaults.GetDeleted(ctx, "kv-shop", region, nil))(t); !*got.Properties.PurgeProtectionEnabled {
		t.Errorf("the deleted vault is %+v", got.Properties)
	}
	_, err = vaults.BeginPurgeDeleted(ctx, "kv-shop", region, nil)
	refused(t, err, "MethodNotAllowed")
	again := vaultOf(a, true)
	again.Properties.CreateMode = ptr(armkeyvault.CreateModeRecover)
	finish(vaults.BeginCreateOrUpdate(ctx, "rg", "kv-shop", again, nil))(t)
	if got := must(keys.Get(ctx, "rg", "kv-shop", "etcd", nil))(t); *got.Properties.KeyURIWithVersion != *key.Properties.KeyURIWithVersion {
		t.Errorf("the recovered key is %s, was %s", *got.Properties.KeyURIWithVersion, *key.Properties.KeyURIWithVersion)
	}
	must(vaults.Delete(ctx, "rg", "kv-shop", nil))(t)
	if err := a.box.Advance(7*24*time.Hour + time.Minute); err != nil {
		t.Fatal(err)
	}
	finish(vaults.BeginCreateOrUpdate(ctx, "rg", "kv-shop", vaultOf(a, true), nil))(t)
}

// TestSecrets proves that ARM lists the secrets of a vault and never shows a
// value, and that they are kept with the vault.
func TestSecrets(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := withGroup(t)
	vaults := must(armkeyvault.NewVaultsClient(a.subscription, a.credential, a.options))(t)
	secrets := must(armkeyvault.NewSecretsClient(a.subscription, a.credential, a.options))(t)
	finish(vaults.BeginCreateOrUpdate(ctx, "rg", "kv-shop", vaultOf(a, true), nil))(t)
	made := must(secrets.CreateOrUpdate(ctx, "rg", "kv-shop", "first", armkeyvault.SecretCreateOrUpdateParameters{
		Properties: &armkeyvault.SecretProperties{Value: ptr("guarded"), ContentType: ptr("text/plain")}}, nil))(t)
	if made.Properties.Value != nil || *made.Properties.ContentType != "text/plain" {
		t.Errorf("the secret is shown as %+v", made.Properties)
	}
	must(a.box.Plant("azure", "secret", map[string]string{"vault": "kv-shop", "name": "second"}))(t)
	must(vaults.Delete(ctx, "rg", "kv-shop", nil))(t)
	again := vaultOf(a, true)
	again.Properties.CreateMode = ptr(armkeyvault.CreateModeRecover)
	finish(vaults.BeginCreateOrUpdate(ctx, "rg", "kv-shop", again, nil))(t)
	page := must(secrets.NewListPager("rg", "kv-shop", nil).NextPage(ctx))(t)
	if len(page.Value) != 2 || *page.Value[0].Name != "first" || page.Value[0].Properties.Value != nil {
		t.Errorf("the recovered vault has %d secrets", len(page.Value))
	}
	if _, err := a.box.Plant("azure", "secret", map[string]string{"vault": "other"}); err == nil {
		t.Error("a secret was planted in no vault")
	}
}

// TestImages proves that a registry's usage tells that it holds something.
func TestImages(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := withGroup(t)
	client := must(armcontainerregistry.NewRegistriesClient(a.subscription, a.credential, a.options))(t)
	finish(client.BeginCreate(ctx, "rg", "shopregistry", armcontainerregistry.Registry{Location: ptr(region), SKU: &armcontainerregistry.SKU{Name: ptr(armcontainerregistry.SKUNamePremium)}}, nil))(t)
	size := func() int64 {
		return *must(client.ListUsages(ctx, "rg", "shopregistry", nil))(t).Value[0].CurrentValue
	}
	if size() != 0 {
		t.Errorf("a new registry holds %d bytes", size())
	}
	must(a.box.Plant("azure", "image", map[string]string{"registry": "shopregistry", "size": "4096"}))(t)
	if size() != 4096 {
		t.Errorf("the registry holds %d bytes", size())
	}
	if _, err := a.box.Plant("azure", "image", map[string]string{"registry": "other"}); err == nil {
		t.Error("an image was planted in no registry")
	}
}

// TestWorkspace proves that a workspace made again within its grace period is
// the old one, and that its diagnostic settings are held to what exists.
func TestWorkspace(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := withGroup(t)
	client := must(armoperationalinsights.NewWorkspacesClient(a.subscription, a.credential, a.options))(t)
	body := armoperationalinsights.Workspace{Location: ptr(region), Properties: &armoperationalinsights.WorkspaceProperties{RetentionInDays: ptr(int32(90))}}
	first := finish(client.BeginCreateOrUpdate(ctx, "rg", "logs", body, nil))(t)
	finish(client.BeginDelete(ctx, "rg", "logs", nil))(t)
	refused(t, second(client.Get(ctx, "rg", "logs", nil)), "ResourceNotFound")
	again := finish(client.BeginCreateOrUpdate(ctx, "rg", "logs", body, nil))(t)
	if *first.Properties.CustomerID != *again.Properties.CustomerID {
		t.Errorf("recovered as %s, was %s", *again.Properties.CustomerID, *first.Properties.CustomerID)
	}
	vaults := must(armkeyvault.NewVaultsClient(a.subscription, a.credential, a.options))(t)
	vault := finish(vaults.BeginCreateOrUpdate(ctx, "rg", "kv-shop", vaultOf(a, true), nil))(t)
	settings := must(armmonitor.NewDiagnosticSettingsClient(a.credential, a.options))(t)
	send := func(category string) error {
		_, err := settings.CreateOrUpdate(ctx, *vault.ID, "kready", armmonitor.DiagnosticSettingsResource{Properties: &armmonitor.DiagnosticSettings{
			WorkspaceID: again.ID, Logs: []*armmonitor.LogSettings{{Category: &category, Enabled: ptr(true)}}}}, nil)
		return err
	}
	refused(t, send("kube-audit"), "BadRequest")
	if err := send("AuditEvent"); err != nil {
		t.Fatal(err)
	}
	if got := must(settings.Get(ctx, *vault.ID, "kready", nil))(t); *got.Properties.WorkspaceID != *again.ID {
		t.Errorf("the setting sends to %s", *got.Properties.WorkspaceID)
	}
}

// TestRegistry proves what a Basic registry cannot do, the global name, and
// cache rules.
func TestRegistry(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := withGroup(t)
	client := must(armcontainerregistry.NewRegistriesClient(a.subscription, a.credential, a.options))(t)
	registry := func(sku armcontainerregistry.SKUName) armcontainerregistry.Registry {
		return armcontainerregistry.Registry{Location: ptr(region), SKU: &armcontainerregistry.SKU{Name: &sku}, Properties: &armcontainerregistry.RegistryProperties{
			PublicNetworkAccess: ptr(armcontainerregistry.PublicNetworkAccessDisabled), AdminUserEnabled: ptr(false)}}
	}
	_, err := client.BeginCreate(ctx, "rg", "acrshop", registry(armcontainerregistry.SKUNameBasic), nil)
	refused(t, err, "FeatureNotSupported")
	_, err = client.BeginCreate(ctx, "rg", "acr-shop", registry(armcontainerregistry.SKUNamePremium), nil)
	refused(t, err, "InvalidResourceName")
	made := finish(client.BeginCreate(ctx, "rg", "acrShop", registry(armcontainerregistry.SKUNamePremium), nil))(t)
	if *made.Properties.LoginServer != "acrshop.azurecr.io" || *made.Properties.ProvisioningState != armcontainerregistry.ProvisioningStateSucceeded {
		t.Errorf("the registry is %+v", made.Properties)
	}
	rules := must(armcontainerregistry.NewCacheRulesClient(a.subscription, a.credential, a.options))(t)
	finish(rules.BeginCreate(ctx, "rg", "acrshop", "aks-managed-mcr", armcontainerregistry.CacheRule{Properties: &armcontainerregistry.CacheRuleProperties{
		SourceRepository: ptr("mcr.microsoft.com/*"), TargetRepository: ptr("aks-managed-repository/*")}}, nil))(t)
	finish(rules.BeginDelete(ctx, "rg", "acrshop", "aks-managed-mcr", nil))(t)
	finish(client.BeginDelete(ctx, "rg", "acrshop", nil))(t)
}

// TestPublicZone proves what a new public zone holds, and conditional writes.
func TestPublicZone(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := withGroup(t)
	zones := must(armdns.NewZonesClient(a.subscription, a.credential, a.options))(t)
	zone := must(zones.CreateOrUpdate(ctx, "rg", "shop.example", armdns.Zone{Location: ptr("global")}, nil))(t)
	if len(zone.Properties.NameServers) != 4 {
		t.Errorf("the zone has %d name servers", len(zone.Properties.NameServers))
	}
	records := must(armdns.NewRecordSetsClient(a.subscription, a.credential, a.options))(t)
	body := armdns.RecordSet{Properties: &armdns.RecordSetProperties{TTL: ptr(int64(300)), TxtRecords: []*armdns.TxtRecord{{Value: to.SliceOfPtrs("hello")}}}}
	set := must(records.CreateOrUpdate(ctx, "rg", "shop.example", "note", armdns.RecordTypeTXT, body, &armdns.RecordSetsClientCreateOrUpdateOptions{IfNoneMatch: ptr("*")}))(t)
	refused(t, second(records.CreateOrUpdate(ctx, "rg", "shop.example", "note", armdns.RecordTypeTXT, body, &armdns.RecordSetsClientCreateOrUpdateOptions{IfNoneMatch: ptr("*")})), "PreconditionFailed")
	must(records.CreateOrUpdate(ctx, "rg", "shop.example", "note", armdns.RecordTypeTXT, body, &armdns.RecordSetsClientCreateOrUpdateOptions{IfMatch: set.Etag}))(t)
	refused(t, second(records.CreateOrUpdate(ctx, "rg", "shop.example", "note", armdns.RecordTypeTXT, body, &armdns.RecordSetsClientCreateOrUpdateOptions{IfMatch: set.Etag})), "PreconditionFailed")
	all := must(records.NewListByDNSZonePager("rg", "shop.example", nil).NextPage(ctx))(t)
	if len(all.Value) != 3 {
		t.Errorf("the zone has %d record sets; want NS, SOA and TXT", len(all.Value))
	}
	finish(zones.BeginDelete(ctx, "rg", "shop.example", nil))(t)
}

// TestPeeredZoneLinks proves that a network cannot be linked to two zones of
// one name.
func TestPeeredZoneLinks(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := withGroup(t)
	vnet := newNetwork(t, network(t, a), "vnet", "10.0.0.0/16")
	zone := newZone(t, a, "privatelink.azurecr.io")
	links := must(armprivatedns.NewVirtualNetworkLinksClient(a.subscription, a.credential, a.options))(t)
	link := armprivatedns.VirtualNetworkLink{Location: ptr("global"), Properties: &armprivatedns.VirtualNetworkLinkProperties{VirtualNetwork: &armprivatedns.SubResource{ID: vnet.ID}}}
	finish(links.BeginCreateOrUpdate(ctx, "rg", *zone.Name, "one", link, nil))(t)
	_, err := links.BeginCreateOrUpdate(ctx, "rg", *zone.Name, "two", link, nil)
	refused(t, err, "Conflict")
}
