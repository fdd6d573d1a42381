package web

import (
	"golang.org/x/text/language"

	"example.com/ticketmail/escalation"
)

// tags are the languages of the pages, in the order of the words.
var tags = [...]string{"de", "en", "fr"}

var matcher = language.NewMatcher([]language.Tag{language.German, language.English, language.French})

// languageOf returns the index of the language in which somebody reads. The
// field may also hold what a browser says of somebody who is not known yet.
func languageOf(who escalation.Person) int {
	_, i := language.MatchStrings(matcher, who.Language)
	return i
}

// word returns a text, and the key itself where there is none.
func word(key string, lang int) string {
	for _, all := range allWords() {
		if w, ok := all[key]; ok {
			return w[lang]
		}
	}
	return key
}

// has reports whether there is a text.
func has(key string) bool {
	for _, all := range allWords() {
		if _, ok := all[key]; ok {
			return true
		}
	}
	return false
}

func allWords() []map[string][len(tags)]string {
	return []map[string][len(tags)]string{words, historyWords, toldWords, faultWords}
}

// words are the texts of the pages: German, English, French.
var words = map[string][len(tags)]string{
	"app":         {"Muster Anlagenbau", "Muster Anlagenbau", "Muster Anlagenbau"},
	"who":         {"Wer sind Sie?", "Who are you?", "Qui êtes-vous ?"},
	"who.hint":    {"Dies ist eine Vorführung: Suchen Sie sich aus, wer Sie sein möchten. Jeder sieht, was er sehen darf, in seiner Sprache.", "This is a demonstration: choose who you want to be. Everybody sees what they may see, in their language.", "Ceci est une démonstration : choisissez qui vous voulez être. Chacun voit ce qu’il a le droit de voir, dans sa langue."},
	"employees":   {"Mitarbeiter", "Employees", "Collaborateurs"},
	"customers":   {"Kunden", "Customers", "Clients"},
	"signout":     {"Jemand anders sein", "Be somebody else", "Être quelqu’un d’autre"},
	"tickets":     {"Tickets", "Tickets", "Tickets"},
	"mytickets":   {"Meine Tickets", "My tickets", "Mes tickets"},
	"mails":       {"Verschickte Mails", "Mails sent", "Mails envoyés"},
	"mails.hint":  {"Jede Mail, die das Ticketsystem verschickt hat, wie sie beim Empfänger ankam, seit dieses Programm läuft.", "Every mail that the ticket system has sent since this program started, as its reader got it.", "Chaque mail envoyé par le système depuis que ce programme tourne, tel que reçu par son destinataire."},
	"write":       {"Als Kunde schreiben", "Write as a customer", "Écrire en tant que client"},
	"write.hint":  {"Die Mail geht an den Mailserver dieser Vorführung und wird in wenigen Sekunden zum Ticket.", "The mail goes to the mail server of this demonstration and becomes a ticket within seconds.", "Le mail part vers le serveur de cette démonstration et devient un ticket en quelques secondes."},
	"admin":       {"Administration", "Administration", "Administration"},
	"new":         {"Neues Ticket", "New ticket", "Nouveau ticket"},
	"subtask":     {"Neue Teilaufgabe", "New subtask", "Nouvelle sous-tâche"},
	"subtasks":    {"Teilaufgaben", "Subtasks", "Sous-tâches"},
	"subject":     {"Betreff", "Subject", "Objet"},
	"text":        {"Text", "Text", "Texte"},
	"task":        {"Vorgang", "Task", "Tâche"},
	"project":     {"Projekt", "Project", "Projet"},
	"status":      {"Status", "Status", "Statut"},
	"assignee":    {"Bearbeiter", "Assignee", "Responsable"}, //nolint:misspell // French
	"creator":     {"Ersteller", "Creator", "Créateur"},
	"contact":     {"Kundenansprechpartner", "Customer contact", "Contact client"},
	"nobody":      {"niemand", "nobody", "personne"},
	"categories":  {"Kategorien", "Categories", "Catégories"},
	"category":    {"Kategorie", "Category", "Catégorie"},
	"all":         {"alle", "all", "tous"},
	"earlier":     {"Frühere Bemerkungen zeigen", "Show earlier comments", "Afficher les commentaires précédents"},
	"whole":       {"Den ganzen Text lesen", "Read the whole text", "Lire le texte entier"},
	"search":      {"Suche", "Search", "Recherche"},
	"filter":      {"Anzeigen", "Show", "Afficher"},
	"changed":     {"Geändert", "Changed", "Modifié"},
	"number":      {"Nr.", "No.", "N°"},
	"more":        {"Weitere", "More", "Suite"},
	"none":        {"Hier ist nichts.", "There is nothing here.", "Il n’y a rien ici."},
	"files":       {"Dateien", "Files", "Fichiers"},
	"history":     {"Verlauf", "History", "Historique"},
	"history.all": {"Den ganzen Verlauf zeigen", "Show the whole history", "Afficher tout l’historique"},
	"further":     {"Ältere Tickets stehen vielleicht auf der nächsten Seite.", "Older tickets may be on the next page.", "Des tickets plus anciens figurent peut-être à la page suivante."},
	"comment":     {"Bemerkung", "Comment", "Commentaire"},
	"comment.new": {"Bemerkung schreiben", "Write a comment", "Écrire un commentaire"},
	"internal":    {"intern", "internal", "interne"},
	"public":      {"Bemerkung", "Comment", "Commentaire"},
	"reply":       {"Als Mail an den Kunden", "Mail it to the customer", "Envoyer au client par mail"},
	"note":        {"Intern: nur für Mitarbeiter", "Internal: for employees only", "Interne : pour les collaborateurs"},
	"save":        {"Speichern", "Save", "Enregistrer"},
	"send":        {"Abschicken", "Send", "Envoyer"},
	"forward":     {"Weiterleiten", "Forward", "Transférer"},
	"to":          {"An", "To", "À"},
	"from":        {"Von", "From", "De"},
	"note.to":     {"Ein Wort dazu", "A word to it", "Un mot d’accompagnement"},
	"quoted":      {"Zitat zeigen", "Show quotation", "Afficher la citation"},
	"signature":   {"Signatur", "Signature", "Signature"},
	"html":        {"Gestaltete Ansicht", "Formatted view", "Vue mise en forme"},
	"raw":         {"Original-Mail", "Original mail", "Mail d’origine"},
	"automatic":   {"automatisch", "automatic", "automatique"},
	"lost":        {"kam nicht an bei", "did not reach", "n’a pas atteint"},
	"mailed":      {"als Mail an", "mailed to", "envoyé par mail à"},
	"unsent":      {"wartet auf den Versand an", "waits to be mailed to", "attend d’être envoyé par mail à"},
	"stranger":    {"von einem Fremden", "from a stranger", "d’un inconnu"},
	"explain":     {"Wer erführe von einer Bemerkung?", "Who would be told of a comment?", "Qui serait informé d’un commentaire ?"},
	"explain.why": {"Warum, und bei anderen Ereignissen", "Why, and at other events", "Pourquoi, et pour d’autres événements"},
	"answer.hint": {"Die Mail geht an den Mailserver dieser Vorführung und wird in wenigen Sekunden zur Bemerkung am Ticket.", "The mail goes to the mail server of this demonstration and becomes a comment on the ticket within seconds.", "Le mail part vers le serveur de cette démonstration et devient un commentaire du ticket en quelques secondes."},
	"answer":      {"Antworten", "Answer", "Répondre"},
	"error":       {"Das ging nicht", "That did not work", "Cela n’a pas fonctionné"},
	"back":        {"Zurück", "Back", "Retour"},
	"details":     {"Angaben", "Details", "Détails"},
	"move.hint":   {"Ein anderer Vorgang verschiebt das Ticket; Antworten finden es auch dort.", "Another task moves the ticket; answers find it there too.", "Une autre tâche déplace le ticket ; les réponses l’y retrouvent."},
	"written":     {"Ihre Mail ist unterwegs.", "Your mail is on its way.", "Votre mail est en route."},
	"out-of":      {"Abwesenheitsnotiz", "Out-of-office note", "Message d’absence"},
	"menu":        {"Menü", "Menu", "Menu"},
	"skip":        {"Zum Inhalt", "Skip to content", "Aller au contenu"},

	"status.new":        {"neu", "new", "nouveau"},
	"status.in_process": {"in Arbeit", "in process", "en cours"},
	"status.done":       {"fertig", "done", "terminé"},
	"status.rejected":   {"abgelehnt", "rejected", "refusé"},
	"status.accepted":   {"abgenommen", "accepted", "validé"},
	"do.in_process":     {"In Arbeit nehmen", "Take into process", "Prendre en charge"},
	"do.done":           {"Fertig", "Done", "Terminé"},
	"do.rejected":       {"Ablehnen", "Reject", "Refuser"},
	"do.accepted":       {"Abnehmen", "Accept", "Valider"},
}
