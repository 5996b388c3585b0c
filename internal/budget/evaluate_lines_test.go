package budget

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestFreezes proves that a freeze caps what the budget allows, while it
// holds.
func TestFreezes(t *testing.T) {
	b := parsed(t, `
		update = 5
		create = 5
		freeze "year end" {
			from   = "2026-12-18"
			until  = "2026-12-31"
			update = 1
		}
		freeze "databases" {
			types = ["aws_db_*"]
			from  = "2026-12-18"
			until = "2026-12-31"
		}
	`)
	frozen := time.Date(2026, 12, 24, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		rows         string
		calm, frozen bool
	}{
		{row("a.b", `"update"`), true, true},
		{row("a.b", `"update"`) + "," + row("a.c", `"update"`), true, false},
		{row("a.b", `"create"`), true, false},
		{row("aws_db_x.b", `"update"`), true, false},
		{row("a.b", `"delete"`), false, false},
		{row("a.b", `"no-op"`), true, true},
	} {
		for now, want := range map[time.Time]bool{someTime: test.calm, frozen: test.frozen} {
			v, _, err := judged(b, []byte(showWith(test.rows)), now)
			if err != nil || v.Within() != want {
				t.Errorf("%s at %v: within = %t (%v)", test.rows, now, !want, err)
			}
		}
	}
}

// TestPercentages proves how a percentage becomes a number, and of what.
func TestPercentages(t *testing.T) {
	many := func(n int, actions string) string {
		var rows []string
		for i := range n {
			rows = append(rows, row(fmt.Sprintf("a.%s[%d]", strings.Trim(actions[:3], `"`), i), actions))
		}
		return strings.Join(rows, ",")
	}
	for _, test := range []struct {
		body            string
		updates, idle   int
		want            bool
		created, others string
	}{
		{`update = "10%"`, 1, 9, true, "", ""},
		{`update = "10%"`, 1, 8, false, "", ""},
		{`update = "10%"`, 2, 18, true, "", ""},
		{`update = "10%"`, 2, 17, false, "", ""},
		{"update = \"10%\"\nfloor = 2", 2, 0, true, "", ""},
		{"update = \"10%\"\nfloor = 2", 3, 0, false, "", ""},
		{`update = "100%"`, 3, 0, true, "", ""},
		{"update = \"50%\"\ncreate = 9", 1, 0, false, row("a.new", `"create"`), ""},                       // what is made is not there yet
		{"update = \"50%\"", 1, 0, false, "", row("data.a.d", `"no-op"`)},                                 // data sources are not resources
		{"limit \"l\" {\n types = [\"a\"]\n update = \"50%\"\n}", 1, 0, false, "", row("b.x", `"no-op"`)}, // not in scope
		{"limit \"l\" {\n types = [\"a\"]\n update = \"50%\"\n}", 1, 1, true, "", row("b.x", `"no-op"`)},
	} {
		var rows []string
		for _, r := range []string{many(test.updates, `"update"`), many(test.idle, `"no-op"`), test.created, test.others} {
			if r != "" {
				rows = append(rows, r)
			}
		}
		v, _, err := judged(parsed(t, test.body), []byte(showWith(strings.Join(rows, ","))), someTime)
		if err != nil || v.Within() != test.want {
			t.Errorf("%q with %d of %d: within = %t (%v)", test.body, test.updates, test.updates+test.idle, !test.want, err)
		}
	}
	_, _, err := judged(parsed(t, "update = \"10%\"\nallow_incomplete = true"), []byte(showWith(row("a.b", `"update"`), `"complete":false`)), someTime)
	var r *Refusal
	if !errors.As(err, &r) || r.Code != CannotAnswer {
		t.Errorf("a percentage of an incomplete plan: %v", err)
	}
}

// TestScore proves the weighted sum.
func TestScore(t *testing.T) {
	body := `
		create = "unlimited"
		delete = "unlimited"
		update = "unlimited"
		score {
			max = %d
			default = 2
			weight "databases" {
				types  = ["aws_db_*"]
				delete = 50
			}
			weight "harmless" {
				types  = ["aws_tag"]
				update = 0
			}
		}
	`
	rows := showWith(strings.Join([]string{row("aws_db_x.a", `"delete"`), row("aws_db_x.b", `"update"`), row("aws_tag.a", `"update"`), row("x.y", `"create"`), row("x.z", `"no-op"`)}, ","))
	for limit, want := range map[int]bool{54: true, 53: false} {
		v, _, err := judged(parsed(t, fmt.Sprintf(body, limit)), []byte(rows), someTime)
		if err != nil || v.Score != 54 || v.Within() != want {
			t.Errorf("max %d: %+v (%v)", limit, v, err)
		}
	}
}
