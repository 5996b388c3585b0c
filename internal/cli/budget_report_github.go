package cli

import (
	"fmt"
	"io"
	"strings"
)

// reportGitHub writes workflow commands, which GitHub Actions shows as
// annotations of the lines that they name.
func reportGitHub(w io.Writer, r *result, root string) error {
	command := "error"
	if r.advisory || r.approved != "" {
		command = "warning"
	}
	var b strings.Builder
	for _, is := range r.located(root) {
		text := is.message
		if is.plan != "" {
			text = is.plan + ": " + text
		}
		names := make([]string, 0, len(is.rows))
		for n, row := range is.rows {
			if n == textRows {
				break
			}
			names = append(names, row.Name)
		}
		if len(names) > 0 {
			text += "\n" + strings.Join(names, "\n")
		}
		if more := is.more + int64(len(is.rows)-len(names)); more > 0 {
			text += fmt.Sprintf("\nand %d more", more)
		}
		fmt.Fprintf(&b, "::%s file=%s,line=%d,col=%d,title=%s::%s\n", command,
			escapeProperty(is.file), is.line, max(is.column, 1), escapeProperty("change budget: "+is.rule), escapeData(text+"\n"+is.do))
	}
	if len(r.issues()) == 0 {
		fmt.Fprintf(&b, "::notice title=change budget::%s\n", escapeData(strings.ToLower(r.headline())))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// escapeData and escapeProperty are the escapes of workflow commands; text
// that is not escaped could end the command and start another.
func escapeData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func escapeProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(oneLine(s))
}
