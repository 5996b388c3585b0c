terraform {
  # 1.11 brought write-only attributes, by which ids travel between resources
  # without being kept twice.
  required_version = ">= 1.11"

  required_providers {
    kready = {
      source = "kready-io/kready"
    }
  }
}
