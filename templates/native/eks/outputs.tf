output "id" {
  description = "ARN of the cluster."
  value       = aws_eks_cluster.this.arn
}

output "name" {
  description = "Name of the cluster."
  value       = aws_eks_cluster.this.name
}

output "endpoint" {
  description = "URL of the private API."
  value       = aws_eks_cluster.this.endpoint
}

output "certificate_authority" {
  description = "Certificate of the API's authority, base64. Not a secret."
  value       = aws_eks_cluster.this.certificate_authority[0].data
}

output "oidc_issuer" {
  description = "URL of the issuer of service-account tokens."
  value       = aws_eks_cluster.this.identity[0].oidc[0].issuer
}

output "network_id" {
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}

output "egress_addresses" {
  description = "Public addresses that traffic leaves from."
  value       = sort(values(aws_eip.nat)[*].public_ip)
}

output "subnets" {
  description = "Subnet ids by key."
  value       = { for key, subnet in aws_subnet.this : key => subnet.id }
}

output "workload_identities" {
  description = "Role ARN of each workload identity."
  value       = { for key, role in aws_iam_role.workload : trimprefix(key, "identity/") => role.arn if startswith(key, "identity/") }
}

output "kubeconfig" {
  description = "Kubeconfig in exec form: it holds no secret, and the AWS CLI is asked for one when it is used."
  value = yamlencode({
    apiVersion      = "v1"
    kind            = "Config"
    current-context = local.name
    clusters = [{
      name = local.name
      cluster = {
        server                     = aws_eks_cluster.this.endpoint
        certificate-authority-data = aws_eks_cluster.this.certificate_authority[0].data
      }
    }]
    contexts = [{
      name    = local.name
      context = { cluster = local.name, user = local.name }
    }]
    users = [{
      name = local.name
      user = {
        exec = {
          apiVersion      = "client.authentication.k8s.io/v1"
          command         = "aws"
          args            = ["--region", local.region, "eks", "get-token", "--cluster-name", local.name]
          interactiveMode = "Never"
        }
      }
    }]
  })
}
