package budget

import (
	"errors"
	"strings"
	"testing"
	"time"
)

const wholeBudget = `
budget "production" {
  match  = ["live/prod/**"]
  create = 20
  update = "10%"
  floor  = 2
  output = "unlimited"

  limit "node pools may roll" {
    types     = ["kready_node_pool", "aws_eks_*"]
    modules   = ["module.eu"]
    addresses = ["**.aws_eks_node_group.*"]
    update    = 6
  }
  limit "tags" {
    providers = ["hashicorp/aws"]
    changed   = ["tags", "tags_all", "spec[*].image"]
    update    = "unlimited"
  }
  protect      = ["module.prod.kready_cluster.this", "aws_db_instance.*"]
  protect_from = ["delete", "replace"]
  objects      = { aws_network_acl = "rules.all" }

  exception "T-1" {
    addresses = ["aws_db_instance.main[\"a.b\"]", "kready_network.x.objects[\"subnet/a\"]"]
    actions   = ["replace", "delete"]
    reason    = "moved to the new storage class"
    expires   = "2026-12-31"
  }
  freeze "year end" {
    from   = "2026-12-18"
    until  = "2027-01-03T06:00:00+01:00"
    update = 1
  }
  freeze "weekends" {
    days     = ["Sat", "sunday"]
    start    = "18:00"
    end      = "06:30"
    timezone = "Europe/Berlin"
  }
  score {
    max = 100
    weight "databases" {
      types  = ["aws_db_*"]
      delete = 50
      update = 0
    }
  }
  total {
    create = 100
  }
  allow_incomplete = true
}
`

// TestBudgetFile proves that every word of a budget is understood.
func TestBudgetFile(t *testing.T) {
	f, err := ParseBudget([]byte(wholeBudget), "b.hcl")
	if err != nil {
		t.Fatal(err)
	}
	b := f.Budgets[0]
	switch {
	case b.Allow[Create].Count != 20 || b.Allow[Update].Percent != 10 || b.Floor != 2 || !b.Allow[Output].Unlimited || b.Allow[Delete].Named:
		t.Errorf("numbers: %+v", b.Line)
	case len(b.Limits) != 2 || b.Limits[0].Allow[Update].Count != 6 || len(b.Limits[1].Select.Changed) != 3:
		t.Errorf("limits: %+v", b.Limits)
	case len(b.Protect) != 2 || b.protects(Forget) || !b.protects(Delete):
		t.Errorf("protect: %+v", b.Protect)
	case len(b.Exceptions[0].Addresses) != 2 || !b.Exceptions[0].Expires.Equal(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)):
		t.Errorf("exception: %+v", b.Exceptions[0])
	case b.Score.Max != 100 || b.Score.Default != 1 || b.Score.Weights[0].Of[Delete] != 50:
		t.Errorf("score: %+v", b.Score)
	case b.Total.Allow[Create].Count != 100 || !b.AllowIncomplete || b.AllowDeferred:
		t.Errorf("total: %+v", b.Total)
	case b.Pos.Line != 2 || b.Allow[Create].Pos.Line != 4 || b.Protect[1].Pos.Column <= b.Protect[0].Pos.Column:
		t.Errorf("places: %v %v", b.Pos, b.Allow[Create].Pos)
	case strings.Join(b.objectPath("aws_network_acl"), ".") != "rules.all" || b.objectPath("kready_network") == nil || b.objectPath("kready_cidr_pool") != nil:
		t.Error("objects")
	}
	json, err := ParseBudget([]byte(`{"budget":{"production":{"create":20,"update":"10%","limit":{"x":{"types":["a"],"delete":1}},"protect":["a.b"]}}}`), "b.json")
	if err != nil || json.Budgets[0].Allow[Create].Count != 20 || json.Budgets[0].Limits[0].Allow[Delete].Count != 1 {
		t.Errorf("JSON: %v", err)
	}
}

// TestBadBudgets proves that each mistake is refused where it is, and that
// the nearest budget without it is not.
func TestBadBudgets(t *testing.T) {
	in := func(s string) string { return "budget \"b\" {\n" + s + "\n}\n" }
	exception := func(s string) string {
		return in(`exception "x" {` + "\n" + s + "\n}")
	}
	const rest = "\nactions = [\"delete\"]\nreason = \"r\"\nexpires = \"2027-01-01\""
	limit := func(s string) string { return in(`limit "x" {` + "\n" + s + "\n}") }
	for name, test := range map[string]struct{ bad, where, why, good string }{
		"syntax":              {"budget \"b\" {\n  create = \n}", "b.hcl:2:", "expression", in("create = 1")},
		"no budget":           {"\n", "b.hcl:1:1", "No budget", in("")},
		"no name":             {"budget {\n}", "b.hcl:1:", "name", in("")},
		"two of a name":       {in("") + in(""), "b.hcl:4:1", "Two budgets", in("") + strings.Replace(in(""), `"b"`, `"c"`, 1)},
		"unknown word":        {in("destroy = 1"), "b.hcl:2:1", "destroy", in("delete = 1")},
		"unknown block":       {in("limits \"x\" {\n}"), "b.hcl:2:1", "limits", in("")},
		"negative":            {in("create = -1"), "b.hcl:2:10", "create", in("create = 0")},
		"fraction":            {in("create = 1.5"), "b.hcl:2:10", "create", in("create = 1")},
		"huge":                {in("create = 99999999999999999999"), "b.hcl:2:10", "create", in("create = 999999999999")},
		"text":                {in(`create = "many"`), "b.hcl:2:10", "many", in(`create = "unlimited"`)},
		"number as text":      {in(`create = "x1"`), "b.hcl:2:10", "x1", in(`create = "1"`)},
		"null":                {in("create = null"), "b.hcl:2:10", "create", in("create = 0")},
		"bool":                {in("create = true"), "b.hcl:2:10", "create", in("create = 1")},
		"variable":            {in("create = var.n"), "b.hcl:2:10", "ariable", in("create = 1")},
		"percent":             {in(`create = "101%"`), "b.hcl:2:10", "101%", in(`create = "100%"`)},
		"floor of nothing":    {in("create = 1\nfloor = 1"), "b.hcl:3:1", "floor", in("create = \"1%\"\nfloor = 1")},
		"match not a list":    {in(`match = "x"`), "b.hcl:2:9", "list of strings", in(`match = ["x"]`)},
		"protect pattern":     {in(`protect = ["aws_db_instance"]`), "b.hcl:2:12", "TYPE.NAME", in(`protect = ["aws_db_instance.*"]`)},
		"second protect":      {in(`protect = ["a.b", "c"]`), "b.hcl:2:19", `"c"`, in(`protect = ["a.b", "c.d"]`)},
		"protect_from":        {in(`protect_from = ["destroy"]`), "b.hcl:2:17", "destroy", in(`protect_from = ["delete"]`)},
		"limit of nothing":    {limit("create = 1"), "b.hcl:2:1", "Say what", limit("types = [\"a\"]\ncreate = 1")},
		"limit without kind":  {limit(`types = ["a"]`), "b.hcl:2:1", "Name at least", limit("types = [\"a\"]\ncreate = 1")},
		"empty list":          {limit("types = []\nmodules = [\"module.a\"]\ncreate = 1"), "b.hcl:3:1", "nothing", limit("modules = [\"module.a\"]\ncreate = 1")},
		"type with a dot":     {limit("types = [\"a.b\"]\ncreate = 1"), "b.hcl:3:10", "a.b", limit("types = [\"a_*\"]\ncreate = 1")},
		"module":              {limit("modules = [\"a.b\"]\ncreate = 1"), "b.hcl:3:", "not a module", limit("modules = [\"module.b\"]\ncreate = 1")},
		"changed":             {limit("changed = [\"a..b\"]\nupdate = 1"), "b.hcl:3:12", "a..b", limit("changed = [\"a.b\"]\nupdate = 1")},
		"two limits":          {in("limit \"x\" {\n types=[\"a\"]\n create=1\n}\nlimit \"x\" {\n types=[\"b\"]\n create=1\n}"), "b.hcl:6:1", "another limit", in("limit \"x\" {\n types=[\"a\"]\n create=1\n}\nlimit \"y\" {\n types=[\"b\"]\n create=1\n}")},
		"pattern exception":   {exception(`addresses = ["aws_x.*"]` + rest), "b.hcl:3:14", "exact", exception(`addresses = ["aws_x.a"]` + rest)},
		"no addresses":        {exception(rest), "b.hcl:2:1", "addresses", exception(`addresses = ["aws_x.a"]` + rest)},
		"no reason":           {exception("addresses = [\"a.b\"]\nactions = [\"delete\"]\nreason = \" \"\nexpires = \"2027-01-01\""), "b.hcl:2:1", "reason", exception(`addresses = ["a.b"]` + rest)},
		"no actions":          {exception("addresses = [\"a.b\"]\nreason = \"r\"\nexpires = \"2027-01-01\""), "b.hcl:2:1", "actions", exception(`addresses = ["a.b"]` + rest)},
		"no end":              {exception("addresses = [\"a.b\"]\nactions = [\"delete\"]\nreason = \"r\""), "b.hcl:2:1", "expires", exception(`addresses = ["a.b"]` + rest)},
		"bad end":             {exception(strings.Replace(`addresses = ["a.b"]`+rest, "2027-01-01", "next week", 1)), "b.hcl:6:11", "expires", exception(`addresses = ["a.b"]` + rest)},
		"freeze without time": {in("freeze \"x\" {\n}"), "b.hcl:2:1", "from and until", in("freeze \"x\" {\n days = [\"fri\"]\n}")},
		"half a freeze":       {in("freeze \"x\" {\n from = \"2026-12-01\"\n}"), "b.hcl:2:1", "both", in("freeze \"x\" {\n from = \"2026-12-01\"\n until = \"2026-12-01\"\n}")},
		"freeze backwards":    {in("freeze \"x\" {\n from = \"2026-12-02\"\n until = \"2026-12-01\"\n}"), "b.hcl:4:2", "after", in("freeze \"x\" {\n from = \"2026-12-01\"\n until = \"2026-12-02\"\n}")},
		"day":                 {in("freeze \"x\" {\n days = [\"Freitag\"]\n}"), "b.hcl:3:10", "Freitag", in("freeze \"x\" {\n days = [\"Friday\"]\n}")},
		"time of day":         {in("freeze \"x\" {\n days = [\"fri\"]\n start = \"4pm\"\n}"), "b.hcl:4:2", "16:00", in("freeze \"x\" {\n days = [\"fri\"]\n start = \"16:00\"\n}")},
		"zone":                {in("freeze \"x\" {\n days = [\"fri\"]\n timezone = \"Mars\"\n}"), "b.hcl:4:2", "Europe/Berlin", in("freeze \"x\" {\n days = [\"fri\"]\n timezone = \"America/New_York\"\n}")},
		"score without max":   {in("score {\n}"), "b.hcl:2:1", "max", in("score {\n max = 1\n}")},
		"weightless":          {in("score {\n max = 1\n default = 0\n}"), "b.hcl:4:2", "slip through", in("score {\n max = 1\n default = 1\n}")},
		"weight of nothing":   {in("score {\n max = 1\n weight \"x\" {\n types = [\"a\"]\n }\n}"), "b.hcl:4:2", "Name at least", in("score {\n max = 1\n weight \"x\" {\n types = [\"a\"]\n delete = 2\n }\n}")},
		"two scores":          {in("score {\n max = 1\n}\nscore {\n max = 1\n}"), "b.hcl:5:1", "One is enough", in("score {\n max = 1\n}")},
		"objects":             {in(`objects = { a = 1 }`), "b.hcl:2:11", "objects", in(`objects = { a = "b.c" }`)},
		"objects list":        {in(`objects = ["a"]`), "b.hcl:2:11", "map", in(`objects = { a = "b" }`)},
		"allow":               {in(`allow_deferred = 1`), "b.hcl:2:18", "true or false", in(`allow_deferred = true`)},
	} {
		_, err := ParseBudget([]byte(test.bad), "b.hcl")
		var r *Refusal
		if !errors.As(err, &r) || r.Code != BadBudget || !strings.Contains(err.Error(), test.where) || !strings.Contains(err.Error(), test.why) {
			t.Errorf("%s: %v, want %s and %q", name, err, test.where, test.why)
		}
		if _, err := ParseBudget([]byte(test.good), "b.hcl"); err != nil {
			t.Errorf("%s: the nearest good one is refused: %v", name, err)
		}
	}
}

// TestAllMistakesAtOnce proves that one run reports everything that is wrong.
func TestAllMistakesAtOnce(t *testing.T) {
	_, err := ParseBudget([]byte("budget \"b\" {\n create = -1\n update = \"x\"\n protect = [\"y\"]\n}\n"), "b.hcl")
	if err == nil || strings.Count(err.Error(), "b.hcl:") != 3 {
		t.Errorf("%v", err)
	}
}

// FuzzBudgetFile proves that no file crashes the parser and that whatever it
// takes can be evaluated.
func FuzzBudgetFile(f *testing.F) {
	f.Add([]byte(wholeBudget))
	f.Add([]byte(`budget "b" { create = 1 }`))
	f.Fuzz(func(t *testing.T, src []byte) {
		file, err := ParseBudget(src, "b.hcl")
		if err != nil {
			var r *Refusal
			if !errors.As(err, &r) {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		for _, b := range file.Budgets {
			NewEvaluation(b, someTime)
		}
	})
}

// TestFreezeWindows proves when a freeze holds.
func TestFreezeWindows(t *testing.T) {
	parse := func(body string) *Freeze {
		f, err := ParseBudget([]byte("budget \"b\" {\n freeze \"x\" {\n"+body+"\n}\n}"), "b.hcl")
		if err != nil {
			t.Fatal(err)
		}
		return f.Budgets[0].Freezes[0]
	}
	once := parse(`from = "2026-12-18"
 until = "2026-12-20"`)
	night := parse(`days = ["fri"]
 start = "22:00"
 end = "06:00"
 timezone = "Europe/Berlin"`)
	day := parse(`days = ["sat", "sun"]`)
	for _, test := range []struct {
		f    *Freeze
		at   string
		want bool
	}{
		{once, "2026-12-17T23:59:59Z", false}, {once, "2026-12-18T00:00:00Z", true}, {once, "2026-12-20T23:59:59Z", true}, {once, "2026-12-21T00:00:00Z", false},
		{night, "2026-11-20T20:59:59Z", false}, {night, "2026-11-20T21:00:00Z", true}, {night, "2026-11-21T04:59:59Z", true}, {night, "2026-11-21T05:00:00Z", false}, {night, "2026-11-21T21:30:00Z", false},
		{day, "2026-11-20T23:59:59Z", false}, {day, "2026-11-21T00:00:00Z", true}, {day, "2026-11-22T23:59:59Z", true}, {day, "2026-11-23T00:00:00Z", false},
	} {
		at, err := time.Parse(time.RFC3339, test.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := test.f.open(at); got != test.want {
			t.Errorf("%s at %s: %t", test.f.Label, test.at, got)
		}
	}
}
