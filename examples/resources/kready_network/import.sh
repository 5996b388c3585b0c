terraform import kready_network.eu 111122223333/eu-west-1/shop-eu
