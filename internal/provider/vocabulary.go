package provider

import (
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// field is one attribute that a struct field stands for.
type field struct {
	name     string // attribute name: the json name
	doc      string
	index    []int
	typ      reflect.Type
	omits    bool // json omitempty: the zero value is null
	volatile bool // may change whenever the part changes
	dynamic  bool // its schema is dynamic: see inputAttribute
}

var fieldCache sync.Map // reflect.Type → []field

// fieldsOf lists the attributes of a struct type in declaration order;
// embedded structs are flattened, as encoding/json does.
func fieldsOf(t reflect.Type) []field {
	if cached, ok := fieldCache.Load(t); ok {
		return cached.([]field) //nolint:forcetypeassert // only this function stores.
	}
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			for _, inner := range fieldsOf(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				fields = append(fields, inner)
			}
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		fields = append(fields, field{
			name: name, doc: f.Tag.Get("doc"), index: []int{i}, typ: f.Type,
			omits:    strings.Contains(options, "omitempty"),
			volatile: f.Tag.Get("plan") == "volatile",
			dynamic:  f.Tag.Get("wire") == "dynamic",
		})
	}
	fieldCache.Store(t, fields)
	return fields
}

// deref strips pointers.
func deref(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

var attrTypeCache sync.Map // reflect.Type → attr.Type

// attrType is the framework's type of a Go type of the vocabulary.
func attrType(t reflect.Type) attr.Type {
	t = deref(t)
	if cached, ok := attrTypeCache.Load(t); ok {
		return cached.(attr.Type) //nolint:forcetypeassert // only this function stores.
	}
	var result attr.Type
	switch t.Kind() {
	case reflect.String:
		result = types.StringType
	case reflect.Bool:
		result = types.BoolType
	case reflect.Int, reflect.Int64:
		result = types.Int64Type
	case reflect.Float64:
		result = types.Float64Type
	case reflect.Slice:
		result = types.ListType{ElemType: attrType(t.Elem())}
	case reflect.Map:
		result = types.MapType{ElemType: attrType(t.Elem())}
	case reflect.Struct:
		object := types.ObjectType{AttrTypes: map[string]attr.Type{}}
		for _, f := range fieldsOf(t) {
			object.AttrTypes[f.name] = attrType(f.typ)
		}
		result = object
	default:
		panic(fmt.Sprintf("the vocabulary has no word for %s", t))
	}
	attrTypeCache.Store(t, result)
	return result
}

var wireTypeCache sync.Map // reflect.Type → tftypes.Type

// wireType is Terraform's own type of a Go type of the vocabulary.
func wireType(t reflect.Type) tftypes.Type {
	t = deref(t)
	if cached, ok := wireTypeCache.Load(t); ok {
		return cached.(tftypes.Type) //nolint:forcetypeassert // only this function stores.
	}
	var result tftypes.Type
	switch t.Kind() {
	case reflect.String:
		result = tftypes.String
	case reflect.Bool:
		result = tftypes.Bool
	case reflect.Int, reflect.Int64, reflect.Float64:
		result = tftypes.Number
	case reflect.Slice:
		result = tftypes.List{ElementType: wireType(t.Elem())}
	case reflect.Map:
		result = tftypes.Map{ElementType: wireType(t.Elem())}
	case reflect.Struct:
		object := tftypes.Object{AttributeTypes: map[string]tftypes.Type{}}
		for _, f := range fieldsOf(t) {
			object.AttributeTypes[f.name] = wireType(f.typ)
		}
		result = object
	default:
		panic(fmt.Sprintf("the vocabulary has no word for %s", t))
	}
	wireTypeCache.Store(t, result)
	return result
}

// need says how an attribute is filled.
type need int

const (
	byTag    need = iota // required unless the field has omitempty
	optional             // always optional: sections are handed over whole
)

// inputAttributes are the attributes that a user writes for a struct type.
func inputAttributes(t reflect.Type, n need) map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{}
	for _, f := range fieldsOf(deref(t)) {
		attributes[f.name] = inputAttribute(f, n)
	}
	return attributes
}

// inputAttribute is the attribute of one field. A dynamic one is for maps with
// thousands of objects, which Terraform compares pair by pair to find their
// common type; [misfits] judges it instead, and its shape is in its text.
func inputAttribute(f field, n need) schema.Attribute {
	required := n == byTag && !f.omits
	t := deref(f.typ)
	if f.dynamic {
		return schema.DynamicAttribute{Required: required, Optional: !required, MarkdownDescription: f.doc + " Each has:" + strings.ReplaceAll(specMarkdown(t.Elem()), "\n", "\n  ")}
	}
	switch t.Kind() {
	case reflect.String:
		return schema.StringAttribute{Required: required, Optional: !required, MarkdownDescription: f.doc}
	case reflect.Bool:
		return schema.BoolAttribute{Required: required, Optional: !required, MarkdownDescription: f.doc}
	case reflect.Int, reflect.Int64:
		return schema.Int64Attribute{Required: required, Optional: !required, MarkdownDescription: f.doc}
	case reflect.Float64:
		return schema.Float64Attribute{Required: required, Optional: !required, MarkdownDescription: f.doc}
	case reflect.Struct:
		return schema.SingleNestedAttribute{Required: required, Optional: !required, MarkdownDescription: f.doc, Attributes: inputAttributes(t, n)}
	case reflect.Slice:
		if deref(t.Elem()).Kind() == reflect.Struct {
			return schema.ListNestedAttribute{
				Required: required, Optional: !required, MarkdownDescription: f.doc,
				NestedObject: schema.NestedAttributeObject{Attributes: inputAttributes(t.Elem(), n)},
			}
		}
		return schema.ListAttribute{Required: required, Optional: !required, MarkdownDescription: f.doc, ElementType: attrType(t.Elem())}
	case reflect.Map:
		if deref(t.Elem()).Kind() == reflect.Struct {
			return schema.MapNestedAttribute{
				Required: required, Optional: !required, MarkdownDescription: f.doc,
				NestedObject: schema.NestedAttributeObject{Attributes: inputAttributes(t.Elem(), n)},
			}
		}
		return schema.MapAttribute{Required: required, Optional: !required, MarkdownDescription: f.doc, ElementType: attrType(t.Elem())}
	default:
		panic(fmt.Sprintf("the vocabulary has no word for %s", t))
	}
}

// computedAttribute is a computed attribute of any type of the vocabulary.
// Structured ones are object-typed: plans of many blueprints are a fifth
// cheaper than with nested attributes.
func computedAttribute(t reflect.Type, doc string) schema.Attribute {
	switch typ := attrType(t).(type) {
	case types.ListType:
		return schema.ListAttribute{Computed: true, MarkdownDescription: doc, ElementType: typ.ElemType}
	case types.MapType:
		return schema.MapAttribute{Computed: true, MarkdownDescription: doc, ElementType: typ.ElemType}
	case types.ObjectType:
		return schema.ObjectAttribute{Computed: true, MarkdownDescription: doc, AttributeTypes: typ.AttrTypes}
	default:
		switch deref(t).Kind() {
		case reflect.Bool:
			return schema.BoolAttribute{Computed: true, MarkdownDescription: doc}
		case reflect.Int, reflect.Int64:
			return schema.Int64Attribute{Computed: true, MarkdownDescription: doc}
		case reflect.Float64:
			return schema.Float64Attribute{Computed: true, MarkdownDescription: doc}
		default:
			return schema.StringAttribute{Computed: true, MarkdownDescription: doc}
		}
	}
}

// computedDataAttribute is the same for data sources.
func computedDataAttribute(t reflect.Type, doc string) dschema.Attribute {
	switch typ := attrType(t).(type) {
	case types.ListType:
		return dschema.ListAttribute{Computed: true, MarkdownDescription: doc, ElementType: typ.ElemType}
	case types.MapType:
		return dschema.MapAttribute{Computed: true, MarkdownDescription: doc, ElementType: typ.ElemType}
	case types.ObjectType:
		return dschema.ObjectAttribute{Computed: true, MarkdownDescription: doc, AttributeTypes: typ.AttrTypes}
	default:
		switch deref(t).Kind() {
		case reflect.Bool:
			return dschema.BoolAttribute{Computed: true, MarkdownDescription: doc}
		case reflect.Int, reflect.Int64:
			return dschema.Int64Attribute{Computed: true, MarkdownDescription: doc}
		default:
			return dschema.StringAttribute{Computed: true, MarkdownDescription: doc}
		}
	}
}
