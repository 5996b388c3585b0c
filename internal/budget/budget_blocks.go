package budget

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // containers often have no time zones, and a freeze must hold there, too

	"github.com/hashicorp/hcl/v2"
)

// ParseAllowance reads a whole number, a percentage ("10%") or "unlimited".
func ParseAllowance(text string) (Allowance, error) {
	bad := fmt.Errorf(`%q is not a whole number, a percentage such as 10%%, or "unlimited"`, text)
	a := Allowance{Named: true}
	if text == "unlimited" {
		a.Unlimited = true
		return a, nil
	}
	if number, ok := strings.CutSuffix(text, "%"); ok {
		p, err := strconv.ParseFloat(number, 64)
		if err != nil || math.IsNaN(p) || p < 0 || p > 100 {
			return a, bad
		}
		a.Percent = p
		return a, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return a, bad
	}
	a.Count = n
	return a, nil
}

func (d *decoder) exception(block *hcl.Block) *Exception {
	content := d.content(block.Body, exceptionSchema)
	e := &Exception{Name: block.Labels[0], Pos: position(block.DefRange)}
	missing := func(name, what string) {
		d.fail(block.DefRange, "An exception without "+name, "Give it %s.", what)
	}
	for _, t := range d.strings(content.Attributes["addresses"]) {
		if !exact(t.value) {
			d.fail(t.at, "Not an exact address", "%q is not the address of one resource; an exception names each one, with its index.", t.value)
		}
		e.Addresses = append(e.Addresses, t.value)
	}
	if len(e.Addresses) == 0 {
		missing("addresses", "the exact addresses")
	}
	if attr := content.Attributes["actions"]; attr != nil {
		e.Kinds = d.kinds(attr)
	}
	if len(e.Kinds) == 0 {
		missing("actions", "the kinds of change that it lets through")
	}
	if attr := content.Attributes["reason"]; attr != nil {
		e.Reason = strings.TrimSpace(d.string(attr))
	}
	if e.Reason == "" {
		missing("reason", "a reason that the next reader understands")
	}
	if attr := content.Attributes["expires"]; attr != nil {
		e.Expires = d.time(attr, true)
	} else {
		missing("expires", `the day on which it ends: expires = "2027-01-31"`)
	}
	return e
}

// exact reports whether text is the name of one row: an address, a deposed
// object of it, or an object inside it.
func exact(text string) bool {
	var a address
	base, _, _ := strings.Cut(text, " (deposed ")
	if a.parse(base) == nil {
		return !strings.Contains(base, "[*]")
	}
	// ADDRESS.PATH["key"]
	if i := strings.LastIndex(base, `["`); i > 0 {
		if ix, rest, err := splitIndex(base[i:]); err == nil && rest == "" && ix.kind == stringIndex {
			for j := range i {
				if base[j] == '.' && a.parse(base[:j]) == nil && !strings.Contains(base[j:i], "*") {
					return true
				}
			}
		}
	}
	return false
}

// time reads an instant (RFC 3339) or a day; an end is the end of that day.
func (d *decoder) time(attr *hcl.Attribute, end bool) time.Time {
	text := d.string(attr)
	if text == "" {
		return time.Time{}
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		d.fail(attr.Expr.Range(), "Not a time", `%s is a day such as "2027-01-31" (UTC) or a time such as "2027-01-31T18:00:00+01:00".`, attr.Name)
		return time.Time{}
	}
	if end {
		t = t.AddDate(0, 0, 1)
	}
	return t
}

func (d *decoder) freeze(block *hcl.Block) *Freeze {
	content := d.content(block.Body, freezeSchema)
	f := &Freeze{Line: d.line(fmt.Sprintf("freeze %q", block.Labels[0]), block, content)}
	f.Select = d.selector(content)
	attrs := content.Attributes
	w := Window{Zone: time.UTC}
	once, weekly := attrs["from"] != nil || attrs["until"] != nil, attrs["days"] != nil
	switch {
	case once == weekly:
		d.fail(block.DefRange, "A freeze without its time", "Give it either from and until, or days (with start and end).")
	case once:
		if attrs["from"] == nil || attrs["until"] == nil {
			d.fail(block.DefRange, "Half a freeze", "Give it both from and until.")
			break
		}
		w.From, w.Until = d.time(attrs["from"], false), d.time(attrs["until"], true)
		if !w.From.Before(w.Until) {
			d.fail(attrs["until"].Range, "A freeze that ends before it starts", "until is after from.")
		}
	default:
		d.weekly(&w, attrs)
	}
	f.Windows = []Window{w}
	return f
}

func (d *decoder) weekly(w *Window, attrs hcl.Attributes) {
	days := map[string]time.Weekday{}
	for day := range time.Weekday(7) {
		name := strings.ToLower(day.String())
		days[name], days[name[:3]] = day, day
	}
	for _, t := range d.strings(attrs["days"]) {
		day, ok := days[strings.ToLower(t.value)]
		if !ok {
			d.fail(t.at, "Not a day", "%q is not a day of the week in English.", t.value)
		}
		w.Days = append(w.Days, day)
	}
	if len(w.Days) == 0 {
		d.fail(attrs["days"].Range, "No days", "Name at least one.")
	}
	w.End = 24 * time.Hour
	for name, into := range map[string]*time.Duration{"start": &w.Start, "end": &w.End} {
		if attrs[name] == nil {
			continue
		}
		t, err := time.Parse("15:04", d.string(attrs[name]))
		if err != nil {
			d.fail(attrs[name].Range, "Not a time of day", `%s is a time such as "16:00".`, name)
			continue
		}
		*into = time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	}
	if attr := attrs["timezone"]; attr != nil {
		zone, err := time.LoadLocation(d.string(attr))
		if err != nil {
			d.fail(attr.Range, "Not a time zone", `timezone is a name such as "Europe/Berlin".`)
			return
		}
		w.Zone = zone
	}
}

func (d *decoder) score(block *hcl.Block) *Score {
	content := d.content(block.Body, scoreSchema)
	s := &Score{Default: 1, Pos: position(block.DefRange)}
	if attr := content.Attributes["max"]; attr != nil {
		s.Max = d.number(attr)
		s.Pos = position(attr.Range)
	} else {
		d.fail(block.DefRange, "A score without max", "Give it the most that the sum may come to.")
	}
	if attr := content.Attributes["default"]; attr != nil {
		if s.Default = d.number(attr); s.Default == 0 {
			d.fail(attr.Range, "A default weight of 0", "What no weight names would weigh nothing, and slip through; the default is 1 or more.")
		}
	}
	for _, inner := range content.Blocks {
		wc := d.content(inner.Body, weightSchema)
		w := Weight{Label: inner.Labels[0], Select: d.selector(wc), Of: map[Kind]int64{}, Pos: position(inner.DefRange)}
		for k, name := range kindNames {
			if attr := wc.Attributes[name]; attr != nil {
				w.Of[Kind(k)] = d.number(attr)
			}
		}
		if len(w.Of) == 0 {
			d.fail(inner.DefRange, "A weight without a kind", "Name at least one of %s.", strings.Join(kindNames[:], ", "))
		}
		s.Weights = append(s.Weights, w)
	}
	return s
}
