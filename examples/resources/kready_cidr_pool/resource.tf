resource "kready_cidr_pool" "corp" {
  cidrs = ["10.64.0.0/10"]
  reserved = {
    onprem = ["10.64.0.0/14"]
    vpn    = ["10.127.0.0/16"]
  }
  allocations = {
    shop-eu = { prefix_length = 16, headroom = 1 } # may become a /15: its neighbour is kept free
    shop-we = { prefix_length = 16 }
  }
  quarantine = 2
}
