package message

import (
	"encoding/json"
	"strings"
)

// A sesNotice is what Amazon SES says about a mail, sent on by SNS as the text
// of a mail.
type sesNotice struct {
	Type   string `json:"notificationType"`
	Event  string `json:"eventType"`
	Bounce struct {
		Type       string         `json:"bounceType"` // Permanent, Transient, Undetermined
		Recipients []sesRecipient `json:"bouncedRecipients"`
	} `json:"bounce"`
	Delivery struct {
		Recipients []string `json:"recipients"`
		Response   string   `json:"smtpResponse"`
	} `json:"delivery"`
	Delay struct {
		Recipients []sesRecipient `json:"delayedRecipients"`
	} `json:"deliveryDelay"`
	Mail struct {
		MessageID string `json:"messageId"` // SES's own, not the mail's
		Headers   []struct{ Name, Value string }
	} `json:"mail"`
}

type sesRecipient struct {
	Address    string `json:"emailAddress"`
	Status     string `json:"status"`
	Action     string `json:"action"`
	Diagnostic string `json:"diagnosticCode"`
}

// jsonNotice reads a notice of Amazon SES, or returns nil. Only a mail from
// Amazon's notification service is looked at.
func jsonNotice(h Header, text string) *Report {
	from := parseAddresses(h.Get("From"), 1)
	if len(from) == 0 || !strings.HasSuffix(strings.ToLower(from[0].Address), "@sns.amazonaws.com") || answersOrForwards(h) {
		return nil
	}
	text = strings.TrimSpace(text[:min(len(text), maxReportText)])
	end := strings.LastIndexByte(text, '}') // subscription advice may follow
	if !strings.HasPrefix(text, "{") || end < 0 {
		return nil
	}
	var outer struct{ Message string }
	inner := unfoldJSON(text[:end+1])
	if json.Unmarshal([]byte(inner), &outer) == nil && outer.Message != "" {
		inner = outer.Message
	}
	var n sesNotice
	if json.Unmarshal([]byte(inner), &n) != nil {
		return nil
	}
	return n.report()
}

// unfoldJSON takes out the line breaks, each with a blank behind it, that mail
// servers put into lines over their limit. Between the values of JSON they
// mean nothing, and inside there cannot be any.
func unfoldJSON(s string) string {
	return strings.NewReplacer("!\n ", "", "\n ", "", "\n", "").Replace(s)
}

// report turns the notice into a Report, nil if it is about something else.
func (n *sesNotice) report() *Report {
	r := &Report{}
	for _, f := range n.Mail.Headers {
		if ids := parseIDs(f.Value); r.OriginalID == "" && len(ids) > 0 && strings.EqualFold(f.Name, "Message-ID") {
			r.OriginalID = ids[0]
		}
	}
	switch n.Type + n.Event {
	case "Complaint":
		r.Kind = ReportAbuse
		return r
	case "Bounce":
		r.add(n.Bounce.Recipients, "failed")
		for i := range r.Recipients {
			r.Recipients[i].Hard = r.Recipients[i].Hard && n.Bounce.Type != "Transient"
		}
	case "DeliveryDelay":
		r.add(n.Delay.Recipients, "delayed")
	case "Delivery":
		for _, addr := range n.Delivery.Recipients {
			r.add([]sesRecipient{{Address: addr, Diagnostic: n.Delivery.Response}}, "delivered")
		}
	}
	if len(r.Recipients) == 0 {
		return nil
	}
	r.Kind = kindOf(r.Recipients)
	return r
}

// add adds recipients with the same outcome.
func (r *Report) add(list []sesRecipient, action string) {
	for _, s := range list {
		addr := cleanAddr(s.Address)
		if !isRecipient(addr) || len(r.Recipients) >= maxReported {
			continue
		}
		_, said, ok := strings.Cut(s.Diagnostic, ";")
		if !ok {
			said = s.Diagnostic
		}
		r.Recipients = append(r.Recipients, ReportRecipient{
			Address: addr, Status: findStatus(s.Status), Action: action, Diagnostic: diagnosticText(said),
		}.judged(action))
	}
}
