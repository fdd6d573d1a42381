package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
)

//go:embed pages
var pageFiles embed.FS

// pages are the templates, one set per page, by the name of its file.
type pages map[string]*template.Template

// loadPages parses the templates. Those in pages/parts belong to all others.
func loadPages() (pages, error) {
	base, err := template.New("").ParseFS(pageFiles, "pages/parts/*.html")
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil {
		return nil, err
	}
	all := pages{}
	for _, file := range files {
		set, err := base.Clone()
		if err == nil {
			set, err = set.ParseFS(pageFiles, file)
		}
		if err != nil {
			return nil, fmt.Errorf("page %s: %w", file, err)
		}
		all[strings.TrimSuffix(strings.TrimPrefix(file, "pages/"), ".html")] = set
	}
	return all, nil
}

// A page is what a template shows.
type page struct {
	*visit
	Title  string
	Nav    string // path of the line of the menu that is marked
	Crumbs []crumb
	Done   string // what was carried out before
	Body   any
}

// A crumb is a page above the one shown.
type crumb struct{ Text, URL string }

// doneKeys are what a page may say of the form that led to it. The address
// names it, so nothing else is ever shown.
const donePrefix = "done."

// show answers with a page.
func (v *visit) show(name string, p page) error {
	v.render(http.StatusOK, name, p)
	return nil
}

// refuse answers with the page of a form that was refused.
func (v *visit) refuse(name string, p page) error {
	v.render(http.StatusUnprocessableEntity, name, p)
	return nil
}

func (v *visit) render(status int, name string, p page) {
	p.visit = v
	if done := donePrefix + v.r.Form.Get("done"); status == http.StatusOK && v.has(done) {
		p.Done = v.T(done)
	}
	var b bytes.Buffer
	if err := v.pages[name].ExecuteTemplate(&b, "layout", p); err != nil {
		v.log.LogAttrs(v.r.Context(), slog.LevelError, "page cannot be written", slog.String("page", name), slog.Any("error", err))
		http.Error(v.w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", languages[v.language])
	h.Set("Vary", "Accept-Language, Cookie")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(b.Bytes())
}

// part answers with a piece of a page, for the script.
func (v *visit) part(page, name string, data any) error {
	var b bytes.Buffer
	if err := v.pages[page].ExecuteTemplate(&b, name, data); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err := v.w.Write(b.Bytes())
	return err
}
