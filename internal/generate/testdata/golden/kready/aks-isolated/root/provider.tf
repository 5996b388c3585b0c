
provider "kready" {
  sandbox = {} # embedded clouds: no account, no network. Name an owner instead for real ones.
}
