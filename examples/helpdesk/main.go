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
// With -dsn tickets are kept in PostgreSQL. -no-demo leaves out mail server and
// week: mailboxes are then defined in the console, and with -smtp mails really
// go out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
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
	f.StringVar(&o.smtp, "smtp", "", "`host:port` of an SMTP server that takes mail without signing in; needs -no-demo")
	f.BoolVar(&o.noDemo, "no-demo", false, "no mail server in this process, and no week that has been")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if o.smtp != "" && !o.noDemo {
		return o, errors.New("-smtp needs -no-demo: the week that has been would write to people for real")
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
	listener, err := net.Listen("tcp", o.addr) // before anything is touched
	if err != nil {
		return fmt.Errorf("%w; -addr chooses another address, 127.0.0.1:0 a port that is free", err)
	}
	defer func() { _ = listener.Close() }() // serve has closed it already, if it came to that
	h, err := open(ctx, o, listener.Addr(), stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	_, _ = fmt.Fprintf(stdout, "Open http://%s\nTickets are kept in %s; Ctrl-C ends the program.\n", addressOf(listener.Addr()), o.kept())
	return h.serve(ctx, listener)
}
