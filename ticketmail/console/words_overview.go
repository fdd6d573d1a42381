package console

// overviewWords are what the overview says.
var overviewWords = map[string]words{
	"overview.todo":        {"Was zu tun ist", "What to do", "À faire"},
	"overview.calm":        {"Nichts wartet auf Sie.", "Nothing waits for you.", "Rien ne vous attend."},
	"overview.quarantine":  {"Mails in Quarantäne: %s", "Mails in quarantine: %s", "E-mails en quarantaine : %s"},
	"overview.failed":      {"Aufgegebene Mails: %s", "Mails given up: %s", "E-mails abandonnés : %s"},
	"overview.held":        {"Angehaltene Mails: %s", "Mails held: %s", "E-mails retenus : %s"},
	"overview.returned":    {"Zurückgekommene Mails: %s", "Mails that came back: %s", "E-mails revenus : %s"},
	"overview.many":        {"über %s", "more than %s", "plus de %s"},
	"overview.box":         {"Mailbox %s: %s", "Mailbox %s: %s", "Boîte %s : %s"},
	"overview.boxes":       {"Mailboxen", "Mailboxes", "Boîtes aux lettres"},
	"overview.tokens":      {"Was Anmeldungen beenden wird", "What will end sign-ins", "Ce qui mettra fin aux connexions"},
	"overview.lint":        {"Was an den Einstellungen auffällt", "What stands out in the settings", "Ce qui ressort des réglages"},
	"overview.lint.none":   {"Nichts.", "Nothing.", "Rien."},
	"overview.hours":       {"Letzte 24 Stunden", "Last 24 hours", "Dernières 24 heures"},
	"overview.days":        {"Letzte 14 Tage", "Last 14 days", "14 derniers jours"},
	"overview.in":          {"empfangen", "received", "reçus"},
	"overview.out":         {"gesendet", "sent", "envoyés"},
	"overview.total":       {"%s empfangen, %s gesendet", "%s received, %s sent", "%s reçus, %s envoyés"},
	"overview.partial":     {"Gezählt sind die letzten %s Mails: weiter zurück reichen sie nicht.", "The last %s mails are counted: they reach no further back.", "Les %s derniers e-mails sont comptés : ils ne remontent pas plus loin."},
	"overview.table":       {"Als Tabelle", "As a table", "Sous forme de tableau"},
	"overview.time":        {"Zeit", "Time", "Heure"},
	"overview.chart":       {"Balken je Zeitraum: %s", "Bars by period: %s", "Barres par période : %s"},
	"overview.more":        {"und %d weitere", "and %d more", "et %d autres"},
	"overview.mailbox.new": {"Legen Sie zuerst eine Mailbox an.", "Make a mailbox first.", "Créez d’abord une boîte."},
}
