package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/examples/helpdesk/demo"
	"example.com/ticketmail/examples/helpdesk/web"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/seal"
	"example.com/ticketmail/notify/smtpsender"
	"example.com/ticketmail/ticketmail"
)

// A helpdesk is the program's parts.
type helpdesk struct {
	engine  *ticketmail.Engine
	store   store
	handler http.Handler
	closers []func() error // in the order in which they were opened
}

// open opens the parts of a helpdesk that will listen at addr. Nothing runs yet
// but the demonstration's mail server.
func open(ctx context.Context, o options, addr net.Addr, stderr io.Writer) (h *helpdesk, err error) {
	h = &helpdesk{}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return h, err
	}
	unlock, err := lock(o.data)
	if err != nil {
		return h, err
	}
	h.closers = append(h.closers, unlock)
	store, err := h.openStore(ctx, o)
	if err != nil {
		return h, err
	}
	h.store = store
	people, err := memdirectory.New(demo.Company())
	if err != nil {
		return h, err
	}
	ring, err := keys(filepath.Join(o.data, "keys"))
	if err != nil {
		return h, err
	}
	cookieKey, err := secret(filepath.Join(o.data, "cookie-key"), demo.NewKey)
	if err != nil {
		return h, err
	}
	var post *demo.PostOffice
	if !o.noDemo {
		if post, err = demo.OpenPostOffice(demo.SupportAddress, demo.ShopAddress); err != nil {
			return h, err
		}
		h.closers = append(h.closers, post.Close)
	}
	clock := &demo.Clock{}
	cfg := ticketmail.Config{
		Store:     store,
		Directory: people,
		Language:  "de",
		Zone:      time.Local,
		From:      message.Address{Name: "Muster Support", Address: demo.SupportAddress},
		Sealer:    ring,
		Logger:    slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Now:       clock.Now,
	}
	if isLoopback(addr) { // elsewhere providers want https, which a proxy would have to speak
		cfg.OAuth.RedirectURI = "http://" + addressOf(addr) + web.AdminPrefix + "/oauth"
	}
	exit := o.smtp
	if exit == "" && post != nil {
		exit = post.SMTPAddr
	}
	if exit != "" {
		if cfg.Sender, err = smtpsender.New(smtpsender.Options{Addr: exit, Security: mailbox.None}); err != nil {
			return h, err
		}
	}
	if h.engine, err = ticketmail.New(ctx, cfg); err != nil {
		return h, err
	}
	if post != nil {
		week := &demo.Week{Engine: h.engine, Store: store, Post: post, Clock: clock}
		err := week.Begin(ctx)
		if errors.Is(err, demo.ErrInterrupted) {
			return h, fmt.Errorf("%w: delete %s and start again", err, o.kept())
		}
		if err != nil {
			return h, err
		}
	}
	h.handler, err = web.New(web.Config{Engine: h.engine, Store: store, People: people, Post: post, Key: cookieKey, Logger: cfg.Logger})
	if err == nil && isLoopback(addr) {
		h.handler = onlyLocalHosts(addr, h.handler)
	}
	return h, err
}

// kept is where tickets are, for people.
func (o options) kept() string {
	if o.dsn != "" {
		return "the tables in the database of -dsn"
	}
	return o.data
}

// serve answers requests and runs the engine until ctx is done.
func (h *helpdesk) serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           h.handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       2 * time.Minute, // files come along
		IdleTimeout:       time.Minute,
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { cancel(server.Serve(l)) }()
	err := h.engine.Run(ctx)
	stop, done := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer done()
	if server.Shutdown(stop) != nil { // somebody is connected and says nothing, or a request takes long
		_ = server.Close()
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// close closes the parts, last first.
func (h *helpdesk) close() error {
	var all error
	for _, c := range slices.Backward(h.closers) {
		all = errors.Join(all, c())
	}
	h.closers = nil
	return all
}

// keys reads the keys that seal passwords, or makes one. A real host keeps
// them where the backups of its database do not go.
func keys(file string) (*seal.Ring, error) {
	text, err := secret(file, func() string { return "demo:" + demo.NewKey() })
	if err != nil {
		return nil, err
	}
	parsed, err := seal.ParseKeys(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return seal.NewRing(parsed...)
}

// secret reads a file, or makes it of what fresh returns.
func secret(file string, fresh func() string) ([]byte, error) {
	text, err := os.ReadFile(file) //nolint:gosec // named by whoever started the program
	if errors.Is(err, os.ErrNotExist) {
		text = []byte(fresh() + "\n")
		err = os.WriteFile(file, text, 0o600)
	}
	return text, err
}
