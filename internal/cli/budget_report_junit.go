package cli

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/kready-io/terraform-provider-kready/internal/budget"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string      `xml:"name,attr"`
	Class   string      `xml:"classname,attr"`
	Failure *junitProse `xml:"failure"`
	Error   *junitProse `xml:"error"`
}

type junitProse struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// reportJUnit writes JUnit XML: a suite for each plan, a case for each line
// of the budget that was used or named.
func reportJUnit(w io.Writer, r *result, _ string) error {
	doc := junitSuites{Name: "kready budget"}
	for i := range r.plans {
		j := &r.plans[i]
		if x := j.refusal; x != nil {
			doc.add(junitSuite{Name: xmlText(j.path), Cases: []junitCase{{
				Name: "can be judged", Class: "budget",
				Error: &junitProse{xmlText(x.Why), string(x.Code), xmlText(x.Error())},
			}}})
			continue
		}
		doc.add(junitVerdict(j.path, j.verdict))
	}
	for _, t := range r.totals {
		doc.add(junitVerdict("all plans of "+t.Budget, t))
	}
	text, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	return err
}

func junitVerdict(name string, v *budget.Verdict) junitSuite {
	s := junitSuite{Name: xmlText(name)}
	failed := map[string]bool{}
	for i := range v.Findings {
		f := &v.Findings[i]
		var text strings.Builder
		for _, row := range f.Rows {
			text.WriteString(rowText(row) + "\n")
		}
		if f.More() > 0 {
			fmt.Fprintf(&text, "and %d more\n", f.More())
		}
		text.WriteString("-> " + f.Do + "\n")
		failed[f.Line+" "+f.Kind.String()] = true
		s.Cases = append(s.Cases, junitCase{
			Name: xmlText(f.Line + ": " + f.Kind.String()), Class: "budget",
			Failure: &junitProse{xmlText(findingText(f)), string(f.Rule), xmlText(text.String())},
		})
	}
	for _, u := range v.Uses {
		if !failed[u.Line+" "+u.Kind.String()] {
			s.Cases = append(s.Cases, junitCase{Name: xmlText(u.Line + ": " + u.Kind.String()), Class: "budget"})
		}
	}
	if len(s.Cases) == 0 {
		s.Cases = append(s.Cases, junitCase{Name: "changes nothing", Class: "budget"})
	}
	return s
}

func (d *junitSuites) add(s junitSuite) {
	for _, c := range s.Cases {
		s.Tests++
		if c.Failure != nil {
			s.Failures++
		}
		if c.Error != nil {
			s.Errors++
		}
	}
	d.Tests, d.Failures, d.Errors = d.Tests+s.Tests, d.Failures+s.Failures, d.Errors+s.Errors
	d.Suites = append(d.Suites, s)
}

// xmlText leaves out what XML can't hold.
func xmlText(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' && r != '\n' && r != '\t' || r == 0xfffe || r == 0xffff {
			return '?'
		}
		return r
	}, s)
}
