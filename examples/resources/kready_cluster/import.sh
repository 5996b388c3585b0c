terraform import kready_cluster.eu 111122223333/eu-west-1/shop-eu
