package sandbox

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const format = 1

// store is the file and this process's copy of it.
//
// The copy is good as long as two things hold, both cheap to ask while the
// lock is held: the lock file still carries the generation that was read with
// the copy, and the state file is still the same file. The generation alone
// would miss a file that a person put there by hand; the file's identity alone
// would miss two quick writes that reuse an inode within one tick of the clock.
type store struct {
	path       string
	data       *data
	generation uint64
	identity   os.FileInfo
	lock       *os.File // held while a transaction runs
}

// data is what the file holds.
type data struct {
	Realm    string
	Seed     uint64
	Sequence uint64
	Offset   time.Duration
	Settings map[string]string
	Faults   []*Fault
	shelves  map[kind]*shelf
}

// kind is what a shelf holds: the objects of one type in one account. A cloud
// without accounts, and the account that callers are in by themselves, have "".
type kind struct{ cloud, name, account string }

// shelf holds the objects of one kind, in the order in which they were made.
type shelf struct {
	byKey map[string]*record
	order []*record
}

// record is one object: its encoding, and the Go value when somebody asked
// for it. A record is never changed, only replaced; the value may be changed
// by whoever holds it, which is why a rollback drops it.
type record struct {
	meta  Meta
	raw   []byte
	value any
}

func newStore(path string) *store { return &store{path: path} }

func newData(seed uint64) *data {
	if seed == 0 {
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process first
		seed = binary.BigEndian.Uint64(b[:])
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("realm"), seed))
	return &data{
		Realm:    "sandbox-" + hex.EncodeToString(sum[:4]),
		Seed:     seed,
		Settings: map[string]string{},
		shelves:  map[kind]*shelf{},
	}
}

// locked runs fn while holding the lock file, with s.data as the file has it.
func (s *store) locked(fn func() error) error {
	return s.withLock(func(_ *os.File, generation uint64) error {
		if err := s.refresh(generation); err != nil {
			return err
		}
		return fn()
	})
}

// withLock holds the lock file while fn runs. Closing the file releases it.
func (s *store) withLock(fn func(lock *os.File, generation uint64) error) (err error) {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o755); err != nil {
		return fmt.Errorf("open sandbox: %w", err)
	}
	lock, err := os.OpenFile(s.path+".lock", os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("lock sandbox: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := lockFile(lock); err != nil {
		return fmt.Errorf("lock sandbox %s: %w", s.path, err)
	}
	generation, err := readGeneration(lock)
	if err != nil {
		return err
	}
	s.lock = lock
	defer func() { s.lock = nil }()
	return fn(lock, generation)
}

// Erase removes the store at path with its journal, readable or not; the next
// Open finds a new cloud with another realm. Processes that have it open see
// that at their next call.
func Erase(path string) error {
	s := newStore(path)
	return s.withLock(func(lock *os.File, generation uint64) error {
		if err := writeGeneration(lock, generation+1); err != nil {
			return err
		}
		for _, file := range []string{s.path, s.journalPath()} {
			if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("erase sandbox: %w", err)
			}
		}
		return nil
	})
}

// refresh reads the file again if it is not the one that s.data came from.
func (s *store) refresh(generation uint64) error {
	info, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		s.data, s.identity, s.generation = nil, nil, generation
		return nil
	}
	if err != nil {
		return fmt.Errorf("read sandbox: %w", err)
	}
	if s.data != nil && s.identity != nil && generation == s.generation &&
		os.SameFile(info, s.identity) && info.Size() == s.identity.Size() && info.ModTime().Equal(s.identity.ModTime()) {
		return nil
	}
	raw, err := os.ReadFile(s.path)
	if err != nil {
		return fmt.Errorf("read sandbox: %w", err)
	}
	data, err := decodeData(raw)
	if err != nil {
		return fmt.Errorf("read sandbox %s: %w; restore the file, or start an empty cloud with `kready sandbox reset`", s.path, err)
	}
	s.data, s.identity, s.generation = data, info, generation
	return nil
}

// save writes the file; the caller holds the lock. The generation goes first:
// a crash between the two makes others read a file that did not change, which
// is harmless, instead of keeping a copy of one that did.
func (s *store) save() error {
	s.generation++
	if err := writeGeneration(s.lock, s.generation); err != nil {
		return err
	}
	temporary := s.path + ".tmp" // one writer at a time: no unique name needed
	if err := os.WriteFile(temporary, s.data.encode(), 0o600); err != nil {
		return fmt.Errorf("write sandbox: %w", err)
	}
	if err := os.Rename(temporary, s.path); err != nil {
		return fmt.Errorf("write sandbox: %w", err)
	}
	identity, err := os.Stat(s.path)
	if err != nil {
		return fmt.Errorf("write sandbox: %w", err)
	}
	s.identity = identity
	return nil
}

func writeGeneration(lock *os.File, generation uint64) error {
	if _, err := lock.WriteAt(fmt.Appendf(nil, "%020d\n", generation), 0); err != nil {
		return fmt.Errorf("write sandbox: %w", err)
	}
	return nil
}

func readGeneration(lock *os.File) (uint64, error) {
	buffer := make([]byte, 32)
	n, err := lock.ReadAt(buffer, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("lock sandbox: %w", err)
	}
	text := strings.TrimSpace(string(buffer[:n]))
	if text == "" {
		return 0, nil
	}
	generation, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("lock sandbox: %s does not hold a generation; remove it while nothing uses the sandbox", lock.Name())
	}
	return generation, nil
}

// file is the state file's outline; objects are cloud → type → objects.
type file struct {
	Format   int                                     `json:"format"`
	Realm    string                                  `json:"realm"`
	Seed     uint64                                  `json:"seed,string"`
	Sequence uint64                                  `json:"sequence"`
	Offset   string                                  `json:"clock_offset"`
	Settings map[string]string                       `json:"settings"`
	Faults   []*Fault                                `json:"faults"`
	Objects  map[string]map[string][]json.RawMessage `json:"objects"`
}

func decodeData(raw []byte) (*data, error) {
	var f file
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, err
	}
	if f.Format != format {
		return nil, fmt.Errorf("its format is %d, and this version of kready knows %d", f.Format, format)
	}
	offset, err := time.ParseDuration(f.Offset)
	if err != nil {
		return nil, fmt.Errorf("clock_offset: %w", err)
	}
	d := &data{
		Realm: f.Realm, Seed: f.Seed, Sequence: f.Sequence, Offset: offset,
		Settings: f.Settings, Faults: f.Faults, shelves: map[kind]*shelf{},
	}
	if d.Settings == nil {
		d.Settings = map[string]string{}
	}
	for cloud, types := range f.Objects {
		for name, objects := range types {
			for _, object := range objects {
				r := &record{raw: object}
				if err := json.Unmarshal(object, &r.meta); err != nil {
					return nil, fmt.Errorf("object of type %s: %w", name, err)
				}
				d.shelf(kind{cloud, name, r.meta.Account}).put(r)
			}
		}
	}
	return d, nil
}

// encode writes the file by hand around the objects' own encodings: passing
// them through encoding/json again would cost more than everything else.
func (d *data) encode() []byte {
	var b bytes.Buffer
	field := func(name string, value any) {
		encoded, err := json.Marshal(value)
		if err != nil {
			panic(fmt.Sprintf("sandbox: encode %s: %v", name, err)) // plain strings and numbers only
		}
		fmt.Fprintf(&b, "%q: %s,\n", name, encoded)
	}
	b.WriteString("{\n")
	field("format", format)
	field("realm", d.Realm)
	field("seed", strconv.FormatUint(d.Seed, 10))
	field("sequence", d.Sequence)
	field("clock_offset", d.Offset.String())
	field("settings", d.Settings)
	field("faults", d.Faults)
	b.WriteString("\"objects\": {")
	clouds := map[string]map[string][]string{} // accounts by cloud and type
	for k, shelf := range d.shelves {
		if len(shelf.order) == 0 {
			continue
		}
		if clouds[k.cloud] == nil {
			clouds[k.cloud] = map[string][]string{}
		}
		clouds[k.cloud][k.name] = append(clouds[k.cloud][k.name], k.account)
	}
	for i, cloud := range slices.Sorted(maps.Keys(clouds)) {
		separate(&b, i)
		fmt.Fprintf(&b, "%q: {", cloud)
		for j, name := range slices.Sorted(maps.Keys(clouds[cloud])) {
			separate(&b, j)
			fmt.Fprintf(&b, "%q: [", name)
			n := 0
			for _, account := range slices.Sorted(slices.Values(clouds[cloud][name])) {
				for _, r := range d.shelves[kind{cloud, name, account}].order {
					separate(&b, n)
					b.Write(r.raw)
					n++
				}
			}
			b.WriteString("\n]")
		}
		b.WriteString("\n}")
	}
	b.WriteString("\n}\n}\n")
	return b.Bytes()
}

func separate(b *bytes.Buffer, i int) {
	if i > 0 {
		b.WriteByte(',')
	}
	b.WriteByte('\n')
}

func (d *data) shelf(k kind) *shelf {
	s := d.shelves[k]
	if s == nil {
		s = &shelf{byKey: map[string]*record{}}
		d.shelves[k] = s
	}
	return s
}

func key(region, id string) string { return region + "\x00" + id }

// put adds or replaces and returns what was there before.
func (s *shelf) put(r *record) *record {
	k := key(r.meta.Region, r.meta.ID)
	old := s.byKey[k]
	s.byKey[k] = r
	if old != nil && old.meta.Sequence == r.meta.Sequence {
		s.order[s.index(old)] = r
		return old
	}
	if old != nil {
		i := s.index(old)
		s.order = slices.Delete(s.order, i, i+1)
	}
	at, _ := slices.BinarySearchFunc(s.order, r, bySequence)
	s.order = slices.Insert(s.order, at, r)
	return old
}

func (s *shelf) remove(region, id string) *record {
	k := key(region, id)
	old := s.byKey[k]
	if old == nil {
		return nil
	}
	delete(s.byKey, k)
	i := s.index(old)
	s.order = slices.Delete(s.order, i, i+1)
	return old
}

func (s *shelf) index(r *record) int {
	i, ok := slices.BinarySearchFunc(s.order, r, bySequence)
	if !ok {
		panic("sandbox: object " + r.meta.ID + " is not on its shelf")
	}
	return i
}

func bySequence(a, b *record) int {
	switch {
	case a.meta.Sequence < b.meta.Sequence:
		return -1
	case a.meta.Sequence > b.meta.Sequence:
		return 1
	default:
		return strings.Compare(key(a.meta.Region, a.meta.ID), key(b.meta.Region, b.meta.ID))
	}
}
