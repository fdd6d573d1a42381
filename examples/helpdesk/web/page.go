package web

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/escalation"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
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
	case v.Lang() == "en":
		return t.Format("2 Jan 15:04")
	case v.Lang() == "fr":
		return t.Format("02/01 15:04")
	}
	return t.Format("02.01. 15:04")
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
	v := view{Person: who, Page: page, Demo: s.Post != nil, Now: time.Now(), Data: data, lang: languageOf(who)}
	var b bytes.Buffer
	if err := s.pages[page].ExecuteTemplate(&b, "layout", v); err != nil {
		_, text := s.explain(r, err)
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
	status, text := s.explain(r, err)
	s.show(w, r, who, "error", status, map[string]any{"Error": text})
}

// explain returns the HTTP status for an error and the words of the library,
// which are for people. What went wrong inside is for the log.
func (s *site) explain(r *http.Request, err error) (status int, text string) {
	status = statusOf(err)
	if status != http.StatusInternalServerError {
		return status, err.Error()
	}
	if s.Logger != nil {
		s.Logger.LogAttrs(r.Context(), slog.LevelError, "page failed", slog.String("path", r.URL.Path), slog.Any("error", err))
	}
	return status, "internal error"
}

// errForm reports a form that cannot be read.
var errForm = errors.New("the form cannot be read")

// statusOf returns the HTTP status for an error of the engine.
func statusOf(err error) int {
	if _, ok := errors.AsType[*ticketmail.RightError](err); ok {
		return http.StatusForbidden
	}
	if _, ok := errors.AsType[*ticketmail.TransitionError](err); ok {
		return http.StatusConflict
	}
	if _, ok := errors.AsType[*ticketmail.MergedError](err); ok {
		return http.StatusConflict
	}
	if _, ok := errors.AsType[*ticketmail.UndeliverableError](err); ok {
		return http.StatusUnprocessableEntity
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge
	}
	switch {
	case errors.Is(err, errEmployees):
		return http.StatusForbidden
	case errors.Is(err, errForm):
		return http.StatusBadRequest
	case errors.Is(err, storage.ErrNotFound), errors.Is(err, escalation.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, storage.ErrConflict):
		return http.StatusConflict
	case errors.Is(err, ticketmail.ErrInvalid):
		return http.StatusUnprocessableEntity
	}
	return http.StatusInternalServerError
}
