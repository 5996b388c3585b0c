# A lost state: give each key back the range that it had.
terraform import kready_cidr_pool.corp shop-eu=10.68.0.0/16,shop-we=10.70.0.0/16
