// Console shows the administration pages over an engine in memory, filled with
// a few days of sample mail. Nothing is installed, nothing is kept:
//
//	go run ./examples/console
//
// Everybody who opens the address may administer. A real host asks its own
// sessions instead: see [console.Access].
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"
)

func main() {
	addr := flag.String("addr", "localhost:8080", "where to listen")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *addr); err != nil {
		fmt.Fprintln(os.Stderr, "console:", err)
		os.Exit(1)
	}
}

// run serves the console until ctx is done.
func run(ctx context.Context, addr string) error {
	d, err := newDemo(ctx, time.Now, addr)
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	running := make(chan error, 1)
	go func() { running <- d.engine.Run(ctx) }()
	fmt.Printf("open http://%s%s/\n", l.Addr(), prefix)
	server := &http.Server{Handler: d.handler(), ReadHeaderTimeout: 10 * time.Second}
	stopped := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stopped()
	err = server.Serve(l)
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, ended(<-running))
}

// ended returns why the engine ended, unless it was told to.
func ended(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
