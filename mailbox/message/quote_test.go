package message_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/mailbox/message"
)

func TestSplitQuoted(t *testing.T) {
	for name, tt := range map[string]struct{ fresh, quoted string }{
		"empty":               {"", ""},
		"nothing quoted":      {"Hello,\n\nthe printer burns.\n", ""},
		"delimiter":           {"Yes.\n\n", message.ReplyDelimiter + "\nold\n"},
		"delimiter, quoted":   {"Yes.\n\n", "> " + message.ReplyDelimiter + "\n> old\nbelow\n"},
		"English":             {"Yes.\n\n", "On Mon, Nov 23, 2026 at 10:00 AM, Joe Doe <joe@x.example> wrote:\n> old\n"},
		"English, wrapped":    {"Yes.\n\n", "On Mon, Nov 23, 2026 at 10:00 AM, Joe Doe\n<joe@x.example> wrote:\n\n> old\n>\n> older\n"},
		"English, unmarked":   {"Yes.\n", "On Mon, Nov 23, 2026 at 10:00 AM, Joe <joe@x.example> wrote:\nold\n\nolder"},
		"German":              {"Ja.\n\n", "Am 23.11.2026 um 10:00 schrieb Joe Doe:\n> alt\n"},
		"German, wrapped":     {"Ja.\n", "Am Mo., 23. Nov. 2026 um 10:00 Uhr schrieb Joe Doe <\njoe@x.example>:\n\n> alt\n"},
		"German, name first":  {"Ja.\n", "Joe Doe <joe@x.example> schrieb am 23.11.2026 10:00:\n> alt\n"},
		"French":              {"Oui.\n", "Le lun. 23 nov. 2026 à 10:00, Joe Doe <joe@x.example> a écrit\u00a0:\n> vieux\n"},
		"Spanish":             {"Sí.\n", "El 23/11/2026 10:00, Joe <joe@x.example> escribió:\n> viejo"},
		"Outlook, English":    {"Yes.\n\n", "-----Original Message-----\nFrom: Joe\nSent: Monday\nTo: Ann\nSubject: Printer\n\nold\n"},
		"Outlook, German":     {"Ja.\n\n", "-----Ursprüngliche Nachricht-----\nVon: Joe\nalt\n"},
		"header block":        {"Ja.\n\n", "Von: Joe <joe@x.example>\nGesendet: Montag, 23. November 2026 10:00\nAn: Ann\nBetreff: Drucker\n\nalt\n"},
		"header block, bold":  {"Yes.\n\n", "*From:* Joe\n*Sent:* Monday\n*To:* Ann\n*Subject:* Printer\n\nold\n"},
		"header block, rule":  {"Oui.\n\n", "________________________________\nDe : Joe\nEnvoyé : lundi\nÀ : Ann\nObjet : Imprimante\n\nvieux"},
		"trailing marks":      {"Yes.\n\n", "> old\n>\n\n> older\n\n"},
		"marks and signature": {"Yes.\n\n", "> old\n\n-- \nJoe\n"},
		"only quoted":         {"", "> old\n> older\n"},
		"own signature":       {"Yes.\n\n-- \nJoe\n\n", "On 23 Nov 2026 10:00, Ann wrote:\n> old\n"},
		"answers in between":  {"On Mon, Nov 23, 2026, Joe <joe@x.example> wrote:\n> question one\n\nanswer one\n\n> question two\n\nanswer two\n", ""},
		"in between, then":    {"> question\n\nanswer\n\n", "> the rest\n"},
		"forwarded":           {"See below.\n\n---------- Forwarded message ---------\nFrom: Joe <joe@x.example>\nDate: Monday\nSubject: Printer\nTo: Ann\n\nold\n", ""},
		"forwarded, German":   {"Siehe unten.\n\nAnfang der weitergeleiteten Nachricht:\n\nVon: Joe\nBetreff: Drucker\nAn: Ann\n\nalt\n", ""},
		"prose with a colon":  {"On Monday he wrote:\n\nI burn.\n", ""},
		"prose with From":     {"From: here to there it is far.\nTo: nowhere.\n", ""},
		"rule alone":          {"One\n__________\nTwo\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			fresh, quoted := message.SplitQuoted(tt.fresh + tt.quoted)
			if fresh != tt.fresh || quoted != tt.quoted {
				t.Errorf("SplitQuoted = %q, %q\nwant %q, %q", fresh, quoted, tt.fresh, tt.quoted)
			}
		})
	}
}

// TestSplitQuotedIsLinear compares four times the text with the text: whatever
// the machine does beside, a quadratic rule takes sixteen times as long.
func TestSplitQuotedIsLinear(t *testing.T) {
	fastest := func(body string) time.Duration {
		best := time.Hour
		for range 3 {
			start := time.Now()
			message.SplitQuoted(body)
			best = min(best, time.Since(start))
		}
		return best
	}
	for _, piece := range []string{"> ", ">\n", "On 1 ", "On 1\n", "On 1 wrote:\n", "On 2026 wrote:\n> a\nb\n", "From: a\n", "From:", "\n", "-", "_\n", "a\n", "--\n"} {
		const size = 32 << 10
		once := fastest(strings.Repeat(piece, size/len(piece)))
		if four := fastest(strings.Repeat(piece, 4*size/len(piece))); four > 10*once+50*time.Millisecond {
			t.Errorf("%d KiB of %q took %v, four times as much %v", size>>10, piece, once, four)
		}
	}
}

func FuzzSplitQuoted(f *testing.F) {
	f.Add("Ja.\n\nAm 23.11.2026 um 10:00 schrieb Joe Doe:\n> alt\n")
	f.Add("Yes.\n\n-----Original Message-----\nFrom: Joe\n")
	f.Fuzz(func(t *testing.T, body string) {
		fresh, quoted := message.SplitQuoted(body)
		if fresh+quoted != body {
			t.Fatalf("SplitQuoted(%q) = %q, %q: something is missing", body, fresh, quoted)
		}
		if fresh != "" && quoted != "" && !strings.HasSuffix(fresh, "\n") {
			t.Errorf("SplitQuoted(%q) cuts inside the line %q", body, fresh)
		}
	})
}

func ExampleSplitQuoted() {
	fresh, quoted := message.SplitQuoted("Danke, geht wieder.\n\nAm 23.11.2026 um 10:00 schrieb Support:\n> Bitte neu starten.\n")
	fmt.Printf("%q\n%q\n", fresh, quoted)
	// Output:
	// "Danke, geht wieder.\n\n"
	// "Am 23.11.2026 um 10:00 schrieb Support:\n> Bitte neu starten.\n"
}
