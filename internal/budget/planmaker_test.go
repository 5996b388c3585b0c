package budget

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
)

// planMaker writes show-JSON of any size with the proportions of real plans
// of large AWS configurations: key order and lack of white space as Terraform
// writes them; half of the bytes in strings; sections resource_changes 44 %,
// planned_values 25 %, prior_state 21 %, configuration 9 %. It returns the
// true counts.
type planMaker struct {
	w      *bufio.Writer
	random *rand.Rand
}

// madeResource is what all sections tell of one resource.
type madeResource struct {
	address, typ, name, key string
	module                  string
	attributes              string
	kind                    Kind
}

// makePlan writes a plan of n resources. The same seed gives the same plan.
func makePlan(w io.Writer, n int, seed uint64) (Counts, error) {
	m := &planMaker{w: bufio.NewWriterSize(w, 1<<20), random: rand.New(rand.NewPCG(seed, 1))}
	var truth Counts
	m.text(`{"format_version":"1.2","terraform_version":"1.11.4","variables":{"region":{"value":"eu-west-1"}},"planned_values":{"root_module":{"resources":[`)
	m.each(n, seed, func(i int, r *madeResource) {
		if r.kind == Delete || r.kind == Forget {
			return
		}
		m.comma(i)
		m.stateOf(r)
	})
	m.text(`]}},"resource_changes":[`)
	m.each(n, seed, func(i int, r *madeResource) {
		m.comma(i)
		m.changeOf(r)
		truth[r.kind]++
	})
	m.text(`],"output_changes":{},"prior_state":{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{"resources":[`)
	m.each(n, seed, func(i int, r *madeResource) {
		if r.kind == Create {
			return
		}
		m.comma(i)
		m.stateOf(r)
	})
	m.text(`]}}},"configuration":{"provider_config":{"aws":{"name":"aws","full_name":"registry.terraform.io/hashicorp/aws"}},"root_module":{"resources":[`)
	m.each(n, seed, func(i int, r *madeResource) {
		m.comma(i)
		fmt.Fprintf(m.w, `{"address":"%s.%s","mode":"managed","type":"%s","name":"%s","provider_config_key":"aws","expressions":{"name":{"references":["local.names","local"]},"tags":{"references":["module.tags.all","module.tags"]},"vpc_id":{"references":["aws_vpc.main.id","aws_vpc.main"]}},"schema_version":1}`, r.typ, r.name, r.typ, r.name)
	})
	m.text(`]}},"timestamp":"2026-11-20T12:00:00Z","applyable":true,"complete":true,"errored":false}` + "\n")
	return truth, m.w.Flush()
}

var madeTypes = []string{"aws_security_group_rule", "aws_iam_role_policy_attachment", "aws_route53_record", "aws_subnet", "aws_s3_bucket", "aws_lambda_function", "aws_cloudwatch_metric_alarm", "aws_db_instance"}

// text and comma leave an error of the writer to Flush, which tells the first.
func (m *planMaker) text(s string) { _, _ = m.w.WriteString(s) }

// comma separates; the first element is always there, because the first
// resource is unchanged.
func (m *planMaker) comma(i int) {
	if i > 0 {
		m.text(",")
	}
}

// each makes the same resources in every section, from the seed again.
func (m *planMaker) each(n int, seed uint64, f func(int, *madeResource)) {
	m.random = rand.New(rand.NewPCG(seed, 2))
	for i := range n {
		r := &madeResource{typ: madeTypes[m.random.IntN(len(madeTypes))], name: fmt.Sprintf("r%d", i)}
		if m.random.IntN(3) > 0 {
			r.module = fmt.Sprintf(`module.stack[\"eu-west-%d/%c\"]`, i%3, 'a'+i%20)
		}
		if m.random.IntN(2) == 0 {
			r.key = fmt.Sprintf(`[\"key.%d\"]`, m.random.IntN(1000))
		}
		r.address = r.typ + "." + r.name + r.key
		if r.module != "" {
			r.address = r.module + "." + r.address
		}
		switch d := m.random.IntN(100); {
		case i == 0 || d < 40:
			r.kind = NoOp
		case d < 60:
			r.kind = Update
		case d < 85:
			r.kind = Create
		case d < 93:
			r.kind = Replace
		case d < 99:
			r.kind = Delete
		default:
			r.kind = Forget
		}
		r.attributes = m.attributes(r)
		f(i, r)
	}
}

// attributes writes about a kilobyte of the mix that providers keep: names,
// ARNs, nulls, nested blocks, tags and now and then a policy, which is JSON in
// a string and so full of escapes.
func (m *planMaker) attributes(r *madeResource) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"arn":"arn:aws:service:eu-west-1:111122223333:%s/%s-%08x","availability_zone":"eu-west-1%c","description":"Managed by Terraform, for %s","enable_dns":true,"id":"%s-%016x"`,
		r.typ, r.name, m.random.Uint32(), 'a'+m.random.IntN(3), r.name, r.typ[4:8], m.random.Uint64())
	for range 6 + m.random.IntN(10) {
		fmt.Fprintf(&b, `,"attribute_%d":`, m.random.IntN(100000))
		switch m.random.IntN(6) {
		case 0:
			b.WriteString("null")
		case 1:
			fmt.Fprintf(&b, "%d", m.random.IntN(65536))
		case 2:
			b.WriteString("false")
		case 3:
			b.WriteString("[]")
		case 4:
			fmt.Fprintf(&b, `["10.%d.0.0/16","10.%d.0.0/16"]`, m.random.IntN(256), m.random.IntN(256))
		default:
			fmt.Fprintf(&b, `"%x%x"`, m.random.Uint64(), m.random.Uint64())
		}
	}
	if m.random.IntN(5) == 0 {
		b.WriteString(`,"policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\",\"s3:PutObject\"],\"Resource\":\"arn:aws:s3:::bucket/*\"}]}"`)
	}
	b.WriteString(`,"tags":{"Team":"platform","Environment":"production","CostCenter":"4711"},"tags_all":{"Team":"platform","Environment":"production","CostCenter":"4711","Owner":"zo\u00eb é"},"timeouts":null}`)
	return b.String()
}

func (m *planMaker) stateOf(r *madeResource) {
	fmt.Fprintf(m.w, `{"address":"%s","mode":"managed","type":"%s","name":"%s","provider_name":"registry.terraform.io/hashicorp/aws","schema_version":1,"values":%s,"sensitive_values":{"tags":{},"tags_all":{}}}`,
		r.address, r.typ, r.name, r.attributes)
}

func (m *planMaker) changeOf(r *madeResource) {
	module := ""
	if r.module != "" {
		module = `"module_address":"` + r.module + `",`
	}
	before, after := r.attributes, r.attributes
	actions := `"` + strings.ReplaceAll(r.kind.String(), "_", "-") + `"`
	switch r.kind {
	case Replace:
		actions = `"delete","create"`
	case Create:
		before = "null"
	case Delete, Forget:
		after = "null"
	}
	if r.kind == Update || r.kind == Replace {
		after = strings.Replace(after, `"Team":"platform"`, `"Team":"core"`, 2)
	}
	fmt.Fprintf(m.w, `{"address":"%s",%s"mode":"managed","type":"%s","name":"%s","provider_name":"registry.terraform.io/hashicorp/aws","change":{"actions":[%s],"before":%s,"after":%s,"after_unknown":{"tags":{},"tags_all":{}},"before_sensitive":{"tags":{}},"after_sensitive":{"tags":{}}}}`,
		r.address, module, r.typ, r.name, actions, before, after)
}
