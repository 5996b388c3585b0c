terraform import 'kready_workload_identity.eu["external-secrets"]' 111122223333/eu-west-1/shop-eu/external-secrets
