package message_test

import (
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
)

func TestForwardedFrom(t *testing.T) {
	for name, tt := range map[string]struct{ body, want string }{
		"Gmail":       {"FYI\n\n---------- Forwarded message ---------\nFrom: Joe Doe <joe@customer.example>\nDate: Mon, 23 Nov 2026 at 10:00\nSubject: Printer\nTo: <bea@erp.example>\n\nIt burns.\n", "joe@customer.example"},
		"Outlook, de": {"Bitte übernehmen.\n\nVon: Joe Doe [mailto:joe@customer.example]\nGesendet: Montag, 23. November 2026 10:00\nAn: Bea\nBetreff: Drucker\n\nEr brennt.\n", "joe@customer.example"},
		"Outlook, fr": {"De : Joe Doe <joe@customer.example>\nEnvoyé : lundi 23 novembre 2026\nÀ : Bea\nObjet : Imprimante\n\nElle brûle.\n", "joe@customer.example"},
		"bold fields": {"*From:* Joe Doe <joe@customer.example>\n*Sent:* Monday\n*To:* Bea\n*Subject:* x\n\ny\n", "joe@customer.example"},
		"bare":        {"-----Weitergeleitete Nachricht-----\nVon: joe@customer.example\nDatum: heute\nAn: bea@erp.example\nBetreff: x\n\ny\n", "joe@customer.example"},
		"quoted":      {"> From: Joe <joe@customer.example>\n> Sent: Monday\n> To: Bea\n> Subject: x\n>\n> y\n", "joe@customer.example"},
		"only a name": {"From: Joe Doe\nSent: Monday\nTo: Bea\nSubject: x\n\ny\n", ""},
		"two people":  {"From: a@x.example, b@x.example\nSent: Monday\nTo: Bea\nSubject: x\n\ny\n", ""},
		"no header":   {"Please call joe@customer.example.\nFrom: here to there\n", ""},
		"empty":       {"", ""},
		"far below":   {strings.Repeat("x\n", 500) + "From: Joe <joe@customer.example>\nSent: Monday\nTo: Bea\nSubject: x\n", ""},
	} {
		from, ok := message.ForwardedFrom(tt.body)
		if from.Address != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %+v, %t, want %q", name, from, ok, tt.want)
		}
	}
}
