package awsapi

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"time"
)

// node is an element of an XML answer: text, or children.
type node struct {
	name string
	text string
	kids []node
}

// text is an element with a value, left out when the value is empty.
func text(name, value string) node {
	if value == "" {
		return node{}
	}
	return node{name: name, text: value}
}

// flag is a boolean element.
func flag(name string, value bool) node { return node{name: name, text: strconv.FormatBool(value)} }

// num is a number element.
func num[T ~int | ~int32 | ~int64](name string, value T) node {
	return node{name: name, text: strconv.FormatInt(int64(value), 10)}
}

// instant is a time element, as AWS writes it: UTC with milliseconds.
func instant(name string, t time.Time) node {
	if t.IsZero() {
		return node{}
	}
	return node{name: name, text: t.UTC().Format("2006-01-02T15:04:05.000Z")}
}

// group is a structure.
func group(name string, kids ...node) node { return node{name: name, kids: append([]node{}, kids...)} }

// items is a list of ec2query: elements called item. An empty list is there.
func items[T any](name string, values []T, render func(T) []node) node {
	return sequence(name, "item", values, render)
}

// members is a list of query: elements called member.
func members[T any](name string, values []T, render func(T) []node) node {
	return sequence(name, "member", values, render)
}

func sequence[T any](name, element string, values []T, render func(T) []node) node {
	out := node{name: name, kids: []node{}}
	for _, v := range values {
		kids := render(v)
		if len(kids) == 1 && kids[0].name == "" {
			out.kids = append(out.kids, node{name: element, text: kids[0].text})
			continue
		}
		out.kids = append(out.kids, node{name: element, kids: kids})
	}
	return out
}

// plain renders an element of a list of plain values.
func plain(value string) []node { return []node{{text: value}} }

func (n node) write(b *bytes.Buffer) {
	if n.name == "" {
		return // left out
	}
	b.WriteByte('<')
	b.WriteString(n.name)
	b.WriteByte('>')
	if n.kids == nil {
		_ = xml.EscapeText(b, []byte(n.text)) // a buffer takes everything
	}
	for _, kid := range n.kids {
		kid.write(b)
	}
	b.WriteString("</")
	b.WriteString(n.name)
	b.WriteByte('>')
}

func document(root, namespace string, nodes []node) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	b.WriteByte('<')
	b.WriteString(root)
	if namespace != "" {
		b.WriteString(` xmlns="` + namespace + `"`)
	}
	b.WriteByte('>')
	for _, n := range nodes {
		n.write(&b)
	}
	b.WriteString("</" + root + ">")
	return b.Bytes()
}
