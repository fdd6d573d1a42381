package console

// subjects are what findings are about: see [told].
var subjects = map[string]told{
	"store":              {"", words{"Speicher", "Store", "Stockage"}},
	"sender":             {"", words{"Mailausgang", "Sender", "Sortie d’e-mail"}},
	"default-mailbox":    {"", words{"Standard-Mailbox der Firma", "Routes.Default", "Boîte par défaut de l’entreprise"}},
	"outbox":             {"", words{"Postausgang", "Outbox", "Boîte d’envoi"}},
	"directory":          {"", words{"Verzeichnis der Personen", "Directory", "Annuaire des personnes"}},
	"mailbox":            {"-", words{"Mailbox „%s“", "mailbox %q", "Boîte « %s »"}},
	"task":               {"-", words{"Vorgang „%s“", "task %q", "Tâche « %s »"}},
	"language":           {"l", words{"Sprache: %s", "language %q", "Langue : %s"}},
	"template":           {"t", words{"Mailvorlage: %s", "template %q", "Modèle d’e-mail : %s"}},
	"category":           {"-", words{"Kategorie „%s“", "category %q", "Catégorie « %s »"}},
	"rule":               {"e", words{"Benachrichtigung: %s", "rule %q", "Notification : %s"}},
	"project-rule":       {"e-", words{"Benachrichtigung des Projekts „%[2]s“: %[1]s", "rule %q of project %q", "Notification du projet « %[2]s » : %[1]s"}},
	"project-rules":      {"-", words{"Benachrichtigungen des Projekts „%s“", "rules of project %q", "Notifications du projet « %s »"}},
	"department-default": {"-", words{"Standard-Mailbox der Abteilung „%s“", "default mailbox of department %q", "Boîte par défaut du service « %s »"}},
}

// findings are what Lint has found, by code: see [told].
var findings = map[string]told{
	"store-volatile":          {"", words{"alles geht verloren, wenn das Programm endet", "everything is lost when the process ends", "tout est perdu quand le programme s’arrête"}},
	"no-sender":               {"", words{"Benachrichtigungen warten für immer im Postausgang", "notifications wait in the outbox for ever", "les notifications attendent pour toujours dans la boîte d’envoi"}},
	"no-default-mailbox":      {"", words{"es gibt keine: Antworten zu Tickets, die in einen Vorgang ohne Mailbox verschoben wurden, haben kein Ziel", "answers about tickets moved to a task without a mailbox have nowhere to go", "il n’y en a pas : les réponses aux tickets déplacés vers une tâche sans boîte n’ont pas de destination"}},
	"mailbox-unassigned":      {"", words{"dient keinem Vorgang: sie wird nicht abgefragt und behält ihre Mails", "is assigned to no task: it is not polled and keeps its mail", "ne sert aucune tâche : elle n’est pas relevée et garde ses e-mails"}},
	"mailbox-inactive":        {"", words{"ist abgeschaltet: ihre Mail wartet", "is switched off: its mail waits", "est désactivée : ses e-mails attendent"}},
	"mailbox-no-secret":       {"", words{"hat weder ein Kennwort noch eine Anmeldung mit Token: der Server wird uns abweisen", "has neither a password nor a sign-in with tokens: the server will refuse us", "n’a ni mot de passe ni connexion par jetons : le serveur nous refusera"}},
	"mailbox-resting":         {"f", words{"wird nicht abgefragt, denn sie kann nicht neben den anderen sein: %s", "is not polled, because it cannot be beside the others: %v", "n’est pas relevée, car elle ne peut être à côté des autres : %s"}},
	"mailbox-without-address": {"", words{"hat keine Adresse, deshalb können ihr keine Antworten geschickt werden", "has no address, so answers cannot be sent to it", "n’a pas d’adresse : aucune réponse ne peut lui être envoyée"}},
	"task-unknown":            {"", words{"das Verzeichnis kennt ihn nicht", "the directory does not know it", "l’annuaire ne la connaît pas"}},
	"templates-untranslated":  {"-ta", words{"Mailvorlagen, die nicht in ihr geschrieben sind: %s, zum Beispiel „%s“ für: %s", "templates that are not written in it: %d, for example %q for %s", "modèles qui n’y sont pas écrits : %s, par exemple « %s » pour : %s"}},
	"template-broken":         {"f", words{"ist nicht zu benutzen, es gilt die mitgelieferte: %s", "cannot be used, the built-in one is: %v", "est inutilisable, celui fourni le remplace : %s"}},
	"template-unused":         {"al", words{"ist geschrieben (%s, %s), aber keine Benachrichtigung nennt sie", "is written for %s in %q, and no rule names it", "est écrit (%s, %s), mais aucune notification ne le nomme"}},
	"rule-without-recipients": {"", words{"ist aktiv und nennt niemanden", "is active and names nobody", "est active et ne nomme personne"}},
	"rule-template-missing":   {"t", words{"nennt die Mailvorlage „%s“, die es nicht gibt: es gilt die mitgelieferte", "names template %q, which does not exist: the built-in one is used", "nomme le modèle « %s », qui n’existe pas : celui fourni est utilisé"}},
	"rule-person-unreachable": {"i", words{"nennt jemanden, der keine Mail bekommen kann: %s", "names %q, who cannot be mailed", "nomme quelqu’un qui ne peut être joint : %s"}},
	"project-empty":           {"", words{"das Verzeichnis hat dort niemanden: stimmt die Kennung?", "the directory has nobody there: is the id right?", "l’annuaire n’y a personne : l’identifiant est-il juste ?"}},
	"department-empty":        {"", words{"das Verzeichnis hat dort niemanden: stimmt die Kennung?", "the directory has nobody there: is the id right?", "l’annuaire n’y a personne : l’identifiant est-il juste ?"}},
	"chain-reaches-nobody":    {"", words{"niemand in seinen Gruppen kann Mail bekommen: wer nicht zu erreichen ist, hat keinen Ersatz", "nobody of its groups can be mailed: whoever cannot be told has no substitute", "personne de ses groupes ne peut être joint : qui ne peut être averti n’a pas de remplaçant"}},
	"event-reaches-nobody":    {"e", words{"niemand erfährt dort davon, denn die Gruppen der Benachrichtigung sind leer: %s", "nobody is told of %s there: the groups of its rule have no members", "personne n’y est averti, car les groupes de la notification sont vides : %s"}},
	"failure-reaches-nobody":  {"", words{"niemand, den sie nennt, kann Mail bekommen: eine Mailbox, die fehlschlägt, ist nur hier zu sehen", "nobody it names can be mailed: a mailbox that fails is seen in Status only", "personne de ceux qu’elle nomme ne peut être joint : une boîte en échec ne se voit qu’ici"}},
	"mails-held":              {"m-", words{"von einer Obergrenze angehaltene Mails: %s, die erste an %s", "mails held by a cap: %s, the first to %s", "e-mails retenus par un plafond : %s, le premier à %s"}},
	"people-not-told":         {"--", words{"Ereignisse, die noch mitzuteilen sind: %s, zum Beispiel zu Ticket %s", "events that wait to be told: %d, for example of ticket %s", "événements restant à annoncer : %s, par exemple du ticket %s"}},
	"category-untranslated":   {"l", words{"hat keine Bezeichnung in der Sprache der Firma: %s", "has no label in the company's language %s", "n’a pas de libellé dans la langue de l’entreprise : %s"}},
}
