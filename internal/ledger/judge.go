package ledger

import (
	"maps"
	"slices"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

// stamp is what a commit writes into its records.
type stamp struct {
	options     Options
	transaction string
}

func newStamp(options Options) stamp {
	return stamp{options: options, transaction: options.Random(transactionDigits)}
}

// Lengths of random ids, in hexadecimal digits.
const (
	transactionDigits = 32
	lineageDigits     = 32
)

// apply is the one judge of changes: the records that a commit leaves, those
// it adds and removes, or a *StaleError.
func (s stamp) apply(records []Record, change Change) (after, added, removed []Record, err error) {
	wanted := make(map[face]bool, len(change.Put))
	for _, put := range change.Put {
		wanted[put.face()] = true
	}
	dropped := make(map[face]bool, len(change.Drop))
	for _, drop := range change.Drop {
		dropped[drop.face()] = !wanted[drop.face()]
	}
	there := make(map[face]Record, len(records))
	for _, r := range records {
		if dropped[r.face()] {
			removed = append(removed, r)
			continue
		}
		there[r.face()] = r
	}
	now := s.options.Now().UTC().Truncate(second)
	for _, put := range change.Put {
		old, known := there[put.face()]
		if known && old.Cluster == put.Cluster && old.Headroom == put.Headroom {
			continue // committed before, by us or by a run that was killed
		}
		if known {
			removed = append(removed, old)
		}
		put.Time, put.Transaction = now, s.transaction
		added = append(added, put)
		there[put.face()] = put
	}
	after = slices.SortedFunc(maps.Values(there), compareRecords)
	if conflicts := conflictsOf(after, added); len(conflicts) > 0 {
		return nil, nil, nil, &StaleError{Conflicts: conflicts}
	}
	return after, added, removed, nil
}

// conflictsOf lists what is in the way of records that are added: another
// record of the same name, a range that overlaps, a group that is not there.
func conflictsOf(after, added []Record) []Conflict {
	if len(added) == 0 {
		return nil
	}
	fresh := make(map[Record]bool, len(added))
	for _, r := range added {
		fresh[r] = true
	}
	conflicts := sameName(after, fresh)
	ranges := make([]cidr.Range, 0, len(after))
	byID := make(map[string]Record, len(after))
	groups := map[[2]string]Record{}
	for _, r := range after {
		id := r.id()
		byID[id] = r
		ranges = append(ranges, cidr.Range{CIDR: r.Held, Owner: id})
		if r.Kind == KindGroup {
			groups[[2]string{r.Owner, r.Key}] = r
		}
	}
	for outer, inner := range cidr.EachOverlap(ranges) {
		a, b := byID[outer.Owner], byID[inner.Owner]
		if !fresh[a] && !fresh[b] || a.houses(b) || b.houses(a) {
			continue
		}
		if !fresh[b] {
			a, b = b, a
		}
		conflicts = append(conflicts, Conflict{Wanted: b, Taken: a})
	}
	for _, r := range added {
		if group, known := groups[[2]string{r.Owner, r.Group}]; r.Group != "" && (!known || !cidr.Contains(group.Held, r.Held)) {
			conflicts = append(conflicts, Conflict{Wanted: r, Taken: Record{Owner: r.Owner, Key: r.Group, Kind: KindGroup, Held: group.Held}})
		}
	}
	return conflicts
}

// houses reports whether other lies in the range of a group that is its own.
func (r Record) houses(other Record) bool {
	return r.Kind == KindGroup && other.Kind != KindGroup && other.Group == r.Key && other.Owner == r.Owner && cidr.Contains(r.Held, other.Held)
}

// id tells records apart.
func (r Record) id() string {
	return r.Owner + "\x00" + string(r.Kind) + "\x00" + r.Key + "\x00" + r.CIDR.String()
}

// sameName finds records other than tombstones that have the owner, kind and
// key of another: the key was given another range meanwhile.
func sameName(after []Record, fresh map[Record]bool) []Conflict {
	var conflicts []Conflict
	byName := map[[3]string]Record{}
	for _, r := range after {
		if r.Kind == KindTombstone {
			continue
		}
		name := [3]string{r.Owner, string(r.Kind), r.Key}
		other, taken := byName[name]
		byName[name] = r
		if !taken || !fresh[r] && !fresh[other] {
			continue
		}
		if !fresh[r] {
			r, other = other, r
		}
		conflicts = append(conflicts, Conflict{Wanted: r, Taken: other})
	}
	return conflicts
}
