data "kready_kubernetes_versions" "eks" {
  cloud  = "aws"
  region = "eu-west-1"
}

output "supported" {
  value = [for v in data.kready_kubernetes_versions.eks.versions : v.version if v.status == "standard"]
}
