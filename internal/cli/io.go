package cli

import (
	"io"
	"time"
)

// IO is everything a subcommand may touch of the process it runs in. The
// command line hands in the real ones, tests hand in their own.
type IO struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer

	// Getenv reads one environment variable; it is never asked for a
	// credential or for anything that decides what is allowed.
	Getenv func(string) string

	// Now is the clock: budgets have freeze windows, exceptions and receipts
	// have an expiry.
	Now func() time.Time

	// Random returns n random lower-case hexadecimal digits: transactions of a
	// ledger have an id.
	Random func(n int) string
}
