package message_test

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"example.com/ticketmail/mailbox/message"
)

// expectedRecipient is what is known of one recipient that a report of the
// corpus is about.
type expectedRecipient struct {
	Recipient    string
	RecipientAny []string `json:"recipient_any"`
	Status       string
	StatusAny    []string `json:"status_any"`
	Class        string   `json:"status_class"`
	Action       string
	Hard         *bool
	InPart       *bool `json:"in_dsn_part"`
}

// wrongFacts are facts of the corpus that its own files contradict, with what
// they say. They are not asked.
var wrongFacts = map[string]string{
	"lhost-exim-41.eml bounce yes":                "a warning: delivery attempts will continue",
	"lhost-gmail-06.eml bounce yes":               "a warning: the message will be retried",
	"lhost-gmail-08.eml bounce yes":               "a warning: the message will be retried",
	"lhost-gmail-17.eml bounce yes":               "a warning: the message will be retried",
	"lhost-gmail-08.eml text class":               "a warning, so its class is 4",
	"lhost-opensmtpd-12.eml part class":           "Action: delayed",
	"lhost-opensmtpd-12.eml part hard":            "Action: delayed",
	"lhost-opensmtpd-16.eml part class":           "Action: delayed",
	"lhost-amazonworkmail-05.eml text status":     "Status: 4.4.7",
	"lhost-sendgrid-03.eml part action":           "no action of RFC 3464 is called expired",
	"lhost-googleworkspace-01.eml text recipient": "X-Failed-Recipients names another",
	"lhost-googleworkspace-01.eml text class":     "X-Failed-Recipients names another recipient",
	"lhost-googleworkspace-01.eml text hard":      "X-Failed-Recipients names another recipient",
	"lhost-exim-37.eml text hard":                 "the domain that does not exist is the sender's",
	"arf-26.eml feedback_report":                  "a reader unsubscribes; no report about a mail",
}

// compareReport compares what a mail says about another one. The fields of
// recipients are counted apart for parts made for programs and for words.
func (e expectation) compareReport(r *message.Report) map[string]string {
	found := make(map[string]string)
	kind := message.ReportKind("")
	if r != nil {
		kind = r.Kind
	}
	expectKind := func(field string, want ...message.ReportKind) {
		found[field] = ""
		if !slices.Contains(want, kind) {
			found[field] = fmt.Sprintf("got kind %q, want one of %q", kind, want)
		}
	}
	switch {
	case e.Feedback != nil && *e.Feedback:
		expectKind("feedback_report", message.ReportAbuse)
		expectKind("bounce no", "", message.ReportAbuse)
	case e.Delayed != nil && *e.Delayed:
		expectKind("delayed", message.ReportDelayed)
	case e.Bounce != nil && *e.Bounce:
		expectKind("bounce yes", message.ReportFailed)
	case e.Bounce != nil:
		expectKind("bounce no", "", message.ReportDelivered, message.ReportRead)
	}
	for i, want := range e.DSN {
		place := "part"
		if want.InPart != nil && !*want.InPart {
			place = "text"
		}
		for field, wrong := range want.compare(r) {
			found[fmt.Sprintf("%s %s#%d", place, field, i)] = wrong
		}
	}
	maps.DeleteFunc(found, func(field, _ string) bool {
		field, _, _ = strings.Cut(field, "#")
		return wrongFacts[path.Base(e.File)+" "+field] != ""
	})
	return found
}

// compare looks for the recipient in r and compares its facts. Nothing is
// right of a recipient that is missing.
func (e expectedRecipient) compare(r *message.Report) map[string]string {
	found := make(map[string]string)
	any := withoutEmpty(append(e.RecipientAny, e.Recipient))
	var got message.ReportRecipient
	if len(any) == 0 {
		return nil
	}
	found["recipient"] = fmt.Sprintf("%q missing in %+v", any, r)
	if r != nil {
		i := slices.IndexFunc(r.Recipients, func(r message.ReportRecipient) bool {
			return slices.ContainsFunc(any, func(s string) bool { return strings.EqualFold(s, r.Address) })
		})
		if i >= 0 {
			got, found["recipient"] = r.Recipients[i], ""
		}
	}
	expect := func(field, got string, want ...string) {
		if want = withoutEmpty(want); len(want) == 0 {
			return
		}
		found[field] = ""
		if !slices.Contains(want, got) {
			found[field] = fmt.Sprintf("got %q, want one of %q", got, want)
		}
	}
	expect("status", got.Status, append(e.StatusAny, e.Status)...)
	if found["status"] == "" && e.Status == "" && len(e.StatusAny) == 0 {
		expect("class", got.Status[:min(1, len(got.Status))], e.Class)
	}
	expect("action", got.Action, e.Action)
	if e.Hard != nil {
		expect("hard", fmt.Sprint(got.Hard), fmt.Sprint(*e.Hard))
	}
	return found
}

func withoutEmpty(list []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == "" })
}
