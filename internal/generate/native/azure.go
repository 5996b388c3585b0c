package native

import "github.com/kready-io/terraform-provider-kready/internal/blueprint"

func azureModule(design blueprint.Design) map[string]object { return nil }

func azureUnsupported(design blueprint.Design) []string { return []string{"cloud = azure"} }

func azureVariables(design blueprint.Design) []variable { return nil }
