package message_test

import (
	"fmt"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
	"github.com/google/go-cmp/cmp"
)

// A piece is a span with its text.
type piece struct {
	Kind message.SpanKind
	Text string
}

func fresh(text string) piece     { return piece{message.Fresh, text} }
func quoted(text string) piece    { return piece{message.Quoted, text} }
func signature(text string) piece { return piece{message.Signature, text} }

// checkTrim trims the body that the pieces make and compares.
func checkTrim(t *testing.T, opts *message.TrimOptions, want ...piece) {
	t.Helper()
	var body strings.Builder
	for _, p := range want {
		body.WriteString(p.Text)
	}
	trimmed := message.Trim(body.String(), opts)
	checkSpans(t, trimmed)
	var got []piece
	for _, s := range trimmed.Spans {
		got = append(got, piece{s.Kind, trimmed.Body[s.Start:s.End]})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Trim(%q): (-want +got)\n%s", body.String(), diff)
	}
}

func TestTrim(t *testing.T) {
	const delimiter = message.ReplyDelimiter
	for name, want := range map[string][]piece{
		"empty":             nil,
		"blank":             {fresh("\n \n")},
		"nothing quoted":    {fresh("Hello,\n\nthe printer burns.\n")},
		"no line end":       {fresh("Hello")},
		"only quoted":       {quoted("> old\n> older\n")},
		"trailing marks":    {fresh("Yes.\n\n"), quoted("> old\n>\n\n> older\n\n")},
		"marks, no blanks":  {fresh("Yes.\n"), quoted(">old\n>>older\n")},
		"marks, indented":   {fresh("Yes.\n"), quoted("  > old\n")},
		"marks, signature":  {fresh("Yes.\n\n"), quoted("> old\n\n"), signature("-- \nJoe\n")},
		"mbox's mark":       {fresh("Yes.\n>From here it goes on.\n")},
		"a log":             {fresh("It says:\n>>> DATA\n<<< 550 no\n")},
		"answer in between": {quoted("On Mon, Nov 23, 2026, Joe <joe@x.example> wrote:\n> question one\n\n"), fresh("answer one\n\n"), quoted("> question two\n\n"), fresh("answer two\n")},
		"answer below":      {quoted("> question\n\n"), fresh("answer\n\n"), quoted("> the rest\n")},

		"delimiter":                {fresh("Yes.\n\n"), quoted(delimiter + "\nold\n")},
		"delimiter, quoted":        {fresh("Yes.\n\n"), quoted("> " + delimiter + "\n> old\nbelow\n")},
		"delimiter, attributed":    {fresh("Yes.\n\n"), quoted("On 23.11.2026 10:00, Joe wrote:\n\n> " + delimiter + "\n> old\n")},
		"delimiter below header":   {fresh("Ja.\n\n"), quoted("Von: Joe\nGesendet: Montag\nAn: Ann\nBetreff: Drucker\n\n" + delimiter + "\nalt\n")},
		"delimiter, nothing above": {quoted("Von: Joe\nGesendet: Montag\nAn: Ann\nBetreff: Drucker\n\n" + delimiter + "\nalt\n")},
		"delimiter in a forward":   {fresh("Siehe:\n\n---------- Forwarded message ---------\nVon: Joe\n\n"), quoted(delimiter + "\nalt\n")},

		"forwarded":                {fresh("See below.\n\n---------- Forwarded message ---------\nFrom: Joe <joe@x.example>\nDate: Monday\nSubject: Printer\nTo: Ann\n\nold\n> older\n")},
		"forwarded by Apple":       {fresh("See below.\n\n> Begin forwarded message:\n> \n> From: Joe\n> Subject: Printer\n> To: Ann\n> \n> old\n")},
		"forwarded, signatures":    {fresh("See below.\n\n-- \nAnn\n\n---------- Forwarded message ---------\nFrom: Joe\n\nold\n\n-- \nJoe\n\nSent from my iPhone\n")},
		"forwarded, nothing above": {fresh("From: Joe <joe@x.example>\nSent: Monday\nTo: Ann\nSubject: Printer\n\nold\n")},
		"original, nothing above":  {fresh("-----Original Message-----\nFrom: Joe\n\nold\n")},

		"prose with a colon":       {fresh("On Monday he wrote:\n\nI burn.\n")},
		"prose with a date":        {fresh("Am 23.11.2026 um 10:00 schrieb mir der Kunde folgendes:\n\nEs brennt.\n")},
		"prose with an address":    {fresh("On 23.11.2026 we got this from joe@x.example, who wrote to us:\n\nIt burns.\n")},
		"prose with From":          {fresh("From: here to there it is far.\nTo: nowhere.\n")},
		"a form":                   {fresh("A visitor wrote:\n\nFrom: Joe\nEmail: joe@x.example\nDate: 23.11.2026\nSubject: Printer\nTo: sales\n\nIt burns.\n")},
		"a journey":                {fresh("Die Reise:\nVon: Berlin\nNach: Hamburg\nDatum: 23.11.2026\nBis dann.\n")},
		"an indented header":       {fresh("The mail was:\n\n   Date: Monday\n   From: Joe\n   To: Ann\n   Subject: Printer\n\nIt came back.\n")},
		"a rule alone":             {fresh("One\n__________\nTwo\n")},
		"dashes around words":      {fresh("One\n----- Original price -----\nTwo\n--- step 2 ---\nThree\n")},
		"prose with a time":        {fresh("At 10:00 Joe wrote:\n\nIt burns.\n")},
		"a sentence in dashes":     {fresh("Failed:\n--- The header of the original message follows. ---\nX: y\n")},
		"an address and numbers":   {fresh("Failed:\n\n  a@x.example\n    host 192.0.2.22 [192.0.2.22]: after MAIL FROM:<b@x.example>:\n    550 no\n")},
		"a list of times":          {fresh("Open:\n23.11.2026 10:00 Joe:\nhere\n24.11.2026 11:00 Ann:\nthere\n")},
		"attribution after a mark": {fresh("Yes.\n"), quoted("> On 23.11.2026 10:00, Joe <joe@x.example> wrote:\n> old\n"), fresh("new\n")},
	} {
		t.Run(name, func(t *testing.T) { checkTrim(t, nil, want...) })
	}
}

func TestTrimForward(t *testing.T) {
	header := "Von: Joe <joe@x.example>\nGesendet: Montag, 23. November 2026 10:00\nAn: Ann\nBetreff: Drucker\n\nalt\n"
	forward := &message.TrimOptions{Forward: true}
	t.Run("header", func(t *testing.T) { checkTrim(t, forward, fresh("Bitte übernehmen.\n\n"+header)) })
	t.Run("separator", func(t *testing.T) {
		checkTrim(t, forward, fresh("Bitte übernehmen.\n\n-----Ursprüngliche Nachricht-----\n"+header))
	})
	t.Run("marked", func(t *testing.T) {
		checkTrim(t, forward, fresh("Bitte übernehmen.\n\n> Von: Joe\n> Datum: Montag\n> An: Ann\n> Betreff: Drucker\n>\n> alt\n"))
	})
	t.Run("delimiter", func(t *testing.T) {
		checkTrim(t, forward, fresh("Bitte übernehmen.\n\n"), quoted(message.ReplyDelimiter+"\nalt\n"))
	})
	t.Run("not forwarded", func(t *testing.T) { checkTrim(t, nil, fresh("Ja.\n\n"), quoted(header)) })
}

func TestTrimmedText(t *testing.T) {
	for name, tt := range map[string]struct {
		pieces []piece
		want   string
	}{
		"empty":                  {nil, ""},
		"blank":                  {[]piece{fresh(" \n\n")}, ""},
		"whole":                  {[]piece{fresh("\n\n  Hello,\n\nJoe\n\n")}, "  Hello,\n\nJoe"},
		"quoted below":           {[]piece{fresh("Yes.\n\n"), quoted("> old\n")}, "Yes."},
		"signature":              {[]piece{fresh("Yes.\n\n"), signature("-- \nJoe\n"), quoted("> old\n")}, "Yes."},
		"quoted alone":           {[]piece{quoted("> old\n")}, ""},
		"answer below":           {[]piece{quoted("> question\n\n"), fresh("answer\n"), quoted("> rest\n")}, "answer"},
		"text, answer":           {[]piece{fresh("Hi,\n"), quoted("> question\n\n"), fresh("answer\n"), quoted("> rest\n")}, "Hi,\n> question\n\nanswer"},
		"two answers":            {[]piece{quoted("> one\n"), fresh("answer one\n"), quoted("> two\n"), fresh("answer two\n"), quoted("> rest\n")}, "> one\nanswer one\n> two\nanswer two"},
		"two answers, signature": {[]piece{quoted("> one\n"), fresh("answer one\n"), signature("-- \nJoe\n"), quoted("> two\n"), fresh("answer two\n")}, "> one\nanswer one\n> two\nanswer two"},
	} {
		t.Run(name, func(t *testing.T) {
			var trimmed message.Trimmed
			for _, p := range tt.pieces {
				at := len(trimmed.Body)
				trimmed.Body += p.Text
				trimmed.Spans = append(trimmed.Spans, message.Span{Kind: p.Kind, Start: at, End: len(trimmed.Body)})
			}
			if diff := cmp.Diff(tt.want, trimmed.Text()); diff != "" {
				t.Errorf("Text() of %v: (-want +got)\n%s", tt.pieces, diff)
			}
		})
	}
}

func ExampleTrim() {
	body := "Danke, geht wieder.\n\nVon meinem iPhone gesendet\n\nAm 23.11.2026 um 10:00 schrieb Support:\n> Bitte neu starten.\n"
	trimmed := message.Trim(body, nil)
	fmt.Printf("%q\n", trimmed.Text())
	for _, s := range trimmed.Spans {
		fmt.Printf("%v: %q\n", s.Kind, body[s.Start:s.End])
	}
	// Output:
	// "Danke, geht wieder."
	// fresh: "Danke, geht wieder.\n\n"
	// signature: "Von meinem iPhone gesendet\n\n"
	// quoted: "Am 23.11.2026 um 10:00 schrieb Support:\n> Bitte neu starten.\n"
}
