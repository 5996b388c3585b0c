// Command providerschema reduces a prebuilt CDKTF binding, which is generated
// from a Terraform provider's schema, to the schema of the resource types that
// kready's templates use. It writes them in the format of `terraform providers
// schema -json`, with where they come from.
//
//	providerschema -package PACKAGE.tgz -templates FOLDER -date YYYY-MM-DD -out FILE
//
// What the binding does not tell apart is written as the weaker of the two: an
// attribute that may be set is "optional", also where the provider would fill
// it in.
package main

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	pack := flag.String("package", "", "`file` that npm pack made of @cdktf/provider-…")
	templates := flag.String("templates", "", "`folder` of the templates, whose resource types are taken")
	date := flag.String("date", "", "`day` of the extraction")
	out := flag.String("out", "", "`file` to write")
	flag.Parse()
	if err := run(*pack, *templates, *date, *out); err != nil {
		fmt.Fprintln(os.Stderr, "providerschema:", err)
		os.Exit(1)
	}
}

// document is the file: Terraform's format, and the source.
type document struct {
	Source    string                    `json:"source"`
	Provider  string                    `json:"provider_version"`
	Extracted string                    `json:"extracted"`
	Format    string                    `json:"format_version"`
	Schemas   map[string]providerSchema `json:"provider_schemas"`
}

type providerSchema struct {
	Resources map[string]schema `json:"resource_schemas"`
	Data      map[string]schema `json:"data_source_schemas"`
}

type schema struct {
	Version int   `json:"version"`
	Block   block `json:"block"`
}

type block struct {
	Attributes map[string]attribute `json:"attributes,omitempty"`
	Blocks     map[string]nested    `json:"block_types,omitempty"`
}

type attribute struct {
	Type     any  `json:"type"`
	Required bool `json:"required,omitempty"`
	Optional bool `json:"optional,omitempty"`
	Computed bool `json:"computed,omitempty"`
}

type nested struct {
	Nesting string `json:"nesting_mode"`
	Block   block  `json:"block"`
	Min     int    `json:"min_items,omitempty"`
	Max     int    `json:"max_items,omitempty"`
}

func run(pack, templates, date, out string) error {
	resources, data, err := wanted(templates)
	if err != nil {
		return err
	}
	files, err := unpack(pack)
	if err != nil {
		return err
	}
	var about struct {
		Name, Version string
		CDKTF         struct {
			Provider struct{ Name, Version string }
		}
	}
	if err := json.Unmarshal([]byte(files["package.json"]), &about); err != nil {
		return fmt.Errorf("package.json: %w", err)
	}
	address := about.CDKTF.Provider.Name
	prefix := address[strings.LastIndex(address, "/")+1:]
	schemas := providerSchema{Resources: map[string]schema{}, Data: map[string]schema{}}
	var problems []error
	take := func(kind string, types []string, into map[string]schema) {
		for _, name := range types {
			short, ours := strings.CutPrefix(name, prefix+"_")
			if !ours {
				continue
			}
			folder := strings.ReplaceAll(short, "_", "-")
			if kind == "data" {
				folder = "data-" + prefix + "-" + folder
			}
			source, declared := files["lib/"+folder+"/index.js"], files["lib/"+folder+"/index.d.ts"]
			if source == "" {
				problems = append(problems, fmt.Errorf("%s %s: the provider has no such type (%s)", kind, name, folder))
				continue
			}
			found, err := parse(source, declared)
			if err != nil {
				problems = append(problems, fmt.Errorf("%s %s: %w", kind, name, err))
				continue
			}
			into[name] = schema{Block: found}
		}
	}
	take("resource", resources, schemas.Resources)
	take("data", data, schemas.Data)
	if err := errors.Join(problems...); err != nil {
		return err
	}
	text, err := encode(document{
		Source: "npm " + about.Name + " " + about.Version, Provider: about.CDKTF.Provider.Version, Extracted: date,
		Format: "1.0", Schemas: map[string]providerSchema{address: schemas},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(out, text, 0o644)
}

// encode writes the document with one line for each type: a type that changes
// is a line that changes.
func encode(d document) ([]byte, error) {
	lines := map[string][]byte{} // by what stands for them
	stand := func(types map[string]schema) (map[string]string, error) {
		stands := map[string]string{}
		for name, one := range types {
			line, err := json.Marshal(one)
			if err != nil {
				return nil, err
			}
			stands[name] = fmt.Sprintf("line %d", len(lines))
			lines[`"`+stands[name]+`"`] = line
		}
		return stands, nil
	}
	type kinds struct {
		Data      map[string]string `json:"data_source_schemas"`
		Resources map[string]string `json:"resource_schemas"`
	}
	short := struct {
		document
		Schemas map[string]kinds `json:"provider_schemas"`
	}{d, map[string]kinds{}}
	for address, provider := range d.Schemas {
		data, err := stand(provider.Data)
		if err != nil {
			return nil, err
		}
		resources, err := stand(provider.Resources)
		if err != nil {
			return nil, err
		}
		short.Schemas[address] = kinds{data, resources}
	}
	text, err := json.MarshalIndent(short, "", " ")
	if err != nil {
		return nil, err
	}
	text = regexp.MustCompile(`"line \d+"`).ReplaceAllFunc(text, func(stands []byte) []byte { return lines[string(stands)] })
	return append(text, '\n'), nil
}

var declaration = regexp.MustCompile(`(?m)^(resource|data) "([a-z0-9_]+)"`)

// wanted lists the types that the templates use.
func wanted(folder string) (resources, data []string, err error) {
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".tf") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, found := range declaration.FindAllStringSubmatch(string(text), -1) {
			if found[1] == "data" {
				data = append(data, found[2])
			} else {
				resources = append(resources, found[2])
			}
		}
		return nil
	})
	slices.Sort(resources)
	slices.Sort(data)
	return slices.Compact(resources), slices.Compact(data), err
}

// unpack reads the package's texts, by their paths inside of it.
func unpack(path string) (map[string]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // only read
	plain, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for archive := tar.NewReader(plain); ; {
		header, err := archive.Next()
		if err == io.EOF {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		name := strings.TrimPrefix(header.Name, "package/")
		if name != "package.json" && !strings.HasSuffix(name, "/index.js") && !strings.HasSuffix(name, "/index.d.ts") {
			continue
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			return nil, err
		}
		files[name] = string(text)
	}
}
