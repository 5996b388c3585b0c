package acceptance

import (
	"bytes"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/kready-io/terraform-provider-kready/internal/proof"
)

// TestAccSecrets plants secrets where kready could come across them: the
// credentials that it calls with, the value of a secret in its vault, the token
// of a cluster that an ephemeral resource opens. None is in the state, a plan,
// the logs at TRACE, what is printed, or the sandbox's files.
func TestAccSecrets(t *testing.T) {
	const key, session, value = "PlantedKeyQ7x", "PlantedSessionQ7x", "PlantedValueQ7x"
	planted := map[string]*regexp.Regexp{
		"secret key": regexp.MustCompile(key), "session token": regexp.MustCompile(session), "secret's value": regexp.MustCompile(value),
		"cluster token": regexp.MustCompile(`k8s-aws-v1\.[A-Za-z0-9_-]{20}`),
	}
	logs := filepath.Join(t.TempDir(), "trace.log")
	b := newBox(t)
	server := httptest.NewServer(b.Handler())
	defer server.Close()
	for name, text := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIAPLANTED", "AWS_SECRET_ACCESS_KEY": key, "AWS_SESSION_TOKEN": session, "AWS_EC2_METADATA_DISABLED": "true",
		"TF_LOG": "TRACE", "TF_LOG_PATH": logs,
	} {
		t.Setenv(name, text)
	}
	secrets := secretsmanager.New(secretsmanager.Options{Region: "eu-west-1", BaseEndpoint: aws.String(server.URL),
		Credentials: credentials.NewStaticCredentialsProvider("AKIAPLANTED", key, session)})
	if _, err := secrets.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("shop/db"), SecretString: aws.String(value)}); err != nil {
		t.Fatal(err)
	}

	var printed bytes.Buffer
	through := func(w *workspace, args ...string) {
		out, code := w.run(append(args, "-no-color")...)
		printed.WriteString(out)
		if code != 0 {
			t.Fatalf("%v exits with %d:\n%s", args, code, out)
		}
	}
	// A real endpoint, with the credentials in the environment: what is read and
	// made there is few calls, because its polls take real seconds.
	vault := newWorkspace(t, "provider \"kready\" {\n  owner = \"team\"\n  aws   = { endpoint_url = "+quote(server.URL)+" }\n}\n"+clusterConfig+`
resource "kready_vault" "eu" {
  design      = kready_cluster_blueprint.eu.design.vault
  incarnation = kready_cluster_blueprint.eu.incarnation
}
`)
	through(vault, "apply", "-auto-approve")
	through(vault, "plan", "-out=tfplan")
	through(vault, "show", "-json", "tfplan")
	whole := newWorkspace(t, newBox(t).config(t)+"\nephemeral \"kready_cluster_credentials\" \"eu\" {\n  cluster_id = module.eu.id\n}\n")
	through(whole, "apply", "-auto-approve")
	through(whole, "plan", "-out=tfplan")
	through(whole, "show", "-json", "tfplan")
	through(whole, "output", "-json")

	places := map[string][]byte{"output": printed.Bytes()}
	for _, folder := range []string{vault.dir, whole.dir, filepath.Dir(b.path), filepath.Dir(logs)} {
		if err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			places[path], err = os.ReadFile(path)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if len(places[logs]) < 1<<16 || !bytes.Contains(places[logs], []byte("kready")) {
		t.Fatalf("the log at TRACE has %d bytes: it proves nothing", len(places[logs]))
	}
	points := 0
	for path, text := range places {
		for what, form := range planted {
			points++
			if found := form.FindIndex(text); found != nil {
				from := max(found[0]-80, 0)
				t.Errorf("%s holds the %s: …%s…", path, what, strings.ToValidUTF8(string(text[from:found[0]]), "?"))
			}
		}
	}
	proof.Record(proof.Secrets, "aws", proof.Terraform, points, t.Failed())
	t.Setenv("TF_LOG", "")
	if _, err := secrets.DeleteSecret(t.Context(), &secretsmanager.DeleteSecretInput{SecretId: aws.String("shop/db"), ForceDeleteWithoutRecovery: aws.Bool(true)}); err != nil {
		t.Fatal(err)
	}
	vault.destroy()
	whole.destroy()
}
