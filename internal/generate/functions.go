package generate

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/go-cty-funcs/cidr"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// functions are Terraform's functions over numbers, strings, collections and
// ranges, under its names. What reads a file, a clock or chance is not among
// them: equal files give equal blueprints.
var functions = map[string]function.Function{
	// Numbers.
	"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "floor": stdlib.FloorFunc, "log": stdlib.LogFunc, "max": stdlib.MaxFunc,
	"min": stdlib.MinFunc, "parseint": stdlib.ParseIntFunc, "pow": stdlib.PowFunc, "signum": stdlib.SignumFunc, "sum": sumFunc,

	// Strings.
	"chomp": stdlib.ChompFunc, "format": stdlib.FormatFunc, "formatlist": stdlib.FormatListFunc, "indent": stdlib.IndentFunc,
	"join": stdlib.JoinFunc, "lower": stdlib.LowerFunc, "regex": stdlib.RegexFunc, "regexall": stdlib.RegexAllFunc, "replace": replaceFunc,
	"split": stdlib.SplitFunc, "strrev": stdlib.ReverseFunc, "substr": stdlib.SubstrFunc, "title": stdlib.TitleFunc, "trim": stdlib.TrimFunc,
	"trimprefix": stdlib.TrimPrefixFunc, "trimspace": stdlib.TrimSpaceFunc, "trimsuffix": stdlib.TrimSuffixFunc, "upper": stdlib.UpperFunc,
	"startswith":  testFunc("prefix", strings.HasPrefix),
	"endswith":    testFunc("suffix", strings.HasSuffix),
	"strcontains": testFunc("substr", strings.Contains),

	// Collections.
	"alltrue": everyFunc(true), "anytrue": everyFunc(false),
	"chunklist": stdlib.ChunklistFunc, "coalesce": stdlib.CoalesceFunc, "coalescelist": stdlib.CoalesceListFunc, "compact": stdlib.CompactFunc,
	"concat": stdlib.ConcatFunc, "contains": stdlib.ContainsFunc, "distinct": stdlib.DistinctFunc, "element": stdlib.ElementFunc,
	"flatten": stdlib.FlattenFunc, "index": indexFunc, "keys": stdlib.KeysFunc, "length": lengthFunc, "lookup": lookupFunc,
	"matchkeys": matchKeysFunc, "merge": stdlib.MergeFunc, "one": oneFunc, "range": stdlib.RangeFunc, "reverse": stdlib.ReverseListFunc,
	"setintersection": stdlib.SetIntersectionFunc, "setproduct": stdlib.SetProductFunc, "setsubtract": stdlib.SetSubtractFunc,
	"setunion": stdlib.SetUnionFunc, "slice": stdlib.SliceFunc, "sort": stdlib.SortFunc, "transpose": transposeFunc,
	"values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,

	// Ranges.
	"cidrhost": cidr.HostFunc, "cidrnetmask": cidr.NetmaskFunc, "cidrsubnet": cidr.SubnetFunc, "cidrsubnets": cidr.SubnetsFunc,

	// Types and encodings.
	"can": tryfunc.CanFunc, "try": tryfunc.TryFunc,
	"csvdecode": stdlib.CSVDecodeFunc, "jsondecode": stdlib.JSONDecodeFunc, "jsonencode": stdlib.JSONEncodeFunc,
	"formatdate": stdlib.FormatDateFunc, "timeadd": stdlib.TimeAddFunc,
	"tobool": stdlib.MakeToFunc(cty.Bool), "tonumber": stdlib.MakeToFunc(cty.Number), "tostring": stdlib.MakeToFunc(cty.String),
	"tolist": stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)), "tomap": stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
	"toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)),
}

func returns(t cty.Type) function.TypeFunc { return function.StaticReturnType(t) }

func param(name string, t cty.Type) function.Parameter {
	return function.Parameter{Name: name, Type: t}
}

// testFunc asks a question about two strings.
func testFunc(other string, test func(s, other string) bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{param("str", cty.String), param(other, cty.String)},
		Type:   returns(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(test(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

// replaceFunc replaces text, or what matches a pattern between slashes.
var replaceFunc = function.New(&function.Spec{
	Params: []function.Parameter{param("str", cty.String), param("substr", cty.String), param("replace", cty.String)},
	Type:   returns(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		text, what, with := args[0].AsString(), args[1].AsString(), args[2].AsString()
		if len(what) < 2 || !strings.HasPrefix(what, "/") || !strings.HasSuffix(what, "/") {
			return cty.StringVal(strings.ReplaceAll(text, what, with)), nil
		}
		pattern, err := regexp.Compile(what[1 : len(what)-1])
		if err != nil {
			return cty.NilVal, function.NewArgError(1, err)
		}
		return cty.StringVal(pattern.ReplaceAllString(text, with)), nil
	},
})

// elements are the elements of a list, set or tuple.
func elements(v cty.Value) ([]cty.Value, error) {
	if t := v.Type(); !t.IsListType() && !t.IsSetType() && !t.IsTupleType() {
		return nil, function.NewArgErrorf(0, "a list, set or tuple is needed, not %s", t.FriendlyName())
	}
	return v.AsValueSlice(), nil
}

var sumFunc = function.New(&function.Spec{
	Params: []function.Parameter{param("list", cty.DynamicPseudoType)},
	Type:   returns(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		list, err := elements(args[0])
		if err != nil {
			return cty.NilVal, err
		}
		if len(list) == 0 {
			return cty.NilVal, function.NewArgErrorf(0, "nothing to sum up")
		}
		total := new(big.Float)
		for _, v := range list {
			number, err := convert.Convert(v, cty.Number)
			if err != nil || number.IsNull() {
				return cty.NilVal, function.NewArgErrorf(0, "every element must be a number")
			}
			total = new(big.Float).Add(total, number.AsBigFloat())
		}
		return cty.NumberVal(total), nil
	},
})

// everyFunc is alltrue (whether all are true) or anytrue (whether not all are
// false).
func everyFunc(all bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{param("list", cty.List(cty.Bool))},
		Type:   returns(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			for _, v := range args[0].AsValueSlice() {
				if holds := !v.IsNull() && v.True(); holds != all {
					return cty.BoolVal(!all), nil
				}
			}
			return cty.BoolVal(all), nil
		},
	})
}

var indexFunc = function.New(&function.Spec{
	Params: []function.Parameter{param("list", cty.DynamicPseudoType), param("value", cty.DynamicPseudoType)},
	Type:   returns(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		list, err := elements(args[0])
		if err != nil {
			return cty.NilVal, err
		}
		for i, v := range list {
			if equal, err := stdlib.Equal(v, args[1]); err == nil && equal.True() {
				return cty.NumberIntVal(int64(i)), nil
			}
		}
		return cty.NilVal, errors.New("the value is not in the list")
	},
})

var lengthFunc = function.New(&function.Spec{
	Params: []function.Parameter{param("value", cty.DynamicPseudoType)},
	Type:   returns(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		switch t := args[0].Type(); {
		case t == cty.String:
			return stdlib.Strlen(args[0])
		case t.IsObjectType():
			return cty.NumberIntVal(int64(len(t.AttributeTypes()))), nil
		case args[0].CanIterateElements():
			return cty.NumberIntVal(int64(args[0].LengthInt())), nil
		default:
			return cty.NilVal, function.NewArgErrorf(0, "a string or a collection is needed, not %s", t.FriendlyName())
		}
	},
})

var lookupFunc = function.New(&function.Spec{
	Params:   []function.Parameter{param("map", cty.DynamicPseudoType), param("key", cty.String)},
	VarParam: &function.Parameter{Name: "default", Type: cty.DynamicPseudoType, AllowNull: true},
	Type: func(args []cty.Value) (cty.Type, error) {
		if len(args) > 3 {
			return cty.NilType, errors.New("takes a map, a key and one default")
		}
		return cty.DynamicPseudoType, nil
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if t := args[0].Type(); !t.IsMapType() && !t.IsObjectType() {
			return cty.NilVal, function.NewArgErrorf(0, "a map is needed, not %s", t.FriendlyName())
		}
		if v, ok := args[0].AsValueMap()[args[1].AsString()]; ok {
			return v, nil
		}
		if len(args) < 3 {
			return cty.NilVal, function.NewArgErrorf(1, "there is no key %q, and no default", args[1].AsString())
		}
		return args[2], nil
	},
})

var matchKeysFunc = function.New(&function.Spec{
	Params: []function.Parameter{
		param("values", cty.List(cty.DynamicPseudoType)), param("keys", cty.List(cty.DynamicPseudoType)), param("searchset", cty.List(cty.DynamicPseudoType)),
	},
	Type: func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		values, keys, wanted := args[0].AsValueSlice(), args[1].AsValueSlice(), args[2].AsValueSlice()
		if len(values) != len(keys) {
			return cty.NilVal, errors.New("values and keys must have the same length")
		}
		var found []cty.Value
		for i, key := range keys {
			if slices.ContainsFunc(wanted, func(w cty.Value) bool { equal, err := stdlib.Equal(key, w); return err == nil && equal.True() }) {
				found = append(found, values[i])
			}
		}
		if len(found) == 0 {
			return cty.ListValEmpty(t.ElementType()), nil
		}
		return cty.ListVal(found), nil
	},
})

var oneFunc = function.New(&function.Spec{
	Params: []function.Parameter{param("list", cty.DynamicPseudoType)},
	Type:   returns(cty.DynamicPseudoType),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		list, err := elements(args[0])
		switch {
		case err != nil:
			return cty.NilVal, err
		case len(list) == 0:
			return cty.NullVal(cty.DynamicPseudoType), nil
		case len(list) == 1:
			return list[0], nil
		}
		return cty.NilVal, function.NewArgErrorf(0, "one element or none is needed, there are %d", len(list))
	},
})

var transposeFunc = function.New(&function.Spec{
	Params: []function.Parameter{param("map", cty.Map(cty.List(cty.String)))},
	Type:   returns(cty.Map(cty.List(cty.String))),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		turned := map[string][]cty.Value{}
		lists := args[0].AsValueMap()
		for _, key := range slices.Sorted(maps.Keys(lists)) {
			for _, v := range lists[key].AsValueSlice() {
				if v.IsNull() {
					return cty.NilVal, fmt.Errorf("%q holds a null", key)
				}
				turned[v.AsString()] = append(turned[v.AsString()], cty.StringVal(key))
			}
		}
		if len(turned) == 0 {
			return cty.MapValEmpty(cty.List(cty.String)), nil
		}
		result := map[string]cty.Value{}
		for key, list := range turned {
			result[key] = cty.ListVal(list)
		}
		return cty.MapVal(result), nil
	},
})
