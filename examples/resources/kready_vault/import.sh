terraform import kready_vault.eu 111122223333/eu-west-1/shop-eu
