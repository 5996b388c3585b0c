package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// SARIF 2.1.0, as much of it as GitHub code scanning asks for: rules with a
// description, results with a location and a fingerprint.
type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool    sarifTool     `json:"tool"`
	Results []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	InformationURI string      `json:"informationUri"`
	Rules          []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID    string    `json:"id"`
	Short sarifText `json:"shortDescription"`
	Full  sarifText `json:"fullDescription"`
	Help  sarifText `json:"help"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Level        string            `json:"level"`
	Message      sarifText         `json:"message"`
	Locations    []sarifLocation   `json:"locations"`
	Fingerprints map[string]string `json:"partialFingerprints"`
}

type sarifLocation struct {
	Physical sarifPhysical `json:"physicalLocation"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   sarifRegion   `json:"region"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
}

const (
	// sarifResults is the most results that GitHub keeps of one run.
	sarifResults = 5000
	// sarifRows is how many rows one message names.
	sarifRows = 20
)

var sarifRules = map[string]string{
	"over-budget": "The plan does more than its budget lets through.",
	"over-total":  "All plans of the run together do more than the budget lets through.",
	"over-score":  "The weighted sum of the changes is above its ceiling.",
	"protected":   "The plan destroys what the budget protects.",
	"freeze":      "The plan changes something while changes are frozen.",
}

// reportSARIF writes SARIF.
func reportSARIF(w io.Writer, r *result, root string) error {
	issues := r.located(root)
	if len(issues) > sarifResults {
		issues = issues[:sarifResults]
	}
	run := sarifRun{Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "kready budget", InformationURI: "https://github.com/kready-io/terraform-provider-kready", Rules: []sarifRule{}}
	level := "error"
	if r.advisory || r.approved != "" {
		level = "warning"
	}
	for _, is := range issues {
		at := slices.IndexFunc(run.Tool.Driver.Rules, func(x sarifRule) bool { return x.ID == is.rule })
		if at < 0 {
			at = len(run.Tool.Driver.Rules)
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, ruleSARIF(is.rule))
		}
		sum := sha256.Sum256([]byte(is.key))
		run.Results = append(run.Results, sarifResult{
			RuleID: is.rule, RuleIndex: at, Level: level, Message: sarifText{sarifMessage(&is)},
			Locations: []sarifLocation{{sarifPhysical{
				sarifArtifact{sarifURI(is.file)}, sarifRegion{max(is.line, 1), max(is.column, 1)},
			}}},
			Fingerprints: map[string]string{"kreadyBudget/v1": hex.EncodeToString(sum[:16])},
		})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

func ruleSARIF(id string) sarifRule {
	text, ok := sarifRules[id]
	if !ok {
		text = "The plan can't be judged: " + strings.ReplaceAll(strings.TrimPrefix(id, "cannot-judge/"), "-", " ") + "."
	}
	return sarifRule{id, sarifText{text}, sarifText{text}, sarifText{"See the guide on change budgets."}}
}

func sarifMessage(is *issue) string {
	text := is.message
	if is.plan != "" {
		text = oneLine(is.plan) + ": " + text
	}
	shown := min(len(is.rows), sarifRows)
	var names []string
	for _, row := range is.rows[:shown] {
		names = append(names, row.Name)
	}
	if len(names) > 0 {
		text += ": " + strings.Join(names, ", ")
	}
	if is.more > 0 || len(is.rows) > shown {
		text += ", and more"
	}
	return text + "; " + is.do
}

// sarifURI is a path as a relative reference.
func sarifURI(path string) string {
	u := url.URL{Path: filepath.ToSlash(path)}
	return strings.TrimPrefix(u.String(), "./")
}
