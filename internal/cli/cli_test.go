package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// run calls the command line as main does and returns what a person would see.
func run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Run(context.Background(), args, IO{In: strings.NewReader(""), Out: &out, Err: &errs, Random: zeros}, App{Version: "1.2.3"})
	return code, out.String(), errs.String()
}

// TestRun proves which stream and exit code each kind of call gets: an answer
// goes to stdout with 0, a misunderstanding to stderr with 2, so that a
// pipeline never takes a usage text for an answer.
func TestRun(t *testing.T) {
	for _, c := range []struct {
		name   string
		args   []string
		code   int
		stdout string // a part of it; "" means it must be empty
		stderr string
	}{
		{"nothing", nil, 2, "", "Subcommands:"},
		{"help", []string{"help"}, 0, "Subcommands:", ""},
		{"help flag", []string{"-h"}, 0, "Subcommands:", ""},
		{"help of one", []string{"help", "version"}, 0, "Usage: kready version", ""},
		{"help of none", []string{"help", "nope"}, 2, "", `no subcommand "nope"`},
		{"version", []string{"version"}, 0, "kready 1.2.3 (go", ""},
		{"version flag", []string{"--version"}, 0, "kready 1.2.3 (go", ""},
		{"version with more", []string{"version", "x"}, 2, "", "takes no arguments"},
		{"unknown", []string{"nope"}, 2, "", `no subcommand "nope"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := run(t, c.args...)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, stream := range []struct{ name, got, want string }{{"stdout", stdout, c.stdout}, {"stderr", stderr, c.stderr}} {
				if stream.want == "" && stream.got != "" {
					t.Errorf("%s must be empty, is:\n%s", stream.name, stream.got)
				}
				if !strings.Contains(stream.got, stream.want) {
					t.Errorf("%s lacks %q:\n%s", stream.name, stream.want, stream.got)
				}
			}
		})
	}
}

// TestHelpNamesEverySubcommand proves that no subcommand can be hidden: what
// runs is listed, with a summary.
func TestHelpNamesEverySubcommand(t *testing.T) {
	_, help, _ := run(t, "help")
	for _, c := range (App{}).commands() {
		if c.summary == "" || !strings.Contains(help, c.name+" ") || !strings.Contains(help, c.summary) {
			t.Errorf("help does not introduce %q:\n%s", c.name, help)
		}
	}
}

// zeros is randomness that a test can foretell.
func zeros(n int) string { return strings.Repeat("0", n) }
