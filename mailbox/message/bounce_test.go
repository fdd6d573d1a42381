package message_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/ticketmail/mailbox/message"
	"github.com/google/go-cmp/cmp"
)

const statusPart = `Reporting-MTA: dns; mx.x.example
Arrival-Date: Mon, 23 Nov 2026 22:30:11 +0100

Original-Recipient: rfc822;joe@x.example
Final-Recipient: rfc822; joe@inside.x.example
Action: failed
Status: 5.0.0 (permanent)
Diagnostic-Code: smtp; 550 5.1.1
 <joe@inside.x.example>: User unknown

Final-Recipient: RFC822; <ann@x.example>
Action: Delayed
Status: 4.4.1
Final-Recipient: rfc822; full@x.example
Action: failed
Status: 5.2.2
`

func TestBounceFromStatusPart(t *testing.T) {
	got := message.BounceFrom([]message.ReportPart{
		{"message/delivery-status", strings.ReplaceAll(statusPart, "\n", "\r\n")},
		{"message/rfc822", "Received: x\r\nMessage-ID:\r\n <ticket.1@x.example>\r\n\r\nMessage-ID: <no@x.example>\r\n"},
	}, nil, "")
	want := &message.Bounce{
		OriginalID: "ticket.1@x.example",
		Recipients: []message.BounceRecipient{
			{Address: "joe@x.example", Status: "5.1.1", Action: "failed", Hard: true, Diagnostic: "550 5.1.1 <joe@inside.x.example>: User unknown"},
			{Address: "ann@x.example", Status: "4.4.1", Action: "delayed"},
			{Address: "full@x.example", Status: "5.2.2", Action: "failed"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bounceFrom (-want +got):\n%s", diff)
	}
}

func TestBounceHard(t *testing.T) {
	for name, tt := range map[string]struct {
		status, diagnostic string
		want               bool
	}{
		"no such mailbox":         {"5.1.1", "", true},
		"no such host":            {"5.1.2", "", true},
		"no route":                {"5.4.4", "", true},
		"sender's address":        {"5.1.8", "", false},
		"mailbox full":            {"5.2.2", "", false},
		"policy":                  {"5.7.1", "", false},
		"policy, as if unknown":   {"5.1.1", "smtp; 550 rejected by policy", false},
		"temporary":               {"4.1.1", "", false},
		"general, user unknown":   {"5.0.0", "smtp; 550 User unknown", true},
		"general, something else": {"5.0.0", "smtp; 550 Go away", false},
		"words only":              {"", "smtp; 550 No such user here", true},
	} {
		t.Run(name, func(t *testing.T) {
			b := message.BounceFrom([]message.ReportPart{{"message/delivery-status",
				"\nFinal-Recipient: rfc822; joe@x.example\nAction: failed\nStatus: " + tt.status + "\nDiagnostic-Code: " + tt.diagnostic + "\n"}}, nil, "")
			if b == nil || len(b.Recipients) != 1 {
				t.Fatalf("bounceFrom = %+v, want one recipient", b)
			}
			if got := b.Recipients[0].Hard; got != tt.want {
				t.Errorf("hard = %t, want %t", got, tt.want)
			}
		})
	}
}

func TestBounceFromWords(t *testing.T) {
	daemon := message.Header{
		{Name: "Return-Path", Value: "<>"},
		{Name: "From", Value: "MAILER-DAEMON@x.example"},
		{Name: "Subject", Value: "failure notice"},
	}
	for name, tt := range map[string]struct {
		header message.Header
		text   string
		want   []message.BounceRecipient
	}{
		"qmail": {daemon, "Hi. This is the qmail-send program at x.example.\n\n<joe@y.example>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 User unknown\n\n--- Below this line is a copy of the message.\n\n<no@y.example>: error\n",
			[]message.BounceRecipient{{Address: "joe@y.example", Status: "5.1.1", Action: "failed", Hard: true, Diagnostic: "192.0.2.1 does not like recipient. Remote host said: 550 5.1.1 User unknown"}}},
		"Postfix": {daemon, "I'm sorry.\n\n<joe@y.example>: host mx.y.example said: 452 4.2.2 Over quota\n",
			[]message.BounceRecipient{{Address: "joe@y.example", Status: "4.2.2", Action: "delayed", Diagnostic: "<joe@y.example>: host mx.y.example said: 452 4.2.2 Over quota"}}},
		"Exim": {append(daemon[:2:2], message.Field{Name: "X-Failed-Recipients", Value: "joe@y.example, ann@y.example"}),
			"A message could not be delivered.\n\n  joe@y.example\n    Unrouteable address\n",
			[]message.BounceRecipient{{Address: "joe@y.example", Action: "failed", Hard: true, Diagnostic: "Unrouteable address"}, {Address: "ann@y.example", Action: "failed"}}},
		"absence note": {append(daemon[:1:1], message.Field{Name: "Subject", Value: "Out of office"}), "<joe@y.example> error 550", nil},
		"a person":     {message.Header{{Name: "From", Value: "joe@x.example"}, {Name: "Subject", Value: "failure notice"}}, "<joe@y.example>: 550 5.1.1 User unknown", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []message.BounceRecipient
			if b := message.BounceFrom(nil, tt.header, tt.text); b != nil {
				got = b.Recipients
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("recipients (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNoBounce(t *testing.T) {
	for name, parts := range map[string][]message.ReportPart{
		"nothing":       nil,
		"attached mail": {{"message/rfc822", "Message-ID: <a@x.example>\n\n"}},
		"complaint":     {{"message/feedback-report", "Feedback-Type: abuse\nOriginal-Rcpt-To: joe@x.example\n"}, {"message/rfc822", "Message-ID: <a@x.example>\n\n"}},
		"read receipt":  {{"message/disposition-notification", "Final-Recipient: rfc822; joe@x.example\nDisposition: manual-action; displayed\n"}},
		"empty status":  {{"message/delivery-status", "Reporting-MTA: dns; x\n\nAction: failed\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			if b := message.BounceFrom(parts, nil, "text"); b != nil {
				t.Errorf("bounceFrom = %+v, want nil", b)
			}
		})
	}
}

func FuzzBounceFrom(f *testing.F) {
	f.Add(statusPart, "<joe@y.example>:\n550 5.1.1 User unknown\nMessage-ID: <x@y>")
	f.Fuzz(func(t *testing.T, status, text string) {
		h := message.Header{{Name: "From", Value: "MAILER-DAEMON"}, {Name: "Subject", Value: "failure notice"}}
		b := message.BounceFrom([]message.ReportPart{{"message/delivery-status", status}, {"message/rfc822", text}}, h, text)
		if b == nil {
			return
		}
		if len(b.Recipients) == 0 || len(b.Recipients) > 500 {
			t.Errorf("%d recipients", len(b.Recipients))
		}
		for _, r := range b.Recipients {
			checkHeaderText(t, r.Address)
			checkHeaderText(t, r.Diagnostic)
			if r.Address == "" || !utf8.ValidString(r.Action) || r.Hard && r.Action != "failed" {
				t.Errorf("recipient %+v", r)
			}
		}
	})
}
