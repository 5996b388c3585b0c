package native

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// Values that are written as HCL. Beside these, strings, ints, bools and nil
// stand for themselves, []string and []any are lists, and map[string]any is an
// object in the order of its keys.
type (
	// expression is HCL as it is, written by kready and never by a user.
	expression string
	// object is an object whose attributes keep their order.
	object []attribute
	// table is a map of objects by a key of the design, each entry apart from
	// the next by a blank line: so that an entry more changes the alignment of
	// no other.
	table map[string]any
	// text is a string of kready's own documents, with symbols in it.
	text string
	// document is a JSON document of kready's own, whose strings may hold
	// symbols. It is written as jsonencode({…}).
	document map[string]any
)

type attribute struct {
	name  string
	value any
}

// A symbol stands in a string for what only Terraform knows, between two
// characters that nobody types; a blueprint that holds them is refused.
const (
	symbolOpen  = "\uE000"
	symbolClose = "\uE001"
)

// symbolic is what a symbol may be: a reference, and nothing that computes.
var symbolic = regexp.MustCompile(`^(local|role|grant|name|aws_kms_key)(\.[a-z_]+|\["[A-Za-z0-9/_.+=@-]+"\]|\[name\])*$`)

// symbol is what stands for an expression in a string.
func symbol(expression string) string { return symbolOpen + expression + symbolClose }

// A list of one that holds one of these is a list over the names that a grant
// is on.
var (
	eachName = symbol("name")
	eachKey  = symbol("grant.at[name].key")
)

// eachPlace is an ARN of which only the place counts: where what a grant is on
// stands, here or where it exists already.
var eachPlace = strings.Join([]string{"arn", symbol("grant.at[name].partition"), "", symbol("grant.at[name].region"), symbol("grant.at[name].account"), ""}, ":")

// render writes a value as HCL, not yet formatted.
func render(value any) string {
	var b strings.Builder
	write(&b, value, false)
	return b.String()
}

// write appends a value; symbols tells whether strings may hold symbols.
func write(b *strings.Builder, value any, symbols bool) {
	switch value := value.(type) {
	case nil:
		b.WriteString("null")
	case expression:
		b.WriteString(string(value))
	case string:
		b.WriteString(quoted(value, symbols))
	case text:
		b.WriteString(quoted(string(value), true))
	case bool:
		b.WriteString(strconv.FormatBool(value))
	case int:
		b.WriteString(strconv.Itoa(value))
	case float64:
		b.WriteString(strconv.FormatFloat(value, 'g', -1, 64))
	case []string:
		list := make([]any, len(value))
		for i, element := range value {
			list[i] = element
		}
		write(b, list, symbols)
	case []any:
		writeList(b, value, symbols)
	case map[string]string:
		members := map[string]any{}
		for key, element := range value {
			members[key] = element
		}
		write(b, members, symbols)
	case map[string]any:
		var members object
		for _, key := range slices.SortedFunc(maps.Keys(value), statementOrder) {
			members = append(members, attribute{key, value[key]})
		}
		writeObject(b, members, symbols, "")
	case table:
		var members object
		for _, key := range slices.Sorted(maps.Keys(value)) {
			members = append(members, attribute{key, value[key]})
		}
		writeObject(b, members, symbols, "\n")
	case object:
		writeObject(b, value, symbols, "")
	case document:
		b.WriteString("jsonencode(")
		write(b, map[string]any(value), true)
		b.WriteString(")")
	default:
		panic(fmt.Sprintf("native: no HCL for a %T", value))
	}
}

// writeList puts one element on a line, so that an element more is a line more.
// Policies don't grow with a cluster: there a list of one is as short as it is.
func writeList(b *strings.Builder, list []any, symbols bool) {
	if len(list) == 0 {
		b.WriteString("[]")
		return
	}
	if one, plain := list[0].(string); plain && len(list) == 1 && symbols {
		b.WriteString("[")
		if strings.Contains(one, eachName) || strings.Contains(one, eachKey) {
			b.WriteString("for name in grant.on : ")
		}
		b.WriteString(quoted(one, symbols) + "]")
		return
	}
	b.WriteString("[\n")
	for _, element := range list {
		write(b, element, symbols)
		b.WriteString(",\n")
	}
	b.WriteString("]")
}

func writeObject(b *strings.Builder, members object, symbols bool, between string) {
	if len(members) == 0 {
		b.WriteString("{}")
		return
	}
	b.WriteString("{\n")
	for i, member := range members {
		if i > 0 {
			b.WriteString(between)
		}
		if hclsyntax.ValidIdentifier(member.name) && !reserved[member.name] {
			b.WriteString(member.name)
		} else {
			b.WriteString(quoted(member.name, symbols))
		}
		b.WriteString(" = ")
		write(b, member.value, symbols)
		b.WriteString("\n")
	}
	b.WriteString("}")
}

// statementOrder puts a policy's members in the order in which people read
// them, and everything else by name.
func statementOrder(a, b string) int {
	order := []string{"Version", "Statement", "Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
	left, right := slices.Index(order, a), slices.Index(order, b)
	switch {
	case left >= 0 && right >= 0:
		return left - right
	case left >= 0 || right >= 0:
		return right - left // the one that is in the list, -1 is not
	}
	return strings.Compare(a, b)
}

// reserved are identifiers that mean something where a key stands.
var reserved = map[string]bool{"for": true, "null": true, "true": true, "false": true}

// quoted is a string as HCL writes it. Nothing in it can end the string or
// begin an interpolation, but for symbols where symbols tells to believe them.
func quoted(value string, symbols bool) string {
	if !symbols || !strings.Contains(value, symbolOpen) {
		return literal(value)
	}
	var b strings.Builder
	for rest := value; rest != ""; {
		before, after, found := strings.Cut(rest, symbolOpen)
		expression, behind, closed := strings.Cut(after, symbolClose)
		if !found || !closed || !symbolic.MatchString(expression) {
			b.WriteString(inner(rest))
			break
		}
		if before == "" && behind == "" && b.Len() == 0 {
			return expression
		}
		b.WriteString(inner(before))
		b.WriteString("${" + expression + "}")
		rest = behind
	}
	return `"` + b.String() + `"`
}

func literal(value string) string {
	return string(hclwrite.TokensForValue(cty.StringVal(value)).Bytes())
}

// inner is a literal without its quotes. A "$" at the end must not meet a "{"
// of ours.
func inner(value string) string {
	written := literal(value)
	written = written[1 : len(written)-1]
	if strings.HasSuffix(written, "$") || strings.HasSuffix(written, "%") {
		return written[:len(written)-1] + `\u00` + fmt.Sprintf("%02x", written[len(written)-1])
	}
	return written
}

// locals is a locals block, one value apart from the next.
func locals(values object) string {
	var b strings.Builder
	b.WriteString("locals {\n")
	for i, value := range values {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(value.name + " = ")
		write(&b, value.value, false)
		b.WriteString("\n")
	}
	b.WriteString("}\n")
	return b.String()
}
