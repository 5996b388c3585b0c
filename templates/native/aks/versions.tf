terraform {
  # 1.9 lets a variable's validation look at others.
  required_version = ">= 1.9"

  required_providers {
    azurerm = {
      source = "hashicorp/azurerm"
      # Zone-redundant NAT gateways (StandardV2) need a release of spring 2026
      # or later.
      version = ">= 4.55, < 5.0"
    }
  }
}
