package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/ticketmail"
)

// options are the command line of the service.
type options struct {
	mailbox      mailbox.Mailbox
	place        place
	directory    string
	smtp         string
	smtpSecurity string
	smtpInsecure bool
	smtpUser     string
	smtpPassword mailbox.Secret
	from         string
	consent      *ticketmail.Terms // nil: none is given
	once         bool
}

// folders is a flag that may be repeated.
type folders []string

func (f *folders) String() string     { return strings.Join(*f, ",") }
func (f *folders) Set(s string) error { *f = append(*f, s); return nil }

const usageText = `usage: ticketd -addr host:port -user U -db FILE|-dsn DSN [flags]    empties a mailbox into tickets
       ticketd tickets|journal|outbox|nodes -db FILE|-dsn DSN [-json]    shows what is there; the command comes first
       ticketd verify -db FILE|-dsn DSN    reads every raw mail and file, and names what is missing or damaged
       ticketd doctor [flags of the service]    tries everything, and says cause and cure
Exit status: 0 done, 1 failed, 2 wrong usage, 3 a folder holds mail and neither -consent nor -import-existing is given.
Flags:
`

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	var names folders
	fs := flag.NewFlagSet("ticketd", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() {
		_, _ = fmt.Fprint(stderr, usageText)
		fs.PrintDefaults()
	}
	addr := fs.String("addr", "", "`host:port` of the mail server (required)")
	protocol := fs.String("protocol", "imap", "imap or pop3")
	security := fs.String("security", "tls", "tls, starttls or none")
	fs.BoolVar(&o.mailbox.InsecureSkipVerify, "insecure-skip-verify", false, "accept any certificate")
	fs.StringVar(&o.mailbox.User, "user", "", "sign in as `user` (required)")
	passwordFile := fs.String("password-file", "", "`file` with the password; or set TICKETMAIL_PASSWORD")
	fs.Var(&names, "folder", "`folder` to empty, may be repeated (default INBOX); IMAP only")
	fs.StringVar(&o.mailbox.MoveTo, "move-to", "", "move mails taken in to this `folder`, instead of deleting them; IMAP only")
	fs.StringVar(&o.mailbox.MoveFailing, "move-failing", "", "and those in quarantine to this `folder` (default: that of -move-to)")
	keep := fs.Bool("keep", false, "leave mails taken in where they are, marked with a keyword; IMAP only")
	o.place.flags(fs)
	fs.StringVar(&o.directory, "directory", "", "JSON `file` of people, projects and tasks")
	fs.StringVar(&o.smtp, "smtp", "", "`host:port` that takes outgoing mail; without it mails wait")
	fs.StringVar(&o.smtpSecurity, "smtp-security", "tls", "tls, starttls or none")
	fs.BoolVar(&o.smtpInsecure, "smtp-insecure-skip-verify", false, "accept any certificate of -smtp")
	fs.StringVar(&o.smtpUser, "smtp-user", "", "sign in to -smtp as `user`")
	smtpPasswordFile := fs.String("smtp-password-file", "", "`file` with the password for -smtp; or set TICKETMAIL_SMTP_PASSWORD")
	fs.StringVar(&o.from, "from", "", "`address` of the mailbox: sender and Reply-To of notifications (default: -user if that is an address)")
	importExisting := fs.Bool("import-existing", false, "the same as -consent all")
	consent := fs.String("consent", "", "what becomes of the mail that a folder holds when it is first seen: \"all\" takes it, and deletes it there (unless it is moved or kept); "+
		"\"leave\" lets it be; \"newer=`WHEN`\" takes what came at that time (2026-03-01, or 2026-03-01T12:00:00+01:00) or later; IMAP only")
	fs.BoolVar(&o.once, "once", false, "drain once, print one line of JSON, and end")
	fs.DurationVar(&o.mailbox.Interval, "interval", time.Minute, "between two polls")
	fs.Int64Var(&o.mailbox.MaxMessageBytes, "max-message-bytes", mailbox.DefaultMaxMessageBytes, "larger mails stay on the server")
	err := fs.Parse(args)
	if err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, &exitError{0, nil}
		}
		return o, &exitError{exitUsage, nil} // flag has printed it
	}
	usage := func(format string, a ...any) (options, error) {
		return o, &exitError{exitUsage, fmt.Errorf(format, a...)}
	}
	if fs.NArg() > 0 {
		return usage("unknown argument %q (the commands tickets, journal, outbox, nodes and doctor come first)", fs.Arg(0))
	}
	switch {
	case *addr == "":
		return usage("-addr is required (see -help)")
	case o.mailbox.User == "":
		return usage("-user is required (see -help)")
	case *keep && o.mailbox.MoveTo != "":
		return usage("-keep and -move-to exclude each other")
	case *keep:
		o.mailbox.After = mailbox.AfterFlag
	case o.mailbox.MoveTo != "":
		o.mailbox.After = mailbox.AfterMove
	}
	if err := o.place.check(); err != nil {
		return usage("%w", err)
	}
	if o.consent, err = terms(*consent, *importExisting); err != nil {
		return usage("-consent: %w", err)
	}
	host, port, err := splitAddr(*addr)
	if err != nil {
		return usage("-addr %q: %w", *addr, err)
	}
	if o.mailbox.Password, err = password(*passwordFile, "TICKETMAIL_PASSWORD"); err != nil {
		return usage("-password-file: %w", err)
	}
	if o.mailbox.Password.IsZero() {
		return usage("a password is required: -password-file or TICKETMAIL_PASSWORD")
	}
	if o.smtpPassword, err = password(*smtpPasswordFile, "TICKETMAIL_SMTP_PASSWORD"); err != nil {
		return usage("-smtp-password-file: %w", err)
	}
	if o.from == "" && strings.Contains(o.mailbox.User, "@") {
		o.from = o.mailbox.User
	}
	if o.smtp != "" && o.from == "" {
		return usage("-smtp needs -from, the sender of notifications")
	}
	o.mailbox.ID, o.mailbox.Address = "ticketd", o.from
	o.mailbox.Host, o.mailbox.Port = host, port
	o.mailbox.Protocol, o.mailbox.Security = mailbox.Protocol(*protocol), mailbox.Security(*security)
	o.mailbox.Folders = names
	if err := o.mailbox.Validate(); err != nil {
		return usage("%w", err)
	}
	return o, nil
}

// terms reads what is agreed to.
func terms(consent string, importExisting bool) (*ticketmail.Terms, error) {
	if importExisting {
		if consent != "" && consent != "all" {
			return nil, errors.New("-import-existing takes all mails")
		}
		consent = "all"
	}
	when, newer := strings.CutPrefix(consent, "newer=")
	switch {
	case consent == "":
		return nil, nil
	case consent == "all":
		return &ticketmail.Terms{}, nil
	case consent == "leave":
		return &ticketmail.Terms{Scope: ticketmail.LeaveThere}, nil
	case !newer:
		return nil, fmt.Errorf("%q is not all, leave or newer=WHEN", consent)
	}
	at, err := time.ParseInLocation(time.DateOnly, when, time.Local) //nolint:gosmopolitan // a day is meant as where the program runs
	if err != nil {
		at, err = time.Parse(time.RFC3339, when)
	}
	if err != nil {
		return nil, fmt.Errorf("%q is no day or time: write 2026-03-01 or 2026-03-01T12:00:00+01:00", when)
	}
	return &ticketmail.Terms{Scope: ticketmail.ImportNewer, Since: at}, nil
}

func splitAddr(addr string) (host string, port int, err error) {
	host, p, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, err
	}
	port, err = strconv.Atoi(p)
	return host, port, err
}

// password reads a password from a file, without its line end, or from the
// environment.
func password(file, env string) (mailbox.Secret, error) {
	if file == "" {
		return mailbox.NewSecret(os.Getenv(env)), nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return mailbox.Secret{}, err
	}
	return mailbox.NewSecret(strings.TrimRight(string(b), "\r\n")), nil
}
