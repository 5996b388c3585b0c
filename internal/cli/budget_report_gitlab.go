package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
)

type gitLabIssue struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitLabLocation `json:"location"`
}

type gitLabLocation struct {
	Path  string      `json:"path"`
	Lines gitLabLines `json:"lines"`
}

type gitLabLines struct {
	Begin int `json:"begin"`
}

// reportGitLab writes a code quality report, which GitLab shows in the merge
// request (artifacts:reports:codequality).
func reportGitLab(w io.Writer, r *result, root string) error {
	severity := "blocker"
	if r.advisory || r.approved != "" {
		severity = "minor"
	}
	out := []gitLabIssue{}
	for _, is := range r.located(root) {
		text := is.message
		if is.plan != "" {
			text = is.plan + ": " + text
		}
		sum := sha256.Sum256([]byte(is.key))
		out = append(out, gitLabIssue{
			Description: oneLine(text + "; " + is.do), CheckName: "kready-budget/" + is.rule,
			Fingerprint: hex.EncodeToString(sum[:16]), Severity: severity,
			Location: gitLabLocation{is.file, gitLabLines{is.line}},
		})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(out)
}
