package console

// counts are the texts about numbers, by key.
var counts = map[string]counted{
	"count.tickets":     {words{"%s Ticket", "%s ticket", "%s ticket"}, words{"%s Tickets", "%s tickets", "%s tickets"}},
	"count.comments":    {words{"%s Bemerkung", "%s comment", "%s commentaire"}, words{"%s Bemerkungen", "%s comments", "%s commentaires"}},
	"count.records":     same(words{"%s vermerkt", "%s for the record", "%s pour mémoire"}),
	"count.quarantined": same(words{"%s in Quarantäne", "%s in quarantine", "%s en quarantaine"}),
	"count.left":        {words{"%s auf dem Server gelassen", "%s left on the server", "%s laissé sur le serveur"}, words{"%s auf dem Server gelassen", "%s left on the server", "%s laissés sur le serveur"}},
	"count.received":    {words{"%s empfangen", "%s received", "%s reçu"}, words{"%s empfangen", "%s received", "%s reçus"}},
	"count.sent":        {words{"%s gesendet", "%s sent", "%s envoyé"}, words{"%s gesendet", "%s sent", "%s envoyés"}},
	"count.more":        {words{"und noch %s", "and %s more", "et %s autre"}, words{"und noch %s", "and %s more", "et %s autres"}},
	"count.bytes":       {words{"%s\u00a0Byte", "%s\u00a0byte", "%s\u00a0octet"}, words{"%s\u00a0Byte", "%s\u00a0bytes", "%s\u00a0octets"}},
	"count.categorized": {
		words{"%s Ticket hat diese Kategorie. Wählen Sie, welche es stattdessen bekommt; das steht dann in der Historie des Tickets.", "%s ticket has this category. Choose which it gets instead; the history of the ticket then says so.", "%s ticket a cette catégorie. Choisissez celle qui la remplace ; l’historique du ticket l’indiquera."},
		words{"%s Tickets haben diese Kategorie. Wählen Sie, welche sie stattdessen bekommen; das steht dann in der Historie jedes Tickets.", "%s tickets have this category. Choose which they get instead; the history of each ticket then says so.", "%s tickets ont cette catégorie. Choisissez celle qu’ils reçoivent à la place ; l’historique de chaque ticket l’indiquera."},
	},
}
