package generate

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// Measures of the drawing, in pixels.
const (
	svgMargin = 32.0
	svgCard   = 288.0 // width of the cards beside the network
	svgGap    = 56.0  // room for arrows between cards and network
	svgLabel  = 124.0 // width of the names of tiers
	svgCell   = 150.0 // least width of a zone
	svgInner  = 560.0 // least width of all zones
	svgRow    = 46.0
	svgPool   = 34.0
	svgChip   = 24.0
)

// Colours: ink on white, one hue a tier (Okabe and Ito's palette, lightened),
// so that people who see red and green alike tell them apart.
var tierColours = map[string]string{
	"control_plane": "#0072b2", "public": "#e69f00", "ingress": "#cc79a7", "nodes": "#009e73", "pods": "#56b4e9", "endpoints": "#8b6fb8",
}

const (
	ink      = "#1b2733"
	faint    = "#5b6b7a"
	rule     = "#c9d3dc"
	otherHue = "#7a8794"
	alarm    = "#c2410c"
)

// svg is a drawing under way.
type svg struct {
	strings.Builder
}

// markedUp is what a person wrote, as text of XML and of one line.
func markedUp(text string) string { return html.EscapeString(oneLine(text)) }

func (s *svg) rect(x, y, w, h float64, style string) {
	fmt.Fprintf(s, "<rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" rx=\"6\" %s/>\n", x, y, w, h, style)
}

// accent is the coloured edge of a card.
func (s *svg) accent(x, y, h float64, colour string) {
	fmt.Fprintf(s, "<path d=\"M%g %g q-5 0 -5 5 v%g q0 5 5 5 z\" fill=\"%s\"/>\n", x+6, y, h-10, colour)
}

// text writes text at a baseline, cut to a width; the whole is its tooltip.
func (s *svg) text(x, y, width float64, class, text string) {
	shown := cut(oneLine(text), width, class)
	tip := ""
	if shown != oneLine(text) {
		tip = "<title>" + markedUp(text) + "</title>"
	}
	fmt.Fprintf(s, "<text x=\"%g\" y=\"%g\" class=\"%s\">%s%s</text>\n", x, y, class, markedUp(shown), tip)
}

// widths of a character, by class of text.
var charWidths = map[string]float64{"title": 14.5, "facts": 7.4, "head": 7.6, "name": 7.1, "mono": 7.3, "small": 6.3}

func cut(text string, width float64, class string) string {
	room := int(width / charWidths[strings.Fields(class)[0]])
	if utf8.RuneCountInString(text) <= room {
		return text
	}
	return string([]rune(text)[:max(room-1, 0)]) + "…"
}

const svgStyle = `<style>
text { font-family: "Inter", "Segoe UI", "Helvetica Neue", "DejaVu Sans", Arial, sans-serif; fill: #1b2733 }
.title { font-size: 24px; font-weight: 600 }
.facts { font-size: 13.5px; fill: #5b6b7a }
.head { font-size: 13px; font-weight: 600 }
.name { font-size: 12.5px }
.mono { font-size: 12px; font-family: "JetBrains Mono", "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace }
.small { font-size: 11px; fill: #5b6b7a }
.mid { text-anchor: middle }
.arrow { fill: none; stroke: #1b2733; stroke-width: 1.6 }
</style>
<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 L10 5 L0 10 z" fill="#1b2733"/></marker></defs>
`

// drawSVG draws a picture: who comes in on the left, the network in the
// middle, what it reaches on the right.
func drawSVG(p picture) []byte {
	columns := max(len(p.zones), 1)
	inner := max(svgInner, svgCell*float64(columns))
	width := 2*svgMargin + 2*svgCard + 2*svgGap + svgLabel + inner + 32
	var body svg
	body.text(svgMargin, 54, width/2, "title", p.title)
	body.text(svgMargin, 78, width-2*svgMargin, "facts", p.facts)
	top := 104.0
	left, right := svgMargin, width-svgMargin-svgCard
	network := board{svg: &body, x: left + svgCard + svgGap, y: top, label: svgLabel, inner: inner, zones: p.zones}
	network.width = svgLabel + inner + 32
	bottom, api := network.draw(p)
	bottom = max(bottom, drawIncoming(&body, p, left, top, network.x, api))
	bottom = max(bottom, drawOutgoing(&body, p, right, top, network.x+network.width))
	bottom += 34
	body.rect(svgMargin, bottom-11, 26, 13, fmt.Sprintf(`fill="#fff" stroke="%s"`, faint))
	body.text(svgMargin+34, bottom, 300, "small", "has a route out of the network")
	body.rect(svgMargin+262, bottom-11, 26, 13, fmt.Sprintf(`fill="#fff" stroke="%s"`+dashed, faint))
	body.text(svgMargin+296, bottom, 300, "small", "has none")
	height := bottom + 24
	var out svg
	fmt.Fprintf(&out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" width=\"%g\" height=\"%g\" role=\"img\" aria-label=\"%s\">\n", width, height, width, height, markedUp(p.title+": "+p.facts))
	fmt.Fprintf(&out, "<title>%s</title>\n%s<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n", markedUp(p.title), svgStyle)
	out.WriteString(body.String() + "</svg>\n")
	return []byte(out.String())
}

// board is the network in the middle.
type board struct {
	*svg
	x, y, width, label, inner float64
	zones                     []string
}

func (b *board) zoneX(i int) float64 { return b.x + 16 + b.label + b.zoneWidth()*float64(i) }
func (b *board) zoneWidth() float64  { return b.inner / float64(max(len(b.zones), 1)) }

// draw returns where the network ends, and the height at which its API is
// reached.
func (b *board) draw(p picture) (bottom, api float64) {
	var rows svg
	inner := board{svg: &rows, x: b.x, y: b.y, width: b.width, label: b.label, inner: b.inner, zones: b.zones}
	y := b.y + 46
	for i, zone := range b.zones {
		inner.text(inner.zoneX(i)+inner.zoneWidth()/2, y, inner.zoneWidth(), "head mid", zoneName(zone))
	}
	y += 14
	api = y + svgRow/2
	for _, tier := range p.tiers {
		if tier.name == blueprint.TierControlPlane {
			api = y + svgRow/2
		}
		y = inner.tier(tier, p, y)
	}
	if len(p.endpoints) > 0 && !slices.ContainsFunc(p.tiers, func(t tierPicture) bool { return t.name == blueprint.TierEndpoints }) {
		inner.text(inner.x+16, y+18, inner.label-8, "head", "endpoints")
		y = inner.chips(p.endpoints, tierColours[blueprint.TierEndpoints], y+4) + 4
	}
	if p.pods != "" {
		y = inner.band("pods", "overlay", p.pods, "#56b4e9", y)
	}
	y = inner.band("services", "virtual", p.services, otherHue, y)
	bottom = y + 8
	b.rect(b.x, b.y, b.width, bottom-b.y, fmt.Sprintf(`fill="#f7f9fb" stroke="%s" stroke-width="1.5"`, ink))
	b.text(b.x+16, b.y+30, b.label, "head", p.kind)
	b.text(b.x+16, b.y+48, b.label, "mono", p.network)
	for i := range b.zones {
		b.rect(b.zoneX(i)+3, b.y+26, b.zoneWidth()-6, bottom-b.y-34, fmt.Sprintf(`fill="#fff" stroke="%s"`, rule))
	}
	b.WriteString(rows.String())
	return bottom, api
}

// zoneName is a zone's name; Azure's have numbers.
func zoneName(zone string) string {
	if len(zone) == 1 {
		return "zone " + zone
	}
	return zone
}

// tier draws a row: its ranges, and what stands in them.
func (b *board) tier(tier tierPicture, p picture, y float64) float64 {
	colour, ok := tierColours[tier.name]
	if !ok {
		colour = otherHue
	}
	b.text(b.x+16, y+20, b.label-8, "head", strings.ReplaceAll(tier.name, "_", " "))
	b.text(b.x+16, y+35, b.label-8, "small", tier.note)
	dash := dashed
	if tier.routable {
		dash = ""
	}
	for _, cell := range tier.cells {
		x, width := b.zoneX(0), b.inner
		if i := slices.Index(b.zones, cell.zone); i >= 0 {
			x, width = b.zoneX(i), b.zoneWidth()
		}
		b.tint(x+10, y+4, width-20, svgRow-10, colour, dash)
		shift := 4.0
		if cell.note != "" {
			shift = -2
			b.text(x+width/2, y+svgRow/2+13, width-24, "small mid", cell.note)
		}
		b.text(x+width/2, y+svgRow/2+shift, width-24, "mono mid", cell.cidr)
	}
	y += svgRow
	for _, pool := range tier.pools {
		b.pool(pool, colour, y)
		y += svgPool
	}
	if tier.name == blueprint.TierEndpoints {
		y = b.chips(p.endpoints, colour, y)
	}
	return y + 4
}

// dashed is the edge of a range with no way out.
const dashed = ` stroke-dasharray="4 3"`

// tint is a range: a light fill that hides what lies below.
func (b *board) tint(x, y, w, h float64, colour, dash string) {
	b.rect(x, y, w, h, `fill="#fff"`)
	b.rect(x, y, w, h, fmt.Sprintf(`fill="%s" fill-opacity="0.13" stroke="%s"%s`, colour, colour, dash))
}

// pool draws a node pool over the zones that it is in.
func (b *board) pool(pool poolPicture, colour string, y float64) {
	first := true
	for i := 0; i < max(len(b.zones), 1); i++ {
		if !b.holds(pool, i) {
			continue
		}
		from := i
		for i+1 < len(b.zones) && b.holds(pool, i+1) {
			i++
		}
		x, width := b.zoneX(from)+10, b.zoneWidth()*float64(i-from+1)-20
		b.rect(x, y, width, svgPool-6, fmt.Sprintf(`fill="#fff" stroke="%s" stroke-width="1.3"`, colour))
		b.accent(x, y, svgPool-6, colour)
		if first {
			name := cut(oneLine(pool.name), width/2, "head")
			b.text(x+14, y+18.5, width/2, "head", pool.name)
			used := 14 + float64(utf8.RuneCountInString(name))*charWidths["head"] + 12
			b.text(x+used, y+18.5, width-used-8, "small", pool.detail)
		}
		first = false
	}
}

func (b *board) holds(pool poolPicture, zone int) bool {
	return len(pool.zones) == 0 || len(b.zones) == 0 || slices.Contains(pool.zones, b.zones[zone])
}

// chips draws short names in rows.
func (b *board) chips(names []string, colour string, y float64) float64 {
	if len(names) == 0 {
		return y
	}
	x := b.zoneX(0) + 10
	for _, name := range names {
		width := float64(utf8.RuneCountInString(oneLine(name)))*charWidths["small"] + 16
		if x+width > b.zoneX(0)+b.inner-10 {
			x, y = b.zoneX(0)+10, y+svgChip
		}
		b.rect(x, y, width, svgChip-5, fmt.Sprintf(`fill="#fff" stroke="%s"`, colour))
		b.text(x+width/2, y+13.5, width, "small mid", name)
		x += width + 6
	}
	return y + svgChip + 4
}

// band draws a range that stands in no zone.
func (b *board) band(name, note, cidr, colour string, y float64) float64 {
	b.text(b.x+16, y+20, b.label-8, "head", name)
	b.text(b.x+16, y+35, b.label-8, "small", note)
	b.tint(b.zoneX(0)+10, y+4, b.inner-20, svgRow-10, colour, dashed)
	b.text(b.zoneX(0)+b.inner/2, y+svgRow/2+4, b.inner, "mono mid", cidr)
	return y + svgRow + 4
}

// card draws a titled list and returns where it ends.
func (s *svg) card(x, y float64, title, colour string, mono bool, lines []line) float64 {
	height := 40.0
	for _, l := range lines {
		height += 20
		if l.detail != "" {
			height += 15
		}
	}
	s.rect(x, y, svgCard, height, fmt.Sprintf(`fill="#fff" stroke="%s"`, rule))
	s.accent(x, y, height, colour)
	s.text(x+18, y+25, svgCard-30, "head", title)
	y += 26
	class := "name"
	if mono {
		class = "mono"
	}
	for _, l := range lines {
		y += 20
		s.text(x+18, y, svgCard-30, class, l.what)
		if l.detail != "" {
			y += 15
			s.text(x+18, y, svgCard-30, "small", l.detail)
		}
	}
	return y + 14
}

func (s *svg) arrow(x1, y1, x2, y2 float64, style string) {
	bend := (x1 + x2) / 2
	fmt.Fprintf(s, "<path class=\"arrow\" d=\"M%g %g C%g %g %g %g %g %g\" %s/>\n", x1, y1, bend, y1, bend, y2, x2, y2, style)
}

const tip = `marker-end="url(#tip)"`

// drawIncoming draws who reaches the API, from where, and as whom.
func drawIncoming(s *svg, p picture, x, y, network, api float64) float64 {
	ranges := func(title, colour string, list []string) {
		if len(list) == 0 {
			return
		}
		var lines []line
		for _, cidr := range list {
			lines = append(lines, line{cidr, "port 443"})
		}
		end := s.card(x, y, title, colour, true, lines)
		s.arrow(x+svgCard, (y+end)/2, network-4, api, tip)
		y = end + 16
	}
	ranges("Reach the private API", tierColours["control_plane"], p.reach)
	ranges("Reach the public API", alarm, p.public)
	var people []line
	for _, who := range p.people {
		people = append(people, line{principal(who.what), who.detail})
	}
	if len(people) > 0 {
		end := s.card(x, y, "May use the API", tierColours["control_plane"], false, people)
		s.arrow(x+svgCard, (y+end)/2, network-4, api, tip+` stroke-dasharray="2 3"`)
		y = end + 16
	}
	if len(p.connections) > 0 {
		end := s.card(x, y, "Connected networks", otherHue, false, p.connections)
		s.arrow(x+svgCard+4, (y+end)/2, network-4, (y+end)/2, tip+` marker-start="url(#tip)"`)
		y = end + 16
	}
	return y
}

// drawOutgoing draws what the network reaches.
func drawOutgoing(s *svg, p picture, x, y, network float64) float64 {
	end := s.card(x, y, p.wayOut.title, tierColours["public"], false, p.wayOut.lines)
	if p.closed {
		s.arrow(network, (y+end)/2, x, (y+end)/2, `stroke-dasharray="2 5"`)
		middle := (network + x) / 2
		fmt.Fprintf(s, "<path d=\"M%g %g l14 14 m0 -14 l-14 14\" stroke=\"%s\" stroke-width=\"2.2\"/>\n", middle-7, (y+end)/2-7, alarm)
	} else {
		s.arrow(network, (y+end)/2, x-4, (y+end)/2, tip)
	}
	y = end + 16
	for _, card := range []struct {
		title, colour, style string
		lines                []line
	}{
		{"Registry", tierColours["endpoints"], tip, p.registry},
		{"Vault", tierColours["endpoints"], tip, p.vaults},
		{"Workload identities", tierColours["nodes"], tip + ` stroke-dasharray="2 3"`, p.identities},
	} {
		if len(card.lines) == 0 {
			continue
		}
		end := s.card(x, y, card.title, card.colour, false, card.lines)
		s.arrow(network, (y+end)/2, x-4, (y+end)/2, card.style)
		y = end + 16
	}
	return y
}
