package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"example.com/ticketmail/examples/helpdesk/demo"
	"example.com/ticketmail/storage"
)

var localhost = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8085}

// A second helpdesk leaves the first one's mailboxes alone.
func TestSecondStart(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no lock there")
	}
	folder := t.TempDir()
	h, err := open(t.Context(), options{data: folder, noDemo: true}, localhost, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	err = run(t.Context(), []string{"-addr", "127.0.0.1:0", "-data", folder}, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), folder+" is used by another helpdesk") {
		t.Errorf("the second start: %v", err)
	}
	if routes, err := h.engine.Routes(t.Context()); err != nil || len(routes.Mailboxes) != 0 {
		t.Errorf("the second start has defined %v, %v", routes.Mailboxes, err)
	}
	if err := h.close(); err != nil {
		t.Fatal(err)
	}
	again, err := open(t.Context(), options{data: folder, noDemo: true}, localhost, io.Discard)
	if err != nil {
		t.Fatalf("after the end of the first: %v", err)
	}
	if err := again.close(); err != nil {
		t.Error(err)
	}
}

// A port that is taken is noticed before the folder is made.
func TestPortIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	folder := t.TempDir() + "/data"
	if err := run(t.Context(), []string{"-addr", l.Addr().String(), "-data", folder}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "-addr") {
		t.Errorf("error %v, want one that names -addr", err)
	}
	if _, err := http.Dir(folder).Open("."); err == nil {
		t.Error("the folder was made")
	}
}

// What is wrong with an address of a database names the flag, and no password.
func TestBadDSN(t *testing.T) {
	err := run(t.Context(), []string{"-addr", "127.0.0.1:0", "-data", t.TempDir(), "-dsn", "postgres://erp:se%zzcret@127.0.0.1/erp"}, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "-dsn: ") || strings.Contains(err.Error(), "cret") {
		t.Errorf("error %v, want one that names -dsn and hides the password", err)
	}
}

func TestNoWeekByRealMail(t *testing.T) {
	folder := t.TempDir() + "/data"
	err := run(t.Context(), []string{"-addr", "127.0.0.1:0", "-data", folder, "-smtp", "127.0.0.1:1"}, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "-no-demo") {
		t.Errorf("error %v, want one that names -no-demo", err)
	}
}

// A week that broke off is told, and not taken for one that was played.
func TestWeekBrokeOff(t *testing.T) {
	folder := t.TempDir()
	h, err := open(t.Context(), options{data: folder, noDemo: true}, localhost, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	post, err := demo.OpenPostOffice(demo.SupportAddress, demo.ShopAddress)
	if err != nil {
		t.Fatal(err)
	}
	week := &demo.Week{Engine: h.engine, Store: cancelling{h.store, cancel}, Post: post, Clock: &demo.Clock{}}
	if err := week.Begin(ctx); err == nil {
		t.Fatal("the week did not break off")
	}
	if err := post.Close(); err != nil {
		t.Error(err)
	}
	if err := h.close(); err != nil {
		t.Error(err)
	}
	_, err = open(t.Context(), options{data: folder}, localhost, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "the week was interrupted: delete "+folder) {
		t.Errorf("the next start: %v", err)
	}
}

// A cancelling store ends the process's context after its first update.
type cancelling struct {
	storage.Store
	cancel context.CancelFunc
}

func (c cancelling) Update(ctx context.Context, fn func(storage.Writer) error) error {
	defer c.cancel()
	return c.Store.Update(ctx, fn)
}

// Somebody who is connected and says nothing does not make a clean stop fail.
func TestStopWithIdleConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h, err := open(t.Context(), options{data: t.TempDir(), noDemo: true}, l.Addr(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.serve(ctx, l) }()
	idle, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = idle.Close() }()
	r, err := http.Get("http://" + l.Addr().String() + "/signin") // the server has taken idle before this
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Body.Close(); err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("stopped with %v", err)
	}
	if err := h.close(); err != nil {
		t.Error(err)
	}
}

// Who is signed in stays so when the program starts anew.
func TestStaysSignedIn(t *testing.T) {
	folder := t.TempDir()
	ask := func(method, path, body string, cookies ...*http.Cookie) *httptest.ResponseRecorder {
		h, err := open(t.Context(), options{data: folder, noDemo: true}, localhost, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = h.close() }()
		r := httptest.NewRequest(method, "http://"+localhost.String()+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		return w
	}
	cookies, err := http.ParseSetCookie(ask(http.MethodPost, "/signin", "person=sam").Header().Get("Set-Cookie"))
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(http.MethodGet, "/tickets", "", cookies).Code; got != http.StatusOK {
		t.Errorf("after another start: status %d", got)
	}
}

// Any address can be listened at; providers are told of one only where they
// accept it.
func TestAddresses(t *testing.T) {
	for _, tt := range []struct {
		addr             net.TCPAddr
		shown, redirects string
	}{
		{*localhost, "127.0.0.1:8085", "http://127.0.0.1:8085/admin/oauth"},
		{net.TCPAddr{IP: net.IPv6loopback, Port: 8085}, "[::1]:8085", "http://[::1]:8085/admin/oauth"},
		{net.TCPAddr{IP: net.IPv6unspecified, Port: 8085}, "localhost:8085", ""},
		{net.TCPAddr{IP: net.IPv4zero, Port: 8085}, "localhost:8085", ""},
		{net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80}, "192.0.2.1:80", ""},
	} {
		if got := addressOf(&tt.addr); got != tt.shown {
			t.Errorf("%v is shown as %s, want %s", tt.addr, got, tt.shown)
		}
		h, err := open(t.Context(), options{data: t.TempDir(), noDemo: true}, &tt.addr, io.Discard)
		if err != nil {
			t.Errorf("%v: %v", tt.addr, err)
			continue
		}
		if got := h.engine.OAuth().RedirectURI(); got != tt.redirects {
			t.Errorf("%v: redirect URI %q, want %q", tt.addr, got, tt.redirects)
		}
		if err := h.close(); err != nil {
			t.Error(err)
		}
	}
}

// A name that leads here by DNS is not answered.
func TestOtherHosts(t *testing.T) {
	h := onlyLocalHosts(localhost, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	for host, want := range map[string]int{
		"127.0.0.1:8085": http.StatusOK, "localhost:8085": http.StatusOK, "[::1]:8085": http.StatusOK,
		"evil.example:8085": http.StatusMisdirectedRequest, "evil.example": http.StatusMisdirectedRequest, "127.0.0.1:80": http.StatusMisdirectedRequest, "": http.StatusMisdirectedRequest,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("host %q: status %d, want %d", host, w.Code, want)
		}
	}
}
