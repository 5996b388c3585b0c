package generate

import (
	"fmt"
	"strings"
)

// drawMermaid draws a picture as a flow chart. Every name in it is made up
// here; what a person wrote stands in labels only.
func drawMermaid(p picture) []byte {
	var out strings.Builder
	out.WriteString("flowchart LR\n")
	say := func(indent int, format string, args ...any) {
		fmt.Fprintf(&out, strings.Repeat("  ", indent)+format+"\n", args...)
	}
	for i, cidr := range p.reach {
		say(1, "reach%d([%s])", i, label(cidr))
	}
	for i, cidr := range p.public {
		say(1, "public%d([%s])", i, label(cidr, "public"))
	}
	for i, who := range p.people {
		say(1, "person%d[/%s/]", i, label(principal(who.what), who.detail))
	}
	for i, c := range p.connections {
		say(1, "link%d([%s])", i, label(c.what, c.detail))
	}
	say(1, "subgraph network[%s]", label(p.title, p.facts, p.kind+" "+p.network))
	say(2, "api{{%s}}", label(p.service, p.api))
	for i, tier := range p.tiers {
		say(2, "subgraph tier%d[%s]", i, label(strings.ReplaceAll(tier.name, "_", " "), routed(tier)))
		say(3, "direction TB")
		for j, cell := range tier.cells {
			say(3, "tier%dcell%d[%s]", i, j, label(cell.zone, cell.cidr, cell.note))
		}
		for j, pool := range tier.pools {
			say(3, "pool%d[[%s]]", j, label(pool.name, pool.detail))
		}
		say(2, "end")
	}
	if p.pods != "" {
		say(2, "pods[%s]", label("pods", p.pods, "overlay, not routable"))
	}
	say(2, "services[%s]", label("services", p.services, "virtual"))
	if len(p.endpoints) > 0 {
		say(2, "endpoints[%s]", label("private endpoints", strings.Join(p.endpoints, ", ")))
	}
	say(1, "end")
	say(1, "out([%s])", label(append([]string{p.wayOut.title}, texts(p.wayOut.lines)...)...))
	mermaidCard(say, "registry", "registry", p.registry)
	mermaidCard(say, "vault", "vault", p.vaults)
	mermaidCard(say, "identities", "workload identities", p.identities)
	mermaidArrows(say, p)
	return []byte(out.String())
}

func mermaidArrows(say func(int, string, ...any), p picture) {
	for i := range p.reach {
		say(1, "reach%d -->|443| api", i)
	}
	for i := range p.public {
		say(1, "public%d ==>|443| api", i)
	}
	for i := range p.people {
		say(1, "person%d -.-> api", i)
	}
	for i := range p.connections {
		say(1, "link%d <--> network", i)
	}
	if p.closed {
		say(1, "network x--x out")
	} else {
		say(1, "network --> out")
	}
	for _, card := range []struct {
		id    string
		lines []line
	}{{"registry", p.registry}, {"vault", p.vaults}} {
		if len(card.lines) > 0 {
			say(1, "network --> %s", card.id)
		}
	}
	if len(p.identities) > 0 {
		say(1, "network -.- identities")
	}
}

func mermaidCard(say func(int, string, ...any), id, title string, lines []line) {
	if len(lines) == 0 {
		return
	}
	say(1, "%s[(%s)]", id, label(append([]string{title}, texts(lines)...)...))
}

func texts(lines []line) []string {
	var list []string
	for _, l := range lines {
		list = append(list, strings.TrimSpace(principal(l.what)+"  "+l.detail))
	}
	return list
}

func routed(tier tierPicture) string {
	if !tier.routable {
		return strings.TrimPrefix(tier.note+", no way out", ", ")
	}
	return tier.note
}

// label is a quoted label of some lines. What means something in Mermaid or
// in HTML is written as an entity of Mermaid's.
func label(lines ...string) string {
	var escaped []string
	for _, text := range lines {
		if text = strings.TrimSpace(oneLine(text)); text == "" {
			continue
		}
		var out strings.Builder
		for _, r := range text {
			if strings.ContainsRune("\"#&<>`\\;{}[]()|*_~%:'", r) {
				fmt.Fprintf(&out, "#%d;", r)
				continue
			}
			out.WriteRune(r)
		}
		escaped = append(escaped, out.String())
	}
	if len(escaped) == 0 {
		return `"#160;"` // Mermaid refuses an empty label
	}
	return `"` + strings.Join(escaped, "<br/>") + `"`
}

// principal is the part of an identity that people call it by.
func principal(text string) string {
	if i := strings.LastIndex(text, "/"); strings.HasPrefix(text, "arn:") && i >= 0 {
		return text[i+1:]
	}
	return text
}
