package budget

import (
	"crypto/subtle"
	"encoding/hex"
	"path"
	"time"
)

// ReceiptSchema names the form of a receipt. It changes when the meaning of a
// field does.
const ReceiptSchema = "kready.receipt/v1"

// Receipt says that plans passed, or that somebody let one pass. It is a
// note, no signature: whoever can write the file can write any receipt.
type Receipt struct {
	Schema  string         `json:"schema"`
	Verdict string         `json:"verdict"` // "within" or "approved"
	Reason  string         `json:"reason,omitempty"`
	By      string         `json:"by,omitempty"`
	Created time.Time      `json:"created"`
	Expires time.Time      `json:"expires"`
	Plans   []ReceiptEntry `json:"plans"`
}

// ReceiptEntry is one plan of a receipt. Digests are in hexadecimal.
type ReceiptEntry struct {
	Path   string `json:"path"`
	Input  Input  `json:"input"`
	SHA256 string `json:"sha256"` // of the bytes that were judged
	// PlanFile is the SHA-256 of the plan file that JSON was bound to.
	PlanFile     string `json:"plan_file_sha256,omitempty"`
	Budget       string `json:"budget"`
	BudgetDigest string `json:"budget_sha256"`
	Changes      string `json:"changes_sha256"` // of every (address, deposed key, action)
	Rows         int    `json:"rows"`
	Values       string `json:"values_hmac_sha256,omitempty"`
	Incomplete   bool   `json:"incomplete,omitempty"`
	Deferred     bool   `json:"deferred,omitempty"`
}

// Verification is a question to a receipt.
type Verification struct {
	Path   string
	SHA256 []byte
	// SameChanges, when set, asks for equal changes instead of equal bytes.
	SameChanges *Fingerprint
	Input       Input // of the plan; only with SameChanges
	Now         time.Time
}

// Verify answers nil when the receipt is good for the plan. A Refusal means
// that the receipt can't be used at all; any other error, that the plan is not
// the one.
func (r *Receipt) Verify(q Verification) error {
	switch {
	case r.Schema != ReceiptSchema:
		return refuse(BadReceipt, "write it again with this version of kready", "the receipt has the schema %q; known is %s", printable(r.Schema), ReceiptSchema)
	case r.Verdict != "within" && r.Verdict != "approved":
		return refuse(BadReceipt, "check the plan again", "the receipt does not say that anything passed")
	case len(r.Plans) == 0:
		return refuse(BadReceipt, "check the plan again", "the receipt is about no plan")
	case !q.Now.Before(r.Expires):
		return mismatch("the receipt expired on %s; check the plan again", r.Expires.Format(time.RFC3339))
	case q.Now.Add(5 * time.Minute).Before(r.Created):
		return mismatch("the receipt is from the future (%s); check the clocks", r.Created.Format(time.RFC3339))
	}
	if q.SameChanges != nil {
		return r.sameChanges(q)
	}
	fromJSON := false
	for i := range r.Plans {
		e := &r.Plans[i]
		if equalDigest(e.SHA256, q.SHA256) || equalDigest(e.PlanFile, q.SHA256) {
			return nil
		}
		fromJSON = fromJSON || e.Input != PlanFile && e.PlanFile == ""
	}
	if fromJSON {
		return mismatch("this is not the plan that passed; the receipt was made from JSON, which is not what gets applied: " +
			"check the plan file itself, or bind the receipt to it with -bind")
	}
	return mismatch("this is not the plan that passed: its bytes differ; check this plan, or compare changes with -same-changes")
}

func (r *Receipt) sameChanges(q Verification) error {
	entry, err := r.entry(q.Path)
	if err != nil {
		return err
	}
	switch {
	case entry.Values == "":
		return refuse(BadReceipt, "write the receipt with -receipt-key", "the receipt has no digest of the values, so equal changes can't be told")
	case entry.Input != q.Input:
		return refuse(BadReceipt, "give the same kind of input as then", "the receipt was made from %s, and this is %s", entry.Input, q.Input)
	case !equalDigest(entry.Changes, q.SameChanges.Changes()):
		return mismatch("the changes are not those that passed (%d then, %d now); check this plan", entry.Rows, q.SameChanges.Rows())
	case !equalDigest(entry.Values, q.SameChanges.Values()):
		return mismatch("the same resources change, but not to the same values (or the key is another); check this plan")
	}
	return nil
}

// entry is the entry of a plan of that name; of the only plan, whatever it
// is called now.
func (r *Receipt) entry(name string) (*ReceiptEntry, error) {
	if len(r.Plans) == 1 {
		return &r.Plans[0], nil
	}
	for i := range r.Plans {
		if path.Clean(r.Plans[i].Path) == path.Clean(name) {
			return &r.Plans[i], nil
		}
	}
	return nil, mismatch("the receipt is about %d plans, and none is called %s", len(r.Plans), printable(name))
}

// equalDigest compares a written digest with one that was just made.
func equalDigest(text string, sum []byte) bool {
	want, err := hex.DecodeString(text)
	return err == nil && len(want) > 0 && subtle.ConstantTimeCompare(want, sum) == 1
}

// Mismatch says that a receipt is for another plan.
type Mismatch struct{ Why string }

func (m *Mismatch) Error() string { return m.Why }

func mismatch(format string, args ...any) error {
	return &Mismatch{refuse("", "", format, args...).Why}
}
