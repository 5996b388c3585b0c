package azurecloud_test

import (
	"fmt"
	"reflect"
	"slices"
)

// diff lists where two values differ, by path, so that a failing comparison of
// whole designs can be read.
func diff(path string, want, got any) []string {
	return diffValues(path, reflect.ValueOf(want), reflect.ValueOf(got))
}

func diffValues(path string, want, got reflect.Value) []string {
	if reflect.DeepEqual(want.Interface(), got.Interface()) {
		return nil
	}
	plain := []string{fmt.Sprintf("%s: want %#v, got %#v", path, want.Interface(), got.Interface())}
	switch want.Kind() {
	case reflect.Struct:
		var list []string
		for i := range want.NumField() {
			list = append(list, diffValues(path+"."+want.Type().Field(i).Name, want.Field(i), got.Field(i))...)
		}
		return list
	case reflect.Pointer:
		if want.IsNil() || got.IsNil() {
			return plain
		}
		return diffValues(path, want.Elem(), got.Elem())
	case reflect.Map:
		var list []string
		for _, key := range want.MapKeys() {
			if value := got.MapIndex(key); value.IsValid() {
				list = append(list, diffValues(path+"["+key.String()+"]", want.MapIndex(key), value)...)
			} else {
				list = append(list, fmt.Sprintf("%s[%s]: missing", path, key))
			}
		}
		for _, key := range got.MapKeys() {
			if !want.MapIndex(key).IsValid() {
				list = append(list, fmt.Sprintf("%s[%s]: unexpected %#v", path, key, got.MapIndex(key).Interface()))
			}
		}
		slices.Sort(list)
		if len(list) == 0 {
			return plain
		}
		return list
	}
	return plain
}
