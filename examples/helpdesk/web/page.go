package web

import (
	"bytes"
	"crypto/rand"
	"embed"
	"html/template"
	"net/http"
	"time"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/escalation"
)

//go:embed pages/*.html
var pageFiles embed.FS

// pages are the templates by name.
type pages map[string]*template.Template

func parsePages() (pages, error) {
	p := pages{}
	for _, name := range []string{"signin", "list", "ticket", "history", "new", "error", "mails", "mail", "write"} {
		t, err := template.ParseFS(pageFiles, "pages/layout.html", "pages/"+name+".html")
		if err != nil {
			return nil, err
		}
		p[name] = t
	}
	return p, nil
}

// A view is what the templates know: who reads it, in which language, and the
// Data of the page.
type view struct {
	Person escalation.Person
	Page   string
	Demo   bool // there are pages that stand for mail programs
	Now    time.Time
	Done   string // what was just done, for people; empty: nothing
	Once   string // token of the forms of this page, see forms
	Data   any

	lang int
}

// T returns a text of the pages in the reader's language.
func (v view) T(key string) string { return word(key, v.lang) }

// Lang is the BCP 47 tag of the page.
func (v view) Lang() string { return tags[v.lang] }

// When writes a time as short as its distance allows.
func (v view) When(t time.Time) string {
	t = t.Local()
	switch {
	case t.IsZero():
		return ""
	case v.Now.Sub(t) < 20*time.Hour && t.Day() == v.Now.Day():
		return t.Format("15:04")
	case t.Year() != v.Now.Year():
		return t.Format([...]string{"02.01.2006", "2 Jan 2006", "02/01/2006"}[v.lang])
	}
	return t.Format([...]string{"02.01. 15:04", "2 Jan 15:04", "02/01 15:04"}[v.lang])
}

// With returns the view of a part of the page.
func (v view) With(data any) view {
	v.Data = data
	return v
}

// languages returns the languages in which texts are wanted by somebody.
func languages(who escalation.Person) catalog.Languages {
	return catalog.Wanted(who.Language, "", "de")
}

// show writes a page.
func (s *site) show(w http.ResponseWriter, r *http.Request, who escalation.Person, page string, status int, data any) {
	v := view{Person: who, Page: page, Demo: s.Post != nil, Now: time.Now(), Once: rand.Text(), Data: data, lang: languageOf(who)}
	if key := "done." + r.URL.Query().Get("done"); r.Method == http.MethodGet && has(key) {
		v.Done = word(key, v.lang)
	}
	var b bytes.Buffer
	if err := s.pages[page].ExecuteTemplate(&b, "layout", v); err != nil {
		_, text := s.explain(r, who, err)
		http.Error(w, text, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// fail shows the page of an error.
func (s *site) fail(w http.ResponseWriter, r *http.Request, who escalation.Person, err error) {
	status, text := s.explain(r, who, err)
	s.show(w, r, who, "error", status, map[string]any{"Error": text})
}
