package message_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/ticketmail/mailbox/message"
)

// checkReport checks what holds for every report, whatever it was made of.
func checkReport(t *testing.T, r *message.Report) {
	t.Helper()
	if r == nil {
		return
	}
	checkHeaderText(t, r.OriginalID)
	if len(r.OriginalID) > 998 {
		t.Errorf("original of %d bytes", len(r.OriginalID))
	}
	ofKind := map[message.ReportKind]string{
		message.ReportFailed: "failed", message.ReportDelayed: "delayed", message.ReportDelivered: "delivered relayed expanded",
	}
	actions, about := ofKind[r.Kind]
	switch {
	case !about && r.Kind != message.ReportRead && r.Kind != message.ReportAbuse:
		t.Errorf("kind %q", r.Kind)
	case about != (len(r.Recipients) > 0), len(r.Recipients) > 500:
		t.Errorf("%d recipients in a report of kind %s", len(r.Recipients), r.Kind)
	}
	matching := 0
	for _, rec := range r.Recipients {
		checkRecipient(t, rec)
		if strings.Contains(actions, rec.Action) {
			matching++
		}
		if rec.Action == "failed" && r.Kind != message.ReportFailed {
			t.Errorf("a failure in a report of kind %s", r.Kind)
		}
	}
	if about && matching == 0 {
		t.Errorf("no recipient of kind %s in %+v", r.Kind, r.Recipients)
	}
}

func checkRecipient(t *testing.T, r message.ReportRecipient) {
	t.Helper()
	checkHeaderText(t, r.Address)
	checkHeaderText(t, r.Diagnostic)
	if r.Address == "" || len(r.Address) > 998 || strings.ContainsFunc(r.Address, unicode.IsControl) {
		t.Errorf("address %.100q of %d bytes", r.Address, len(r.Address))
	}
	if len(r.Diagnostic) > 4000 || !utf8.ValidString(r.Diagnostic) {
		t.Errorf("diagnostic of %d bytes", len(r.Diagnostic))
	}
	switch r.Action {
	case "failed", "delayed", "delivered", "relayed", "expanded":
	default:
		t.Errorf("action %q", r.Action)
	}
	if len(r.Status) < 5 || len(r.Status) > 7 || strings.Trim(r.Status, "0123456789.") != "" {
		t.Errorf("status %q", r.Status)
	}
	if r.Hard && (r.Action != "failed" || r.Status[0] != '5') {
		t.Errorf("hard without a lasting failure: %+v", r)
	}
}

// FuzzReport checks that no report makes the reader fail, and that what it
// gives is bounded and clean.
func FuzzReport(f *testing.F) {
	f.Add("MAILER-DAEMON", "failure notice", "", statusPart, "<joe@y.example>:\n550 5.1.1 User unknown\nMessage-ID: <x@y>")
	f.Add("MAILER-DAEMON", "Warning: delayed", "multipart/report", "", "Final-Recipient: utf-8; \\x{7}\\x{FFFFFF}@x.example\nAction: y\n\n  ann@x.example, bob@x.example\n")
	f.Add("x@sns.amazonaws.com", "AWS", "", "", `{"Message":"{\"eventType\":\"Bounce\",\"bounce\":{\"bouncedRecipients\":[{\"emailAddress\":\"\u0007\"}]}}"}`)
	f.Add("postmaster@x", "returned mail", "multipart/report; report-type=feedback-report", "X-HmXmrOriginalRecipient: a\n", "Transcript of session follows\n550 <a@b.c>... no\n----- Original message -----\nTo: a@b.c")
	f.Fuzz(func(t *testing.T, from, subject, kind, part, text string) {
		h := message.Header{{Name: "From", Value: from}, {Name: "Subject", Value: subject}, {Name: "Content-Type", Value: kind}}
		text = strings.ToValidUTF8(text, "")
		for _, parts := range [][]message.ReportPart{
			nil, {{"message/delivery-status", part}, {"message/rfc822", text}}, {{"message/rfc822", part}}, {{"message/disposition-notification", part}},
		} {
			checkReport(t, message.ReportFrom(parts, h, text))
		}
	})
}

// Hostile reports cost no more than their bytes: what is read of one is
// bounded, and so is what is kept.
func TestReportHostile(t *testing.T) {
	const size = 1 << 20
	daemon := message.Header{{Name: "From", Value: "MAILER-DAEMON@x.example"}, {Name: "Subject", Value: "failure notice"}}
	many := func(unit string) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, unit, i)
		}
		return b.String()
	}
	for name, report := range map[string]string{
		"recipients":     many("Final-Recipient: rfc822; u%d@x.example\nAction: failed\nDiagnostic-Code: smtp; 550 user unknown\n\n"),
		"bare addresses": many("u%d@x.example\n"),
		"unexplained":    many("<u%d@x.example>: hello\n\n"),
		"one line":       many("<u%d@x.example>, "),
		"at signs":       strings.Repeat("@", size),
		"brackets":       strings.Repeat("<a@", size/3),
		"dots":           strings.Repeat("a.", size/2) + "@x",
		"codes":          strings.Repeat("5.1.1.", size/6),
		"words":          "<a@x.example>: " + strings.Repeat("user user host ", size/15) + "unknown",
		"folded":         "Final-Recipient: rfc822; a@x.example\n" + strings.Repeat(" b\n", size/3),
		"blanks":         strings.Repeat(" ", size) + "<a@x.example>: unknown",
		"comments":       "Final-Recipient: rfc822; " + strings.Repeat("(", size) + "a@x.example\nAction: failed\n",
		"numbers":        many("550 %d <a@x.example>... \n"),
		"braces":         strings.Repeat(`{"Message":`, size/11),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			checkReport(t, message.ReportFrom([]message.ReportPart{{"message/delivery-status", report}, {"message/rfc822", report}}, daemon, ""))
			checkReport(t, message.ReportFrom(nil, daemon, report))
			checkReport(t, message.ReportFrom(nil, append(daemon[:2:2], message.Field{Name: "X-Failed-Recipients", Value: report}), report))
			if took := time.Since(start); took > 4*time.Second {
				t.Errorf("took %v", took)
			} else {
				t.Logf("took %v", took)
			}
		})
	}
	linear(t, "reportFrom", func(s string) {
		checkReport(t, message.ReportFrom([]message.ReportPart{{"message/delivery-status", s}}, daemon, s))
		checkReport(t, message.ReportFrom(nil, message.Header{{Name: "From", Value: s}, {Name: "Subject", Value: s}, {Name: "Content-Type", Value: s}}, s))
	})
}
