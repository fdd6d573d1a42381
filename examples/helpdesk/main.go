// Helpdesk is a small ERP that embeds ticketmail: people who work on tickets,
// customers who see theirs, the administration console, and around it a mail
// server, a company and the week it has had, all in one process.
//
//	go run ./examples/helpdesk
//
// It prints the address to open. Nothing leaves the machine, and no account is
// needed: mails are written on the page "Write as a customer" and read on the
// page "Mails sent". What it has kept stands in the folder helpdesk-data
// (-data); delete it to begin anew.
//
// With -dsn tickets are kept in PostgreSQL. With -smtp mails really go out, and
// -no-demo leaves out mail server and week: mailboxes are then defined in the
// console.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "helpdesk:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	addr   string
	data   string
	dsn    string
	smtp   string
	noDemo bool
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("helpdesk", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.addr, "addr", "127.0.0.1:8085", "`address` to listen on")
	f.StringVar(&o.data, "data", "helpdesk-data", "`folder` for tickets, keys and files; made if missing")
	f.StringVar(&o.dsn, "dsn", os.Getenv("HELPDESK_DSN"), "PostgreSQL `URL` to keep tickets in, instead of SQLite in -data; also HELPDESK_DSN")
	f.StringVar(&o.smtp, "smtp", "", "`host:port` of an SMTP server that takes mail without signing in, instead of the one in this process")
	f.BoolVar(&o.noDemo, "no-demo", false, "no mail server in this process, and no week that has been")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	return o, nil
}

// run serves until ctx is done.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	o, err := parseFlags(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	h, err := open(ctx, o, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()

	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           h.handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       time.Minute,
	}
	_, _ = fmt.Fprintf(stdout, "Open http://%s\n", listener.Addr())
	return h.serve(ctx, server, listener)
}
