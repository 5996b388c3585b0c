
output "id" {
  description = "Account (or subscription, or sandbox), region and name of the cluster: what import and kready_cluster_credentials take."
  value       = kready_cluster.this.id
}

output "name" {
  description = "Name of the cluster."
  value       = kready_cluster_blueprint.this.name
}

output "endpoint" {
  description = "URL of the private API."
  value       = kready_cluster.this.endpoint
}

output "certificate_authority" {
  description = "Certificate of the API's authority, base64. Not a secret."
  value       = kready_cluster.this.certificate_authority
}

output "oidc_issuer" {
  description = "URL of the issuer of service-account tokens."
  value       = kready_cluster.this.oidc_issuer
}

output "network_id" {
  description = "Id of the VPC or virtual network."
  value       = kready_network.this.network_id
}

output "egress_addresses" {
  description = "Public addresses that traffic leaves from."
  value       = kready_network.this.egress_addresses
}

output "subnets" {
  description = "Subnet ids by key."
  value       = { for key in keys(local.design.network.subnets) : key => kready_network.this.objects["subnet/${key}"] }
}

output "registry_urls" {
  description = "URL of each image repository, by key; on Azure that of the registry, as \"registry\"."
  value       = try(kready_registry.this[0].urls, {})
}

output "vault_ids" {
  description = "Key ARN (AWS) or vault URI (Azure), by vault name."
  value       = try(kready_vault.this[0].ids, {})
}

output "workload_identities" {
  description = "Role ARN (AWS) or client id (Azure) of each workload identity, for the annotation of its service account."
  value       = { for name, identity in kready_workload_identity.this : name => identity.principal_id }
}

output "kubeconfig" {
  description = "Kubeconfig in exec form: it holds no secret, and `kready token` is asked for one when it is used."
  value = yamlencode({
    apiVersion      = "v1"
    kind            = "Config"
    current-context = kready_cluster_blueprint.this.name
    clusters = [{
      name = kready_cluster_blueprint.this.name
      cluster = {
        server                     = kready_cluster.this.endpoint
        certificate-authority-data = kready_cluster.this.certificate_authority
      }
    }]
    contexts = [{
      name    = kready_cluster_blueprint.this.name
      context = { cluster = kready_cluster_blueprint.this.name, user = kready_cluster_blueprint.this.name }
    }]
    users = [{
      name = kready_cluster_blueprint.this.name
      user = {
        exec = {
          apiVersion      = "client.authentication.k8s.io/v1"
          command         = "kready"
          args            = ["token", "-cloud", kready_cluster_blueprint.this.cloud, "-region", kready_cluster_blueprint.this.region, "-cluster", kready_cluster_blueprint.this.name]
          interactiveMode = "Never"
        }
      }
    }]
  })
}

output "metadata" {
  description = "What a GitOps tool needs to know of the cluster, in one flat map (annotations of the cluster's secret in Argo CD, substitutions in Flux)."
  value = merge(
    {
      cluster_name       = kready_cluster_blueprint.this.name
      cluster_cloud      = kready_cluster_blueprint.this.cloud
      cluster_region     = kready_cluster_blueprint.this.region
      cluster_version    = kready_cluster_blueprint.this.kubernetes_version
      cluster_endpoint   = kready_cluster.this.endpoint
      cluster_issuer     = kready_cluster.this.oidc_issuer
      network_id         = kready_network.this.network_id
      network_cidr       = local.design.network.cidr
      account            = kready_cluster.this.realm
      autoscaling        = local.design.control_plane.autoscaling
      interruption_queue = try(kready_addons.this[0].interruption_queue, null)
    },
    { for key, url in try(kready_registry.this[0].urls, {}) : "registry_${replace(key, "-", "_")}" => url },
    { for name, identity in kready_workload_identity.this : "identity_${replace(name, "-", "_")}" => identity.principal_id },
  )
}
