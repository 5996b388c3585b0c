// Package budget holds a Terraform or OpenTofu plan to a change budget.
//
// It works in three steps that know nothing of each other:
//
//   - a reader (one for each kind of input: the saved plan file, `terraform
//     show -json`, the `terraform plan -json` stream) turns bytes into a
//     stream of [Change] rows and one [Plan] summary;
//   - an [Evaluation] charges each row to the first line of a [Budget] that
//     names it;
//   - its [Verdict] says whether every line held, which did not, by how much,
//     and where that line is written.
//
// Two rules govern all of it. A budget allows only what it names. And what
// can't be read with certainty is refused, never guessed: every doubt about
// the input, the format or the budget ends in a [Refusal], which is neither
// "within" nor "over".
//
// Memory does not grow with the plan: a reader keeps one window of the input
// and, for each row, the eight bytes that tell whether its address was seen
// before. Only a rule that has to look into a change (changed attributes,
// object maps, a digest of the values) holds that one change while it looks.
//
// No value of an attribute, variable or output ever leaves this package.
package budget
