package generate

// ModuleRequest asks for one cluster as a Terraform module.
type ModuleRequest struct {
	Blueprint Blueprint

	// Root makes it a root module, with its provider and literal values, ready
	// to apply; otherwise it is a module to call, with variables for what may
	// differ from call to call.
	Root bool
	// Sandbox points a root module at the embedded clouds, Owner at real ones.
	Sandbox bool
	Owner   string

	// Lock is the kready.lock.json that stands in the output folder, or nil.
	Lock []byte
}
