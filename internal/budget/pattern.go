package budget

import (
	"fmt"
	"path"
	"strings"
)

// Position is a place in a budget file, from 1. Line 0: not from a file.
type Position struct {
	File   string
	Line   int
	Column int
}

// String is FILE:LINE:COLUMN.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Pattern matches resource addresses step by step.
//
//   - A step without an index matches every instance; an index is literal,
//     whatever characters its key has; [*] is any index.
//   - In names and types, "*" stands for any run of characters, "?" for one.
//   - A pattern that ends with a module matches all that is in it.
//   - "**." in front matches at any depth of modules; without it, a pattern
//     starts at the root module.
type Pattern struct {
	Text string
	Pos  Position

	modules  []step
	anyDepth bool
	whole    bool // the module part is all of it
	mode     string
	typ      string
	name     string
	index    index
}

// ParsePattern reads a pattern.
func ParsePattern(text string) (*Pattern, error) {
	p := &Pattern{Text: text}
	rest := text
	if rest == "**" {
		p.anyDepth, p.whole = true, true
		return p, nil
	}
	if tail, ok := strings.CutPrefix(rest, "**."); ok {
		p.anyDepth, rest = true, tail
	}
	for {
		word, after := patternName(rest)
		if word != "module" || !strings.HasPrefix(after, ".") {
			break
		}
		var call step
		var err error
		call.name, after = patternName(after[1:])
		if call.index, after, err = splitIndex(after); err != nil || !goodGlob(call.name) {
			return nil, patternError(text)
		}
		p.modules = append(p.modules, call)
		if after == "" {
			p.whole = true
			return p, nil
		}
		if !strings.HasPrefix(after, ".") {
			return nil, patternError(text)
		}
		rest = after[1:]
	}
	return p, p.parseResource(text, rest)
}

func (p *Pattern) parseResource(text, rest string) error {
	word, after := patternName(rest)
	if (word == "data" || word == "action") && strings.HasPrefix(after, ".") {
		if next, tail := patternName(after[1:]); strings.HasPrefix(tail, ".") {
			p.mode, word, after = word, next, tail
		}
	}
	p.typ = word
	if !strings.HasPrefix(after, ".") {
		return patternError(text)
	}
	p.name, after = patternName(after[1:])
	var err error
	if p.index, after, err = splitIndex(after); err != nil || after != "" || !goodGlob(p.typ) || !goodGlob(p.name) {
		return patternError(text)
	}
	return nil
}

func patternError(text string) error {
	return fmt.Errorf("%q is not an address pattern: write TYPE.NAME, module.NAME.TYPE.NAME or module.NAME, with * for any name and an index only as in [0] or [\"key\"]", text)
}

// patternName is splitName, which also takes wildcards.
func patternName(text string) (name, rest string) {
	for i, r := range text {
		if r == '.' || r == '[' || r == ']' || r == '"' || r <= ' ' {
			return text[:i], text[i:]
		}
	}
	return text, ""
}

func goodGlob(s string) bool { return s != "" && !strings.ContainsAny(s, `\[]{}/`) && s != "**" }

// glob matches names, which have no slashes in them.
func glob(pattern, name string) bool {
	if pattern == name || pattern == "*" {
		return true
	}
	if !strings.ContainsAny(pattern, "*?") {
		return false
	}
	ok, err := path.Match(pattern, name)
	return err == nil && ok
}

// names reports whether the pattern means one thing in particular rather
// than a class of things that may well have no members.
func (p *Pattern) names() bool {
	literal := func(s string) bool { return !strings.ContainsAny(s, "*?") }
	for _, m := range p.modules {
		if literal(m.name) {
			return true
		}
	}
	return !p.whole && literal(p.name)
}

// match reports whether an address is meant. Wide reads the pattern as one
// that starts at any depth of modules; that is how protect reads it, where
// matching too much is the safe mistake.
func (p *Pattern) match(a *address, wide bool) bool {
	if !p.whole && (p.mode != a.mode || !glob(p.typ, a.typ) || !glob(p.name, a.name) || !p.index.match(a.index)) {
		return false
	}
	n, m := len(a.modules), len(p.modules)
	if m > n || !p.whole && m != n && !wide && !p.anyDepth {
		return false
	}
	if !wide && !p.anyDepth {
		return p.matchModules(a.modules[:m])
	}
	if !p.whole {
		return p.matchModules(a.modules[n-m:])
	}
	for at := 0; at+m <= n; at++ {
		if p.matchModules(a.modules[at : at+m]) {
			return true
		}
	}
	return false
}

func (p *Pattern) matchModules(steps []step) bool {
	for i, want := range p.modules {
		if !glob(want.name, steps[i].name) || !want.index.match(steps[i].index) {
			return false
		}
	}
	return true
}

// match reports whether an index is meant. An index that the plan doesn't
// know yet may turn out to be any.
func (want index) match(have index) bool {
	switch {
	case want.kind == noIndex, want.kind == anyIndex, have.kind == anyIndex:
		return true
	}
	return want == have
}

// configured reports whether the pattern means instances of a resource of
// the configuration, where there are no indexes.
func (p *Pattern) configured(a *address, wide bool) bool {
	bare := *p
	bare.index = index{}
	bare.modules = make([]step, len(p.modules))
	for i, m := range p.modules {
		bare.modules[i].name = m.name
	}
	return bare.match(a, wide)
}

// AttributePattern matches the path of a changed attribute and all below it:
// tags, tags_all, template[*].spec[*].container[*].image, labels["a.b/c"].
type AttributePattern struct {
	Text  string
	steps []string
}

// ParseAttribute reads an attribute pattern.
func ParseAttribute(text string) (*AttributePattern, error) {
	p := &AttributePattern{Text: text}
	bad := fmt.Errorf("%q is not an attribute path: write NAME, NAME.NAME, NAME[*].NAME or NAME[\"key\"]", text)
	rest := text
	for {
		name, after := patternName(rest)
		if name == "" {
			return nil, bad
		}
		p.steps = append(p.steps, name)
		for strings.HasPrefix(after, "[") {
			ix, tail, err := splitIndex(after)
			if err != nil {
				return nil, bad
			}
			if ix.kind == anyIndex {
				ix.value = "*"
			}
			p.steps = append(p.steps, ix.value)
			after = tail
		}
		if after == "" {
			return p, nil
		}
		if after[0] != '.' {
			return nil, bad
		}
		rest = after[1:]
	}
}

// covers reports whether path is at or below the pattern.
func (p *AttributePattern) covers(path []string) bool {
	if len(path) < len(p.steps) {
		return false
	}
	for i, want := range p.steps {
		if want != path[i] && want != "*" {
			return false
		}
	}
	return true
}
