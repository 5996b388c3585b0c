package budget

import (
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// wire says of a message which of its fields are texts and which are messages
// themselves. What terraform can't parse, it won't apply, so a plan that is
// broken where nobody looks is a broken plan here, too.
type wire map[protowire.Number]*wire

// wireText marks a field that is a text, which has to be UTF-8.
var wireText = &wire{}

var (
	wireValue = &wire{}
	wireStep  = &wire{1: wireText, 2: wireValue}
	wirePaths = &wire{1: wireStep}

	wireChange = &wire{
		2: wireValue, 3: wirePaths, 4: wirePaths, 6: wireText, 7: wireValue, 8: wireValue,
		5: {1: wireText, 3: wireValue},
	}
	wireRow        = &wire{7: wireText, 8: wireText, 9: wireChange, 11: wirePaths, 13: wireText, 14: wireText}
	wireInvocation = &wire{1: wireText, 2: wireText, 4: wireValue, 5: wirePaths, 6: {1: wireText}, 7: {1: wireText}}
	wireBackend    = &wire{1: wireText, 2: wireValue, 3: wireText}
	wireDeferred   = &wire{}

	// wirePlan has the fields of Terraform and of OpenTofu; of field 22, which
	// they use for different things, nothing is said.
	wirePlan = wire{
		2: {1: wireText, 2: wireValue}, planResourceChanges: wireRow, planOutputChanges: {1: wireText, 2: wireChange},
		planTargets: wireText, planBackend: wireBackend, planTool: wireText, 15: {1: wireText, 2: wirePaths}, 16: wireText,
		planDrift: wireRow, 19: {2: wireText, 4: {1: wireText, 3: wireText}}, planTimestamp: wireText,
		planDeferred: {1: wireDeferred, 2: wireRow}, 28: wireText,
		planStateStore:  {1: wireText, 2: wireValue, 3: wireText, 4: {1: wireText, 2: wireText, 3: wireValue}},
		planInvocations: wireInvocation, planDeferredActions: {1: wireDeferred, 2: wireInvocation}, planActionTargets: wireText,
	}
)

// check makes sure that b is a message of that form.
func (w *wire) check(b []byte) error {
	if w == nil {
		return nil
	}
	if w == wireText {
		if !utf8.Valid(b) {
			return errWire
		}
		return nil
	}
	return eachField(b, func(num protowire.Number, typ protowire.Type, v []byte, _ uint64) error {
		inner := (*w)[num]
		if inner == nil {
			return nil
		}
		if typ != protowire.BytesType {
			return nil // a field of another type is kept aside by protocol buffers
		}
		return inner.check(v)
	})
}
