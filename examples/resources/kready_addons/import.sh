terraform import kready_addons.eu 111122223333/eu-west-1/shop-eu
