package cli

import (
	"fmt"
	"html"
	"io"
	"math"
	"net/netip"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

// Measures of the drawing, in pixels. A supernet is drawn as rows of equal
// parts of it, so that a cluster in a large one is still wide enough for its
// name; rows that one segment fills are drawn once.
const (
	svgWidth  = 1080.0
	svgMargin = 20.0
	svgLabel  = 130.0 // of the address at which a row begins
	svgRow    = 34.0
	svgGap    = 4.0
	svgLetter = 6.4 // mean width of one
	svgInner  = svgWidth - 2*svgMargin - svgLabel
)

// segmentStyles are told apart by people who see red and green alike (Okabe
// and Ito's palette), and by hatching without any colour.
var segmentStyles = []struct {
	kind       cidr.SegmentKind
	fill, text string
}{
	{cidr.SegmentAllocation, "#0072b2", "#ffffff"},
	{cidr.SegmentHeld, "url(#held)", "#1b3a4b"},
	{cidr.SegmentGroup, "#9fd9c4", "#10382b"},
	{cidr.SegmentQuarantine, "url(#quarantine)", "#5a2500"},
	{cidr.SegmentReserved, "#8a8f98", "#ffffff"},
	{cidr.SegmentFree, "#f4f6f8", "#7a828c"},
}

const svgPatterns = `<defs>
<pattern id="held" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="8" height="8" fill="#d6ebf7"/><rect width="1.4" height="8" fill="#56b4e9"/></pattern>
<pattern id="quarantine" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><rect width="8" height="8" fill="#fbe3d3"/><rect width="1.4" height="8" fill="#d55e00"/></pattern>
</defs>
`

// renderMapSVG draws every supernet row by row, with a name on each segment that
// is wide enough, a title on all of them, and a legend.
func renderMapSVG(out io.Writer, segments []cidr.Segment, usage []cidr.Usage, f forecast) error {
	var body strings.Builder
	y := svgMargin
	for _, u := range usage {
		y = drawSupernet(&body, segments, u, f, y)
	}
	drawLegend(&body, y)
	var s strings.Builder
	fmt.Fprintf(&s, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" font-family=\"system-ui, sans-serif\" font-size=\"11\" role=\"img\">\n", svgWidth, y+svgMargin*2)
	s.WriteString("<title>Address space</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n" + svgPatterns + body.String() + "</svg>\n")
	_, err := io.WriteString(out, s.String())
	return err
}

// drawSupernet draws one supernet at height y and returns the height below it.
func drawSupernet(s *strings.Builder, segments []cidr.Segment, u cidr.Usage, f forecast, y float64) float64 {
	y += 14
	for i, line := range strings.Split(f.text(u), "; ") {
		size, colour := 15, "#111820"
		if i > 0 {
			size, colour = 12, "#4a525c"
		}
		fmt.Fprintf(s, "<text x=\"%g\" y=\"%g\" font-size=\"%d\" fill=\"%s\">%s</text>\n", svgMargin, y, size, colour, html.EscapeString(line))
		y += 18
	}
	var inside []cidr.Segment
	for _, segment := range segments {
		if cidr.Contains(u.Supernet, segment.CIDR) {
			inside = append(inside, segment)
		}
	}
	rows := rowsOf(u.Supernet, inside)
	for _, segment := range inside {
		from, to := share(u.Supernet, segment.CIDR)
		from, to = from*float64(rows), to*float64(rows)
		if from == math.Trunc(from) { // it begins a row
			fmt.Fprintf(s, "<text x=\"%g\" y=\"%g\" text-anchor=\"end\" font-family=\"ui-monospace, monospace\" font-size=\"10\" fill=\"#7a828c\">%s</text>\n",
				svgMargin+svgLabel-8, y+svgRow/2+4, segment.CIDR.Addr())
		}
		drawSegment(s, segment, from-math.Trunc(from), min(to-math.Trunc(from), 1), to-from, y)
		if to == math.Trunc(to) { // it ends one
			y += svgRow + svgGap
		}
	}
	return y + svgMargin
}

// rowsOf is the number of rows, a power of two, that gives the smallest range
// somebody has some pixels.
func rowsOf(supernet netip.Prefix, segments []cidr.Segment) int {
	longest := supernet.Bits()
	for _, segment := range segments {
		if segment.Kind != cidr.SegmentFree && segment.Kind != cidr.SegmentReserved {
			longest = max(longest, segment.CIDR.Bits())
		}
	}
	rows := 1
	for rows < 32 && svgInner*float64(rows)/math.Exp2(float64(longest-supernet.Bits())) < 60 && rows < 1<<(longest-supernet.Bits()) {
		rows *= 2
	}
	return rows
}

// drawSegment draws a segment from one part of its row to another, 0 to 1. One
// that fills several rows is drawn as one, which says how many it stands for.
func drawSegment(s *strings.Builder, segment cidr.Segment, from, to, rows, y float64) {
	fill, ink := "#ffffff", "#111820"
	for _, style := range segmentStyles {
		if style.kind == segment.Kind {
			fill, ink = style.fill, style.text
		}
	}
	said := strings.TrimSpace(fmt.Sprintf("%s %s %s", segment.CIDR, segment.Kind, segment.Owner))
	x, width := svgMargin+svgLabel+from*svgInner, (to-from)*svgInner
	fmt.Fprintf(s, "<g><title>%s</title><rect x=\"%.2f\" y=\"%g\" width=\"%.2f\" height=\"%g\" rx=\"2\" fill=\"%s\" stroke=\"#ffffff\"/>\n",
		html.EscapeString(said), x, y, max(width, 0.5), svgRow, fill)
	drawName(s, segment, x, y, width, ink, fill)
	if rows > 1 {
		fmt.Fprintf(s, "<text x=\"%g\" y=\"%g\" text-anchor=\"end\" fill=\"%s\"%s>× %g</text>\n", x+width-8, y+svgRow/2+4, ink, halo(fill), rows)
	}
	s.WriteString("</g>\n")
}

// halo keeps letters legible on hatching.
func halo(fill string) string {
	if strings.HasPrefix(fill, "url(") {
		return ` paint-order="stroke" stroke="#ffffff" stroke-width="3"`
	}
	return ""
}

// drawName writes who has a segment, and which range it is, as far as there is
// room.
func drawName(s *strings.Builder, segment cidr.Segment, x, y, width float64, ink, fill string) {
	name := shortOwner(segment)
	room := int((width - 8) / svgLetter)
	if room < 3 {
		return
	}
	if letters := []rune(name); len(letters) > room {
		name = string(letters[:room-1]) + "…"
	}
	middle := y + svgRow/2 + 4
	if text := segment.CIDR.String(); len(text) <= room {
		fmt.Fprintf(s, "<text x=\"%.2f\" y=\"%g\" font-size=\"9.5\" font-family=\"ui-monospace, monospace\" fill=\"%s\"%s>%s</text>\n", x+5, y+svgRow-7, ink, halo(fill), text)
		middle = y + 14
	}
	fmt.Fprintf(s, "<text x=\"%.2f\" y=\"%g\" fill=\"%s\"%s>%s</text>\n", x+5, middle, ink, halo(fill), html.EscapeString(name))
}

// shortOwner is the key of allocations["key"], for a drawing.
func shortOwner(segment cidr.Segment) string {
	owner := segment.Owner
	if _, key, found := strings.Cut(owner, "[\""); found {
		owner = strings.TrimSuffix(key, "\"]")
	}
	switch {
	case owner == "":
		return string(segment.Kind)
	case segment.Kind == cidr.SegmentAllocation:
		return owner
	case segment.Kind == cidr.SegmentHeld:
		return "held for " + owner
	}
	return string(segment.Kind) + ": " + owner
}

func drawLegend(s *strings.Builder, y float64) {
	x := svgMargin + svgLabel
	for _, style := range segmentStyles {
		fmt.Fprintf(s, "<rect x=\"%g\" y=\"%g\" width=\"14\" height=\"14\" rx=\"2\" fill=\"%s\" stroke=\"#c4cad1\"/><text x=\"%g\" y=\"%g\" font-size=\"12\" fill=\"#4a525c\">%s</text>\n",
			x, y-4, style.fill, x+20, y+7, style.kind)
		x += 30 + 8*float64(len(style.kind))
	}
}
