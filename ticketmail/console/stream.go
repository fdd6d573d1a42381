package console

import (
	"bytes"
	"html/template"
	"log/slog"
	"net/http"
	"time"
)

// Pieces is where the pieces of a page come that is written while something
// runs: a mark that the frame around them is cut at.
func (p page) Pieces() template.HTML { return piecesMark }

const piecesMark = "<!--pieces-->"

// A stream is a page that is written piece by piece, so that it needs no script
// to show how something goes. Only one goroutine writes it.
type stream struct {
	v    *visit
	set  *template.Template
	out  *http.ResponseController
	foot []byte
}

// stream begins a page. Where the script asks for the pieces alone (the value
// "part"), there is nothing around them.
func (v *visit) stream(name string, p page) (*stream, error) {
	p.visit = v
	s := &stream{v: v, set: v.pages[name], out: http.NewResponseController(v.w)}
	var frame bytes.Buffer
	if err := s.set.ExecuteTemplate(&frame, "layout", p); err != nil {
		return nil, err
	}
	head, foot, _ := bytes.Cut(frame.Bytes(), []byte(piecesMark))
	if v.value("part") != "" {
		head, foot = nil, nil
	}
	s.foot = foot
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Content-Language", languages[v.language])
	v.w.Header().Set("X-Accel-Buffering", "no") // some proxies would keep it until the end
	_ = s.out.SetWriteDeadline(time.Time{})     // what the server allows a page is too short for this one
	v.w.WriteHeader(http.StatusOK)
	s.write(head)
	return s, nil
}

// put writes one piece: a template of the page's file.
func (s *stream) put(name string, data any) {
	var b bytes.Buffer
	if err := s.set.ExecuteTemplate(&b, name, data); err != nil {
		s.v.log.LogAttrs(s.v.r.Context(), slog.LevelError, "piece of a page cannot be written", slog.String("piece", name), slog.Any("error", err))
		return
	}
	s.write(b.Bytes())
}

// alive writes what nobody sees, so that nothing on the way takes the
// connection for dead.
func (s *stream) alive() { s.write([]byte("\n")) }

// end ends the page.
func (s *stream) end() { s.write(s.foot) }

func (s *stream) write(piece []byte) {
	_, _ = s.v.w.Write(piece) // who does not read on ends the request's context
	_ = s.out.Flush()
}
