terraform import 'kready_node_pool.eu["apps"]' 111122223333/eu-west-1/shop-eu/apps
