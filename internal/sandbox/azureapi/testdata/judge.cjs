// Drives the sandbox's ARM with Microsoft's JavaScript SDK, which shares no
// code with the Go SDK and none with this project, and prints what it saw.
//
// Usage: node judge.cjs ENDPOINT TENANT SUBSCRIPTION; the packages are found by
// NODE_PATH, the sandbox's certificate by NODE_EXTRA_CA_CERTS.
'use strict';
const { ClientSecretCredential } = require('@azure/identity');
const { ResourceManagementClient } = require('@azure/arm-resources');
const { NetworkManagementClient } = require('@azure/arm-network');
const { ContainerServiceClient } = require('@azure/arm-containerservice');

const [endpoint, tenant, subscription] = process.argv.slice(2);
const options = { endpoint, credentialScopes: [endpoint + '/.default'], updateIntervalInMs: 1 };
const quick = { updateIntervalInMs: 1 };

// refused returns the error code of a call that has to fail.
async function refused(call) {
  try {
    await call;
    return 'accepted';
  } catch (error) {
    return error.code || String(error);
  }
}

async function names(pages) {
  const out = [];
  for await (const each of pages) {
    out.push(each.name);
  }
  return out;
}

async function main() {
  const credential = new ClientSecretCredential(tenant, '11111111-2222-4333-8444-555555555555', 'secret', {
    authorityHost: endpoint, disableInstanceDiscovery: true,
  });
  const resources = new ResourceManagementClient(credential, subscription, options);
  const network = new NetworkManagementClient(credential, subscription, options);
  const aks = new ContainerServiceClient(credential, subscription, options);
  const seen = {};

  seen.group = await resources.resourceGroups.createOrUpdate('rg', { location: 'westeurope', tags: { owner: 'judge' } });
  seen.exists = await resources.resourceGroups.checkExistence('RG');
  seen.vnet = await network.virtualNetworks.beginCreateOrUpdateAndWait('rg', 'vnet', {
    location: 'westeurope', addressSpace: { addressPrefixes: ['10.64.0.0/16'] },
  }, quick);
  seen.nsg = await network.networkSecurityGroups.beginCreateOrUpdateAndWait('rg', 'nsg', {
    location: 'westeurope',
    securityRules: [{
      name: 'api', access: 'Allow', direction: 'Inbound', priority: 100, protocol: 'Tcp',
      sourceAddressPrefix: '10.0.0.0/8', sourcePortRange: '*', destinationAddressPrefix: '*', destinationPortRanges: ['443', '4443'],
    }],
  }, quick);
  seen.overlap = await refused(network.virtualNetworks.beginCreateOrUpdateAndWait('rg', 'vnet', {
    location: 'westeurope', addressSpace: { addressPrefixes: ['10.64.0.0/16'] },
    subnets: [{ name: 'a', addressPrefix: '10.64.0.0/23' }, { name: 'b', addressPrefix: '10.64.1.0/24' }],
  }, quick));
  seen.subnet = await network.subnets.beginCreateOrUpdateAndWait('rg', 'vnet', 'nodes', {
    addressPrefix: '10.64.0.0/23', networkSecurityGroup: { id: seen.nsg.id }, defaultOutboundAccess: false,
  }, quick);
  seen.used = await network.networkSecurityGroups.get('rg', 'nsg');
  seen.missing = await refused(network.natGateways.get('rg', 'nope'));

  const body = {
    location: 'westeurope', dnsPrefix: 'judge', kubernetesVersion: '1.34', identity: { type: 'SystemAssigned' },
    sku: { name: 'Base', tier: 'Standard' }, oidcIssuerProfile: { enabled: true },
    apiServerAccessProfile: { enablePrivateCluster: true, enablePrivateClusterPublicFQDN: false },
    networkProfile: { networkPlugin: 'azure', networkPluginMode: 'overlay', podCidr: '100.64.0.0/16', serviceCidr: '10.65.0.0/20', dnsServiceIP: '10.65.0.10' },
    agentPoolProfiles: [{ name: 'system', mode: 'System', count: 3, vmSize: 'Standard_D4ds_v5', vnetSubnetID: seen.subnet.id, availabilityZones: ['1', '2', '3'] }],
  };
  seen.tooOld = await refused(aks.managedClusters.createOrUpdate('rg', 'judge', { ...body, kubernetesVersion: '1.20' }, quick).pollUntilDone());
  seen.cluster = await aks.managedClusters.createOrUpdate('rg', 'judge', body, quick).pollUntilDone();
  seen.pool = await aks.agentPools.createOrUpdate('rg', 'judge', 'apps', {
    vmSize: 'Standard_D8ds_v5', mode: 'User', enableAutoScaling: true, minCount: 1, maxCount: 5, count: 1, vnetSubnetID: seen.subnet.id, nodeLabels: { tier: 'apps' },
  }, quick).pollUntilDone();
  seen.last = await refused(aks.agentPools.delete('rg', 'judge', 'system', quick).pollUntilDone());
  seen.pools = await names(aks.agentPools.list('rg', 'judge'));
  const kubeconfigs = await aks.managedClusters.listClusterUserCredentials('rg', 'judge');
  seen.kubeconfig = Buffer.from(kubeconfigs.kubeconfigs[0].value).toString('utf8').slice(0, 14);
  seen.subnetInUse = await refused(network.subnets.beginDeleteAndWait('rg', 'vnet', 'nodes', quick));
  seen.groups = await names(resources.resourceGroups.list());
  await aks.managedClusters.delete('rg', 'judge', quick).pollUntilDone();
  seen.gone = await refused(aks.managedClusters.get('rg', 'judge'));
  await resources.resourceGroups.beginDeleteAndWait('rg', quick);
  seen.groupsAfter = await names(resources.resourceGroups.list());
  process.stdout.write(JSON.stringify(seen));
}

main().catch((error) => {
  process.stderr.write(String(error && error.stack) + '\n' + JSON.stringify(error, null, 1).slice(0, 2000) + '\n');
  process.exit(1);
});
