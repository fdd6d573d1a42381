package web

import (
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/examples/helpdesk/demo"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

//go:embed assets
var assets embed.FS

// A Store keeps tickets, mails and files.
type Store interface {
	storage.Store
	storage.Blobs
}

// Config is what the pages show.
type Config struct {
	Engine *ticketmail.Engine
	Store  Store
	People *memdirectory.Directory
	Post   *demo.PostOffice // nil: real servers, and no pages that stand for mail programs
	Key    []byte           // signs the cookies; empty: one of this process, whose end signs everybody out
	Logger *slog.Logger     // nil: no logging
}

// A site answers requests.
type site struct {
	Config
	pages pages
	forms forms
}

// New returns the pages, for the root of a server.
func New(cfg Config) (http.Handler, error) {
	if cfg.Engine == nil || cfg.Store == nil || cfg.People == nil {
		return nil, errors.New("engine, store and people are required")
	}
	p, err := parsePages()
	if err != nil {
		return nil, err
	}
	s := &site{Config: cfg, pages: p}
	if len(s.Key) == 0 {
		s.Key = []byte(rand.Text())
	}
	admin, err := s.newConsole()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle(AdminPrefix+"/", admin)
	mux.Handle("/", s.guarded(s.routes()))
	return mux, nil
}

func (s *site) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", http.FileServerFS(assets))
	mux.HandleFunc("GET /signin", s.askWho)
	mux.HandleFunc("POST /signin", s.signIn)
	mux.HandleFunc("POST /signout", s.signOut)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		who := s.reader(r)
		s.fail(w, r, who, fmt.Errorf("page %s: %w", r.URL.Path, storage.ErrNotFound))
	})
	mux.Handle("GET /{$}", http.RedirectHandler("/tickets", http.StatusSeeOther))

	mux.HandleFunc("GET /tickets", s.signed(s.list))
	mux.HandleFunc("POST /tickets", s.signed(s.create))
	mux.HandleFunc("GET /tickets/new", s.signed(s.blank))
	mux.HandleFunc("GET /tickets/{id}", s.signed(s.ticket))
	mux.HandleFunc("GET /tickets/{id}/history", s.signed(s.history))
	mux.HandleFunc("POST /tickets/{id}/comment", s.signed(s.comment))
	mux.HandleFunc("POST /tickets/{id}/edit", s.signed(s.edit))
	mux.HandleFunc("POST /tickets/{id}/status", s.signed(s.status))
	mux.HandleFunc("POST /tickets/{id}/forward", s.signed(s.forward))
	mux.HandleFunc("GET /tickets/{id}/files/{comment}/{file}", s.signed(s.file))
	mux.HandleFunc("GET /tickets/{id}/mail/{comment}", s.signed(s.mail))
	mux.HandleFunc("GET /tickets/{id}/text/{comment}", s.signed(s.text))

	if s.Post != nil {
		mux.HandleFunc("GET /mails", s.sent)
		mux.HandleFunc("GET /mails/{n}", s.sentMail)
		mux.HandleFunc("GET /write", s.writeForm)
		mux.HandleFunc("POST /write", s.write)
	}
	return mux
}

// guarded refuses forms of other sites and those without end, and tells
// browsers to run nothing.
func (s *site) guarded(next http.Handler) http.Handler {
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		if err := bounded(w, r); err != nil {
			who := s.reader(r)
			s.fail(w, r, who, err)
			return
		}
		next.ServeHTTP(w, r)
	}))
}

// bounded bounds what a request may send, and reads the form where no files
// come along.
func bounded(w http.ResponseWriter, r *http.Request) error {
	if r.URL.Path == "/tickets" || r.URL.Path == "/write" || strings.HasSuffix(r.URL.Path, "/comment") {
		r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
		return nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := r.ParseForm()
	if _, ok := errors.AsType[*http.MaxBytesError](err); err != nil && !ok {
		err = errors.Join(errForm, err)
	}
	return err
}
