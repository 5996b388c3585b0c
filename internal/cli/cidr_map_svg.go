package cli

import (
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

// Measures of the drawing, in pixels.
const (
	svgWidth  = 960.0
	svgMargin = 16.0
	svgBar    = 48.0
	svgLine   = 24.0
)

// segmentColours are told apart by people who see red and green alike (Okabe
// and Ito's palette).
var segmentColours = []struct {
	kind   cidr.SegmentKind
	colour string
}{
	{cidr.SegmentAllocation, "#0072b2"},
	{cidr.SegmentQuarantine, "#d55e00"},
	{cidr.SegmentReserved, "#999999"},
	{cidr.SegmentHeld, "#56b4e9"},
	{cidr.SegmentGroup, "#009e73"},
	{cidr.SegmentFree, "#ffffff"},
}

// renderMapSVG draws one bar for each supernet, to scale, with a title on every
// segment and a legend.
func renderMapSVG(out io.Writer, segments []cidr.Segment, usage []cidr.Usage, f forecast) error {
	var s strings.Builder
	height := svgMargin*2 + float64(len(usage))*(svgLine*2+svgBar) + svgLine
	fmt.Fprintf(&s, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\">\n", svgWidth, height)
	fmt.Fprint(&s, "<title>Address space</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n")
	y := svgMargin
	for _, u := range usage {
		y += svgLine
		fmt.Fprintf(&s, "<text x=\"%g\" y=\"%g\">%s</text>\n", svgMargin, y-6, html.EscapeString(f.text(u)))
		for _, segment := range segments {
			if cidr.Contains(u.Supernet, segment.CIDR) {
				drawSegment(&s, u, segment, y)
			}
		}
		y += svgBar + svgLine
	}
	x := svgMargin
	for _, c := range segmentColours {
		fmt.Fprintf(&s, "<rect x=\"%g\" y=\"%g\" width=\"12\" height=\"12\" fill=\"%s\" stroke=\"#333333\"/><text x=\"%g\" y=\"%g\">%s</text>\n", x, y, c.colour, x+18, y+11, c.kind)
		x += 110
	}
	fmt.Fprint(&s, "</svg>\n")
	_, err := io.WriteString(out, s.String())
	return err
}

func drawSegment(s *strings.Builder, u cidr.Usage, segment cidr.Segment, y float64) {
	const inner = svgWidth - 2*svgMargin
	from, to := share(u.Supernet, segment.CIDR)
	x, width := svgMargin+from*inner, (to-from)*inner
	colour := "#ffffff"
	for _, c := range segmentColours {
		if c.kind == segment.Kind {
			colour = c.colour
		}
	}
	said := fmt.Sprintf("%s %s %s", segment.CIDR, segment.Kind, segment.Owner)
	fmt.Fprintf(s, "<rect x=\"%.3f\" y=\"%g\" width=\"%.3f\" height=\"%g\" fill=\"%s\" stroke=\"#333333\" stroke-width=\"0.5\"><title>%s</title></rect>\n",
		x, y, width, svgBar, colour, html.EscapeString(strings.TrimSpace(said)))
}
