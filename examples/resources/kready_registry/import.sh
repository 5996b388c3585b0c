terraform import kready_registry.eu 111122223333/eu-west-1/shop-eu
