# Who the pipeline is on Azure: no secret, but identities that only a job of
# this repository can be, by the token that its CI signs. Each stage has two:
# one that plans and can only read, and one that applies, which only a job in
# the stage's own environment (behind its approval) can be.
#
# Apply this once in each subscription, as an owner; it is no stack of the
# pipeline, which must not be able to widen its own rights.

terraform {
  required_version = ">= 1.5"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.0"
    }
  }
}

[% if eq .CI "github" -%]
variable "repository" {
  description = "The repository, as ORGANIZATION/NAME."
  type        = string
}
[%- else if eq .CI "gitlab" -%]
variable "project" {
  description = "The project, as GROUP/NAME."
  type        = string
}

variable "issuer" {
  description = "Address of GitLab."
  type        = string
  default     = "https://gitlab.com"
}

variable "branches" {
  description = "Branches whose changes are planned: Azure compares subjects as a whole, so each is a credential."
  type        = set(string)
  default     = [% hcl (list .Branch) %]
}
[%- else -%]
variable "organization_id" {
  description = "Id (a GUID) of the Azure DevOps organisation."
  type        = string
}

variable "project" {
  description = "The project, as ORGANIZATION/PROJECT. Its service connections STAGE-plan and STAGE use the identities."
  type        = string
}
[%- end %]

variable "stages" {
  description = "Stages whose clusters live in this subscription."
  type        = set(string)
  default     = [% hcl .StageNames %]
}

variable "location" {
  description = "Where the identities are kept."
  type        = string
}

variable "scope" {
  description = "What the pipeline may change: a subscription (/subscriptions/ID) or, better, a resource group."
  type        = string
}

variable "state_container" {
  description = "Resource id of the blob container that holds the states, or null where they are elsewhere."
  type        = string
  default     = null
}

locals {
[%- if eq .CI "github" %]
  issuer = "https://token.actions.githubusercontent.com"
  credentials = merge([for stage in var.stages : {
    "${stage}-plan" = { identity = "${stage}-plan", subject = "repo:${var.repository}:environment:${stage}-plan" }
    (stage)         = { identity = stage, subject = "repo:${var.repository}:environment:${stage}" }
  }]...)
[%- else if eq .CI "gitlab" %]
  issuer = var.issuer
  credentials = merge(
    { for pair in setproduct(var.stages, var.branches) : "${pair[0]}-plan-${sha1(pair[1])}" => { identity = "${pair[0]}-plan", subject = "project_path:${var.project}:ref_type:branch:ref:${pair[1]}" } },
    { for stage in var.stages : stage => { identity = stage, subject = "project_path:${var.project}:ref_type:branch:ref:[% .Branch %]" } },
  )
[%- else %]
  issuer = "https://vstoken.dev.azure.com/${var.organization_id}"
  credentials = merge([for stage in var.stages : {
    "${stage}-plan" = { identity = "${stage}-plan", subject = "sc://${var.project}/${stage}-plan" }
    (stage)         = { identity = stage, subject = "sc://${var.project}/${stage}" }
  }]...)
[%- end %]
  identities = toset(concat(tolist(var.stages), [for stage in var.stages : "${stage}-plan"]))
}

resource "azurerm_resource_group" "pipeline" {
  name     = "kready-pipeline"
  location = var.location
}

resource "azurerm_user_assigned_identity" "pipeline" {
  for_each            = local.identities
  name                = "kready-pipeline-${each.key}"
  resource_group_name = azurerm_resource_group.pipeline.name
  location            = azurerm_resource_group.pipeline.location
}

resource "azurerm_federated_identity_credential" "pipeline" {
  for_each            = local.credentials
  name                = each.key
  resource_group_name = azurerm_resource_group.pipeline.name
  parent_id           = azurerm_user_assigned_identity.pipeline[each.value.identity].id
  audience            = ["api://AzureADTokenExchange"]
  issuer              = local.issuer
  subject             = each.value.subject
}

# Reading, also what is written into no plan: no keys, no secrets.
resource "azurerm_role_assignment" "read" {
  for_each             = local.identities
  scope                = var.scope
  role_definition_name = "Reader"
  principal_id         = azurerm_user_assigned_identity.pipeline[each.key].principal_id
}

resource "azurerm_role_assignment" "apply" {
  for_each             = var.stages
  scope                = var.scope
  role_definition_name = "Contributor"
  principal_id         = azurerm_user_assigned_identity.pipeline[each.key].principal_id
}

# A cluster's identities get roles: those that a private cluster needs, and no
# other, lest the pipeline make itself an owner.
resource "azurerm_role_assignment" "apply_roles" {
  for_each             = var.stages
  scope                = var.scope
  role_definition_name = "Role Based Access Control Administrator"
  principal_id         = azurerm_user_assigned_identity.pipeline[each.key].principal_id
  condition_version    = "2.0"
  condition            = <<-EOT
    ((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${join(", ", values(local.granted))}}))
    AND
    ((!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})) OR (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${join(", ", values(local.granted))}}))
  EOT
}

locals {
  # Built-in roles, by their ids.
  granted = {
    "AcrPull"                       = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
    "AcrPush"                       = "8311e382-0749-4cb8-b61a-304f252e45ec"
    "DNS Zone Contributor"          = "befefa01-2a29-4197-83a8-272ff33ce314"
    "Key Vault Contributor"         = "f25e0fa2-a7c8-4377-a976-54943a77a395"
    "Key Vault Crypto User"         = "12338af0-0e69-4776-bea7-57ae8d297424"
    "Key Vault Secrets User"        = "4633458b-17de-408a-b874-0445c86b69e6"
    "Managed Identity Operator"     = "f1a07417-d97a-45cb-824c-7a7467783830"
    "Network Contributor"           = "4d97b98b-1d4f-4787-a291-c67834d212e7"
    "Private DNS Zone Contributor"  = "b12aa53e-6015-4669-85d0-8515ebb3ae7f"
    "Storage Blob Data Contributor" = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
  }
}

resource "azurerm_role_assignment" "read_states" {
  for_each             = toset(var.state_container == null ? [] : [for stage in var.stages : "${stage}-plan"])
  scope                = var.state_container
  role_definition_name = "Storage Blob Data Reader"
  principal_id         = azurerm_user_assigned_identity.pipeline[each.key].principal_id
}

resource "azurerm_role_assignment" "write_states" {
  for_each             = var.state_container == null ? toset([]) : var.stages
  scope                = var.state_container
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = azurerm_user_assigned_identity.pipeline[each.key].principal_id
}

output "clients" {
  description = "KREADY_AZURE_CLIENT_ID of each environment of the pipeline."
  value       = { for name, identity in azurerm_user_assigned_identity.pipeline : name => identity.client_id }
}
