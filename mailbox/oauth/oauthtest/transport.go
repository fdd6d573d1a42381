package oauthtest

import (
	"context"
	"io"
	"net/http"
	"sync"
)

// Transport returns a transport that hands requests for the server's URL to
// it within the process, and refuses all others.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ server *Server }

// RoundTrip implements [http.RoundTripper].
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme+"://"+r.URL.Host != t.server.URL {
		return nil, io.ErrClosedPipe
	}
	pr, pw := io.Pipe()
	w := &pipeWriter{body: pw, header: http.Header{}, begun: make(chan struct{})}
	stop := context.AfterFunc(r.Context(), func() { _ = pw.CloseWithError(context.Cause(r.Context())) })
	inner := r.Clone(r.Context())
	go func() {
		defer stop()
		defer func() {
			if v := recover(); v == http.ErrAbortHandler { //nolint:errorlint // as net/http compares it
				_ = pw.CloseWithError(io.ErrUnexpectedEOF)
				w.fail()
			} else if v != nil {
				panic(v)
			}
			_ = inner.Body.Close()
		}()
		t.server.ServeHTTP(w, inner)
		w.WriteHeader(http.StatusOK)
		_ = pw.Close()
	}()
	select {
	case <-w.begun:
	case <-r.Context().Done():
		return nil, context.Cause(r.Context())
	}
	if w.status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: pr, ContentLength: -1, Request: r,
	}, nil
}

// A pipeWriter is the server's side of an answer.
type pipeWriter struct {
	body   *io.PipeWriter
	header http.Header
	once   sync.Once
	begun  chan struct{} // closed once status and sent are there
	sent   http.Header
	status int // 0: the answer got lost
}

func (w *pipeWriter) Header() http.Header { return w.header }

func (w *pipeWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.begun)
	})
}

func (w *pipeWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// fail ends an answer that has not begun.
func (w *pipeWriter) fail() { w.once.Do(func() { close(w.begun) }) }
