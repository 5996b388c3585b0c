//go:build unix

package ledger

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// place is one real store: a configuration of a fresh ledger in it.
type place struct {
	name string
	make func(t *testing.T) Config
}

// places are all kinds of ledgers, each on the real thing: the file system, a
// PostgreSQL server, moto's S3 and Azurite, started by the test.
var places = []place{
	{"file", func(t *testing.T) Config { return Config{Path: filepath.Join(t.TempDir(), "ledger.json")} }},
	{"postgres", startPostgres},
	{"s3", startMoto},
	{"azure_blob", startAzurite},
}

// program finds a server's program. Where it is missing the test is skipped on
// a person's machine and fails in CI, so that the gap shows.
func program(t *testing.T, advice string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if found, _ := filepath.Glob(name); len(found) > 0 {
			return found[len(found)-1]
		}
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed: %s", names[0], advice)
	}
	t.Skipf("%s is not installed: %s", names[0], advice)
	return ""
}

// serve starts a server and waits until ready answers nil.
func serve(t *testing.T, command *exec.Cmd, ready func() error) {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	var ended error // read it after exited
	go func() { ended = command.Wait(); close(exited) }()
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGINT)
		select {
		case <-exited:
		case <-time.After(10 * time.Second):
			_ = command.Process.Kill()
		}
		_ = log.Close()
	})
	for {
		err := ready()
		if err == nil {
			return
		}
		select {
		case <-exited:
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("%s ended: %v\n%s", command, ended, text)
		case <-t.Context().Done():
			t.Fatalf("%s is not ready: %v", command, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// freePort asks the system for one.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

func startPostgres(t *testing.T) Config {
	t.Helper()
	server := program(t, "apt-get install postgresql", "/usr/lib/postgresql/*/bin/postgres", "postgres")
	folder, err := os.MkdirTemp("", "kready-postgres-") //nolint:usetesting // PostgreSQL may run as another user, who can't enter what t.TempDir lies in
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	identity := notRoot(t, folder)
	data := filepath.Join(folder, "data")
	initdb := exec.Command(filepath.Join(filepath.Dir(server), "initdb"), "-D", data, "-U", "kready", "-A", "trust", "-N")
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: identity}
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	command := exec.Command(server, "-D", data, "-k", folder, "-F", "-c", "listen_addresses=", "-c", "max_connections=200")
	command.SysProcAttr = &syscall.SysProcAttr{Credential: identity}
	config := Config{Postgres: "host=" + folder + " user=kready dbname=postgres"}
	serve(t, command, func() error {
		opened, err := Open(config, testOptions())
		if err == nil {
			_, err = opened.Read(context.Background())
		}
		return err
	})
	return config
}

// notRoot is an identity that PostgreSQL agrees to run as, and gives it the
// folder.
func notRoot(t *testing.T, folder string) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.Atoi(found.Uid)
		gid, errGID := strconv.Atoi(found.Gid)
		if err := errors.Join(errUID, errGID, os.Chown(folder, uid, gid)); err != nil {
			t.Fatal(err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	t.Fatal("there is no user but root to run PostgreSQL as")
	return nil
}

func startMoto(t *testing.T) Config {
	t.Helper()
	port := freePort(t)
	command := exec.Command(program(t, "pip install 'moto[s3,server]'", "moto_server"), "-H", "127.0.0.1", "-p", port)
	address := "http://127.0.0.1:" + port
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	serve(t, command, func() error { return answers(address + "/moto-api/") })
	config := S3Config{Bucket: "ledgers", Key: "shared.json", Region: "us-east-1", EndpointURL: address}
	client, err := (&s3Store{config: config}).open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(config.Bucket)}); err != nil {
		t.Fatal(err)
	}
	return Config{S3: &config}
}

func answers(address string) error {
	answer, err := http.Get(address)
	if err == nil {
		_ = answer.Body.Close()
	}
	return err
}

// Azurite's well-known account (Azure's documentation of the emulator).
const (
	azuriteAccount = "devstoreaccount1"
	azuriteKey     = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

func startAzurite(t *testing.T) Config {
	t.Helper()
	port := freePort(t)
	command := exec.Command(program(t, "npm install -g azurite", "azurite-blob"),
		"--blobHost", "127.0.0.1", "--blobPort", port, "--location", t.TempDir(), "--silent", "--skipApiVersionCheck", "--disableTelemetry")
	address := fmt.Sprintf("http://127.0.0.1:%s/%s/ledgers", port, azuriteAccount)
	serve(t, command, func() error { return answers(address) })
	key, err := container.NewSharedKeyCredential(azuriteAccount, azuriteKey)
	if err != nil {
		t.Fatal(err)
	}
	client, err := container.NewClientWithSharedKeyCredential(address, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Create(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	signed, err := client.GetSASURL(sas.ContainerPermissions{Read: true, Write: true, Create: true}, time.Now().Add(time.Hour), nil)
	if err != nil {
		t.Fatal(err)
	}
	return Config{AzureBlob: &BlobConfig{ContainerURL: signed, Blob: "shared.json"}}
}

// environment hands a configuration to another process.
func (c Config) environment() []string {
	switch {
	case c.Path != "":
		return []string{"CLAIM_PATH=" + c.Path}
	case c.Postgres != "":
		return []string{"CLAIM_POSTGRES=" + c.Postgres}
	case c.S3 != nil:
		return []string{"CLAIM_S3=" + strings.Join([]string{c.S3.Bucket, c.S3.Key, c.S3.Region, c.S3.EndpointURL}, " ")}
	default:
		return []string{"CLAIM_BLOB=" + c.AzureBlob.ContainerURL + " " + c.AzureBlob.Blob}
	}
}

func configFromEnvironment() Config {
	if s3 := strings.Fields(os.Getenv("CLAIM_S3")); len(s3) == 4 {
		return Config{S3: &S3Config{Bucket: s3[0], Key: s3[1], Region: s3[2], EndpointURL: s3[3]}}
	}
	if blob := strings.Fields(os.Getenv("CLAIM_BLOB")); len(blob) == 2 {
		return Config{AzureBlob: &BlobConfig{ContainerURL: blob[0], Blob: blob[1]}}
	}
	return Config{Path: os.Getenv("CLAIM_PATH"), Postgres: os.Getenv("CLAIM_POSTGRES")}
}
