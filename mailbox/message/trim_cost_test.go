package message_test

import (
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/internal/cputime"
	"example.com/ticketmail/mailbox/message"
)

// costlyPieces make bodies, and HTML parts, of which a careless rule would
// look at every byte again and again.
var costlyPieces = []string{
	"> ", ">\n", "> a\nb\n", ">>> a\n", "\n", " \n", "a\n", "a", "-", "--\n", "-- \n", "_\n", strings.Repeat("_", 40) + "\n", "-Joe\n\n",
	"On 1 ", "On 1\n", "On 1 wrote:\n", "On 2026 wrote:\n> a\nb\n", "On 23.11.2026 10:00 Joe <joe@x.example>\n", "On 23.11.2026 10:00\n\n", "1:\n", "a@b <\n",
	"am 23.11.2026 um 10:00 schrieb er:\n", "From: a\n", "From:", "From: a\nSent: b\n", "Date:\n\n", "-----Original Message", "--- x ---\n", "weitergeleitet:\n",
	"Sent from my iPhone\n", "Sent from my iPhone ", "Get Outlook for ", "<https://x.example/a>", "\u00a0", "：", "é", "\xff", message.ReplyDelimiter + "\n",
}

var costlyHTML = []string{
	`<blockquote type="cite">a`, `<div class="gmail_quote">`, `<div class="gmail_quote"><blockquote>a</blockquote>b</div>`, `<p class="signature">`, `<div style="border:0 `,
	`<br>`, `</div>`, `<a name="`, `<style>`, `<blockquote>`, `<div id="appendonsend">`, `<!--`, `&lt;`,
}

// TestTrimIsLinear compares four times the text with the text: whatever the
// machine does beside, a quadratic rule takes sixteen times as long.
func TestTrimIsLinear(t *testing.T) {
	fastest := func(trim func()) time.Duration {
		best := time.Hour
		for range 3 {
			best = min(best, cputime.Of(trim))
		}
		return best
	}
	const size = 8 << 10
	compare := func(piece string, trim func(s string)) {
		var once, four time.Duration
		for range 20 { // a slow rule is slow every time, a busy machine is not
			once = fastest(func() { trim(strings.Repeat(piece, size/len(piece))) })
			if four = fastest(func() { trim(strings.Repeat(piece, 4*size/len(piece))) }); four <= 10*once+50*time.Millisecond {
				return
			}
		}
		t.Errorf("%d KiB of %q took %v, four times as much %v", size>>10, piece, once, four)
	}
	for _, piece := range costlyPieces {
		compare(piece, func(s string) { message.Trim(s, nil).Text() })
	}
	for _, piece := range costlyHTML {
		compare(piece, func(s string) { message.Trim(strings.Repeat("a\nb\n", len(s)/4), &message.TrimOptions{HTML: s}) })
	}
}

// BenchmarkTrimHostile trims 1 MiB of each of the costly pieces.
func BenchmarkTrimHostile(b *testing.B) {
	const size = 1 << 20
	for _, piece := range costlyPieces {
		body := strings.Repeat(piece, size/len(piece))
		b.Run(strings.ReplaceAll(piece[:min(len(piece), 24)], "\n", "|"), func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				message.Trim(body, nil)
			}
		})
	}
}

// BenchmarkTrim trims an ordinary reply, without and with its HTML part.
func BenchmarkTrim(b *testing.B) {
	text := "Danke, geht wieder.\n\nVon meinem iPhone gesendet\n\nAm 23.11.2026 um 10:00 schrieb Support <support@x.example>:\n" +
		strings.Repeat("> Bitte neu starten, dann sollte der Drucker wieder drucken.\n", 50)
	html := "<div>Danke, geht wieder.</div><div>Von meinem iPhone gesendet</div><div>Am 23.11.2026 um 10:00 schrieb Support &lt;support@x.example&gt;:</div><blockquote type=\"cite\">" +
		strings.Repeat("<p style=\"margin:0\">Bitte neu starten, dann sollte der Drucker wieder drucken.</p>", 50) + "</blockquote>"
	for name, opts := range map[string]*message.TrimOptions{"text": nil, "HTML": {HTML: html}} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				message.Trim(text, opts)
			}
		})
	}
}

// FuzzTrim checks that the spans cover the body in order and in whole lines,
// whatever HTML stands beside it, and that the text to show is in the body.
func FuzzTrim(f *testing.F) {
	for _, line := range attributions {
		f.Add("Ja.\n\n"+line+"\n\n> alt\n\n-- \nJoe\n", "", false)
	}
	f.Add("Yes.\n\n-----Original Message-----\nFrom: Joe\n", "<p>Yes.</p>", true)
	f.Add("Yes.\n\n-- \nJoe\nold text\n> older\n", `<div>Yes.</div><div class="gmail_signature">Joe</div><div class="gmail_quote">x<blockquote>old text</blockquote>new</div>`, false)
	f.Add("Yes, it does.\n\nFrom: Joe\nTo: Ann\nSubject: x\n", `Yes, it does.<div id="appendonsend"></div><b>From:</b> Joe<br>To: Ann`, true)
	f.Add("a\n"+message.ReplyDelimiter+"\nb", `<blockquote style="border:none">a</blockquote><p class="signature"><p>b`, false)
	f.Fuzz(func(t *testing.T, body, html string, forward bool) {
		trimmed := message.Trim(body, &message.TrimOptions{HTML: html, Forward: forward})
		checkSpans(t, trimmed)
		if trimmed.Body != body {
			t.Fatalf("Body is %q, was %q", trimmed.Body, body)
		}
		for line := range strings.Lines(trimmed.Text()) {
			if !strings.Contains(body, strings.TrimRight(line, "\n")) {
				t.Errorf("Text of %q has the line %q", body, line)
			}
		}
		if plain := message.Trim(body, nil); html == "" && !forward && len(plain.Spans) != len(trimmed.Spans) {
			t.Errorf("empty options make %v of %v", trimmed.Spans, plain.Spans)
		}
	})
}
