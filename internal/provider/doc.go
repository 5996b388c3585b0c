// Package provider is the Terraform face of kready: resources, data sources,
// functions and ephemeral resources on terraform-plugin-framework.
//
// It decides nothing. The blueprint package decides, a cloud adapter realizes;
// what is here moves values between Terraform and them and keeps Terraform's
// own laws (design section 6): pure plans, keys known at plan, no taint, no
// removal from state on anything but a definite "not found".
//
// Schemas of blueprint types are derived from the types themselves
// (vocabulary.go): one vocabulary, so that a model can't drift from its
// schema. Values cross in value.go, the one place that knows what an unknown
// looks like on either side.
package provider
