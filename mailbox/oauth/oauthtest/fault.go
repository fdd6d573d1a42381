package oauthtest

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Fault spoils the answer to a token request. next is the provider as it
// should be.
type Fault func(next http.Handler) http.Handler

// Next spoils the next token requests, one fault each.
func (s *Server) Next(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// Always spoils all token requests that Next does not; nil ends it.
func (s *Server) Always(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.always = f
}

// counted keeps what is asked, and applies the faults.
func (s *Server) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answered := s.journal.add(Request{At: s.opts.Now(), Grant: r.PostFormValue("grant_type")})
		s.spoiled(next).ServeHTTP(&statusWriter{w, answered}, r)
	})
}

// A journal is what was asked. Its lock is held for a moment only, also while
// an answer is written.
type journal struct {
	mu       sync.Mutex
	requests []Request
}

// add appends a request, and returns what to call with the answer's status.
func (j *journal) add(r Request) (answered func(status int)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	i := len(j.requests)
	j.requests = append(j.requests, r)
	return func(status int) {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.requests[i].Status = status
	}
}

// Requests returns the requests to the token address so far.
func (s *Server) Requests() []Request {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return slices.Clone(s.journal.requests)
}

func (s *Server) spoiled(next http.Handler) http.Handler {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.always
	if len(s.faults) > 0 {
		f, s.faults = s.faults[0], s.faults[1:]
	}
	if f == nil {
		return next
	}
	return f(next)
}

// A Request is one request to the token address.
type Request struct {
	At     time.Time
	Grant  string // grant_type
	Status int    // of the answer; 0: none yet, or it got lost
}

// A statusWriter tells the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	tell func(status int)
}

func (w *statusWriter) WriteHeader(status int) {
	w.tell(status)
	w.ResponseWriter.WriteHeader(status)
}

// Fine is no fault: it lets one request of Next pass.
func Fine() Fault { return func(next http.Handler) http.Handler { return next } }

// Refused refuses with an error of the protocol and one of Microsoft's codes
// ("AADSTS65001"; may be empty).
func Refused(status int, code, aadsts string) Fault {
	return constant(func(w http.ResponseWriter) { refuse(w, status, code, aadsts, "refused") })
}

// Throttled answers 429. retryAfter is the header field, if not empty.
func Throttled(retryAfter string) Fault {
	return constant(func(w http.ResponseWriter) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		refuse(w, http.StatusTooManyRequests, "temporarily_unavailable", "", "too many requests")
	})
}

// Body answers with any status and text, as proxies and captive portals do.
func Body(status int, text string) Fault {
	return constant(func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	})
}

// Huge answers with a token followed by n bytes of nothing.
func Huge(n int) Fault {
	return constant(func(w http.ResponseWriter) {
		w.WriteHeader(http.StatusOK)
		text := `{"access_token":"x","token_type":"Bearer","expires_in":3600,"refresh_token":"y"` + strings.Repeat(" ", 4096)
		for sent := 0; sent < n; sent += len(text) {
			if _, err := w.Write([]byte(text)); err != nil {
				return
			}
			text = strings.Repeat(" ", 4096)
		}
		_, _ = w.Write([]byte("}"))
	})
}

// RedirectTo answers with a redirect: after 307 and 308 a careless client
// repeats its secrets elsewhere.
func RedirectTo(status int, address string) Fault {
	return constant(func(w http.ResponseWriter) {
		w.Header().Set("Location", address)
		w.WriteHeader(status)
	})
}

// Slow waits before it answers as it should.
func Slow(wait time.Duration) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(wait):
				next.ServeHTTP(w, r)
			case <-r.Context().Done():
			}
		})
	}
}

// Lost does what it should, but the answer gets lost.
func Lost() Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(nowhere{}, r)
			panic(http.ErrAbortHandler)
		})
	}
}

// nowhere is an answer that nobody gets.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) WriteHeader(int)             {}

func constant(write func(http.ResponseWriter)) Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { write(w) })
	}
}
