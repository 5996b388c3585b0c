plugin "terraform" {
  enabled = true
  preset  = "all"
}

# Files are by concern, as a person reads them: there is no main.tf, and what a
# file makes is put out there.
rule "terraform_standard_module_structure" {
  enabled = false
}
