package awsapi

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// form is the input of a query protocol: a tree spelt as dotted names
// (IpPermissions.1.IpRanges.1.CidrIp). It remembers what was read.
type form struct {
	values url.Values
	read   map[string]bool
	prefix string // of this subtree, with its dot
	member string // what stands before an index: "" (ec2query), "member." (query)
}

func newForm(values url.Values, member string) *form {
	return &form{values: values, read: map[string]bool{"Action": true, "Version": true, "DryRun": true}, member: member}
}

// ignore marks parameters as read whose value makes no difference.
func (f *form) ignore(names ...string) {
	for _, name := range names {
		for key := range f.values {
			if key == f.prefix+name || strings.HasPrefix(key, f.prefix+name+".") {
				f.read[key] = true
			}
		}
	}
}

// readAll marks everything as read.
func (f *form) readAll() {
	for key := range f.values {
		f.read[key] = true
	}
}

// has says whether a parameter, or one below it, was given.
func (f *form) has(name string) bool {
	for key := range f.values {
		if key == f.prefix+name || strings.HasPrefix(key, f.prefix+name+".") {
			return true
		}
	}
	return false
}

// text is a parameter, "" when it was not given.
func (f *form) text(name string) string {
	f.read[f.prefix+name] = true
	return f.values.Get(f.prefix + name)
}

// required is a parameter that must be given.
func (f *form) required(name string) (string, error) {
	v := f.text(name)
	if v == "" {
		return "", fail(http.StatusBadRequest, "MissingParameter", "The request must contain the parameter %s", f.prefix+name)
	}
	return v, nil
}

// flag is a boolean parameter.
func (f *form) flag(name string, def bool) (bool, error) {
	switch v := f.text(name); v {
	case "":
		return def, nil
	case "true", "false":
		return v == "true", nil
	default:
		return false, fail(http.StatusBadRequest, "InvalidParameterValue", "Invalid value '%s' for %s. Must be true or false", v, f.prefix+name)
	}
}

// number is an integer parameter.
func (f *form) number(name string, def int) (int, error) {
	v := f.text(name)
	if v == "" {
		return def, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		return 0, fail(http.StatusBadRequest, "InvalidParameterValue", "Invalid value '%s' for %s. Must be an integer", v, f.prefix+name)
	}
	return n, nil
}

// sub is the structure below name.
func (f *form) sub(name string) *form {
	return &form{values: f.values, read: f.read, prefix: f.prefix + name + ".", member: f.member}
}

// indices are the positions given of a list, in order.
func (f *form) indices(name string) []int {
	var out []int
	for key := range f.values {
		rest, ok := strings.CutPrefix(key, f.prefix+name+"."+f.member)
		if !ok {
			continue
		}
		digits, _, _ := strings.Cut(rest, ".")
		if n, err := strconv.Atoi(digits); err == nil && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

// list is a list of plain values: SubnetId.1, SubnetId.2.
func (f *form) list(name string) []string {
	var out []string
	for _, i := range f.indices(name) {
		out = append(out, f.text(name+"."+f.member+strconv.Itoa(i)))
	}
	return out
}

// each is a list of structures.
func (f *form) each(name string) []*form {
	var out []*form
	for _, i := range f.indices(name) {
		out = append(out, f.sub(name+"."+f.member+strconv.Itoa(i)))
	}
	return out
}

// unread names what was given and never asked for, sorted.
func (f *form) unread() []string {
	var out []string
	for key := range f.values {
		// A list given as empty arrives as "Name=" and asks for nothing.
		if !f.read[key] && f.values.Get(key) != "" {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}
