package notify

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
)

// The built-in templates: templates/<language>/<event>.<audience>.txt, the
// subject in the first line, the text after a blank one.
//
//go:embed templates
var builtinFiles embed.FS

// builtinTemplates compiles the built-in templates once.
var builtinTemplates = sync.OnceValue(func() *Templates {
	t, err := NewTemplates()
	if err != nil {
		panic("notify: built-in " + err.Error()) // embedded, and compiled by the tests
	}
	return t
})

// builtin reads the embedded templates, in the order of their paths.
func builtin() []Template {
	var list []Template
	files, err := fs.Glob(builtinFiles, "templates/*/*.txt")
	if err != nil {
		panic(err)
	}
	for _, file := range files {
		data, err := fs.ReadFile(builtinFiles, file)
		if err != nil {
			panic(err)
		}
		subject, text, ok := strings.Cut(string(data), "\n\n")
		name, audience, ok2 := strings.Cut(strings.TrimSuffix(path.Base(file), ".txt"), ".")
		if !ok || !ok2 {
			panic(fmt.Sprintf("notify: %s needs <event>.<audience>.txt, a subject, a blank line and a text", file))
		}
		list = append(list, Template{
			Name: name, Audience: Audience(audience), Language: path.Base(path.Dir(file)),
			Subject: strings.TrimPrefix(subject, "Subject: "), Text: text,
		})
	}
	return list
}

// BuiltinTemplates returns the built-in templates, for forms that start from
// them. The caller owns the slice.
func BuiltinTemplates() []Template { return builtin() }
