# ["10.64.0.0/15"]
output "routes" {
  value = provider::kready::cidr_summarize(["10.64.0.0/16", "10.65.0.0/16", "10.65.4.0/24"])
}
