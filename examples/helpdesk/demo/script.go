package demo

import (
	"context"
	"embed"
	"strings"
	"time"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/escalation"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// mailFiles are mails written for this demonstration, of kinds that no mail
// library writes.
//
//go:embed mails/*.eml
var mailFiles embed.FS

const (
	day = 24 * time.Hour

	beamer   = "Beamer im Raum 3 flackert"
	checkout = "Checkout shows an error 500"
	invoice  = "Facture introuvable"
	offer    = "Angebot für Wartung"
)

// script is the week, oldest first.
func (w *Week) script() []scene {
	return []scene{
		{6*day + 5*time.Hour, w.categories},
		w.letter(6*day+4*time.Hour, Letter{From: mia, To: support, Subject: beamer, FileName: "raum-3.txt", File: []byte("Raum 3: HDMI 2, Kabel 10 m\n"),
			Text: "Guten Tag,\n\nder Beamer im Raum 3 flackert seit heute früh. Um 14 Uhr brauchen wir ihn.\n\nViele Grüße\nMia Kunde\n"}),
		w.act(6*day+3*time.Hour, "bea", beamer, ticketmail.Edit{Assignee: new(escalation.PersonID("bea")), Status: storage.InProcess, CustomerContact: new(escalation.PersonID("mia")), Categories: []string{"hardware"}}),
		w.act(6*day+150*time.Minute, "bea", beamer, reply("Guten Tag Frau Kunde,\n\nbitte tauschen Sie einmal das HDMI-Kabel; ein neues liegt im Schrank unter dem Beamer.")),
		w.answer(6*day+2*time.Hour, mia, "Das war es, vielen Dank! Jetzt ist das Bild ruhig.", false),
		w.act(6*day+time.Hour, "bea", beamer, ticketmail.Edit{Status: storage.Done}),
		w.act(5*day+23*time.Hour, "mia", beamer, ticketmail.Edit{Status: storage.Accepted}),

		w.letter(5*day+6*time.Hour, Letter{From: sam, To: shop, Subject: checkout, FileName: "console.log", File: []byte("POST /checkout 500 (Internal Server Error)\n  at pay (shop.js:214)\n"),
			Text: "Hi,\n\nI cannot pay: the last page of the checkout shows \"error 500\". The log of my browser is attached.\n\nSam\n"}),
		w.act(5*day+5*time.Hour, "carl", checkout, ticketmail.Edit{Status: storage.InProcess, CustomerContact: new(escalation.PersonID("sam")), Categories: []string{"software"}}),
		w.act(5*day+4*time.Hour, "carl", checkout, ticketmail.Edit{Comment: &ticketmail.NewComment{Internal: true, Text: "Émile, this smells like the new tax module. Can you look at the deploy of last night?"}}),
		w.act(5*day+3*time.Hour, "carl", checkout, ticketmail.Edit{Assignee: new(escalation.PersonID("emile"))}),
		w.act(5*day+2*time.Hour, "emile", checkout, reply("Hello Sam,\n\nwe found it and have taken the change back. Please try again.")),
		w.answer(5*day+110*time.Minute, sam, "I am away until Thursday and read no mail.", true),
		w.act(4*day+22*time.Hour, "emile", checkout, ticketmail.Edit{Status: storage.Done}),
		w.act(4*day+3*time.Hour, "sam", checkout, ticketmail.Edit{Status: storage.Rejected, Comment: &ticketmail.NewComment{Text: "Still the same with a voucher in the basket."}}),
		w.act(4*day+2*time.Hour, "emile", checkout, ticketmail.Edit{Status: storage.InProcess}),

		w.letter(4*day, Letter{From: jeanne, To: support, Subject: invoice,
			Text: "Bonjour,\n\nje ne trouve plus la facture du mois d’octobre dans mon espace client. Pourriez-vous me l’envoyer ?\n\nMerci d’avance\nJeanne Client\n"}),
		w.act(3*day+20*time.Hour, "bea", invoice, ticketmail.Edit{Assignee: new(escalation.PersonID("emile")), Categories: []string{"billing"}}),

		w.letter(3*day+5*time.Hour, Letter{From: gone, To: support, Subject: "Frage zum Vertrag", Text: "Bis wann kann ich kündigen?\n\nNorbert Niemand\n"}),
		w.act(3*day+4*time.Hour, "bea", "Frage zum Vertrag", ticketmail.Edit{Assignee: new(escalation.PersonID("bea")), Status: storage.InProcess, Categories: []string{"question"}}),
		w.act(3*day+3*time.Hour, "bea", "Frage zum Vertrag", reply("Guten Tag Herr Niemand,\n\nbis zum 31. Dezember.")),

		w.file(2*day+7*time.Hour, SupportAddress, "outlook.eml"),
		w.file(2*day+6*time.Hour, SupportAddress, "newsletter.eml"),
		w.file(2*day+5*time.Hour, ShopAddress, "japanese.eml"),
		w.file(2*day+4*time.Hour, SupportAddress, "nasty.eml"),

		{day + 6*time.Hour, w.rollout},
		w.letter(day+3*time.Hour, Letter{From: paula, To: support, Subject: offer,
			Text: "Sehr geehrte Damen und Herren,\n\nkönnten Sie uns ein Angebot für die Wartung von vier Anlagen machen?\n\nPaula Gómez\nPartner GmbH\n"}),
		{day, w.twoTokens},

		w.letter(3*time.Hour, Letter{From: jeanne, To: shop, Subject: "Le panier se vide tout seul",
			Text: "Bonjour,\n\ndès que je change de page, mon panier est vide.\n\nJeanne\n"}),
		w.letter(40*time.Minute, Letter{From: mia, To: support, Subject: "Drucker druckt nur noch gelb",
			Text: "Hallo,\n\nder Drucker im 2. Stock druckt nur noch gelb.\n\nMia Kunde\n"}),
	}
}

func reply(text string) ticketmail.Edit {
	return ticketmail.Edit{Comment: &ticketmail.NewComment{Text: text, Reply: true}}
}

func (w *Week) categories(ctx context.Context) error {
	for i, c := range []catalog.Category{
		{ID: "hardware", Labels: map[string]string{"de": "Geräte", "en": "Hardware", "fr": "Matériel"}},
		{ID: "software", Labels: map[string]string{"de": "Programme", "en": "Software", "fr": "Logiciel"}},
		{ID: "billing", Labels: map[string]string{"de": "Rechnung", "en": "Billing", "fr": "Facturation"}},
		{ID: "question", Labels: map[string]string{"de": "Frage", "en": "Question", "fr": "Question"}},
	} {
		c.Order = i + 1
		if err := w.Engine.PutCategory(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// file is a scene in which a mail of mailFiles arrives.
func (w *Week) file(ago time.Duration, to, name string) scene {
	return scene{ago, func(ctx context.Context) error {
		raw, err := mailFiles.ReadFile("mails/" + name)
		if err != nil {
			return err
		}
		id, err := w.ticket(ctx, invoice)
		if err != nil {
			return err
		}
		text := strings.NewReplacer(
			"{{token}}", w.Engine.Referencer().Token(id),
			"{{date}}", w.Clock.Now().Format(time.RFC1123Z),
		).Replace(string(raw))
		return w.Post.Deliver(to, []byte(text))
	}}
}

// rollout is work that nobody outside asked for. Ole has no address, so that
// the escalation chain finds somebody else to tell.
func (w *Week) rollout(ctx context.Context) error {
	anna := actor("anna")
	t, err := w.Engine.CreateTicket(ctx, anna, ticketmail.NewTicket{
		Subject: "Neue Arbeitsplätze im Werk 2", Text: "Zwölf Arbeitsplätze bis zum Monatsende.", Task: Rollout, Assignee: "ole",
	})
	if err != nil {
		return err
	}
	for _, part := range []string{"Bildschirme bestellen", "Netzwerkdosen prüfen"} {
		if _, err := w.Engine.CreateTicket(ctx, anna, ticketmail.NewTicket{
			Parent: t.ID, Subject: part, Text: part + ".", Task: Rollout, Assignee: "bea",
		}); err != nil {
			return err
		}
	}
	return nil
}

// twoTokens is a mail that proves two different tickets: it waits in
// quarantine for somebody to decide.
func (w *Week) twoTokens(ctx context.Context) error {
	one, err := w.ticket(ctx, beamer)
	if err != nil {
		return err
	}
	other, err := w.ticket(ctx, offer)
	if err != nil {
		return err
	}
	ref := w.Engine.Referencer()
	return w.post(Letter{From: mia, To: support, Subject: "AW: " + ref.Token(one) + " und " + ref.Token(other), Text: "Gilt für beide.\n"})
}
