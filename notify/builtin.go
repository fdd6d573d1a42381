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
// subject in the first line, the text after a blank one; and the built-in text
// modules, all in templates/<language>/modules.<audience>.txt, each after a
// line "== <name>".
//
//go:embed templates
var builtinFiles embed.FS

// builtinTemplates compiles the built-in templates once.
var builtinTemplates = sync.OnceValue(func() templateSets {
	sets := templateSets{}
	if broken := sets.load(builtin(), nil); len(broken) > 0 {
		panic("notify: built-in " + broken[0].Error()) // embedded, and compiled by the tests
	}
	return sets
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
		name, audience, ok := strings.Cut(strings.TrimSuffix(path.Base(file), ".txt"), ".")
		if !ok {
			panic(fmt.Sprintf("notify: %s needs a name <event>.<audience>.txt", file))
		}
		t := Template{Name: name, Audience: Audience(audience), Language: path.Base(path.Dir(file))}
		if name == "modules" {
			list = append(list, builtinModules(t, string(data))...)
			continue
		}
		if t.Subject, t.Text, ok = strings.Cut(strings.TrimPrefix(string(data), "Subject: "), "\n\n"); !ok {
			panic(fmt.Sprintf("notify: %s needs a subject, a blank line and a text", file))
		}
		list = append(list, t)
	}
	return list
}

// builtinModules cuts a file of modules.
func builtinModules(t Template, file string) []Template {
	var list []Template
	for _, block := range strings.Split("\n"+file, "\n== ")[1:] {
		name, text, _ := strings.Cut(block, "\n")
		t.Name, t.Text = modulePrefix+name, strings.TrimSpace(text)+"\n"
		list = append(list, t)
	}
	return list
}

// BuiltinTemplates returns the built-in templates and text modules, for forms
// that start from them. The caller owns the slice.
func BuiltinTemplates() []Template { return builtin() }
