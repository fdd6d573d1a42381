// Inspect shows what ticketmail makes of mails: one JSON object a file, a line
// each, in the order of the arguments.
//
//	inspect FILE...        files hold mails as they came
//	inspect -body FILE...  files hold the plain text of replies
//
// A file that cannot be read gets its line with "error" set, the others are
// shown all the same, and the exit status is then 1.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// run is main with its surroundings as arguments. It returns the exit status:
// 0, 1 if a file or the output failed, 2 for wrong usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("inspect", flag.ContinueOnError)
	flags.SetOutput(stderr)
	body := flags.Bool("body", false, "the files hold plain text bodies, not mails")
	flags.Usage = func() {
		_, _ = io.WriteString(stderr, "usage: inspect [-body] FILE...\n")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() == 0 {
		flags.Usage()
		return 2
	}
	inspect := inspectMail
	if *body {
		inspect = inspectBody
	}
	status := 0
	out := json.NewEncoder(stdout)
	out.SetEscapeHTML(false)
	for _, file := range flags.Args() {
		r := inspect(ctx, file)
		if r.Error != "" {
			status = 1
		}
		if err := out.Encode(r); err != nil {
			_, _ = io.WriteString(stderr, "inspect: "+err.Error()+"\n")
			return 1
		}
	}
	return status
}
