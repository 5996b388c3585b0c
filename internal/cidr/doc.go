// Package cidr plans addresses: which range each cluster, subnet, pod network
// and service network gets, so that none ever overlaps another, all are known
// before anything is built, and none moves once it is given.
//
// Everything here is a pure function of its arguments: no clock, no randomness,
// no map order, no network. The same request over the same prior layout gives
// the same answer in every process, which is what Terraform demands of a plan.
//
// From the bottom up:
//
//   - [Parse] reads a range strictly and suggests the canonical form.
//   - [Space] allocates out of free space, best fit, in O(prefix bits).
//   - [Overlaps], [Summarize] and [Next] answer questions about lists.
//   - [PlanSubnets] lays out the subnets of one network.
//   - [PlanPool] lays out many named ranges over several supernets, for life;
//     [Map] shows who holds what, [Explain] why a range lies where it lies.
//   - [JudgeRange], [JudgeVPC], [JudgeVNet], … hold the rules of the clouds,
//     [EKSNode], [AKSNodes], … their arithmetic. Each rule names its source
//     and the date at which it was read.
//
// Words: a range is a CIDR block; its bits are its prefix length, so that more
// bits means a smaller range; the buddy of a range is the other half of the
// range one bit shorter.
package cidr
