output "eks" {
  value = provider::kready::pod_capacity({
    cloud             = "aws"
    instance_type     = "m7g.2xlarge"
    nodes             = 60
    custom_networking = true
  })
}

output "aks" {
  value = provider::kready::pod_capacity({ cloud = "azure", nodes = 60, mode = "overlay" })
}
