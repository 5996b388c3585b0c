// Package ledger says who holds which range, for address spaces that several
// states and teams share: one contract ([Ledger]) and four places to keep it,
// a file, PostgreSQL, S3 and Azure Blob.
//
// A ledger is a set of [Record]s, of which no two overlap, and a serial that
// only ever rises. It is read whole ([Ledger.Read]) and changed by one
// compare-and-set ([Ledger.Commit]): a [Change] names the exact records that
// it takes and gives up, and either all of it happens or nothing does. Whether
// it may happen is judged in one place (judge.go), whatever the ledger is kept
// in; PostgreSQL forbids overlaps itself besides.
//
// A change that was committed before is committed again without effect. So a
// process that was killed between the ledger and its own state runs again and
// finds its ranges where they were.
//
// A planner reads a ledger once and plans against that snapshot; if somebody
// takes a range in between, Commit answers with a [StaleError], has written
// nothing, and the planner plans again.
package ledger
