package message_test

import (
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
	"github.com/google/go-cmp/cmp"
)

// fromDaemon is the header of a report by its sender alone.
var fromDaemon = message.Header{{Name: "From", Value: "MAILER-DAEMON@x.example"}, {Name: "Subject", Value: "failure notice"}}

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

func TestReportFromStatusPart(t *testing.T) {
	got := message.ReportFrom([]message.ReportPart{
		{"message/delivery-status", strings.ReplaceAll(statusPart, "\n", "\r\n")},
		{"message/rfc822", "Received: x\r\nMessage-ID:\r\n <ticket.1@x.example>\r\n\r\nMessage-ID: <no@x.example>\r\n"},
	}, fromDaemon, "")
	want := &message.Report{
		Kind:       message.ReportFailed,
		OriginalID: "ticket.1@x.example",
		Recipients: []message.ReportRecipient{
			{Address: "joe@x.example", Status: "5.1.1", Action: "failed", Hard: true, Diagnostic: "550 5.1.1 <joe@inside.x.example>: User unknown"},
			{Address: "ann@x.example", Status: "4.4.1", Action: "delayed"},
			{Address: "full@x.example", Status: "5.2.2", Action: "failed"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reportFrom (-want +got):\n%s", diff)
	}
}

func TestHard(t *testing.T) {
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
		"disabled, as if unknown": {"5.2.1", "smtp; 550 5.2.1 User unknown", true},
		"disabled":                {"5.2.1", "smtp; 550 5.2.1 account disabled", false},
		"policy, user unknown":    {"5.7.1", "smtp; 550 5.7.1 User unknown", false},
		"sender unknown":          {"5.0.0", "smtp; 550 Sender address rejected: does not exist", false},
		"sender's domain":         {"5.1.8", "smtp; 550 Domain does not exist", false},
		"link of a block list":    {"5.1.3", "smtp; 553 https://www.spamhaus.example/query?ip=192.0.2.1", false},
		"link about the reason":   {"5.1.1", "smtp; 550 5.1.1 not here, see https://mail.example/help/blocked-policy", true},
		"name of the user":        {"5.1.1", "smtp; 550 5.1.1 <spam.quota@x.example>: no", true},
		"unknown after the text":  {"5.0.0", "smtp; SMTP error after end of data: 550 User unknown", false},
		"edge of Microsoft":       {"5.4.1", "smtp; 550 5.4.1 Recipient address rejected: Access denied.", true},
		"no mail at the host":     {"5.0.0", "smtp; 556 host does not accept mail", true},
		"too large":               {"5.1.1", "smtp; 552 Message size exceeds limit", false},
		"for now":                 {"5.0.0", "smtp; Host not found, try again", false},
		"late":                    {"5.4.7", "smtp; delivery time expired", false},
		"moved":                   {"5.1.6", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			b := message.ReportFrom([]message.ReportPart{{"message/delivery-status",
				"\nFinal-Recipient: rfc822; joe@x.example\nAction: failed\nStatus: " + tt.status + "\nDiagnostic-Code: " + tt.diagnostic + "\n"}}, fromDaemon, "")
			if b == nil || len(b.Recipients) != 1 {
				t.Fatalf("reportFrom = %+v, want one recipient", b)
			}
			if got := b.Recipients[0].Hard; got != tt.want {
				t.Errorf("hard = %t, want %t", got, tt.want)
			}
		})
	}
}

// statusMail is a mail system's report with a part for programs.
func statusMail(fields string) string {
	return "From: Mail System <MAILER-DAEMON@mx.example>\nTo: desk@our.example\nSubject: Report\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n" +
		"--b\n\nSomething became of your mail.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n" + fields +
		"\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <ours.1@our.example>\n\n--b--\n"
}

func readReport(t *testing.T, mail string) *message.Report {
	t.Helper()
	m, err := message.Read(t.Context(), strings.NewReader(mail), nil)
	if err != nil {
		t.Fatal(err)
	}
	if m.Report != nil && m.Automatic == "" {
		t.Error("a report does not count as automatic")
	}
	return m.Report
}

func TestReportKinds(t *testing.T) {
	for name, tt := range map[string]struct {
		fields string
		kind   message.ReportKind
		want   []message.ReportRecipient
	}{
		"failed": {"Final-Recipient: rfc822; joe@x.example\nAction: failed\nStatus: 5.1.1\n", message.ReportFailed,
			[]message.ReportRecipient{{Address: "joe@x.example", Status: "5.1.1", Action: "failed", Hard: true}}},
		"delayed": {"Final-Recipient: rfc822; joe@x.example\nAction: delayed\nStatus: 4.4.1\nWill-Retry-Until: Mon, 23 Nov 2026 22:30:11 +0100\n", message.ReportDelayed,
			[]message.ReportRecipient{{Address: "joe@x.example", Status: "4.4.1", Action: "delayed"}}},
		"delayed because unknown": {"Final-Recipient: rfc822; joe@x.example\nAction: delayed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 user unknown\n", message.ReportDelayed,
			[]message.ReportRecipient{{Address: "joe@x.example", Status: "5.1.1", Action: "delayed", Diagnostic: "550 user unknown"}}},
		"relayed and expanded": {"Final-Recipient: rfc822; joe@x.example\nAction: relayed\nStatus: 2.1.9\n\nFinal-Recipient: rfc822; team@x.example\nAction: expanded\nStatus: 2.1.5\n", message.ReportDelivered,
			[]message.ReportRecipient{{Address: "joe@x.example", Status: "2.1.9", Action: "relayed"}, {Address: "team@x.example", Status: "2.1.5", Action: "expanded"}}},
		"delivered": {"Final-Recipient: rfc822; joe@x.example\nAction: delivered\nStatus: 2.0.0\n", message.ReportDelivered,
			[]message.ReportRecipient{{Address: "joe@x.example", Status: "2.0.0", Action: "delivered"}}},
		"mixed": {"Final-Recipient: rfc822; joe@x.example\nAction: delivered\nStatus: 2.0.0\n\nFinal-Recipient: rfc822; ann@x.example\nAction: delayed\nStatus: 4.2.2\n\nFinal-Recipient: rfc822; bob@x.example\nAction: failed\nStatus: 5.2.2\n", message.ReportFailed,
			[]message.ReportRecipient{{Address: "joe@x.example", Status: "2.0.0", Action: "delivered"}, {Address: "ann@x.example", Status: "4.2.2", Action: "delayed"}, {Address: "bob@x.example", Status: "5.2.2", Action: "failed"}}},
		"action unknown": {"Final-Recipient: rfc822; joe@x.example\nAction: expired\nStatus: 5.4.7\n", message.ReportFailed,
			[]message.ReportRecipient{{Address: "joe@x.example", Status: "5.4.7", Action: "failed"}}},
		"action missing": {"Final-Recipient: rfc822; joe@x.example\nStatus: 4.4.7\n", message.ReportDelayed,
			[]message.ReportRecipient{{Address: "joe@x.example", Status: "4.4.7", Action: "delayed"}}},
		"status missing": {"Final-Recipient: rfc822; joe@x.example\nAction: failed\nDiagnostic-Code: smtp; 552 mailbox is full\n", message.ReportFailed,
			[]message.ReportRecipient{{Address: "joe@x.example", Status: "5.2.2", Action: "failed", Diagnostic: "552 mailbox is full"}}},
		"utf-8": {"Original-Recipient: utf-8; jürgen@dömäne.example\nFinal-Recipient: utf-8; j\\x{FC}rgen@d\\x{F6}m\\x{E4}ne.example\nAction: failed\nStatus: 5.1.1\n", message.ReportFailed,
			[]message.ReportRecipient{{Address: "jürgen@dömäne.example", Status: "5.1.1", Action: "failed", Hard: true}}},
		"utf-8 for old servers": {"Final-Recipient: utf-8; j\\x{FC}rgen@d\\x{F6}m\\x{E4}ne.example\nAction: failed\nStatus: 5.1.1\n", message.ReportFailed,
			[]message.ReportRecipient{{Address: "jürgen@dömäne.example", Status: "5.1.1", Action: "failed", Hard: true}}},
		"control characters": {"Final-Recipient: utf-8; jo\\x{7}e\\x{0}\\x{110000}@x.example\nAction: failed\nStatus: 5.1.1\n", message.ReportFailed,
			[]message.ReportRecipient{{Address: "joe@x.example", Status: "5.1.1", Action: "failed", Hard: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			want := &message.Report{Kind: tt.kind, OriginalID: "ours.1@our.example", Recipients: tt.want}
			if diff := cmp.Diff(want, readReport(t, statusMail(tt.fields))); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}

// Receipts and complaints are told from failures, even with a failure in them.
func TestOtherReports(t *testing.T) {
	const failure = "--b\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; joe@x.example\nAction: failed\nStatus: 5.1.1\n"
	head := "From: MAILER-DAEMON@x.example\nSubject: Undelivered mail\nContent-Type: multipart/"
	for name, tt := range map[string]struct {
		mail string
		kind message.ReportKind
		id   string
	}{
		"receipt": {head + "report; report-type=disposition-notification; boundary=b\n\n--b\n\n<joe@x.example>: 550 user unknown\n" +
			"--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; joe@x.example\nOriginal-Message-ID: <a@our.example>\nDisposition: automatic-action/MDN-sent-automatically; deleted\n--b--\n", message.ReportRead, "a@our.example"},
		"receipt without its part": {head + "report; report-type=\"Disposition-Notification\"; boundary=b\n\n--b\n\n<joe@x.example>: 550 user unknown\n--b--\n", message.ReportRead, ""},
		"receipt in a mixed mail":  {head + "mixed; boundary=b\n\n--b\nContent-Type: message/disposition-notification\n\nOriginal-Message-ID: <a@our.example>\n" + failure + "--b--\n", message.ReportRead, "a@our.example"},
		"complaint": {head + "report; report-type=feedback-report; boundary=b\n\n--b\n\nabuse\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: joe@x.example\n" +
			failure + "--b\nContent-Type: message/rfc822\n\nMessage-ID: <a@our.example>\n\nx\n--b--\n", message.ReportAbuse, "a@our.example"},
		"complaint in Microsoft's shape": {"From: staff@isp.example\nSubject: a complaint\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nX-HmXmrOriginalRecipient: joe@x.example\nMessage-ID: <a@our.example>\n\nx\n--b--\n", message.ReportAbuse, "a@our.example"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(&message.Report{Kind: tt.kind, OriginalID: tt.id}, readReport(t, tt.mail)); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNoReport(t *testing.T) {
	person := "From: Joe <joe@x.example>\nTo: desk@our.example\nIn-Reply-To: <ours.1@our.example>\n"
	quoted := "> From: MAILER-DAEMON@mx.example\n> Subject: Undelivered Mail\n>\n> <ann@x.example>: 550 5.1.1 User unknown\n> Final-Recipient: rfc822; ann@x.example\n> Action: failed\n"
	for name, mail := range map[string]string{
		"text":              person + "Subject: Printer\n\n<ann@x.example>: 550 5.1.1 User unknown\n",
		"reply that quotes": person + "Subject: Re: Undelivered Mail Returned to Sender\n\nWhat does this mean?\n\n" + quoted,
		"postmaster who replies": "From: Joe <postmaster@x.example>\nSubject: AW: failure notice\n\nI added the mailbox.\n\n" +
			"<ann@x.example>: 550 5.1.1 User unknown\n",
		"forwarded as a mail": person + "Subject: Fwd: Undelivered Mail\nContent-Type: multipart/mixed; boundary=f\n\n--f\n\nLook at this.\n--f\nContent-Type: message/rfc822\n\n" +
			statusMail("Final-Recipient: rfc822; joe@x.example\nAction: failed\nStatus: 5.1.1\n") + "\n--f--\n",
		"forwarded in parts": person + "Subject: WG: Undelivered Mail\nContent-Type: multipart/mixed; boundary=f\n\n--f\n\nLook at this.\n--f\nContent-Type: message/delivery-status\n\n" +
			"Final-Recipient: rfc822; joe@x.example\nAction: failed\nStatus: 5.1.1\n\n--f--\n",
		"attached to a new mail": person + "Subject: Undelivered mail, please help\nContent-Type: multipart/mixed; boundary=f\n\n--f\n\nLook at this.\n--f\nContent-Type: message/delivery-status\n\n" +
			"Final-Recipient: rfc822; joe@x.example\nAction: failed\nStatus: 5.1.1\n\n--f--\n",
		"forwarded complaint": person + "Subject: Fwd: complaint\nContent-Type: multipart/mixed; boundary=f\n\n--f\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n\n--f--\n",
		"forwarded receipt":   person + "Subject: have you read it?\nContent-Type: multipart/mixed; boundary=f\n\n--f\nContent-Type: message/disposition-notification\n\nDisposition: manual-action; displayed\n\n--f--\n",
		"absence note":        "From: joe@x.example\nReturn-Path: <>\nSubject: Out of office: Printer\n\nMail to <ann@x.example> could not be delivered: error 550.\n",
		"answering machine":   "From: joe@x.example\nReturn-Path: <>\nAuto-Submitted: auto-replied\nSubject: delivery problem\n\nWrite to <ann@x.example>, my mailbox is disabled.\n",
		"report of success":   "From: MAILER-DAEMON@x.example\nSubject: Delivery Status Notification (Success)\n\nYour mail was delivered to:\n\n<ann@x.example>\n",
		"parcel": "From: no-reply@parcels.example\nTo: desk@our.example\nSubject: Delivery failed\n\n" +
			"Your parcel could not be delivered to the address of ann@x.example. Unknown address.\n",
		"empty status part": statusMail("Action: failed\n"),
		"no local part":     statusMail("Final-Recipient: rfc822; @x.example\nAction: failed\nStatus: 5.1.2\n"),
	} {
		t.Run(name, func(t *testing.T) {
			if r := readReport(t, mail); r != nil {
				t.Errorf("report %+v, want none", r)
			}
		})
	}
}

// A broken structure leaves the fields in the text, or the returned header in
// the fields.
func TestReportBrokenBoundary(t *testing.T) {
	fields := "Final-Recipient: rfc822; joe@x.example\nAction: failed\nStatus: 5.1.1\n"
	want := &message.Report{
		Kind: message.ReportFailed, OriginalID: "ours.1@our.example",
		Recipients: []message.ReportRecipient{{Address: "joe@x.example", Status: "5.1.1", Action: "failed", Hard: true}},
	}
	whole := statusMail(fields)
	for name, mail := range map[string]string{
		"never comes":     strings.ReplaceAll(whole, "boundary=b", "boundary=c"),
		"not stated":      strings.ReplaceAll(whole, "; boundary=b", ""),
		"no content type": strings.Replace(whole, "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n", "", 1),
		"changes":         strings.Replace(whole, "--b\nContent-Type: text/rfc822-headers", "--x\nContent-Type: text/rfc822-headers", 1),
		"cut":             whole[:strings.Index(whole, "\n--b--")],
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want, readReport(t, mail)); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}
