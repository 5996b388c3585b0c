package blueprint

// The Azure half of the component keys grows with the AKS adapter; until a
// blueprint can resolve to Azure at all, no section asks for them.

func (d NetworkDesign) azureComponents() []string          { return []string{d.Main()} }
func (d ControlPlaneDesign) azureComponents() []string     { return []string{d.Main()} }
func (d AddonsDesign) azureComponents() []string           { return nil }
func (d RegistryDesign) azureComponents() []string         { return []string{d.Main()} }
func (d VaultDesign) azureComponents() []string            { return nil }
func (d WorkloadIdentityDesign) azureComponents() []string { return []string{d.Main()} }
