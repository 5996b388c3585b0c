package cli

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/budget"
)

// budgetSource is the flags that say which budget a plan is held to: numbers
// on the command line, a file that is named, or a file that is found.
type budgetSource struct {
	file, as             string
	name, stack          string
	kinds                [maxKinds]string
	protect              list
	incomplete, deferred bool

	files map[string]*budget.Budgets // those read so far, by path
	flags *budget.Budget
}

const maxKinds = 16

func (s *budgetSource) register(flags *flag.FlagSet) {
	flags.StringVar(&s.file, "budget", "", "budget `file`, HCL or (named *.json) JSON; without it and without numbers, "+budget.FileName+" is looked for from the plan's folder up to the repository's root")
	flags.StringVar(&s.as, "budget-as", "", "`path` that reports give for the -budget file, when that is a copy from another branch")
	flags.StringVar(&s.name, "name", "", "`name` of the budget in the file; without it, the first whose match fits the stack")
	flags.StringVar(&s.stack, "stack", "", "`path` of the stack that match is compared with; without it, the plan's folder")
	for _, k := range budget.Kinds() {
		flags.StringVar(&s.kinds[k], strings.ReplaceAll(k.String(), "_", "-"), "", "`number`, percentage or \"unlimited\": how many "+kindPhrase(k))
	}
	flags.Var(&s.protect, "protect", "address `pattern` of what must not be destroyed; may be repeated")
	flags.BoolVar(&s.incomplete, "allow-incomplete", false, "judge plans that say they are incomplete (-target), too")
	flags.BoolVar(&s.deferred, "allow-deferred", false, "judge plans with deferred changes, too; they are charged as deferred")
}

func kindPhrase(k budget.Kind) string {
	switch k {
	case budget.Create:
		return "objects may be created"
	case budget.Update:
		return "may be changed in place"
	case budget.Replace:
		return "may be replaced, in either order"
	case budget.Delete:
		return "may be destroyed"
	case budget.Forget:
		return "may be dropped from the state"
	case budget.CreateForget:
		return "may be created while the old object is dropped from the state"
	case budget.Import:
		return "may be imported"
	case budget.Move:
		return "may change their address"
	case budget.DeposedDelete:
		return "deposed objects may be destroyed"
	case budget.Action:
		return "actions may be invoked"
	case budget.Deferred:
		return "changes may be deferred"
	case budget.Read:
		return "data sources may be read during apply (any number, unless given)"
	case budget.NoOp:
		return "resources may be listed unchanged (any number, unless given)"
	case budget.Drift:
		return "may have drifted (any number, unless given)"
	case budget.Output:
		return "outputs may change (any number, unless given)"
	}
	return k.String()
}

// fromFlags builds a budget of the numbers on the command line, or returns
// nil when there are none.
func (s *budgetSource) fromFlags() (*budget.Budget, error) {
	b := &budget.Budget{Name: "flags", AllowIncomplete: s.incomplete, AllowDeferred: s.deferred}
	b.Label = "budget of the flags"
	var canonical strings.Builder
	var all []error
	given := false
	for _, k := range budget.Kinds() {
		if s.kinds[k] == "" {
			continue
		}
		given = true
		a, err := budget.ParseAllowance(s.kinds[k])
		if err != nil {
			all = append(all, fmt.Errorf("-%s: %w", strings.ReplaceAll(k.String(), "_", "-"), err))
		}
		b.Allow[k] = a
		fmt.Fprintf(&canonical, "%s=%s\n", k, s.kinds[k])
	}
	for _, text := range s.protect {
		given = true
		p, err := budget.ParsePattern(text)
		if err != nil {
			all = append(all, fmt.Errorf("-protect: %w", err))
			continue
		}
		p.Pos.File = "-protect"
		b.Protect = append(b.Protect, p)
		fmt.Fprintf(&canonical, "protect=%s\n", text)
	}
	switch {
	case len(all) > 0:
		return nil, errors.Join(all...)
	case !given && s.file == "" && s.name == "" && (s.incomplete || s.deferred):
		return nil, nil
	case !given:
		return nil, nil
	case s.file != "" || s.name != "":
		return nil, errors.New("give either a budget file or numbers, not both: it would not be clear which of them holds")
	}
	fmt.Fprintf(&canonical, "incomplete=%t deferred=%t\n", s.incomplete, s.deferred)
	b.Digest = sha256.Sum256([]byte(canonical.String()))
	return b, nil
}

// forPlan is the budget that a plan is held to. Every problem is a Refusal
// for this plan.
func (s *budgetSource) forPlan(plan string) (*budget.Budget, error) {
	if s.flags != nil {
		return s.flags, nil
	}
	folder, err := filepath.Abs(filepath.Dir(plan))
	if plan == "-" {
		folder, err = os.Getwd()
	}
	if err != nil {
		return nil, unreadable("the plan's folder", err)
	}
	path := s.file
	var base string
	if path == "" {
		if path = findBudget(folder); path == "" {
			return nil, &budget.Refusal{Code: budget.NoBudget, Why: "there is no budget",
				Do: "write " + budget.FileName + " into the repository, or give one with -budget, or numbers such as -create 20"}
		}
		base = filepath.Dir(path)
	} else if base, err = repository(folder); err != nil || base == "" {
		if base, err = os.Getwd(); err != nil {
			return nil, unreadable("the working directory", err)
		}
	}
	stack := s.stack
	if stack == "" {
		stack = "."
		if rel, err := filepath.Rel(base, folder); err == nil && filepath.IsLocal(rel) {
			stack = filepath.ToSlash(rel)
		}
	}
	file, err := s.read(path)
	if err != nil {
		return nil, err
	}
	b, err := file.Choose(s.name, stack)
	if err != nil || !s.incomplete && !s.deferred {
		return b, err
	}
	return nil, &budget.Refusal{Code: budget.BadBudget, Why: "-allow-incomplete and -allow-deferred go with numbers on the command line",
		Do: "write allow_incomplete or allow_deferred into the budget file"}
}

// read reads a budget file once.
func (s *budgetSource) read(path string) (*budget.Budgets, error) {
	if f := s.files[path]; f != nil {
		return f, nil
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, unreadable("the budget", err)
	}
	shown := path
	if s.as != "" && path == s.file {
		shown = s.as
	}
	if wd, err := os.Getwd(); err == nil && filepath.IsAbs(shown) {
		if rel, err := filepath.Rel(wd, path); err == nil && filepath.IsLocal(rel) {
			shown = filepath.ToSlash(rel)
		}
	}
	f, err := budget.ParseBudget(src, shown)
	if err != nil {
		return nil, err
	}
	if s.files == nil {
		s.files = map[string]*budget.Budgets{}
	}
	s.files[path] = f
	return f, nil
}

func unreadable(what string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = fmt.Errorf("%s: %w", path.Path, path.Err)
	}
	return &budget.Refusal{Code: budget.Unreadable, Why: what + " can't be read", Do: "check its name and permissions", Cause: err}
}

// findBudget looks for a budget file from folder up to the root of its
// repository. Outside of a repository only folder itself is looked into:
// nobody vouches for what lies above it.
func findBudget(folder string) string {
	root, err := repository(folder)
	if err != nil || root == "" {
		root = folder
	}
	for {
		path := filepath.Join(folder, budget.FileName)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
		if folder == root {
			return ""
		}
		folder = filepath.Dir(folder)
	}
}

// repository is the folder above (or at) folder that holds .git, or "".
func repository(folder string) (string, error) {
	for {
		if _, err := os.Lstat(filepath.Join(folder, ".git")); err == nil {
			return folder, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		up := filepath.Dir(folder)
		if up == folder {
			return "", nil
		}
		folder = up
	}
}
