package message_test

import (
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
)

// The lines above quotations are in languages that the rules for text do not
// know, where that shows that the container was found.
func TestTrimHTML(t *testing.T) {
	const (
		hungarian     = "Feladó: Joe\nElküldve: hétfő\nCímzett: Ann\nTárgy: Nyomtató\n"
		hungarianHTML = "<b>Feladó:</b> Joe<br><b>Elküldve:</b> hétfő<br><b>Címzett:</b> Ann<br><b>Tárgy:</b> Nyomtató<br>"
	)
	for name, tt := range map[string]struct {
		html    string
		forward bool
		want    []piece
	}{
		"Gmail": {
			html: `<div dir="ltr">Yes.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">Joe írta:<br></div><blockquote class="gmail_quote" style="border-left:1px solid #ccc">old<br>older</blockquote></div>`,
			want: []piece{fresh("Yes.\n\n"), quoted("Joe írta:\n\n> old\n> older")},
		},
		"Gmail, text without marks": {
			html: `<div dir="ltr">Yes.</div><br><div class="gmail_quote gmail_quote_container"><div class="gmail_attr">Joe írta:<br></div><blockquote class="gmail_quote">It does not print any more.<br>older</blockquote></div>`,
			want: []piece{fresh("Yes.\n\n"), quoted("Joe írta:\nIt does not\nprint any more.\nolder\n")},
		},
		"Gmail, answers": {
			html: `<div class="gmail_quote"><div class="gmail_attr">Joe írta:</div><blockquote class="gmail_quote">question one</blockquote><div>answer one</div><blockquote class="gmail_quote">question two</blockquote><div>answer two</div></div>`,
			want: []piece{quoted("Joe írta:\n\nquestion one\n\n"), fresh("answer one\n\n"), quoted("question two\n\n"), fresh("answer two\n")},
		},
		"Gmail, signature": {
			html: `<div>Yes.<br><span class="gmail_signature_prefix">-- </span><br><div class="gmail_signature">Joe Doe<br>Acme Inc.</div></div><div class="gmail_quote"><div class="gmail_attr">Joe írta:</div><blockquote class="gmail_quote">older than this</blockquote></div>`,
			want: []piece{fresh("Yes.\n\n"), signature("Joe Doe\nAcme Inc.\n\n"), quoted("Joe írta:\nolder than this\n")},
		},
		"Gmail, indented": {
			html: `<div>Enter this:</div><blockquote style="margin:0 0 0 40px;border:none;padding:0px"><div>the command line</div></blockquote>`,
			want: []piece{fresh("Enter this:\n\n> the command line")},
		},
		"Gmail, forwarded": {
			html: `<div>See below.</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>From: Joe</div><blockquote class="gmail_quote">old text here</blockquote></div>`,
			want: []piece{fresh("See below.\n\n---------- Forwarded message ---------\nFrom: Joe\n\nold text here\n")},
		},
		"Gmail, written in the container": {
			html: `<div class="gmail_quote"><div class="gmail_quote">The printer burns, and it is hot.</div></div>`,
			want: []piece{fresh("The printer burns, and it is hot.\n")},
		},
		"Gmail, much written in the container": {
			html: `<div class="gmail_quote">` + strings.Repeat("The printer burns. ", 30) + `<blockquote class="gmail_quote">old text here</blockquote></div>`,
			want: []piece{fresh(strings.Repeat("The printer burns. ", 30) + "\n"), quoted("old text here\n")},
		},
		"written in a quotation": {
			html: `<blockquote type="cite">The printer burns, and it is hot.</blockquote>`,
			want: []piece{fresh("The printer burns, and it is hot.\n")},
		},
		"Outlook on the web": {
			html: `<div>Yes, it does.</div><div id="appendonsend"></div><hr tabindex="-1"><div id="divRplyFwdMsg" dir="ltr">` + hungarianHTML + `</div><div>old<div id="x_divRplyFwdMsg">older</div></div>`,
			want: []piece{fresh("Yes, it does.\n\n"), quoted("________________________________\n" + hungarian + "\nold\n\nolder\n")},
		},
		"Outlook on the web, forwarded": {
			html:    `<div>See below.</div><hr><div id="divRplyFwdMsg" dir="ltr"><b>Von:</b> Joe<br><b>Gesendet:</b> Montag<br><b>An:</b> Ann</div><div>alt</div>`,
			forward: true,
			want:    []piece{fresh("See below.\n\n________________________________\nVon: Joe\nGesendet: Montag\nAn: Ann\n\nalt\n")},
		},
		"Outlook add-in": {
			html: `<div>Yes, it does.</div><div id="appendonsend"></div><div>` + hungarianHTML + `</div><div>old</div>`,
			want: []piece{fresh("Yes, it does.\n\n"), quoted(hungarian + "\nold\n")},
		},
		"Outlook add-in, no header": {
			html: `<div>Yes, it does.</div><div id="appendonsend"></div><div>Thanks for all</div>`,
			want: []piece{fresh("Yes, it does.\n\nThanks for all\n")},
		},
		"Outlook 2016": {
			html: `<p class=MsoNormal>Yes, it does.</p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal>` + hungarianHTML + `</p></div></div><p>old</p>`,
			want: []piece{fresh("Yes, it does.\n\n"), quoted(hungarian + "\nold\n")},
		},
		"Outlook 2010": {
			html: `<p class=MsoNormal>Yes, it does.</p><div style='border:none;border-top:solid #B5C4DF 1.0pt'>` + hungarianHTML + `</div><p>old</p>`,
			want: []piece{fresh("Yes, it does.\n\n"), quoted(hungarian + "\nold\n")},
		},
		"a line of that colour": {
			html: `<p>Yes, it does.</p><div style='border-top:solid #E1E1E1 1.0pt'>No label follows here.</div><p>new</p>`,
			want: []piece{fresh("Yes, it does.\nNo label follows here.\nnew\n")},
		},
		"Outlook mobile": {
			html: `<div>Yes, it does.</div><div id="ms-outlook-mobile-signature">Joe Doe, Acme</div><div class="ms-outlook-mobile-reference-message"><hr>` + hungarianHTML + `old</div>`,
			want: []piece{fresh("Yes, it does.\n\n"), signature("Joe Doe, Acme\n"), quoted(hungarian + "old\n")},
		},
		"Outlook for Mac": {
			html: `<div>Yes, it does.</div><span id="OLK_SRC_BODY_SECTION">` + hungarianHTML + `old</span>`,
			want: []piece{fresh("Yes, it does.\n\n"), quoted(hungarian + "old\n")},
		},
		"Thunderbird": {
			html: `<p>Yes, it does.</p><pre class="moz-signature" cols="72">-- 
Joe Doe, Acme</pre><div class="moz-cite-prefix">Joe írta:<br></div><blockquote type="cite" cite="mid:x@x.example"><p>old text here</p></blockquote><p>more of it</p>`,
			want: []piece{fresh("Yes, it does.\n"), signature("-- \nJoe Doe, Acme\n\n"), quoted("Joe írta:\nold text here\n"), fresh("more of it\n")},
		},
		"Thunderbird, forwarded": {
			html: `<p>See below.</p><div class="moz-forward-container">-------- Továbbított --------<blockquote type="cite">old text here</blockquote></div>`,
			want: []piece{fresh("See below.\n\n-------- Továbbított --------\nold text here\n")},
		},
		"Apple": {
			html: `<div>Yes, it does.</div><div id="AppleMailSignature" dir="ltr">Joe, on the way</div><div dir="ltr"><br><blockquote type="cite">Joe írta:<br><br></blockquote></div><blockquote type="cite"><div>old text here</div></blockquote>`,
			want: []piece{fresh("Yes, it does.\n\n"), signature("Joe, on the way\n\n"), quoted("Joe írta:\n\nold text here\n")},
		},
		"Yahoo": {
			html: `<div class="ydp1"><div>Yes, it does.</div></div><div id="ydp2yahoo_quoted_123" class="ydp2yahoo_quoted"><div>Joe írta:</div><div>old text here<blockquote>older</blockquote>still old</div></div>`,
			want: []piece{fresh("Yes, it does.\n\n"), quoted("Joe írta:\nold text here\nolder\nstill old\n")},
		},
		"Proton": {
			html: `<div>Yes, it does.</div><div class="protonmail_signature_block">Sent securely by Joe</div><div class="protonmail_quote">Joe írta:<blockquote class="protonmail_quote" type="cite">old text here</blockquote></div>`,
			want: []piece{fresh("Yes, it does.\n"), signature("Sent securely by Joe\n"), quoted("Joe írta:\nold text here\n")},
		},
		"Tuta": {
			html: `<div>Yes, it does.</div>Joe írta:<blockquote class="tutanota_quote">old text here</blockquote>`,
			want: []piece{fresh("Yes, it does.\nJoe írta:\n"), quoted("old text here\n")},
		},
		"Zoho": {
			html: `<div>Yes, it does.</div><div class="zmail_extra"><div>Joe írta:</div><blockquote>old text here</blockquote></div>`,
			want: []piece{fresh("Yes, it does.\n\n"), quoted("Joe írta:\nold text here\n")},
		},
		"Roundcube": {
			html: `<p id="reply-intro">Joe írta ezt:</p><blockquote type="cite" style="border-left:#1010ff 2px solid">old text here</blockquote><p>Yes, it does.</p>`,
			want: []piece{quoted("Joe írta ezt:\nold text here\n"), fresh("Yes, it does.\n")},
		},
		"Zimbra": {
			html: `<div>Yes, it does.</div><blockquote style="border-left:2px solid #1010FF;margin-left:5px">` + hungarianHTML + `old</blockquote>`,
			want: []piece{fresh("Yes, it does.\n\n"), quoted(hungarian + "old\n")},
		},
		"Spark": {
			html: `<div name="messageBodySection">Yes, it does.</div><div name="messageSignatureSection">Joe Doe, Acme</div><div name="messageReplySection">Joe írta:<br>old text here</div>`,
			want: []piece{fresh("Yes, it does.\n"), signature("Joe Doe, Acme\n"), quoted("Joe írta:\nold text here\n")},
		},
		"links in the text": {
			html: `<div>See <a href="https://x.example/long">here</a></div><blockquote type="cite"><a href="mailto:joe@x.example">Joe</a> asks for it</blockquote>`,
			want: []piece{fresh("See here<https://x.example/long>\n"), quoted("Joe<mailto:joe@x.example> asks for it\n")},
		},
		"more in the text": {
			html: `<div>Yes, it does.</div><blockquote type="cite">It does not print any more.</blockquote>`,
			want: []piece{fresh("Yes, it does.\nScanned by a gateway.\n\n"), quoted("It does not\nprint any more.\n")},
		},
		"the same words": {
			html: `<div>Yes, it does.</div><div>ok</div><div>more text here</div><blockquote type="cite">ok</blockquote>`,
			want: []piece{fresh("Yes, it does.\nok\nmore text here\n\n"), quoted("ok\n")},
		},
		"a foreign name": {
			html: `<div>Yes, it does.</div><div id="x_x_divRplyFwdMsg">` + hungarianHTML + `</div>old`,
			want: []piece{fresh("Yes, it does.\n\n"), quoted(hungarian + "old\n")},
		},
		"another text": {
			html: `<div>Yes.</div><blockquote type="cite">old text here</blockquote>`,
			want: []piece{fresh("Please use a program that shows HTML.\n")},
		},
		"not closed": {
			html: `<div>Yes, it does.<blockquote type="cite">old text here<div>`,
			want: []piece{fresh("Yes, it does.\n"), quoted("old text here\n")},
		},
		"closed twice": {
			html: `<div>Yes, it does.<blockquote type="cite">old text here</blockquote></blockquote></div></div>more of it`,
			want: []piece{fresh("Yes, it does.\n"), quoted("old text here\n"), fresh("more of it\n")},
		},
		"delimiter first": {
			html: `<div>Yes, it does.</div><div>` + message.ReplyDelimiter + `</div><blockquote type="cite">old text here</blockquote>`,
			want: []piece{fresh("Yes, it does.\n"), quoted(message.ReplyDelimiter + "\nold text here\n")},
		},
		"head and style": {
			html: `<html><head><title>old text here</title><style>.old{}</style></head><body>Yes, it does.<blockquote type="cite">old text here</blockquote></body></html>`,
			want: []piece{fresh("Yes, it does.\n"), quoted("old text here\n")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			checkTrim(t, &message.TrimOptions{HTML: tt.html, Forward: tt.forward}, tt.want...)
		})
	}
}

// TestTrimOwnHTML trims the text that is made of the HTML part, as it is for a
// mail without plain text.
func TestTrimOwnHTML(t *testing.T) {
	for name, tt := range map[string]struct{ html, want string }{
		"Gmail, answers": {
			`<div class="gmail_quote"><div class="gmail_attr">Joe írta:</div><blockquote class="gmail_quote">one</blockquote><div>answer one</div><blockquote class="gmail_quote">two</blockquote><div>answer two</div><blockquote class="gmail_quote">three</blockquote></div>`,
			"Joe írta:\n\n> one\n\nanswer one\n\n> two\n\nanswer two",
		},
		"Outlook":  {`<p>Ja.</p><hr><p><b>Von:</b> Joe<br><b>Gesendet:</b> Montag<br><b>An:</b> Ann<br><b>Betreff:</b> Drucker</p><p>alt</p>`, "Ja."},
		"indented": {`<p>Enter:</p><blockquote style="border: none">this and that</blockquote>`, "Enter:\n\nthis and that"},
	} {
		t.Run(name, func(t *testing.T) {
			trimmed := message.Trim(message.HTMLToText(tt.html), &message.TrimOptions{HTML: tt.html})
			checkSpans(t, trimmed)
			if got := trimmed.Text(); got != tt.want {
				t.Errorf("Text = %q, want %q (%s)", got, tt.want, describe(trimmed))
			}
		})
	}
}

// TestTrimHostileHTML trims beside HTML that is made to cost much.
func TestTrimHostileHTML(t *testing.T) {
	for name, html := range map[string]string{
		"100,000 nested quotations": strings.Repeat(`<blockquote type="cite">`, 100_000) + "x" + strings.Repeat("</blockquote>", 100_000),
		"100,000 nested wrappers":   strings.Repeat(`<div class="gmail_quote">`, 100_000) + "x",
		"many sections":             strings.Repeat(`<blockquote type="cite">old</blockquote>new`, 30_000),
		"many different sections":   strings.Repeat(`<blockquote type="cite">a line that is not there</blockquote>new`, 30_000),
		"a long attribute":          `<div class="` + strings.Repeat("gmail_quote ", 90_000) + `" style="` + strings.Repeat("border-top ", 90_000) + `">x</div>`,
		"one word":                  strings.Repeat("a", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			checkSpans(t, message.Trim(strings.Repeat("old\nnew\n", 20_000), &message.TrimOptions{HTML: html}))
		})
	}
}
