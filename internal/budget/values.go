package budget

// encoding is how the values of a row are written.
type encoding uint8

const (
	noValues encoding = iota
	jsonValues
	msgpackValues
)

// values are the two sides of one change as its input has them. They are
// looked at, compared and digested, and never shown.
type values struct {
	encoding                  encoding
	before, after             []byte
	unknown                   []byte // JSON only: where the new value is not known yet
	beforeSecret, afterSecret []byte // JSON only: what is marked as sensitive
	secretPaths               [][]string
}
