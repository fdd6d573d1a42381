package wire_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/internal/wire"
)

func TestDialerEndsInTime(t *testing.T) {
	hangs := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	for name, do := range map[string]func(context.Context, *wire.Dialer) error{
		"dial": func(ctx context.Context, d *wire.Dialer) error {
			_, err := d.Dial(ctx, "mail.example:993")
			return err
		},
		"TLS handshake": func(ctx context.Context, d *wire.Dialer) error {
			client, server := net.Pipe()
			defer server.Close()
			go func() { _, _ = server.Read(make([]byte, 1000)) }()
			_, err := d.Secure(ctx, client, "mail.example", false)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, limit := range []time.Duration{0, time.Second} {
				synctest.Test(t, func(t *testing.T) {
					start, want := time.Now(), limit
					if want == 0 {
						want = 10 * time.Second
					}
					err := do(t.Context(), &wire.Dialer{DialContext: hangs, DialTimeout: limit, TLSTimeout: limit})
					if took := time.Since(start); !errors.Is(err, wire.ErrIdle) || strings.Count(err.Error(), name) != 1 || took != want {
						t.Errorf("%v after %s, want %v of the %s after %s", err, took, wire.ErrIdle, name, want)
					}
				})
			}
			gone := errors.New("the caller has gone")
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(gone)
			if err := do(ctx, &wire.Dialer{DialContext: hangs}); !errors.Is(err, gone) {
				t.Errorf("with an ended context: %v, want its cause", err)
			}
		})
	}
}

// An error names its step once, whoever named it.
func TestDialerNamesTheStepOnce(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := closed.Addr().String()
	closed.Close()
	fails := func(err error) func(context.Context, string, string) (net.Conn, error) {
		return func(context.Context, string, string) (net.Conn, error) { return nil, err }
	}
	for name, tt := range map[string]struct {
		dial func(context.Context, string, string) (net.Conn, error)
		want string
	}{
		"package net":   {nil, "dial tcp " + address + ": connect: connection refused"},
		"another word":  {fails(errors.New("dialect unknown")), "dial: dialect unknown"},
		"named by hand": {fails(errors.New("dial: no route")), "dial: no route"},
		"not named":     {fails(errors.New("no route")), "dial: no route"},
	} {
		t.Run(name, func(t *testing.T) {
			d := &wire.Dialer{DialContext: tt.dial}
			if _, err := d.Dial(t.Context(), address); err == nil || err.Error() != tt.want {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}
