package console

// advice is what is behind an error and what to do about it, by the code of
// mailbox.Diagnosis. Those of the network, of IMAP and of the engine stand here,
// see [advicePOP3] and [adviceSMTP] for the others.
var advice = merge(adviceCommon, adviceIMAP, advicePOP3, adviceSMTP)

func merge(parts ...map[string]advised) map[string]advised {
	all := map[string]advised{}
	for _, part := range parts {
		for code, a := range part {
			all[code] = a
		}
	}
	return all
}

var adviceCommon = map[string]advised{
	// The network and certificates (package wire).
	"host-unknown": {
		"-",
		words{"es gibt keinen Host „%[1]s“", "there is no host %[1]q", "il n’y a pas d’hôte « %[1]s »"},
		words{"prüfen Sie die Schreibweise des Servernamens", "check the spelling of the host name", "vérifiez l’orthographe du nom du serveur"},
	},
	"name-server-silent": {
		"",
		words{"der Namensserver antwortet nicht", "the name server does not answer", "le serveur de noms ne répond pas"},
		words{"prüfen Sie Netz und Namensserver dieses Rechners, oder nennen Sie die Adresse des Servers", "check the network and the name server of this machine, or give the host's address", "vérifiez le réseau et le serveur de noms de cette machine, ou indiquez l’adresse du serveur"},
	},
	"port-closed": {
		"--h",
		words{"auf Port %[1]s von %[2]s nimmt niemand Verbindungen an", "nothing listens on port %[1]d of %[2]s", "rien n’écoute sur le port %[1]s de %[2]s"},
		words{"prüfen Sie den Port: %[3]s", "check the port: %[3]s", "vérifiez le port : %[3]s"},
	},
	"no-path": {
		"",
		words{"kein Weg im Netz führt zu dem Server", "no network path leads to the host", "aucun chemin du réseau ne mène au serveur"},
		words{"prüfen Sie Netz, VPN und Firewall dieses Rechners", "check the network, VPN and firewall of this machine", "vérifiez le réseau, le VPN et le pare-feu de cette machine"},
	},
	"server-silent": {
		"h",
		words{"der Server antwortet nicht rechtzeitig", "the server does not answer in time", "le serveur ne répond pas à temps"},
		words{"prüfen Sie Server und Port (%[1]s), und ob eine Firewall die Pakete verwirft", "check host and port (%[1]s), and whether a firewall drops the packets", "vérifiez le serveur et le port (%[1]s), et si un pare-feu rejette les paquets"},
	},
	"connection-closed": {
		"h",
		words{"der Server hat die Verbindung beendet", "the server closed the connection", "le serveur a fermé la connexion"},
		words{"prüfen Sie Server und Port (%[1]s); vielleicht weist der Server auch die Adresse dieses Rechners ab", "check host and port (%[1]s); the server may also refuse this machine's address", "vérifiez le serveur et le port (%[1]s) ; le serveur refuse peut-être aussi l’adresse de cette machine"},
	},
	"certificate-of-another": {
		"--",
		words{"das Zertifikat gilt für %[1]s, nicht für %[2]s", "the certificate is for %[1]s, not for %[2]s", "le certificat est pour %[1]s, pas pour %[2]s"},
		words{"tragen Sie einen dieser Namen als Server ein, wenn es der richtige ist, oder lassen Sie das Zertifikat mit diesem Namen erneuern", "enter one of these names as the host, if it is the right server, or have the certificate renewed with this name", "indiquez un de ces noms comme serveur, si c’est le bon, ou faites renouveler le certificat avec ce nom"},
	},
	"certificate-too-new": {
		"",
		words{"das Zertifikat gilt noch nicht", "the certificate is not valid yet", "le certificat n’est pas encore valable"},
		words{"prüfen Sie die Uhr dieses Rechners, und die des Servers beim Ausstellen des Zertifikats", "check the clock of this machine, and that of the server when the certificate was made", "vérifiez l’horloge de cette machine, et celle du serveur lors de l’émission du certificat"},
	},
	"certificate-expired": {
		"z",
		words{"das Zertifikat ist abgelaufen", "the certificate has expired", "le certificat a expiré"},
		words{"lassen Sie es auf dem Server erneuern, oder prüfen Sie die Uhr dieses Rechners%[1]s", "have it renewed on the server, or check the clock of this machine%[1]s", "faites-le renouveler sur le serveur, ou vérifiez l’horloge de cette machine%[1]s"},
	},
	"certificate-self-signed": {
		"z",
		words{"das Zertifikat hat sich selbst unterschrieben: niemand bürgt dafür", "the certificate is signed by itself: nobody vouches for it", "le certificat est signé par lui-même : personne ne s’en porte garant"},
		words{"nehmen Sie es unter die vertrauten Zertifizierungsstellen auf%[1]s", "trust it by adding it to the trusted authorities%[1]s", "ajoutez-le aux autorités de confiance%[1]s"},
	},
	"certificate-untrusted": {
		"z",
		words{"die Stelle, die das Zertifikat unterschrieben hat, ist auf diesem Rechner nicht vertraut", "the certificate is signed by an authority that this machine does not trust", "le certificat est signé par une autorité à laquelle cette machine ne fait pas confiance"},
		words{"nehmen Sie die Stelle unter die vertrauten auf, oder lassen Sie den Server seine Zwischenzertifikate mitschicken%[1]s", "add the authority to the trusted ones, or have the server send its intermediate certificates%[1]s", "ajoutez l’autorité à celles de confiance, ou faites envoyer au serveur ses certificats intermédiaires%[1]s"},
	},
	"address-closed": {
		"",
		words{"der Servername führt zu einer Adresse, die nicht im öffentlichen Internet liegt oder hier gesperrt ist: dieses Programm ist so eingestellt, dass es sich mit solchen nicht verbindet", "the host name leads to an address that is not on the public Internet, or that is closed here: this program is set up not to connect to such", "le nom du serveur mène à une adresse qui n’est pas sur l’Internet public, ou qui est fermée ici : ce programme est réglé pour ne pas s’y connecter"},
		words{"geben Sie den öffentlichen Namen des Mailservers ein; bei einem Server im Netz dessen, der dieses Programm betreibt, lassen Sie ihn dieses Netz erlauben (DialPolicy.Allow)", "enter the public name of the mail server; for a server on the site of whoever runs this program, have him allow its network (DialPolicy.Allow)", "indiquez le nom public du serveur de messagerie ; pour un serveur du site qui exploite ce programme, faites-y autoriser son réseau (DialPolicy.Allow)"},
	},
	"tls-broken-off": {
		"",
		words{"der Server bricht den TLS-Handschlag ab", "the server breaks off the TLS handshake", "le serveur interrompt la négociation TLS"},
		words{"vielleicht will er eine andere TLS-Version: TLS 1.2 ist die älteste, die hier gesprochen wird", "it may want another TLS version: TLS 1.2 is the oldest that is spoken here", "il veut peut-être une autre version de TLS : TLS 1.2 est la plus ancienne parlée ici"},
	},
	"no-token": {
		"",
		words{"es ist kein Zugangstoken zu bekommen", "no access token is to be had", "aucun jeton d’accès ne peut être obtenu"},
		words{"melden Sie sich neu beim Anbieter an, oder prüfen Sie den Clientschlüssel der Anwendung", "sign in to the provider again, or check the application's secret", "reconnectez-vous chez le fournisseur, ou vérifiez le secret de l’application"},
	},
	"mechanism-takes-no-token": {
		"",
		words{"der Server nimmt Zugangstoken nicht auf dem Weg, der eingestellt ist", "the server takes no access tokens in the way that is configured", "le serveur n’accepte pas de jetons d’accès de la façon réglée"},
		words{"lassen Sie das Verfahren auf automatisch, oder melden Sie mit einem Kennwort an", "leave Auth empty, or sign in with a password", "laissez le mécanisme sur automatique, ou connectez avec un mot de passe"},
	},

	// What a step is about that failed for reasons nobody knows, and what ends
	// polls (package ticketmail).
	"test-ended": {
		"",
		words{"der Test wurde beendet", "the test was ended", "le test a été interrompu"},
		words{"testen Sie noch einmal", "test again", "testez à nouveau"},
	},
	"resolve-fails": {
		"",
		words{"der Servername ist nicht aufzulösen", "the host name cannot be looked up", "le nom du serveur ne peut être résolu"},
		words{"prüfen Sie seine Schreibweise und den Namensserver dieses Rechners", "check its spelling, and the name server of this machine", "vérifiez son orthographe et le serveur de noms de cette machine"},
	},
	"dial-fails": {
		"",
		words{"es kommt keine Verbindung zustande", "no connection can be made", "aucune connexion n’est possible"},
		words{"prüfen Sie Server und Port, und wohin sich dieses Programm verbinden darf", "check host and port, and what this program may connect to", "vérifiez le serveur et le port, et où ce programme peut se connecter"},
	},
	"secure-fails": {
		"",
		words{"die Verbindung lässt sich nicht verschlüsseln", "the connection cannot be encrypted", "la connexion ne peut être chiffrée"},
		words{"prüfen Sie Port und Verbindungssicherheit: TLS vom ersten Byte an und STARTTLS haben eigene Ports", "check port and security: TLS from the first byte and STARTTLS have ports of their own", "vérifiez le port et la sécurité : TLS dès le premier octet et STARTTLS ont chacun leurs ports"},
	},
	"greeting-fails": {
		"",
		words{"der Server antwortet nicht wie ein Mailserver", "the server does not answer as a mail server does", "le serveur ne répond pas comme un serveur de messagerie"},
		words{"prüfen Sie Server und Port", "check host and port", "vérifiez le serveur et le port"},
	},
	"sign-in-fails": {
		"",
		words{"die Anmeldung schlägt fehl", "the sign-in fails", "l’authentification échoue"},
		words{"prüfen Sie den Benutzer, und geben Sie das Kennwort neu ein oder melden Sie sich neu beim Anbieter an", "check the user, and type the password again or sign in to the provider again", "vérifiez l’utilisateur, et saisissez à nouveau le mot de passe ou reconnectez-vous chez le fournisseur"},
	},
	"folder-fails": {
		"",
		words{"der Ordner lässt sich nicht öffnen", "the folder cannot be opened", "le dossier ne peut être ouvert"},
		words{"prüfen Sie seinen Namen und die Rechte des Benutzers", "check its name, and the rights of the user", "vérifiez son nom et les droits de l’utilisateur"},
	},
	"step-fails": {
		"",
		words{"es schlägt fehl", "it fails", "cela échoue"},
		words{"was bekannt ist, steht im Fehler", "what is known is in the error", "ce qu’on en sait est dans l’erreur"},
	},
	"store-volatile": {
		"",
		words{"der Speicher ist nicht dauerhaft, deshalb wird keine Mailbox in ihn geleert", "the store is not durable, so no mailbox is emptied into it", "le stockage n’est pas durable : aucune boîte n’y est vidée"},
		words{"nehmen Sie einen dauerhaften Speicher; bei PostgreSQL schalten Sie fsync ein", "use a durable store; on PostgreSQL switch fsync on", "utilisez un stockage durable ; avec PostgreSQL, activez fsync"},
	},
	"secret-closed": {
		"",
		words{"das gespeicherte Kennwort oder die Anmeldung lässt sich nicht öffnen", "the stored password or sign-in cannot be opened", "le mot de passe ou la connexion enregistrés ne peuvent être ouverts"},
		words{"geben Sie diesem Programm den Schlüssel zurück, mit dem sie versiegelt wurden, oder geben Sie Kennwort oder Anmeldung neu ein", "give this program the key back that sealed it, or enter password or sign-in again", "rendez à ce programme la clé qui les a scellés, ou saisissez à nouveau mot de passe ou connexion"},
	},
	"poll-stalled": {
		"",
		words{"mehr als zehn Minuten kam die Abfrage nicht voran, deshalb wurde sie beendet", "nothing came of the poll for more than ten minutes, so it was ended", "la relève n’a pas avancé pendant plus de dix minutes : elle a été interrompue"},
		words{"nichts: es wird wieder versucht; wenn es anhält, testen Sie die Verbindung", "nothing: it is tried again; if it lasts, test the connection", "rien : une nouvelle tentative suivra ; si cela dure, testez la connexion"},
	},
}

var adviceIMAP = map[string]advised{
	"imap-no-tls": {
		"-",
		words{"der Server spricht auf Port %[1]s nicht vom ersten Byte an TLS", "the server does not speak TLS from the first byte on port %[1]d", "le serveur ne parle pas TLS dès le premier octet sur le port %[1]s"},
		words{"wählen Sie STARTTLS (meist Port 143), oder Port 993", "choose STARTTLS (usually port 143), or port 993", "choisissez STARTTLS (en général port 143), ou le port 993"},
	},
	"imap-no-starttls": {
		"",
		words{"der Server bietet kein STARTTLS an", "the server does not offer STARTTLS", "le serveur ne propose pas STARTTLS"},
		words{"wählen Sie TLS (meist Port 993); wo der Server gar keine Verschlüsselung hat, schickt die Verbindungssicherheit „keine“ das Kennwort im Klartext", "choose TLS (usually port 993); where the server has no encryption at all, Security None sends the password in plain text", "choisissez TLS (en général port 993) ; si le serveur n’a aucun chiffrement, la sécurité « aucune » envoie le mot de passe en clair"},
	},
	"imap-injected": {
		"",
		words{"jemand hat Klartext in den Beginn der Verschlüsselung geschoben", "somebody put plain text into the start of the encryption", "quelqu’un a glissé du texte en clair dans le début du chiffrement"},
		words{"benutzen Sie diese Verbindung nicht: wählen Sie TLS (meist Port 993)", "do not use this connection: choose TLS (usually port 993)", "n’utilisez pas cette connexion : choisissez TLS (en général port 993)"},
	},
	"signed-in-unasked": {
		"",
		words{"der Server meldet von selbst an, bevor die Verbindung gesichert ist", "the server signs in by itself, before the connection is secured", "le serveur authentifie de lui-même, avant que la connexion soit sécurisée"},
		words{"benutzen Sie diese Verbindung nicht: es kann das Postfach eines anderen sein", "do not use this connection: it may be somebody else's mailbox", "n’utilisez pas cette connexion : ce peut être la boîte d’un autre"},
	},
	"imap-wants-tls": {
		"",
		words{"Port 993 erwartet TLS vom ersten Byte an, und der Server wartet darauf", "port 993 expects TLS from the first byte, and the server waits for it", "le port 993 attend TLS dès le premier octet, et le serveur l’attend"},
		words{"wählen Sie TLS für Port 993, oder Port 143 für STARTTLS", "choose TLS for port 993, or port 143 for STARTTLS", "choisissez TLS pour le port 993, ou le port 143 pour STARTTLS"},
	},
	"imap-not-connected": {
		"",
		words{"die Anmeldung gilt, öffnet aber dieses Postfach nicht", "the sign-in is valid, but does not open this mailbox", "l’authentification est valable, mais n’ouvre pas cette boîte"},
		words{"prüfen Sie, dass das Token diesem Benutzer gehört, dass er (oder die Anwendung) das Postfach benutzen darf und dass IMAP dafür eingeschaltet ist", "check that the token belongs to this user, that he (or the application) may use the mailbox, and that IMAP is switched on for it", "vérifiez que le jeton appartient à cet utilisateur, qu’il (ou l’application) peut utiliser la boîte et qu’IMAP y est activé"},
	},
	"mechanism-not-offered": {
		"",
		words{"der Server bietet das eingestellte Verfahren nicht an", "the server does not offer the mechanism that is configured", "le serveur ne propose pas le mécanisme réglé"},
		words{"lassen Sie das Verfahren auf automatisch: dann wird das beste benutzt, das angeboten wird. Microsoft 365 nimmt nur Zugangstoken (OAuth), Google diese und App-Kennwörter", "leave Auth empty: the best that is offered is then used. Microsoft 365 takes access tokens alone (OAuth), Google those and app passwords", "laissez le mécanisme sur automatique : le meilleur proposé est alors utilisé. Microsoft 365 n’accepte que des jetons d’accès (OAuth), Google ceux-ci et des mots de passe d’application"},
	},
	"imap-no-plain-password": {
		"",
		words{"der Server nimmt über eine unverschlüsselte Verbindung kein Kennwort", "the server takes no password over an unencrypted connection", "le serveur n’accepte pas de mot de passe sur une connexion non chiffrée"},
		words{"wählen Sie TLS (Port 993) oder STARTTLS (Port 143)", "choose TLS (port 993) or STARTTLS (port 143)", "choisissez TLS (port 993) ou STARTTLS (port 143)"},
	},
	"no-passwords": {
		"",
		words{"der Server nimmt keine Kennwörter", "the server takes no passwords", "le serveur n’accepte pas de mots de passe"},
		words{"melden Sie mit Zugangstoken an (OAuth)", "sign in with access tokens (OAuth)", "connectez avec des jetons d’accès (OAuth)"},
	},
	"imap-token-refused": {
		"-",
		words{"der Server lehnt das Zugangstoken ab", "the server refuses the access token", "le serveur refuse le jeton d’accès"},
		words{"prüfen Sie, dass es für IMAP auf diesem Server und für den Benutzer „%[1]s“ gilt; melden Sie neu an, um ein neues zu bekommen", "check that it is for IMAP at this server and for the user %[1]q; sign in again to get a new one", "vérifiez qu’il vaut pour IMAP sur ce serveur et pour l’utilisateur « %[1]s » ; reconnectez pour en obtenir un nouveau"},
	},
	"imap-password-refused": {
		"",
		words{"Benutzer oder Kennwort ist falsch, oder das Konto nimmt über IMAP keine Kennwörter", "user or password is wrong, or the account takes no passwords over IMAP", "l’utilisateur ou le mot de passe est faux, ou le compte n’accepte pas de mots de passe par IMAP"},
		words{"prüfen Sie beide, und ob IMAP für das Konto eingeschaltet ist. Microsoft 365 nimmt nur Zugangstoken (OAuth), Google diese und App-Kennwörter", "check both, and whether IMAP is switched on for the account. Microsoft 365 takes access tokens alone (OAuth), Google those and app passwords", "vérifiez les deux, et si IMAP est activé pour le compte. Microsoft 365 n’accepte que des jetons d’accès (OAuth), Google ceux-ci et des mots de passe d’application"},
	},
	"sign-in-later": {
		"",
		words{"der Server kann gerade niemanden anmelden", "the server cannot sign anybody in right now", "le serveur ne peut authentifier personne en ce moment"},
		words{"versuchen Sie es später noch einmal", "try again later", "réessayez plus tard"},
	},
	"folder-unknown": {
		"-",
		words{"das Konto hat keinen solchen Ordner, oder mehrere, die passen", "the account has no such folder, or several that fit", "le compte n’a pas de tel dossier, ou plusieurs qui conviennent"},
		words{"wählen Sie einen von: %[1]s", "choose one of: %[1]s", "choisissez l’un de : %[1]s"},
	},
	"no-folders": {
		"",
		words{"das Konto zeigt keine Ordner", "the account shows no folders", "le compte ne montre aucun dossier"},
		words{"prüfen Sie, ob es das richtige Konto ist", "check that it is the right account", "vérifiez que c’est le bon compte"},
	},
	"folder-read-only": {
		"",
		words{"der Benutzer darf den Ordner lesen, aber keine Mails daraus entfernen", "the user may read the folder and not remove mails from it", "l’utilisateur peut lire le dossier, mais pas en retirer d’e-mails"},
		words{"lassen Sie dem Benutzer die Rechte t und e geben (löschen, endgültig entfernen), oder lassen Sie die Mails liegen und markieren", "have the rights t and e (delete mails, expunge) given to the user, or keep mails with After flag", "faites donner à l’utilisateur les droits t et e (supprimer, purger), ou laissez les e-mails et marquez-les"},
	},
	"no-move": {
		"",
		words{"der Server kann Mails nicht sicher verschieben", "the server has no safe way to move mails", "le serveur n’a pas de moyen sûr de déplacer des e-mails"},
		words{"lassen Sie Mails löschen oder markieren, oder nehmen Sie einen Server mit MOVE oder UIDPLUS", "let mails be deleted or flagged, or use a server with MOVE or UIDPLUS", "faites supprimer ou marquer les e-mails, ou utilisez un serveur avec MOVE ou UIDPLUS"},
	},
	"trash-hidden": {
		"",
		words{"aus diesem Konto lassen sich keine Mails entfernen: sein Papierkorb ist vor IMAP verborgen", "mails cannot be removed from this account: its trash is hidden from IMAP", "les e-mails ne peuvent être retirés de ce compte : sa corbeille est cachée à IMAP"},
		words{"schalten Sie in den Einstellungen des Kontos für den Papierkorb „In IMAP anzeigen“ ein, oder lassen Sie Mails verschieben oder markieren", "switch on \"Show in IMAP\" for the trash in the settings of the account, or let mails be moved or flagged", "activez « Afficher dans IMAP » pour la corbeille dans les paramètres du compte, ou faites déplacer ou marquer les e-mails"},
	},
	"imap-refused": {
		"",
		words{"der Server lehnt ab", "the server refuses", "le serveur refuse"},
		words{"was er sagt, steht im Fehler; vielleicht fehlt dem Benutzer ein Recht", "what it says is in the error; the user may lack a right", "ce qu’il dit est dans l’erreur ; il manque peut-être un droit à l’utilisateur"},
	},
}
