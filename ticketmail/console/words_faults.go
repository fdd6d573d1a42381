package console

// previewPhrases are what a preview warns of (package notify): see [phrase].
var previewPhrases = []phrase{
	{"", "ll", words{"Es gibt keine Worte dafür in: %s. Diese sind in: %s", "there are no words in %q, these are in %q", "Il n’y a pas de texte en : %s. Celui-ci est en : %s"}},
	{"", "-", words{"Ohne Wert hier: %s", "without a value here: %s", "Sans valeur ici : %s"}},
	{"", "-", words{"Diese ist nicht zu benutzen, gezeigt wird eine andere: %s", "%s; another one is shown", "Celui-ci est inutilisable, un autre est affiché : %s"}},
}

// faultPhrases are what the engine says is wrong with what was typed, as far as
// forms do not say it before: see [phrase].
var faultPhrases = []phrase{
	// Templates and rules (package notify).
	{"", "", words{"Bitte ausfüllen", "is empty", "Veuillez remplir ce champ"}},
	{"", "--", words{"Es sind %s Byte, mehr als %s", "has %d bytes, more than %d", "Il y a %s octets, plus de %s"}},
	{"", "", words{"Das ist kein gültiger Text in UTF-8", "is not valid UTF-8 text", "Ce n’est pas un texte UTF-8 valable"}},
	{"", "", words{"Ein Textbaustein hat keinen Betreff", "a text module has none", "Un bloc de texte n’a pas d’objet"}},
	{"", "", words{"Zeilenumbrüche und Steuerzeichen sind nicht erlaubt", "line breaks and control characters are not allowed", "Les retours à la ligne et caractères de contrôle ne sont pas permis"}},
	{"", "-", words{"{{changes}} muss genau einmal vorkommen, steht aber %s-mal da", "needs {{changes}} exactly once, has it %d times", "{{changes}} doit figurer exactement une fois, et non %s"}},
	{"", "", words{"Der Platzhalter steht außerhalb des Textes", "placeholder stands outside the text", "Le champ se trouve hors du texte"}},
	{"", "", words{"Ein Platzhalter darf nur im Text zwischen Tags stehen, nicht in einem Tag, Kommentar, Stil oder Skript", "a placeholder may stand in text between tags only, not in a tag, a comment, a style or a script", "Un champ ne peut figurer que dans le texte entre les balises, jamais dans une balise, un commentaire, un style ou un script"}},
	{"", "-", words{"Mehr als %s Platzhalter", "more than %d placeholders", "Plus de %s champs"}},
	{"", "", words{"Der Platzhalter ist auf seiner Zeile nicht mit }} geschlossen", "placeholder is not closed by }} on its line", "Le champ n’est pas fermé par }} sur sa ligne"}},
	{"", "", words{"Platzhalter in einem Platzhalter", "placeholder inside a placeholder", "Champ à l’intérieur d’un champ"}},
	{"", "", words{"Ein Textbaustein kann keinen anderen aufnehmen", "a text module cannot take in another", "Un bloc de texte ne peut pas en contenir un autre"}},
	{"", "-", words{"„%s“ ist kein Name eines Textbausteins", "%q is no name of a text module", "« %s » n’est pas un nom de bloc de texte"}},
	{"", "-", words{"Mehr als %s Textbausteine", "more than %d text modules", "Plus de %s blocs de texte"}},
	{"", "-", words{"Unbekannter Platzhalter „%s“", "unknown placeholder %q", "Champ inconnu « %s »"}},
	{"", "-", words{"Der Platzhalter „%s“ ist nur für Mitarbeiter", "placeholder %q is for employees only", "Le champ « %s » est réservé aux employés"}},
	{"", "-", words{"Der Platzhalter „%s“ gehört zu einer internen Bemerkung, die es für Kunden nicht gibt", "placeholder %q is part of an internal comment, which does not exist for customers", "Le champ « %s » fait partie d’un commentaire interne, qui n’existe pas pour les clients"}},
	{"", "-", words{"Der Platzhalter „%s“ kann nicht in einem Betreff oder Textbaustein stehen", "placeholder %q cannot stand in a subject or a text module", "Le champ « %s » ne peut figurer dans un objet ni dans un bloc de texte"}},
	{"", "-a", words{"Es gibt keinen Textbaustein „%s“ für: %s", "there is no text module %q for the audience %q", "Il n’y a pas de bloc de texte « %s » pour : %s"}},
	{"", "-", words{"Der Name „%s“ muss aus „module:“ und 1 bis 80 Zeichen bestehen: a–z, Ziffern, Unterstrich und Punkt", "%q must be module: and 1 to 80 of a-z, 0-9, underscore and dot", "Le nom « %s » doit être « module: » suivi de 1 à 80 caractères : a–z, chiffres, tiret bas et point"}},
	{"", "-", words{"Der Name „%s“ muss 1 bis 64 Byte haben, ohne Steuerzeichen", "%q must be 1 to 64 bytes without control characters", "Le nom « %s » doit compter de 1 à 64 octets, sans caractère de contrôle"}},
	{"", "-", words{"„%s“ ist kein Sprachkürzel nach BCP 47", "%q is no BCP 47 tag", "« %s » n’est pas un code de langue BCP 47"}},
	{"", "-", words{"Es gibt keine namens „%s“", "there is none named %q", "Il n’y en a pas du nom de « %s »"}},
	{"", "-", words{"„%s“ ist kein Mitarbeiter: nennen Sie stattdessen die Adresse", "%q is no employee: name the address instead", "« %s » n’est pas un employé : indiquez plutôt l’adresse"}},

	// Mailboxes (packages mailbox and oauth).
	{"", "", words{"Bitte ausfüllen", "is missing", "Veuillez remplir ce champ"}},
	{"", "--", words{"„%s“ wird schon von der Mailbox %s gelesen", "%s is read by mailbox %s already", "« %s » est déjà lu par la boîte %s"}},
	{"", "--", words{"„%s“ wird von der Mailbox %s gelesen: was dorthin kommt, käme wieder", "%q is read by mailbox %s: what is moved there would come again", "« %s » est lu par la boîte %s : ce qui y est déplacé reviendrait"}},
	{"", "-", words{"„%s“ wird selbst abgefragt: was dorthin kommt, käme wieder", "%q is polled itself: what is moved there would come again", "« %s » est relevé lui-même : ce qui y est déplacé reviendrait"}},
	{"", "-", words{"„%s“ ist kein Name eines Ordners", "%q is not a folder name", "« %s » n’est pas un nom de dossier"}},
	{"", "-", words{"„%s“ steht zweimal da", "%q is named twice", "« %s » figure deux fois"}},
	{"", "--", words{"„%s“ ist auf manchen Servern derselbe Ordner wie „%s“, und seine Mails würden zweimal gefunden", "%q is the same folder as %q on some servers, and its mails would be found twice", "« %s » est sur certains serveurs le même dossier que « %s », et ses mails seraient trouvés deux fois"}},
	{"", "--", words{"Der Vorgang „%s“ hat schon die Mailbox „%s“", "task %q has mailbox %q already", "La tâche « %s » a déjà la boîte « %s »"}},
	{"", "--", words{"Die Mailbox „%s“ dient schon dem Vorgang „%s“", "mailbox %q serves task %q already", "La boîte « %s » sert déjà la tâche « %s »"}},
	{"", "", words{"Server und Benutzer bleiben, solange es eine Anmeldung gibt, die kein anderer Server sehen darf", "server and user stay while there are tokens, which another server must not see: DeleteOAuth first", "Serveur et utilisateur restent tant qu’il y a une connexion, qu’aucun autre serveur ne doit voir"}},
	{"", "", words{"Es gibt noch Token aus der Zeit, bevor die Mailbox gespeichert war, die kein Server sehen darf: löschen Sie sie, und melden Sie erst an, wenn die Mailbox gespeichert ist", "there are tokens from before the mailbox was stored, which no server must see: DeleteOAuth first, and sign in when the mailbox is stored", "Il y a encore des jetons d’avant l’enregistrement de la boîte, qu’aucun serveur ne doit voir : supprimez-les, et connectez-la une fois enregistrée"}},
	{"", "", words{"Token werden nur dem Server gezeigt, mit dem die Mailbox gespeichert ist, und sie ist noch nicht gespeichert: speichern Sie sie zuerst", "tokens are shown to the server that the mailbox is stored with, and it is not stored yet: PutMailbox first", "Les jetons ne sont montrés qu’au serveur avec lequel la boîte est enregistrée, et elle ne l’est pas encore : enregistrez-la d’abord"}},
	{"", "-", words{"%s muss wissen, woher Token kommen: richten Sie zuerst die Anmeldung mit OAuth ein", "%s needs to know where tokens come from: call PutOAuth for this mailbox first", "%s doit savoir d’où viennent les jetons : réglez d’abord la connexion avec OAuth"}},
	{"", "", words{"Bitte ausfüllen: die Anwendung selbst hat nichts anderes, um sich auszuweisen", "is missing: app-only has nothing else to prove itself", "À remplir : l’application elle-même n’a rien d’autre pour s’identifier"}},
	{"", "", words{"Der Anbieter kennt keine Anmeldung der Anwendung selbst (Microsoft: nennen Sie den Mandanten, nicht common)", "is empty: the provider knows no app-only sign-in (Microsoft: name the tenant, not common)", "Le fournisseur ne connaît pas la connexion de l’application elle-même (Microsoft : indiquez le locataire, pas common)"}},
	{"", "", words{"Bitte ausfüllen, oder die Geräteadresse: sonst kann sich niemand anmelden", "is empty, and DeviceURL too: nobody can sign in", "À remplir, ou l’adresse pour appareils : sinon personne ne peut se connecter"}},
	{"", "", words{"Die Anwendung meldet sich selbst an, niemand sonst", "is app-only: nobody signs in", "L’application se connecte elle-même, personne d’autre"}},
	{"", "", words{"Ist leer: mit einem Browser kann sich niemand anmelden", "is empty: nobody signs in with a browser", "Est vide : personne ne peut se connecter avec un navigateur"}},
	{"", "", words{"Es gibt keine Anmeldung auf einem anderen Gerät: die Adresse fehlt, oder niemand meldet sich an", "is empty, or nobody signs in: there is no sign-in by device", "Il n’y a pas de connexion sur un autre appareil : l’adresse manque, ou personne ne se connecte"}},
	{"", "", words{"Das ist keine vollständige Adresse", "is not an absolute address", "Ce n’est pas une adresse complète"}},
	{"", "", words{"Darf weder Benutzer noch Sprungmarke enthalten", "must not carry a user or fragment", "Ne doit contenir ni utilisateur ni fragment"}},
	{"", "", words{"Muss mit https beginnen", "must use https", "Doit commencer par https"}},
}
