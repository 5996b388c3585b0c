// Package native writes a design as Terraform on the clouds' official
// providers, hashicorp/aws and hashicorp/azurerm, with no kready at run time.
//
// What a resource looks like stands in templates/native, once for each cloud:
// plain Terraform that reads local values. A module of one cluster gets those
// values as literals, file by file, in front of the resources that use them;
// the published modules (modules/eks, modules/aks) get them out of a
// blueprint's design. So both are the same code, and every key that for_each
// goes over is a key of the design, known in the first plan.
package native
