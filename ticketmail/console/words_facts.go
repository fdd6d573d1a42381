package console

// factPhrases are what a connection test has found: see [phrase]. The first that
// fits counts. What none fits is a name, an address or a version.
var factPhrases = []phrase{
	// The connection and its encryption (packages wire and mailbox).
	{"", "-", words{"verbunden mit %s", "connected to %s", "connecté à %s"}},
	{"", "", words{"eine seiner Adressen ist diesem Programm verschlossen", "1 of its addresses is closed to this program", "une de ses adresses est fermée à ce programme"}},
	{"", "-", words{"%s seiner Adressen sind diesem Programm verschlossen", "%d of its addresses are closed to this program", "%s de ses adresses sont fermées à ce programme"}},
	{"", "-", words{"%s ist eine Adresse", "%s is an address", "%s est une adresse"}},
	{"", "", words{"der Name wird dort aufgelöst, wo die Verbindung entsteht", "the name is looked up where the connection is made", "le nom est résolu là où la connexion est établie"}},
	{"", "--", words{"Zertifikat von %s, gültig bis %s", "certificate of %s until %s", "certificat de %s, valable jusqu’au %s"}},
	{"", "", words{"das Zertifikat nennt keinen Host", "certificate of nobody (it names no host)", "le certificat n’indique aucun hôte"}},
	{"", "-", words{"Zertifikat von %s", "certificate of %s", "certificat de %s"}},
	{"", "", words{"von sich selbst ausgestellt", "issued by itself", "émis par lui-même"}},
	{"", "", words{"ausgestellt von jemandem ohne Namen", "issued by somebody without a name", "émis par quelqu’un sans nom"}},
	{"", "-", words{"ausgestellt von %s", "issued by %s", "émis par %s"}},
	{"", "-", words{"gültig bis %s (1 Tag)", "valid until %s (1 day)", "valable jusqu’au %s (1 jour)"}},
	{"", "--", words{"gültig bis %s (%s Tage)", "valid until %s (%d days)", "valable jusqu’au %s (%s jours)"}},
	{"", "-", words{"gültig bis %s", "valid until %s", "valable jusqu’au %s"}},
	{"", "", words{"das Zertifikat wurde nicht geprüft, wie eingestellt", "the certificate was not verified, as configured", "le certificat n’a pas été vérifié, comme réglé"}},
	{"", "", words{"das Zertifikat wurde nicht geprüft, wie eingestellt: es kann von jedem sein", "the certificate was not checked, as configured: it may be anybody's", "le certificat n’a pas été vérifié, comme réglé : il peut être de n’importe qui"}},
	{"", "", words{"nicht verschlüsselt, wie eingestellt", "not encrypted, as configured", "non chiffré, comme réglé"}},
	{"", "", words{"nicht verschlüsselt, wie eingestellt: jeder unterwegs kann Kennwort und Mails lesen", "not encrypted, as configured: anybody on the way can read the password and the mails", "non chiffré, comme réglé : n’importe qui en chemin peut lire le mot de passe et les e-mails"}},
	{"", "", words{"nicht verschlüsselt, wie eingestellt: jeder unterwegs kann die Mails lesen, und das Kennwort", "not encrypted, as configured: anybody on the way can read the mails, and the password", "non chiffré, comme réglé : n’importe qui en chemin peut lire les e-mails, et le mot de passe"}},

	// What the server can do.
	{"", "-", words{"kann: %s", "can %s", "sait faire : %s"}},
	{"", "-", words{"kann nicht: %s", "cannot %s", "ne sait pas faire : %s"}},
	{"", "-", words{"Anmeldung mit %s", "sign-in by %s", "authentification par %s"}},
	{"", "", words{"der Server hat kein CAPA: er sagt nicht, was er kann", "the server has no CAPA: it does not tell what it can do", "le serveur n’a pas CAPA : il ne dit pas ce qu’il sait faire"}},
	{"", "-", words{"nimmt Mails bis %s Byte (SIZE)", "takes mails of up to %d bytes (SIZE)", "accepte des e-mails jusqu’à %s octets (SIZE)"}},
	{"", "", words{"sagt nicht, wie groß eine Mail sein darf (SIZE)", "does not tell how large a mail may be (SIZE)", "ne dit pas quelle taille un e-mail peut avoir (SIZE)"}},
	{"", "", words{"nimmt Adressen mit beliebigen Zeichen (SMTPUTF8)", "takes addresses with any characters (SMTPUTF8)", "accepte des adresses avec tout caractère (SMTPUTF8)"}},
	{"", "", words{"nimmt nur Adressen mit ASCII-Zeichen (kein SMTPUTF8)", "takes addresses with ASCII characters only (no SMTPUTF8)", "n’accepte que des adresses en ASCII (pas de SMTPUTF8)"}},
	{"", "", words{"bietet keine Anmeldung an (AUTH)", "offers no sign-in (AUTH)", "ne propose pas d’authentification (AUTH)"}},
	{"", "--", words{"Mails dürfen %s haben (APPENDLIMIT); über %s bleiben sie auf dem Server, wie eingestellt", "mails can have %s (APPENDLIMIT); over %s they stay on the server, as configured", "les e-mails peuvent avoir %s (APPENDLIMIT) ; au-delà de %s ils restent sur le serveur, comme réglé"}},

	// The sign-in, and where tokens come from (package oauth).
	{"", "-", words{"angemeldet als „%s“", "signed in as %q", "authentifié comme « %s »"}},
	{"", "-", words{"als %s", "as %s", "comme %s"}},
	{"", "", words{"das erste Zugangstoken wurde abgelehnt, ein neues angenommen", "the first access token was refused, a new one was accepted", "le premier jeton d’accès a été refusé, un nouveau accepté"}},
	{"", "", words{"das erste Token wurde abgelehnt, und ein anderes geholt", "the first token was refused, and another one fetched", "le premier jeton a été refusé, et un autre obtenu"}},
	{"", "", words{"ein Zugangstoken ist da", "an access token is there", "un jeton d’accès est là"}},
	{"", "-", words{"ausgegeben von „%s“", "given out by %q", "délivré par « %s »"}},
	{"", "", words{"die Anwendung meldet sich selbst an (app-only)", "the application signs in itself (app-only)", "l’application se connecte elle-même (app-only)"}},
	{"", "-", words{"angemeldet von einer Person am %s", "signed in by a person on %s", "connecté par une personne le %s"}},
	{"", "-", words{"das Token ist für „%s“", "the token is for %q", "le jeton est pour « %s »"}},
	{"", "--", words{"erneuert am %s, gültig bis %s", "renewed at %s, valid until %s", "renouvelé le %s, valable jusqu’au %s"}},
	{"", "--", words{"erneuert am %s, abgelaufen am %s", "renewed at %s, expired at %s", "renouvelé le %s, expiré le %s"}},
	{"", "-", words{"die Anmeldung endet am %s: melden Sie vorher neu an", "the sign-in ends on %s: sign in again before", "la connexion prend fin le %s : reconnectez la boîte avant"}},
	{"", "-", words{"die Anmeldung endete am %s: melden Sie sich neu an", "the sign-in ended on %s: sign in again", "la connexion a pris fin le %s : reconnectez la boîte"}},
	{"", "-", words{"der Clientschlüssel läuft am %s ab: erzeugen Sie in der App-Registrierung einen neuen und geben Sie ihn vorher ein", "the client secret expires on %s: make a new one in the app registration and enter it before", "le secret client expire le %s : créez-en un nouveau dans l’enregistrement de l’application et saisissez-le avant"}},
	{"", "-", words{"der Clientschlüssel ist am %s abgelaufen: erzeugen Sie in der App-Registrierung einen neuen und geben Sie ihn ein", "the client secret expired on %s: make a new one in the app registration and enter it", "le secret client a expiré le %s : créez-en un nouveau dans l’enregistrement de l’application et saisissez-le"}},
	{"", "-", words{"wird sie nicht benutzt, endet die Anmeldung am %s: lassen Sie die Mailbox abfragen", "unless it is used, the sign-in ends on %s: poll the mailbox or call Keep", "sans utilisation, la connexion prend fin le %s : faites relever la boîte"}},
	{"", "-", words{"die Anmeldung wurde bis zum %s nicht benutzt: melden Sie sich neu an", "the sign-in was not used until %s: sign in again", "la connexion n’a pas été utilisée avant le %s : reconnectez la boîte"}},

	// The folder.
	{"", "-", words{"auf dem Server „%s“", "%q on the server", "« %s » sur le serveur"}},
	{"", "", words{"1 Mail", "1 mail", "1 e-mail"}},
	{"", "-", words{"%s Mails", "%d mails", "%s e-mails"}},
	{"", "-", words{"%s Byte", "%d bytes", "%s octets"}},
	{"", "-g", words{"%s davon älter als %s", "%d of them older than %s", "dont %s de plus d’%s"}},
	{"", "--", words{"%s davon größer als %s: sie bleiben auf dem Server", "%d of them larger than %s, which stay on the server", "dont %s de plus de %s, qui restent sur le serveur"}},
	{"", "", words{"Mails dürfen entfernt werden", "mails may be removed", "les e-mails peuvent être retirés"}},
	{"", "", words{"ob Mails entfernt werden dürfen, zeigt die erste Abfrage: der Server sagt es nicht vorher", "whether mails may be removed shows at the first poll: the server does not tell beforehand", "la première relève montrera si les e-mails peuvent être retirés : le serveur ne le dit pas avant"}},
	{"", "", words{"Mails können entfernt werden, was am Ende einer Sitzung wirkt", "mails can be removed, which takes effect at the end of a session", "les e-mails peuvent être retirés, ce qui prend effet à la fin d’une session"}},
	{"", "", words{"Mails werden mit MOVE verschoben", "mails are moved with MOVE", "les e-mails sont déplacés avec MOVE"}},
	{"", "", words{"Mails werden kopiert, dann genau diese entfernt", "mails are copied, then exactly these are expunged", "les e-mails sont copiés, puis exactement ceux-ci purgés"}},
	{"", "-", words{"Mails bleiben, markiert mit dem Schlüsselwort %s, wo der Ordner solche behält", "mails stay, marked with the keyword %s where the folder keeps keywords", "les e-mails restent, marqués du mot-clé %s si le dossier garde les mots-clés"}},
	{"", "-", words{"Mails werden entfernt, indem sie in „%s“ verschoben werden", "mails are removed by moving them to %q", "les e-mails sont retirés en les déplaçant vers « %s »"}},
	{"", "", words{"genau die übernommenen Mails werden entfernt", "exactly the mails taken in are expunged", "exactement les e-mails repris sont purgés"}},
	{"", "", words{"Mails werden mit einem einfachen EXPUNGE entfernt, wobei die Markierungen anderer Programme solange beiseitegelegt werden (kein UIDPLUS)", "mails are removed with a plain EXPUNGE, the marks of other clients set aside meanwhile (no UIDPLUS)", "les e-mails sont retirés par un simple EXPUNGE, les marques d’autres programmes étant mises de côté entre-temps (pas d’UIDPLUS)"}},
	{"", "", words{"eine Mail, die jemand genau dann zum Löschen markiert, geht mit: lassen Sie niemanden sonst in diesen Ordnern arbeiten, oder lassen Sie Mails markieren, was keine entfernt", "a mail that somebody marks for deletion at that very moment goes with them: let nobody else work in these folders, or let mails be flagged, which removes none", "un e-mail marqué pour suppression à cet instant précis part avec eux : ne laissez personne d’autre travailler dans ces dossiers, ou faites marquer les e-mails, ce qui n’en retire aucun"}},
	{"", "", words{"Mails werden dorthin verschoben; er wird angelegt", "mails are moved there; it will be made", "les e-mails y sont déplacés ; il sera créé"}},
	{"", "-", words{"Mails werden dorthin verschoben; auf dem Server „%s“", "mails are moved there; %q on the server", "les e-mails y sont déplacés ; « %s » sur le serveur"}},
	{"", "", words{"der Server hat kein UIDL: Mails werden an ihrem Kopf unterschieden, und eine, deren Entfernen nicht bestätigt wurde, wird noch einmal gelesen", "the server has no UIDL: mails are told apart by their headers, and one whose removal was not confirmed is read again", "le serveur n’a pas UIDL : les e-mails sont distingués par leur en-tête, et celui dont le retrait n’a pas été confirmé est relu"}},
	{"", "", words{"der Server will Zeit zwischen zwei Sitzungen (LOGIN-DELAY): Mails werden einmal entfernt, am Ende einer Abfrage", "the server wants time between two sessions (LOGIN-DELAY): mails are removed once, at the end of a poll", "le serveur veut du temps entre deux sessions (LOGIN-DELAY) : les e-mails sont retirés une fois, à la fin d’une relève"}},
	{"", "", words{"der Server löscht von selbst, was geholt wurde (EXPIRE 0)", "the server deletes what was fetched by itself (EXPIRE 0)", "le serveur supprime de lui-même ce qui a été récupéré (EXPIRE 0)"}},
}

// agePhrases are how old mails are at least, in factPhrases.
var agePhrases = []phrase{
	{"", "", words{"ein Jahr", "a year", "un an"}},
	{"", "", words{"30 Tage", "30 days", "un mois"}},
	{"", "", words{"eine Woche", "a week", "une semaine"}},
}
