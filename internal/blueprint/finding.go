package blueprint

// Severity of a finding.
type Severity string

// Severities.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Finding is one thing that is wrong or worth knowing: where, what, and what
// to do.
type Finding struct {
	Severity Severity `json:"severity" doc:"\"error\" or \"warning\"."`
	// Path is the attribute's path in HCL form, such as
	// node_pools["apps"].max_size or network.zones[1]; "" is the whole.
	Path    string `json:"path" doc:"Path of the attribute."`
	Rule    string `json:"rule" doc:"Stable short name of the rule, such as zones-production."`
	Summary string `json:"summary" doc:"What is wrong, in one line."`
	Detail  string `json:"detail" doc:"Why, and what to do."`
}
