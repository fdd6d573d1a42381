package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/ticketmail"
)

// days is how long the demo has been running when it starts.
const days = 6

// fill makes the settings and lives through some days of mail.
func (d *demo) fill(ctx context.Context) error {
	for _, step := range []func(context.Context) error{d.categories, d.mailboxes, d.rules, d.mails} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) categories(ctx context.Context) error {
	for i, c := range []catalog.Category{
		{ID: "fehler", Labels: map[string]string{"de": "Fehler", "en": "Bug", "fr": "Défaut"}},
		{ID: "wunsch", Labels: map[string]string{"de": "Wunsch", "en": "Wish"}},
		{ID: "frage", Labels: map[string]string{"de": "Frage", "en": "Question", "fr": "Question"}},
		{ID: "alt", Labels: map[string]string{"de": "Altsystem", "en": "Legacy", "fr": "Ancien"}, Inactive: true},
	} {
		c.Order = 10 * (i + 1)
		if err := d.engine.PutCategory(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) mailboxes(ctx context.Context) error {
	d.server.AddFolder("INBOX.printers")
	d.server.AddFolder("INBOX.sales")
	secret := mailbox.NewSecret("demo")
	err := d.engine.PutOAuth(ctx, oauth.Account{
		Mailbox: "sales", Provider: oauth.Microsoft("muster.example"), ClientID: "5f2a7c1e-demo", ClientSecret: secret, Login: "sales@erp.example",
		SecretExpires: d.clock.now().Add(20 * 24 * time.Hour),
	})
	if err != nil {
		return err
	}
	for _, m := range []mailbox.Mailbox{
		{ID: "service", Name: "Service", Address: "service@erp.example", Host: "imap.erp.example", User: "service", Password: secret},
		{ID: "printers", Name: "Drucker", Address: "drucker@erp.example", Host: "imap.erp.example", User: "service", Password: secret, Folders: []string{"INBOX.printers"}},
		{ID: "orders", Name: "Bestellungen", Address: "bestellung@erp.example", Host: "imap.erp.example", User: "orders", Password: secret, Folders: []string{"INBOX.orders"}},
		{ID: "sales", Name: "Vertrieb", Address: "sales@erp.example", Host: "outlook.office365.com", User: "sales@erp.example", Folders: []string{"INBOX.sales"}},
	} {
		if err := d.engine.PutMailbox(ctx, m); err != nil {
			return err
		}
	}
	for box, task := range map[mailbox.ID]escalation.TaskID{"service": "helpdesk", "printers": "printers", "orders": "orders"} {
		if err := d.engine.AssignMailbox(ctx, mailbox.Assignment{Mailbox: box, Task: task}); err != nil {
			return err
		}
	}
	if err := d.engine.SetDefaultMailbox(ctx, "sales", "orders"); err != nil {
		return err
	}
	return d.engine.SetDefaultMailbox(ctx, "", "service")
}

func (d *demo) rules(ctx context.Context) error {
	err := d.engine.PatchRule(ctx, "", notify.CommentAdded, notify.RulePatch{Delay: new(5 * time.Minute), People: &[]escalation.PersonID{"carl"}})
	if err != nil {
		return err
	}
	if err := d.engine.PatchRule(ctx, "webshop", notify.StatusDone, notify.RulePatch{Active: new(false)}); err != nil {
		return err
	}
	return d.engine.PutTemplate(ctx, notify.Template{
		Name: "status_done", Audience: notify.Customer, Language: "de", Subject: "Erledigt: {{ticket.subject}}",
		Text: "Guten Tag {{recipient.name}},\n\nIhr Anliegen ist erledigt.\n\n{{comment.text}}\n\nIhr Serviceteam",
	})
}

// mails lets the mails of some days arrive, each at its hour.
func (d *demo) mails(ctx context.Context) error {
	poll := func() error {
		for _, id := range []mailbox.ID{"service", "printers"} {
			if _, err := d.engine.Poll(ctx, id); err != nil {
				return err
			}
		}
		_, err := d.engine.Poll(ctx, "orders")
		if _, missing := errors.AsType[*mailbox.FolderError](err); !missing {
			return err
		}
		return nil
	}
	if err := poll(); err != nil { // what arrives later needs no consent
		return err
	}
	n := 0
	for hour := days * 24; hour >= 0; hour-- {
		d.clock.set(time.Duration(hour) * time.Hour)
		now := d.clock.Now()
		if now.Hour() < 7 || now.Hour() > 19 {
			continue
		}
		for range 1 + (hour*7+now.Day())%4 {
			folder := "INBOX"
			if n%5 == 3 {
				folder = "INBOX.printers"
			}
			d.server.Add(folder, letter(n, now))
			n++
		}
		if err := poll(); err != nil {
			return err
		}
		if _, err := d.engine.Deliver(ctx); err != nil {
			return err
		}
	}
	d.clock.set(0)
	_, err := d.engine.Edit(ctx, ticketmail.Actor{Person: "bea"}, "1", ticketmail.Edit{Status: "in_process", Comment: &ticketmail.NewComment{Text: "Wir kümmern uns.", Reply: true}})
	return err
}

// subjects are what people write about.
var subjects = []string{
	"Drucker im 2. Stock druckt nicht", "Zugang für neue Kollegin", "Rechnung 4711 doppelt", "VPN bricht immer wieder ab", "Frage zum Urlaubsantrag",
	"Bildschirm flackert", "Impossible de me connecter", "Order 20317: where is it?", "Kalender wird nicht synchronisiert", "Neue Tastatur",
	"Passwort abgelaufen", "Fehler 500 beim Export", "Bitte um Rückruf", "Telefonanlage: Warteschleife", "Scan landet im falschen Ordner",
}

// letter is the n-th mail.
func letter(n int, at time.Time) string {
	from := []string{"Mia Kunde <mia@kunde.example>", "Paul Meier <paul@meier.example>", "Zoé Martin <zoe@martin.example>", "Carl Weber <carl@erp.example>"}[n%4]
	head := fmt.Sprintf("From: %s\r\nTo: service@erp.example\r\nDate: %s\r\nMessage-ID: <demo-%d@mail.example>\r\n", from, at.Format(time.RFC1123Z), n)
	subject := subjects[n%len(subjects)]
	switch {
	case n%23 == 11: // an answer
		return head + "Subject: Re: " + subject + "\r\nIn-Reply-To: <demo-" + fmt.Sprint(n-len(subjects)) + "@mail.example>\r\n\r\nDas Problem besteht noch.\r\n"
	case n%29 == 17: // a loop
		return strings.Repeat("Received: from a.example by b.example; Thu, 01 Oct 2026 10:00:00 +0000\r\n", 55) + head + "Subject: " + subject + "\r\n\r\nim Kreis\r\n"
	case n%31 == 7:
		return head + "Subject: Abwesend: " + subject + "\r\nAuto-Submitted: auto-replied\r\n\r\nIch bin bis Montag nicht im Haus.\r\n"
	case n%7 == 2:
		return head + "Subject: " + subject + "\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" +
			"<p>Guten Tag,</p><p><b>" + subject + "</b></p><script>alert(1)</script><img src=\"https://tracker.example/p.gif\"><p>Danke!</p>\r\n"
	}
	return head + "Subject: " + subject + "\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGuten Tag,\r\n\r\n" + subject + ". Könnten Sie bitte nachsehen?\r\n\r\nViele Grüße\r\n"
}
