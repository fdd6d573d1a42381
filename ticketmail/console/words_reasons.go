package console

// A phrase is one way in which the engine gives a reason. Its English is the
// format with which the engine writes it, letter by letter: so a text tells
// what it is about, also one that was stored long ago. A test reads the formats
// out of the engine's source.
type phrase struct {
	codes string // of the reasons it is for, parted by blanks; empty: any
	facts string // what each verb stands for, a letter each: see visit.fact
	words
}

// reasonPhrases are all reasons. The first that fits counts.
var reasonPhrases = []phrase{
	// Why somebody gets a mail (package notify).
	{"role", "", words{"Absender der Mail, mit der das Ticket begann", "sender of the mail that opened the ticket", "expéditeur de l’e-mail qui a ouvert le ticket"}},
	{"role", "i", words{"Absender der Mail, mit der das Ticket begann: %s", "sender of the mail that opened the ticket of %s", "expéditeur de l’e-mail qui a ouvert le ticket : %s"}},
	{"role", "r", words{"gehört dazu: %s", "one of %s", "en fait partie : %s"}},
	// Of a mailbox (mailbox.Inventory), with the same code: before the next, which anything with a blank fits.
	{"role", "", words{"ihre Adresse ist die einer Funktion, was dagegen spricht", "its address is that of a role, which speaks against it", "son adresse est celle d’une fonction, ce qui plaide contre"}},
	{"role", "ri", words{"%s: %s", "%s %s", "%s : %s"}},
	{"extra", "i", words{"zusätzlicher Mitarbeiter: %s", "extra employee %s", "employé supplémentaire : %s"}},
	{"extra", "i", words{"zusätzliche Adresse von %s", "extra address of %s", "adresse supplémentaire de %s"}},
	{"extra", "", words{"zusätzliche Adresse", "extra address", "adresse supplémentaire"}},
	{"role extra", "ni", words{"%s: %s", "%s of %s", "%s : %s"}},
	{"chain", "ro", words{"%s, benachrichtigt statt: %s", "%s told instead of %s", "%s, à la place de : %s"}},
	{"skip", "irw", words{"%s (%s) kann keine Mail bekommen: %s", "%s of %s cannot be mailed (%s)", "%s (%s) ne peut pas être joint : %s"}},
	{"skip", "ow", words{"%s kann keine Mail bekommen: %s", "%s cannot be mailed (%s)", "%s ne peut pas être joint : %s"}},
	{"skip", "irw", words{"%s (%s) übergangen: %s", "%s of %s passed over (%s)", "%s (%s) ignoré : %s"}},
	{"skip", "ir", words{"die Mail an %s (%s) kam zurück", "mail to %s of %s came back", "l’e-mail à %s (%s) est revenu"}},
	{"reply-to", "", words{"Antwortadresse: keine, es geht um eine Mailbox", "Reply-To: none, it is about a mailbox", "Adresse de réponse : aucune, il s’agit d’une boîte"}},
	{"reply-to", "n", words{"Antwortadresse: %s", "Reply-To: %s", "Adresse de réponse : %s"}},

	// Where answers go (mailbox.Route).
	{"task department default", "p", words{"%s hat keine Mailbox", "%s has no mailbox", "%s n’a pas de boîte"}},
	{"task department default", "p-", words{"%s nennt die Mailbox %s, die es nicht gibt", "%s names mailbox %s, which does not exist", "%s désigne la boîte %s, qui n’existe pas"}},
	{"task department default", "-p", words{"Mailbox %s (%s) hat keine Adresse", "mailbox %s of %s has no address", "la boîte %s (%s) n’a pas d’adresse"}},
	{"task department default", "-p", words{"Mailbox %s (%s) ist inaktiv", "mailbox %s of %s is inactive", "la boîte %s (%s) est inactive"}},
	{"task department default", "-p", words{"Mailbox %s (%s)", "mailbox %s of %s", "boîte %s (%s)"}},
	{"inactive", "-", words{"unterwegs ist keine Mailbox aktiv: Antworten warten in %s", "no active mailbox on the way: answers wait in %s", "aucune boîte active en chemin : les réponses attendent dans %s"}},
	{"none", "", words{"keine Mailbox empfängt die Antworten", "no mailbox receives the answers", "aucune boîte ne reçoit les réponses"}},

	// What became of a mail (package ticketmail).
	{"duplicate", "--", words{"gleich der Mail %s im Ordner %s", "the same as mail %s of folder %s", "identique à l’e-mail %s du dossier %s"}},
	{"own-mail", "", words{"ihre Message-ID trägt unsere Signatur: eine unserer Benachrichtigungen kam zurück", "its Message-ID bears our signature: a notification of ours came back", "son Message-ID porte notre signature : une de nos notifications est revenue"}},
	{"automatic", "-", words{"automatische Mail: %s", "%s", "e-mail automatique : %s"}},
	{"cut", "--", words{"nur im Original vollständig (%s): %s", "%s: %s", "complet seulement dans l’original (%s) : %s"}},
	{"verdict", "i", words{"entschieden von %s", "decided by %q", "décidé par %s"}},
	{"replayed", "i", words{"neu gelesen für %s", "read again for %q", "relu pour %s"}},
	{"discarded", "i-", words{"verworfen von %s: %s", "discarded by %q: %s", "écarté par %s : %s"}},
	{"internal", "", words{"antwortet auf eine interne Mail", "answers an internal mail", "répond à un e-mail interne"}},
	{"internal", "", words{"die letzte Mail, die der Mitarbeiter zu dem Ticket bekam, war intern", "the last mail the employee got about the ticket was internal", "le dernier e-mail reçu par l’employé au sujet du ticket était interne"}},
	{"bounce", "-", words{"unsere Mail %s wurde nicht allen zugestellt", "our mail %s was not delivered to everybody", "notre e-mail %s n’a pas été remis à tous"}},
	{"delayed", "-", words{"unsere Mail %s verspätet sich und wird weiter versucht", "our mail %s is late and still tried", "notre e-mail %s est retardé et encore tenté"}},
	{"receipt", "-", words{"Bestätigung für unsere Mail %s", "receipt for our mail %s", "accusé de réception de notre e-mail %s"}},
	{"delivered", "-", words{"unsere Mail %s wurde zugestellt", "our mail %s was delivered", "notre e-mail %s a été remis"}},
	{"gone", "s-", words{"%s: nennt das Ticket %s, das es nicht gibt", "%s names ticket %s, which does not exist", "%s : désigne le ticket %s, qui n’existe pas"}},
	{"weak", "s-", words{"%s: nennt das Ticket %s, aber der Absender ist nicht daran beteiligt", "%s names ticket %s, but the sender takes no part in it", "%s : désigne le ticket %s, mais l’expéditeur n’y participe pas"}},
	{"conflict", "s-s-", words{"%s: beweist das Ticket %s; %s: beweist das Ticket %s", "%s proves ticket %s, %s proves ticket %s", "%s : prouve le ticket %s ; %s : prouve le ticket %s"}},
	{"thread", "sk", words{"%s: %s", "%s: %s", "%s : %s"}},
	{"stranger", "", words{"der Absender ist an dem Ticket nicht beteiligt", "the sender takes no part in the ticket", "l’expéditeur ne participe pas au ticket"}},
	{"stranger-held", "", words{"Antworten von Fremden warten, bis jemand entscheidet", "answers of strangers are held until somebody decides", "les réponses d’inconnus attendent une décision"}},
	{"stranger-opens", "", words{"Antworten von Fremden werden eigene Tickets", "answers of strangers open tickets of their own", "les réponses d’inconnus ouvrent leurs propres tickets"}},
	{"reopened", "", words{"das Ticket war abgeschlossen: es ist wieder in Arbeit", "the ticket was closed: it is in process again", "le ticket était clos : il est de nouveau en cours"}},
	{"follows", "-", words{"das Ticket %s ist abgeschlossen: ein neues folgt darauf", "ticket %s is closed: a new one follows it", "le ticket %s est clos : un nouveau y fait suite"}},
	{"copy", "--", words{"gleich der Mail %s in der Mailbox %s", "the same as mail %s of mailbox %s", "identique à l’e-mail %s de la boîte %s"}},
	{"linked", "---", words{"gleich der Mail %s in der Mailbox %s: verbunden mit deren Ticket %s", "the same as mail %s of mailbox %s: linked with its ticket %s", "identique à l’e-mail %s de la boîte %s : lié à son ticket %s"}},
	{"new", "", words{"kein gültiges Kennzeichen eines Tickets in Betreff oder Bezügen", "no mark of a ticket that verifies in subject or references", "aucune marque de ticket valable dans l’objet ou les références"}},
	{"forwarded", "-", words{"ein Mitarbeiter leitet eine Mail von %s weiter: dessen Ticket ist es", "an employee forwards a mail of %s: it is that one's ticket", "un employé transfère un e-mail de %s : c’est son ticket"}},
	{"category", "-", words{"die Kategorie „%s“ ist unbekannt oder inaktiv: das Ticket bekommt sie nicht", "category %q is unknown or inactive: the ticket does not get it", "la catégorie « %s » est inconnue ou inactive : le ticket ne la reçoit pas"}},
	{"routed", "-", words{"vom Programm bestimmt: %s", "%s", "choisi par le programme : %s"}},
	{"poison", "-", words{"%s Leseversuche endeten schlecht", "%d attempts to read it ended badly", "%s tentatives de lecture ont mal fini"}},
	{"empty", "", words{"die Mail hat keinen Inhalt", "the mail has no bytes", "l’e-mail est vide"}},
	{"loop", "-", words{"%s Received-Felder: die Mail läuft im Kreis", "%d Received fields: the mail goes in circles", "%s champs Received : l’e-mail tourne en rond"}},
	{"scan", "--", words{"Datei „%s“: %s", "attachment %q: %s", "fichier « %s » : %s"}},

	// Why a mail stays on the server (package mailbox).
	{"vanished", "", words{"ein anderes Programm hat die Mail entfernt, bevor sie geholt werden konnte", "another client removed the mail before it could be fetched", "un autre programme a retiré l’e-mail avant qu’il puisse être récupéré"}},
	{"unfetchable", "--", words{"%s Versuche, sie zu holen, schlugen fehl: %s", "%d attempts to fetch it failed: %s", "%s tentatives de récupération ont échoué : %s"}},
	{"too-big", "--", words{"mit %s Byte angekündigt, sie ist größer als die Grenze von %s", "announced with %d bytes, it is bigger than the limit of %d", "annoncé avec %s octets, il dépasse la limite de %s"}},
	{"too-big", "--", words{"%s Byte, die Grenze ist %s", "%d bytes, the limit is %d", "%s octets, la limite est %s"}},
	{"raw-forgotten", "--", words{"das Original ist nicht mehr aufgehoben (SHA-256 %s, %s Byte)", "%s/%s", "l’original n’est plus conservé (SHA-256 %s, %s octets)"}},

	// Why a mailbox looks like a person's own (mailbox.Inventory).
	{"person", "", words{"ihre Adresse ist die einer Person", "its address is that of a person", "son adresse est celle d’une personne"}},
	{"sent drafts", "--", words{"daneben liegt ein Ordner „%s“ (Mails: %s)", "beside it is a folder %q (mails: %d)", "à côté se trouve un dossier « %s » (e-mails : %s)"}},
	{"read", "--", words{"%s von %s angesehenen Mails sind als gelesen markiert", "%d of %d mails looked at are marked as read", "%s e-mails examinés sur %s sont marqués comme lus"}},
	{"answered", "--", words{"%s von %s sind als beantwortet markiert", "%d of %d are marked as answered", "%s sur %s sont marqués comme répondus"}},
	{"years", "-", words{"ihre Mails sind aus %s Jahren", "its mails are of %d years", "ses e-mails couvrent %s ans"}},
	{"lists", "--", words{"%s von %s sind Rundschreiben und aus Mailinglisten", "%d of %d are from newsletters and mailing lists", "%s sur %s viennent de lettres d’information et de listes"}},
	{"name", "", words{"ihre Adresse ist nicht die einer Funktion, wie support oder info", "its address is none of a role, such as support or info", "son adresse n’est pas celle d’une fonction, comme support ou info"}},
}

// keyPhrases are how a mail names a ticket.
var keyPhrases = []phrase{
	{"", "-", words{"antwortet auf unsere Mail %s", "answers our mail %s", "répond à notre e-mail %s"}},
	{"", "-", words{"vollständiges Kennzeichen des Tickets %s", "complete token of ticket %s", "marque complète du ticket %s"}},
	{"", "-", words{"Nummer des Tickets %s", "number of ticket %s", "numéro du ticket %s"}},
	{"", "-", words{"bezieht sich auf eine Mail des Tickets %s", "refers to a mail of ticket %s", "se réfère à un e-mail du ticket %s"}},
	{"", "--", words{"Ticket %s, aufgegangen in %s", "ticket %s, merged into %s", "ticket %s, fusionné dans %s"}},
}

// placePhrases are what has a mailbox.
var placePhrases = []phrase{
	{"", "-", words{"Vorgang %s", "task %s", "tâche %s"}},
	{"", "-", words{"Abteilung %s", "department %s", "service %s"}},
	{"", "", words{"die Firma", "the company", "l’entreprise"}},
}
