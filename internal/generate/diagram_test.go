package generate

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
)

// TestDiagramGolden proves that the drawings are those that were looked at.
func TestDiagramGolden(t *testing.T) {
	files := Files{}
	for _, name := range six {
		for format := range DiagramFormats {
			drawn, err := Diagram(load(t, name), format)
			if err != nil {
				t.Fatal(err)
			}
			for file, content := range drawn {
				files[name+"/"+file] = content
			}
		}
	}
	golden(t, "diagram", files)
}

// TestDiagramShows proves that a drawing holds every range, pool and name of
// the design, and not only what a golden file happened to have.
func TestDiagramShows(t *testing.T) {
	for _, name := range six {
		b := load(t, name)
		outcome, _ := b.Resolve()
		want := []string{b.Spec.Name, outcome.Design.Network.CIDR, outcome.Design.ControlPlane.ServiceCIDR, outcome.Design.ControlPlane.PodCIDR}
		for _, subnet := range outcome.Design.Network.Subnets {
			want = append(want, subnet.CIDR)
		}
		for pool := range outcome.Design.NodePools {
			want = append(want, pool)
		}
		for endpoint := range outcome.Design.Network.Endpoints {
			want = append(want, endpoint)
		}
		for identity := range outcome.Design.WorkloadIdentities {
			want = append(want, identity)
		}
		want = append(want, b.Spec.Network.ReachableFrom...)
		for format := range DiagramFormats {
			drawn, err := Diagram(b, format)
			if err != nil {
				t.Fatal(err)
			}
			for file, content := range drawn {
				for _, text := range want {
					if !strings.Contains(string(content), text) {
						t.Errorf("%s does not show %s", file, text)
					}
				}
			}
		}
	}
}

// drawable is a picture with one text wherever there is one.
func drawable(text string) picture {
	lines := []line{{text, text}}
	return picture{
		title: text, facts: text, service: text, api: text, kind: text, network: text, zones: []string{"1", "2"}, pods: "10.0.0.0/8" + text, services: text,
		tiers: []tierPicture{
			{name: "x" + text, note: text, cells: []cellPicture{{zone: "1", cidr: text, note: "n" + text}}, pools: []poolPicture{{name: "p" + text, detail: text}}},
			{name: "endpoints", cells: []cellPicture{{cidr: text}}},
		},
		endpoints: []string{text}, reach: []string{text}, public: []string{text}, people: lines, connections: lines,
		wayOut: card{"Internet", lines}, registry: lines, vaults: lines, identities: lines,
	}
}

// elementsOf counts the elements of a document, and demands that it is one.
func elementsOf(t *testing.T, document []byte) map[string]int {
	t.Helper()
	count := map[string]int{}
	decoder := xml.NewDecoder(strings.NewReader(string(document)))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return count
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, document)
		}
		if element, ok := token.(xml.StartElement); ok && element.Name.Local != "title" { // tooltips of texts that were cut
			count[element.Name.Local]++
		}
	}
}

var quoted = regexp.MustCompile(`"[^"]*"`)

// drawnAlike demands that a text changes nothing but text: the SVG has the
// elements, and the Mermaid chart the statements, that any other text gives.
func drawnAlike(t *testing.T, text string) {
	t.Helper()
	if text == "" {
		return // nothing is drawn where there is nothing
	}
	if got, want := elementsOf(t, drawSVG(drawable(text))), elementsOf(t, drawSVG(drawable("plain"))); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q changes the drawing: %v, want %v", text, got, want)
	}
	got, want := quoted.ReplaceAllString(string(drawMermaid(drawable(text))), `""`), quoted.ReplaceAllString(string(drawMermaid(drawable("plain"))), `""`)
	if got != want {
		t.Errorf("%q changes the chart:\n%s", text, got)
	}
}

// TestNothingBreaksOutOfDiagrams proves it for texts that try.
func TestNothingBreaksOutOfDiagrams(t *testing.T) {
	for _, text := range hostile {
		drawnAlike(t, text)
	}
}

// FuzzNothingBreaksOutOfDiagrams looks for a text that does.
func FuzzNothingBreaksOutOfDiagrams(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(drawnAlike)
}

// TestDiagramOfErrors proves that nothing is drawn of a blueprint that would
// be refused.
func TestDiagramOfErrors(t *testing.T) {
	b := load(t, "eks-minimal")
	b.Spec.Region = "nowhere"
	b.Spec.Network.CIDR = ""
	if _, err := Diagram(b, "svg"); err == nil || !strings.Contains(err.Error(), "kready validate") {
		t.Error(err)
	}
	if _, err := Diagram(load(t, "eks-minimal"), "png"); err == nil || !strings.Contains(err.Error(), "mermaid and svg") {
		t.Error(err)
	}
}
