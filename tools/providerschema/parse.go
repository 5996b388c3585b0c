package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// binding is one type's generated source, taken apart by the names that the
// generator gives: NAME for the resource, NAMEBlock for what is nested in it.
type binding struct {
	functions map[string]string // body, by function name
	classes   map[string]string // body, by class name
	fields    map[string]fields // of each interface
}

// fields are the declared fields of an interface by their Terraform names.
type fields map[string]field

type field struct {
	required bool
	declared string // TypeScript type
	isBlock  bool
}

var (
	classHead    = regexp.MustCompile(`(?m)^class (\w+) extends`)
	functionHead = regexp.MustCompile(`(?m)^function (\w+)\(`)
	ifaceHead    = regexp.MustCompile(`(?m)^export interface (\w+)[^{]*\{`)
	ifaceField   = regexp.MustCompile(`(?s)/\*\*(.*?)\*/\s*readonly (\w+)(\??): (.*?);\n(?:\s{4}/\*\*|\})`)
	fieldName    = regexp.MustCompile(`#(\w+) \w+#\w+\}`)
	written      = regexp.MustCompile(`(?m)^\s+(\w+): \{\n\s+value: (.*),\n\s+isBlock: (true|false),\n\s+type: "(\w+)",\n\s+storageClassType: "(\w+)",`)
	readOnly     = regexp.MustCompile(`// (\w+) - computed: true, optional: false, required: false\n\s+(?:get \w+\(\) \{\n\s+return (.*);|this\.\w+ = new (\w+)\(this, "\w+", (?:true|false)\);)`)
	resourceType = regexp.MustCompile(`terraformResourceType: '(\w+)'`)
)

// parse reads one type.
func parse(source, declared string) (block, error) {
	b := binding{functions: sections(source, functionHead), classes: sections(source, classHead), fields: interfaces(declared)}
	for name, body := range b.classes {
		if resourceType.MatchString(body) {
			return b.block(name, body, writtenIn(body), b.fields[name+"Config"])
		}
	}
	return block{}, errors.New("no resource class")
}

// sections cuts a text at the heads of one kind.
func sections(text string, head *regexp.Regexp) map[string]string {
	found := map[string]string{}
	all := head.FindAllStringSubmatchIndex(text, -1)
	for _, at := range all {
		body := text[at[0]:]
		if end := strings.Index(body, "\n}\n"); end >= 0 {
			body = body[:end]
		}
		found[text[at[2]:at[3]]] = body
	}
	return found
}

func interfaces(declared string) map[string]fields {
	found := map[string]fields{}
	for _, at := range ifaceHead.FindAllStringSubmatchIndex(declared, -1) {
		body := declared[at[1]:]
		if end := strings.Index(body, "\n}\n"); end >= 0 {
			body = body[:end+2]
		}
		members := fields{}
		for body != "" {
			match := ifaceField.FindStringSubmatchIndex(body)
			if match == nil {
				break
			}
			comment, optional, kind := body[match[2]:match[3]], body[match[6]:match[7]], body[match[8]:match[9]]
			if name := fieldName.FindStringSubmatch(comment); name != nil {
				members[name[1]] = field{
					required: optional == "", declared: kind,
					isBlock: strings.Contains(comment, "* "+name[1]+" block\n"),
				}
			}
			body = body[match[9]+1:]
		}
		found[declared[at[2]:at[3]]] = members
	}
	return found
}

// entry is one written attribute or block.
type entry struct{ name, value, kind, storage string }

func writtenIn(body string) []entry {
	var list []entry
	for _, m := range written.FindAllStringSubmatch(body, -1) {
		list = append(list, entry{name: m[1], value: m[2], kind: m[4], storage: m[5]})
	}
	return list
}

// block assembles one level: what can be written, and what can only be read.
func (b binding) block(name, class string, entries []entry, declared fields) (block, error) {
	result := block{Attributes: map[string]attribute{}, Blocks: map[string]nested{}}
	for _, e := range entries {
		f, ok := declared[e.name]
		if !ok {
			return result, fmt.Errorf("%s.%s is written, but not declared", name, e.name)
		}
		if kind, ok := simple(e); ok {
			result.Attributes[e.name] = attribute{Type: kind, Required: f.required, Optional: !f.required, Computed: e.name == "id" && !f.required}
			continue
		}
		inner := strings.TrimSuffix(strings.TrimSuffix(e.storage, "List"), "Map")
		body, err := b.nestedBlock(inner)
		if err != nil {
			return result, err
		}
		if !f.isBlock {
			result.Attributes[e.name] = attribute{Type: objectType(e.kind, body), Required: f.required, Optional: !f.required, Computed: !f.required}
			continue
		}
		one := nested{Nesting: e.kind, Block: body}
		if e.kind == "struct" {
			one.Nesting = "single"
		}
		if f.required {
			one.Min = 1
		}
		if !strings.Contains(f.declared, "[]") && one.Nesting != "single" {
			one.Max = 1
		}
		result.Blocks[e.name] = one
	}
	for _, m := range readOnly.FindAllStringSubmatch(class, -1) {
		kind, err := b.readType(m[2], m[3])
		if err != nil {
			return result, fmt.Errorf("%s.%s: %w", name, m[1], err)
		}
		result.Attributes[m[1]] = attribute{Type: kind, Computed: true}
	}
	return result, nil
}

func (b binding) nestedBlock(name string) (block, error) {
	function := strings.ToLower(name[:1]) + name[1:] + "ToHclTerraform"
	body, ok := b.functions[function]
	if !ok {
		return block{}, fmt.Errorf("no function %s", function)
	}
	return b.block(name, b.classes[name+"OutputReference"], writtenIn(body), b.fields[name])
}

// simple is the type of what is no object.
func simple(e entry) (any, bool) {
	switch e.storage {
	case "string", "number":
		return e.storage, true
	case "boolean":
		return "bool", true
	}
	for suffix, element := range map[string]string{"string": "string", "number": "number", "boolean": "bool"} {
		if e.storage == suffix+"List" || e.storage == suffix+"Map" {
			return []any{e.kind, element}, true
		}
	}
	if e.storage == "stringListMap" {
		return []any{"map", []any{"list", "string"}}, true
	}
	return nil, false
}

// objectType is a collection of objects that is written as an attribute.
func objectType(kind string, body block) any {
	object := map[string]any{}
	for name, a := range body.Attributes {
		object[name] = a.Type
	}
	for name, inner := range body.Blocks {
		object[name] = objectType(inner.Nesting, inner.Block)
	}
	if kind == "struct" || kind == "single" {
		return []any{"object", object}
	}
	return []any{kind, []any{"object", object}}
}

var getter = regexp.MustCompile(`(?:cdktf\.Fn\.tolist\()?this\.get(\w+)Attribute\(`)

// readType is the type of an attribute that can only be read: by the getter
// that reads it, or by the class of what it gives.
func (b binding) readType(returned, class string) (any, error) {
	if m := getter.FindStringSubmatch(returned); m != nil {
		switch m[1] {
		case "String":
			return "string", nil
		case "Number":
			return "number", nil
		case "Boolean":
			return "bool", nil
		case "List":
			kind := "list"
			if strings.Contains(returned, "tolist") {
				kind = "set"
			}
			return []any{kind, "string"}, nil
		case "NumberList":
			return []any{"list", "number"}, nil
		}
	}
	if class == "" {
		name := regexp.MustCompile(`this\._(\w+)`).FindStringSubmatch(returned)
		if name == nil {
			return nil, fmt.Errorf("unknown getter %q", returned)
		}
		for _, body := range b.classes {
			if m := regexp.MustCompile(`this\._` + name[1] + ` = new ([\w.]+)\(this, "\w+"`).FindStringSubmatch(body); m != nil {
				class = m[1]
				break
			}
		}
	}
	switch {
	case class == "" || strings.HasPrefix(class, "cdktf.StringMap"):
		return []any{"map", "string"}, nil
	case strings.HasPrefix(class, "cdktf."):
		return []any{"map", "bool"}, nil
	}
	inner := strings.TrimSuffix(strings.TrimSuffix(class, "List"), "OutputReference")
	body, err := b.nestedBlock(inner)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(class, "OutputReference") {
		return objectType("struct", body), nil
	}
	return objectType("list", body), nil
}
