package web

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"sync"

	"example.com/ticketmail/escalation"
)

// maxForms is how many forms are remembered, the last ones.
const maxForms = 1000

// forms remembers where forms have led: one that comes twice, by a double click
// or a page loaded again, does one thing and leads there once more. Each form
// has a token of its own; with other words in it the same form is another one.
type forms struct {
	mu    sync.Mutex
	sent  map[[sha256.Size]byte]*sent
	order [][sha256.Size]byte
}

// sent is one form.
type sent struct {
	mu sync.Mutex // held while it is carried out
	to string     // where it has led; empty: nowhere yet
}

// once carries a form out, unless that was done.
func (f *forms) once(w http.ResponseWriter, r *http.Request, who escalation.Person, act func(w http.ResponseWriter) error) error {
	if r.PostFormValue("once") == "" {
		return act(w)
	}
	one := f.find(formKey(r, who))
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.to != "" {
		http.Redirect(w, r, one.to, http.StatusSeeOther)
		return nil
	}
	l := &leading{ResponseWriter: w}
	err := act(l)
	one.to = l.to
	return err
}

func (f *forms) find(key [sha256.Size]byte) *sent {
	f.mu.Lock()
	defer f.mu.Unlock()
	if one := f.sent[key]; one != nil {
		return one
	}
	if len(f.order) == maxForms {
		delete(f.sent, f.order[0])
		f.order = f.order[1:]
	}
	if f.sent == nil {
		f.sent = map[[sha256.Size]byte]*sent{}
	}
	f.sent[key] = &sent{}
	f.order = append(f.order, key)
	return f.sent[key]
}

// formKey stands for who sends what where. Of files the name and content count.
func formKey(r *http.Request, who escalation.Person) (key [sha256.Size]byte) {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%q %q %q", who.ID, r.URL.Path, r.PostForm.Encode())
	if r.MultipartForm != nil {
		for _, file := range r.MultipartForm.File["files"] {
			_, _ = fmt.Fprintf(h, " %q %d ", file.Filename, file.Size)
			if content, err := file.Open(); err == nil { // else sending it fails too
				_, _ = io.Copy(h, content)
				_ = content.Close()
			}
		}
	}
	h.Sum(key[:0])
	return key
}

// leading notes where an answer leads.
type leading struct {
	http.ResponseWriter
	to string
}

// WriteHeader notes it.
func (l *leading) WriteHeader(status int) {
	if status == http.StatusSeeOther {
		l.to = l.Header().Get("Location")
	}
	l.ResponseWriter.WriteHeader(status)
}
