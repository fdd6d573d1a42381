package message_test

import (
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/ticketmail/internal/cputime"
	"example.com/ticketmail/mailbox/message"
	"github.com/google/go-cmp/cmp"
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

// TestReportIsBounded checks that 64 KiB are read of a report, whatever its
// size, and that inside them the work is linear: it compares sizes, because the
// machine may do something else beside, and a quadratic rule takes sixteen
// times as long for four times the text.
func TestReportIsBounded(t *testing.T) {
	const small, read, large = 16 << 10, 64 << 10, 1 << 20
	for name, unit := range map[string]string{
		"recipients":     "Final-Recipient: rfc822; u%d@x.example\nAction: failed\nDiagnostic-Code: smtp; 550 user unknown\n\n",
		"bare addresses": "u%d@x.example\n",
		"unexplained":    "<u%d@x.example>: hello\n\n",
		"one line":       "<u%d@x.example>, ",
		"at signs":       "@",
		"brackets":       "<a@",
		"dots":           "a.",
		"codes":          "5.1.1.",
		"words":          "user user host ",
		"folded":         " b\n",
		"blanks":         " ",
		"comments":       "(",
		"numbers":        "550 %d <a@x.example>... \n",
		"braces":         `{"Message":`,
		"encoded":        "=?a?q?x?=",
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			for i := 0; b.Len() < large; i++ {
				b.WriteString(strings.ReplaceAll(unit, "%d", strconv.Itoa(i)))
			}
			text := b.String()
			if diff := cmp.Diff(message.ReportFrom(nil, fromDaemon, text[:read]), message.ReportFrom(nil, fromDaemon, text)); diff != "" {
				t.Errorf("what follows the first 64 KiB changes the report:\n%.1000s", diff)
			}
			once, four := time.Hour, time.Hour
			for range 5 { // again while it looks quadratic: other work on the machine does not last
				once, four = min(once, readTime(t, text[:small])), min(four, readTime(t, text[:read]))
				if four <= 10*once+time.Second {
					return
				}
			}
			t.Errorf("%d KiB took %v, four times as much %v", small>>10, once, four)
		})
	}
}

// TestReportOfMany reads a report about 100,000 recipients: 500 are kept.
func TestReportOfMany(t *testing.T) {
	r := readReport(t, statusMail(strings.Repeat("Final-Recipient: rfc822; joe@x.example\nAction: failed\nStatus: 5.1.1\n\n", 100_000)))
	checkReport(t, r)
	if r == nil || len(r.Recipients) != 500 {
		t.Errorf("report %.200v, want 500 recipients", r)
	}
}

// readTime reads a hostile text as each thing it can be in a report, and
// returns how long that took.
func readTime(t *testing.T, text string) time.Duration {
	t.Helper()
	const field = 32 << 10 // more of one is the header parser's matter
	failed := append(fromDaemon[:2:2], message.Field{Name: "X-Failed-Recipients", Value: text[:min(len(text), field)]})
	return cputime.Of(func() {
		checkReport(t, message.ReportFrom([]message.ReportPart{{"message/delivery-status", text}, {"message/rfc822", text}}, fromDaemon, ""))
		checkReport(t, message.ReportFrom(nil, fromDaemon, text))
		checkReport(t, message.ReportFrom(nil, failed, text))
		checkReport(t, message.ReportFrom(nil, fromDaemon, "<a@x.example>: "+text))
	})
}
