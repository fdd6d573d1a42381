package web

// faultWords are what is said of something that did not work.
var faultWords = map[string][len(tags)]string{
	"fault.employees":     {"Das dürfen nur Mitarbeiter.", "Only employees may do that.", "Seuls les collaborateurs peuvent faire cela."},
	"fault.right":         {"Das dürfen nur der Ersteller und der Kundenansprechpartner; abnehmen auch Administratoren und Projektleiter.", "Only the creator and the customer contact may do that; accept it, administrators and project managers as well.", "Seuls le créateur et le contact client peuvent faire cela ; valider, les administrateurs et les chefs de projet aussi."},
	"fault.form":          {"Das Formular ist nicht lesbar.", "The form cannot be read.", "Le formulaire est illisible."},
	"fault.large":         {"Das Formular ist zu groß; mit Dateien sind höchstens 50 MB möglich.", "The form is too large; with files 50 MB are possible at most.", "Le formulaire est trop grand ; avec les fichiers, 50 Mo au plus."},
	"fault.empty":         {"Bitte schreiben Sie etwas, oder wählen Sie eine Datei.", "Please write something, or choose a file.", "Veuillez écrire quelque chose ou choisir un fichier."},
	"fault.subject":       {"Bitte geben Sie einen Betreff ein.", "Please enter a subject.", "Veuillez saisir un objet."},
	"fault.contact":       {"Der Kundenansprechpartner ist inzwischen ein anderer. Ihr Text steht noch hier: senden Sie ihn noch einmal, wenn er für ihn bestimmt ist.", "The customer contact is another one by now. Your text still stands here: send it again if it is meant for him.", "Le contact client est désormais un autre. Votre texte figure encore ici : envoyez-le de nouveau s’il lui est destiné."},
	"fault.nobody":        {"Bitte nennen Sie mindestens eine Adresse und höchstens zwanzig.", "Please name one address at least and twenty at most.", "Veuillez indiquer au moins une adresse et au plus vingt."},
	"fault.sender":        {"Der Absender ist keine E-Mail-Adresse.", "The sender is no e-mail address.", "L’expéditeur n’est pas une adresse e-mail."},
	"fault.elsewhere":     {"Der Empfänger ist keine Mailbox der Firma.", "The recipient is no mailbox of the company.", "Le destinataire n’est pas une boîte de l’entreprise."},
	"fault.transition":    {"Von „{old}“ geht es nicht zu „{new}“. Vielleicht hat inzwischen jemand den Status geändert.", "There is no way from “{old}” to “{new}”. Perhaps somebody has changed the status meanwhile.", "On ne passe pas de « {old} » à « {new} ». Quelqu’un a peut-être changé le statut entre-temps."},
	"fault.undeliverable": {"{old} kann keine Mail bekommen: {new}. Es ist nichts geschehen.", "{old} cannot be mailed: {new}. Nothing was done.", "{old} ne peut pas recevoir d’e-mail : {new}. Rien n’a été fait."},
	"fault.directory":     {"Diese Person oder diesen Vorgang gibt es nicht.", "There is no such person or task.", "Cette personne ou cette tâche n’existe pas."},
	"fault.gone":          {"Das gibt es nicht, oder nicht mehr.", "There is no such thing, or not any more.", "Cela n’existe pas ou n’existe plus."},
	"fault.conflict":      {"Jemand anders hat das gerade geändert. Bitte versuchen Sie es noch einmal.", "Somebody else has just changed this. Please try again.", "Quelqu’un d’autre vient de modifier ceci. Veuillez réessayer."},
	"fault.invalid":       {"Das geht so nicht: {new}", "This cannot be done: {new}", "Ce n’est pas possible : {new}"},
	"fault.internal":      {"Es ist ein Fehler aufgetreten; er steht im Protokoll des Servers.", "Something went wrong; the server’s log says what.", "Une erreur est survenue ; le journal du serveur en donne la cause."},
}
