package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// postgres is a ledger in a PostgreSQL database (12 or newer). The database
// forbids overlaps itself: whoever writes to the table by hand is held to it
// too. Members of groups lie in their group's range, so they have a constraint
// of their own.
type postgres struct {
	config  *pgx.ConnConfig
	options Options

	mu       sync.Mutex
	prepared bool
}

// ddl makes the tables. inet_ops knows && for GiST since PostgreSQL 9.4.
const ddl = `
CREATE TABLE IF NOT EXISTS kready_ledger (
	one     boolean PRIMARY KEY DEFAULT true CHECK (one),
	lineage text    NOT NULL,
	serial  bigint  NOT NULL
);
CREATE TABLE IF NOT EXISTS kready_range (
	owner       text        NOT NULL,
	kind        text        NOT NULL CHECK (kind IN ('allocation', 'group', 'delegation', 'tombstone')),
	key         text        NOT NULL,
	cidr        cidr        NOT NULL,
	held        cidr        NOT NULL CHECK (held >>= cidr),
	headroom    integer     NOT NULL,
	in_group    text        NOT NULL,
	cluster     text        NOT NULL,
	generation  bigint      NOT NULL,
	taken       timestamptz NOT NULL,
	transaction text        NOT NULL,
	PRIMARY KEY (owner, kind, key, cidr),
	CONSTRAINT kready_range_apart  EXCLUDE USING gist (held inet_ops WITH &&) WHERE (in_group = ''),
	CONSTRAINT kready_member_apart EXCLUDE USING gist (held inet_ops WITH &&) WHERE (in_group <> '')
);
CREATE UNIQUE INDEX IF NOT EXISTS kready_range_name ON kready_range (owner, kind, key) WHERE kind <> 'tombstone';
`

// ddlLock is the advisory lock under which tables are made: IF NOT EXISTS alone
// lets two sessions collide.
const ddlLock = 0x6b726561647900 // "kready"

func openPostgres(text string, options Options) (*postgres, error) {
	config, err := pgx.ParseConfig(text)
	if err != nil {
		// The text may hold a password; pgx redacts it, other parts may not.
		return nil, errors.New("the PostgreSQL connection string can't be read. Use a URL such as postgres://user@host:5432/database, with the password in PGPASSWORD or a pgpass file")
	}
	// One connection a call, each with other statements: nothing to prepare.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	return &postgres{config: config, options: options}, nil
}

// String implements [Ledger].
func (p *postgres) String() string {
	return fmt.Sprintf("postgres://%s:%d/%s", p.config.Host, p.config.Port, p.config.Database)
}

// in runs one transaction on a connection of its own.
func (p *postgres) in(ctx context.Context, what string, do func(pgx.Tx) error) error {
	connection, err := pgx.ConnectConfig(ctx, p.config)
	if err != nil {
		return fmt.Errorf("%s the ledger %s: %w", what, p, err)
	}
	defer func() { _ = connection.Close(context.WithoutCancel(ctx)) }()
	err = pgx.BeginFunc(ctx, connection, do)
	if stale := (*StaleError)(nil); err == nil || errors.As(err, &stale) {
		return err
	}
	return fmt.Errorf("%s the ledger %s: %w", what, p, err)
}

// Read implements [Ledger].
func (p *postgres) Read(ctx context.Context) (Snapshot, error) {
	var snapshot Snapshot
	err := p.in(ctx, "read", func(tx pgx.Tx) error {
		// One snapshot for serial and records.
		if _, err := tx.Exec(ctx, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"); err != nil {
			return err
		}
		var there bool
		if err := tx.QueryRow(ctx, "SELECT to_regclass('kready_ledger') IS NOT NULL").Scan(&there); err != nil || !there {
			return err
		}
		var err error
		snapshot, err = loadRows(ctx, tx, "")
		return err
	})
	return snapshot, err
}

// loadRows reads the ledger inside a transaction.
func loadRows(ctx context.Context, tx pgx.Tx, lock string) (Snapshot, error) {
	var s Snapshot
	err := tx.QueryRow(ctx, "SELECT lineage, serial FROM kready_ledger "+lock).Scan(&s.Lineage, &s.Serial)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	rows, err := tx.Query(ctx, "SELECT owner, kind, key, cidr, held, headroom, in_group, cluster, generation, taken, transaction FROM kready_range")
	if err != nil {
		return s, err
	}
	s.Records, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Record, error) {
		var r Record
		err := row.Scan(&r.Owner, &r.Kind, &r.Key, &r.CIDR, &r.Held, &r.Headroom, &r.Group, &r.Cluster, &r.Generation, &r.Time, &r.Transaction)
		r.Time = r.Time.UTC()
		return r, err
	})
	slices.SortFunc(s.Records, compareRecords)
	return s, err
}

// Commit implements [Ledger]: one transaction under the lock of the serial's
// row. A constraint that is violated all the same, by somebody who writes
// without that lock, is a stale plan too.
func (p *postgres) Commit(ctx context.Context, change Change) (Snapshot, error) {
	if err := p.prepare(ctx); err != nil {
		return Snapshot{}, err
	}
	s := newStamp(p.options)
	var after Snapshot
	err := p.in(ctx, "write", func(tx pgx.Tx) error {
		before, err := loadRows(ctx, tx, "FOR UPDATE")
		if err != nil {
			return err
		}
		records, added, removed, err := s.apply(before.Records, change)
		if err != nil {
			return err
		}
		if after = before; len(added)+len(removed) == 0 {
			return nil
		}
		after.Serial, after.Records = before.Serial+1, records
		for _, r := range removed {
			if _, err := tx.Exec(ctx, "DELETE FROM kready_range WHERE owner = $1 AND kind = $2 AND key = $3 AND cidr = $4", r.Owner, string(r.Kind), r.Key, r.CIDR); err != nil {
				return err
			}
		}
		for _, r := range added {
			if err := insert(ctx, tx, r); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, "UPDATE kready_ledger SET serial = $1", after.Serial)
		return err
	})
	if err == nil {
		return after, nil
	}
	return p.committed(ctx, s, err)
}

func insert(ctx context.Context, tx pgx.Tx, r Record) error {
	_, err := tx.Exec(ctx, `INSERT INTO kready_range (owner, kind, key, cidr, held, headroom, in_group, cluster, generation, taken, transaction)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		r.Owner, string(r.Kind), r.Key, r.CIDR, r.Held, r.Headroom, r.Group, r.Cluster, r.Generation, r.Time, r.Transaction)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && (refused.Code == exclusionViolation || refused.Code == uniqueViolation) {
		return &StaleError{Conflicts: []Conflict{{Wanted: r, Taken: Record{Key: refused.ConstraintName, Held: r.Held}}}}
	}
	return err
}

// PostgreSQL's error codes, appendix A of its manual.
const (
	exclusionViolation = "23P01"
	uniqueViolation    = "23505"
)

// committed settles a commit whose answer was lost: if our transaction is
// there, it was made.
func (p *postgres) committed(ctx context.Context, s stamp, cause error) (Snapshot, error) {
	var answered *pgconn.PgError
	if stale := (*StaleError)(nil); errors.As(cause, &stale) || errors.As(cause, &answered) {
		return Snapshot{}, cause
	}
	now, err := p.Read(ctx)
	if err == nil && slices.ContainsFunc(now.Records, func(r Record) bool { return r.Transaction == s.transaction }) {
		return now, nil
	}
	return Snapshot{}, cause
}

// prepare makes the tables, once.
func (p *postgres) prepare(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.prepared {
		return nil
	}
	err := p.in(ctx, "prepare", func(tx pgx.Tx) error {
		// Whoever may only use the tables need not be able to make them.
		var there bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('kready_range_name'))").Scan(&there); err != nil {
			return err
		}
		if !there {
			if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(ddlLock)); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, ddl, pgx.QueryExecModeSimpleProtocol); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, "INSERT INTO kready_ledger (lineage, serial) VALUES ($1, 0) ON CONFLICT DO NOTHING", p.options.Random(lineageDigits))
		return err
	})
	p.prepared = err == nil
	return err
}

var (
	_ Ledger = (*postgres)(nil)
	_ Ledger = (*document)(nil)
)
