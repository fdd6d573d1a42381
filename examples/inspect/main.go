// Inspect shows what ticketmail makes of mails: one JSON object a file, a line
// each, in the order of the arguments.
//
//	inspect FILE...             files hold mails as they came
//	inspect -safe-html FILE...  with their HTML as it may stand in a page
//	inspect -body FILE...       files hold the plain text of replies
//
// With -explain it prints for people what would become of the mails, and why: a
// ticket, a comment, a record, quarantine.
//
//	inspect -explain [-config FILE] [-people FILE] [-address A] [-key K] FILE...
//
// No server is asked and nothing is kept: the mails come, in the order of the
// arguments, into an engine in memory, so that a reply finds the ticket of a
// mail before it. The people are those of ticketd (people.json beside it), the
// configuration is described at -help.
//
// A file that cannot be read gets its line with "error" set, the others are
// shown all the same, and the exit status is then 1.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

const usageText = `usage: inspect [-safe-html] FILE...                  what is read of mails, as JSON
       inspect -body FILE...                         of the plain text of replies
       inspect -explain [-config FILE] ... FILE...   what would become of mails, for people
The file of -config is JSON, all of it optional:
  {"address": "support@corp.example", "people": "people.json", "key": "16 bytes or more",
   "strangers": "held|new", "closed": "reopen|new", "forwards": true, "foreign": ["[corp #{ref}]"],
   "max_message_bytes": 26214400}
Flags:
`

// run is main with its surroundings as arguments. It returns the exit status:
// 0, 1 if a file or the output failed, 2 for wrong usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("inspect", flag.ContinueOnError)
	flags.SetOutput(stderr)
	body := flags.Bool("body", false, "the files hold plain text bodies, not mails")
	safe := flags.Bool("safe-html", false, "show the HTML of mails, made harmless")
	explain := flags.Bool("explain", false, "say what would become of the mails, and why")
	var cfg config
	configFile := flags.String("config", "", "with -explain: JSON `file`, see above")
	flags.StringVar(&cfg.Address, "address", "", "with -explain: `address` of the mailbox (default support@corp.example)")
	flags.StringVar(&cfg.People, "people", "", "with -explain: JSON `file` of people, projects and tasks")
	flags.StringVar(&cfg.Key, "key", "", "with -explain: `key` that signs tokens, 16 bytes or more (default one that everybody knows)")
	flags.Usage = func() {
		_, _ = io.WriteString(stderr, usageText)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() == 0 || *explain && (*body || *safe) {
		flags.Usage()
		return 2
	}
	fail := func(err error, status int) int {
		_, _ = fmt.Fprintln(stderr, "inspect:", err)
		return status
	}
	if *explain {
		cfg, err := cfg.withFile(*configFile)
		if err != nil {
			return fail(err, 2)
		}
		err = explainMails(ctx, cfg, flags.Args(), stdout)
		switch {
		case errors.Is(err, errUnreadable): // said in its place
			return 1
		case errors.Is(err, errConfig):
			return fail(err, 2)
		case err != nil:
			return fail(err, 1)
		}
		return 0
	}
	inspect := inspectMail
	if *body {
		inspect = inspectBody
	}
	status := 0
	out := json.NewEncoder(stdout)
	out.SetEscapeHTML(false)
	for _, file := range flags.Args() {
		r := inspect(ctx, file, *safe)
		if r.Error != "" {
			status = 1
		}
		if err := out.Encode(r); err != nil {
			return fail(err, 1)
		}
	}
	return status
}
