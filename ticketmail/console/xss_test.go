package console_test

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/ticketmail"
	"example.com/ticketmail/ticketmail/console"
)

// vectors are those that the sanitiser is tested with, one a line.
func vectors(t *testing.T) []string {
	t.Helper()
	f, err := os.Open("../../mailbox/message/safehtml/testdata/vectors.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if text := strings.TrimSpace(lines.Text()); text != "" && !strings.HasPrefix(text, "#") {
			list = append(list, text)
		}
	}
	if lines.Err() != nil || len(list) < 100 {
		t.Fatalf("%d vectors, %v", len(list), lines.Err())
	}
	return list
}

// TestStoredXSS: whatever stands in a subject, a mail, a name, a template, a
// category or a mailbox, no page holds anything active.
func TestStoredXSS(t *testing.T) {
	r := build(t, change{})
	r.seed()
	ctx := t.Context()
	all := vectors(t)
	everything := strings.Join(all, "\n")
	oneLine := `"><script>alert(1)</script><img src=x onerror=alert(1)>' onmouseover='x`
	r.must(r.PutCategory(ctx, catalog.Category{ID: `x"><script>alert(1)`, Labels: map[string]string{"en": oneLine, "it": `javascript:alert(1)`}}))
	r.must(r.PutMailbox(ctx, mailbox.Mailbox{ID: "evil", Name: oneLine, Host: `"><script>x`, User: oneLine, Folders: []string{oneLine}}))
	r.must(r.PutTemplate(ctx, notify.Template{Name: "status_done", Audience: notify.Staff, Language: "en", Subject: oneLine, Text: strings.ReplaceAll(everything[:8000], "{{", "{ {"), HTML: "<p>{{ticket.subject}}</p>"}))
	r.must(r.PatchRule(ctx, `"><script>`, notify.StatusDone, notify.RulePatch{Addresses: &[]string{"x@b.example"}}))
	k, err := r.CreateTicket(ctx, ticketmail.Actor{Person: "bea"}, ticketmail.NewTicket{Subject: oneLine, Text: everything, Task: "helpdesk", Assignee: "carl"})
	r.must(err)
	letters := []string{loop}
	for i, vector := range all {
		if i%10 == 0 { // ten of them in one mail
			letters = append(letters, "From: \""+"<script>alert(1)</script>"+"\" <x@b.example>\r\nSubject: "+oneLine+"\r\nMessage-ID: <\"><script>"+string(rune('a'+i/10))+">\r\nContent-Type: text/html; charset=utf-8\r\n\r\n")
		}
		letters[len(letters)-1] += vector + "\r\n"
	}
	r.receive(letters...)
	r.outgoing(func(m *notify.Mail) { m.Subject, m.Text, m.HTML, m.Error = oneLine, everything, everything, oneLine })
	r.as = console.Visitor{Person: "max", Name: oneLine, Right: console.Administer, Language: "en"}

	paths := append([]string{
		"/categories/edit?id=x%22%3E%3Cscript%3Ealert%281%29", "/mailboxes/show?id=evil", "/mailboxes/edit?id=evil", "/templates/edit" + staffDone + "&ticket=" + string(k.ID),
		"/outbox/mail?mail=m1&ticket=1", "/notifications/explain?ticket=" + string(k.ID) + "&event=comment_added", "/notifications?project=%22%3E%3Cscript%3E",
		"/journal?text=%22%3E%3Cscript%3E&mailbox=%22%3E%3Cscript%3E", "/notifications/explain?ticket=%22%3E%3Cscript%3E&event=x&actor=%3Cscript%3E",
		"/templates/edit?name=%22%3E%3Cscript%3E&audience=employee&language=%22%3E%3Cscript%3E", "/categories?done=%3Cscript%3E",
	}, allPages...)
	journal := r.get("/journal")
	for n := range journal.doc.Descendants() {
		if href := attr(n, "href"); strings.Contains(href, "/mail?mail=") {
			paths = append(paths, strings.TrimPrefix(href, prefix))
		}
	}
	for _, path := range paths {
		inspect(t, r.send("GET", path, nil))
	}
	a := r.post("/mailboxes/test?id=evil")
	inspect(t, a)
	a = r.post("/categories/edit", "new", oneLine+strings.Repeat("x", 64), "order", oneLine, "label.de", everything, "tag", oneLine, "text", oneLine)
	inspect(t, a.want(422))
	if len(paths) < len(allPages)+20 {
		t.Errorf("only %d pages were looked at", len(paths))
	}
}
