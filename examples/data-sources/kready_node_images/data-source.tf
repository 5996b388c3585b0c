data "kready_node_images" "al2023" {
  cloud              = "aws"
  region             = "eu-west-1"
  os                 = "al2023"
  architecture       = "arm64"
  kubernetes_version = "1.34"
}

output "newest_image" {
  value = data.kready_node_images.al2023.latest
}
