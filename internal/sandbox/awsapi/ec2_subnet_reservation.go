package awsapi

import (
	"net/http"
	"net/netip"
	"slices"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// subnetReservation keeps a part of a subnet for prefixes or for addresses
// that are asked for by name. It lives inside its subnet.
type subnetReservation struct {
	ID          string            `json:"id"`
	CIDR        netip.Prefix      `json:"cidr"`
	Type        string            `json:"type"` // prefix, explicit
	Description string            `json:"description,omitempty"`
	Tags        map[string]string `json:"tags,omitempty"`
}

func (q *request) renderReservation(s *subnet, r subnetReservation) []node {
	return []node{
		text("subnetCidrReservationId", r.ID), text("subnetId", s.ID), text("cidr", r.CIDR.String()),
		text("reservationType", r.Type), text("ownerId", q.account), text("description", r.Description),
		tagSet(r.Tags),
	}
}

func createSubnetReservation(q *request) (any, error) {
	s, err := subnets.named(q, "SubnetId")
	if err != nil {
		return nil, err
	}
	cidr, err := q.prefix("Cidr", "InvalidParameterValue", 16, 32)
	if err != nil {
		return nil, err
	}
	kind, err := q.form.required("ReservationType")
	if err != nil {
		return nil, err
	}
	tags, err := q.tagSpecification("subnet-cidr-reservation")
	if err != nil {
		return nil, err
	}
	switch {
	case kind != "prefix" && kind != "explicit":
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Value (%s) for parameter reservationType is invalid.", kind)
	case kind == "prefix" && cidr.Bits() > 28:
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "The CIDR '%s' holds no prefix; a prefix is a /28.", cidr)
	case cidr.Bits() < s.CIDR.Bits() || !s.CIDR.Contains(cidr.Addr()):
		return nil, fail(http.StatusBadRequest, "InvalidSubnetCidrReservation.Range", "The CIDR '%s' is not within the CIDR of the subnet '%s'.", cidr, s.ID)
	case slices.ContainsFunc(s.Reservations, func(r subnetReservation) bool { return r.CIDR.Overlaps(cidr) }):
		return nil, fail(http.StatusBadRequest, "InvalidSubnetCidrReservation.Conflict", "The CIDR '%s' conflicts with another reservation of the subnet '%s'.", cidr, s.ID)
	}
	r := subnetReservation{
		ID: newID(q.tx, "scr-"), CIDR: cidr, Type: kind, Description: q.form.text("Description"), Tags: tags,
	}
	q.object(r.ID)
	s.Reservations = append(slices.Clone(s.Reservations), r)
	subnets.table.Put(q.tx, s)
	return []node{group("subnetCidrReservation", q.renderReservation(s, r)...)}, nil
}

func getSubnetReservations(q *request) (any, error) {
	s, err := subnets.named(q, "SubnetId")
	if err != nil {
		return nil, err
	}
	filters, err := q.filters([]string{"reservationType", "subnet-id"})
	if err != nil {
		return nil, err
	}
	if _, _, err := q.page(false); err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(slices.Clone(s.Reservations), func(r subnetReservation) bool {
		return slices.ContainsFunc(filters, func(f filter) bool {
			switch f.name {
			case "reservationType":
				return !f.any([]string{r.Type})
			case "subnet-id":
				return !f.any([]string{s.ID})
			default:
				return !f.any(tagValues(r.Tags, f.name))
			}
		})
	})
	return []node{
		items("subnetIpv4CidrReservationSet", found, func(r subnetReservation) []node { return q.renderReservation(s, r) }),
		items("subnetIpv6CidrReservationSet", []string(nil), plain),
	}, nil
}

func deleteSubnetReservation(q *request) (any, error) {
	id, err := q.form.required("SubnetCidrReservationId")
	if err != nil {
		return nil, err
	}
	q.object(id)
	is := func(r subnetReservation) bool { return r.ID == id }
	s, ok := subnets.table.First(q.tx, q.region, func(s *subnet) bool { return slices.ContainsFunc(s.Reservations, is) })
	if !ok {
		return nil, noReservation(id)
	}
	gone := s.Reservations[slices.IndexFunc(s.Reservations, is)]
	s.Reservations = slices.DeleteFunc(slices.Clone(s.Reservations), is)
	subnets.table.Put(q.tx, s)
	return []node{group("deletedSubnetCidrReservation", q.renderReservation(s, gone)...)}, nil
}

func noReservation(id string) *apiError {
	return fail(http.StatusBadRequest, "InvalidSubnetCidrReservationID.NotFound", "The subnet CIDR reservation ID '%s' does not exist", id)
}

// taggedReservations lets reservations be tagged, though they are no objects
// of their own.
func taggedReservations() tagged {
	return tagged{
		prefix: "scr-", tag: "subnet-cidr-reservation", missing: noReservation,
		find: func(tx *sandbox.Tx, region, id string) (*sandbox.Meta, func(), bool) {
			for _, s := range subnets.table.List(tx, region) {
				for i, r := range s.Reservations {
					if r.ID != id {
						continue
					}
					meta := &sandbox.Meta{ID: id, Region: region, Tags: r.Tags}
					return meta, func() {
						s.Reservations = slices.Clone(s.Reservations)
						s.Reservations[i].Tags = meta.Tags
						subnets.table.Put(tx, s)
					}, true
				}
			}
			return nil, nil, false
		},
		list: func(tx *sandbox.Tx, region string) []*sandbox.Meta {
			var out []*sandbox.Meta
			for _, s := range subnets.table.List(tx, region) {
				for i, r := range s.Reservations {
					out = append(out, &sandbox.Meta{ID: r.ID, Region: region, Tags: r.Tags, Sequence: s.Sequence<<8 | uint64(i)})
				}
			}
			return out
		},
	}
}
