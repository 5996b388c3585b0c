// Package acceptance proves kready as a user meets it: real Terraform or
// OpenTofu, the real provider, real SDK clients, and the sandbox's real wire.
// It holds tests only. TF_ACC=1 turns them on, as in every provider;
// TF_ACC_TERRAFORM_PATH says which binary.
package acceptance
