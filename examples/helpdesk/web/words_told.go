package web

// toldWords are what is said after something was done, and of who is told.
var toldWords = map[string][len(tags)]string{
	"told.nobody":      {"Niemand.", "Nobody.", "Personne."},
	"told.passed":      {"Keine Mail bekommen:", "These get no mail:", "Ne reçoivent pas d’e-mail :"},
	"told.inactive":    {"Die Benachrichtigung über Bemerkungen ist abgeschaltet.", "The notification of comments is switched off.", "La notification des commentaires est désactivée."},
	"told.unreachable": {"Wer gemeint ist, kann keine Mail bekommen, und auch niemand, der dann einspringt.", "Those who are meant cannot be mailed, nor can anybody who would be told instead.", "Ceux qui sont visés ne peuvent pas recevoir d’e-mail, ni personne à leur place."},
	"told.none":        {"Die Regel für Bemerkungen nennt keinen Empfänger.", "The rule for comments names no recipient.", "La règle des commentaires ne désigne aucun destinataire."},
	"told.unassigned":  {"Die Regel für Bemerkungen meint nur den Bearbeiter, und dieses Ticket hat keinen. Auch von einer Antwort des Kunden erführe niemand: weisen Sie das Ticket jemandem zu.", "The rule for comments means the assignee only, and this ticket has none. Nobody would be told of an answer of the customer either: assign the ticket to somebody.", "La règle des commentaires ne vise que le responsable, et ce ticket n’en a pas. Personne ne serait informé non plus d’une réponse du client : attribuez le ticket à quelqu’un."}, //nolint:misspell // French
	"told.self":        {"Die Regel für Bemerkungen meint hier nur Sie, und was Sie selbst schreiben, wird Ihnen nicht geschickt.", "The rule for comments means only you here, and what you write yourself is not mailed to you.", "La règle des commentaires ne vise ici que vous, et ce que vous écrivez vous-même ne vous est pas envoyé."},

	"done.ticket":   {"Das Ticket ist angelegt.", "The ticket is created.", "Le ticket est créé."},
	"done.comment":  {"Die Bemerkung ist gespeichert.", "The comment is saved.", "Le commentaire est enregistré."},
	"done.internal": {"Die interne Bemerkung ist gespeichert. Kunden sehen sie nicht.", "The internal comment is saved. Customers do not see it.", "Le commentaire interne est enregistré. Les clients ne le voient pas."},
	"done.reply":    {"Die Antwort ist gespeichert und geht als Mail an den Kunden.", "The answer is saved and goes to the customer as a mail.", "La réponse est enregistrée et part par mail au client."},
	"done.edit":     {"Die Angaben sind gespeichert.", "The details are saved.", "Les détails sont enregistrés."},
	"done.status":   {"Der Status ist gespeichert.", "The status is saved.", "Le statut est enregistré."},
	"done.forward":  {"Die Bemerkung geht als Mail hinaus.", "The comment goes out as a mail.", "Le commentaire part par mail."},
}
