package console

// adviceIMAP is what package imapbox knows: see [advice].
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
		words{"melden Sie sich mit Zugangstoken an (OAuth)", "sign in with access tokens (OAuth)", "connectez-vous avec des jetons d’accès (OAuth)"},
	},
	"imap-token-refused": {
		"-",
		words{"der Server lehnt das Zugangstoken ab", "the server refuses the access token", "le serveur refuse le jeton d’accès"},
		words{"prüfen Sie, dass es für IMAP auf diesem Server und für den Benutzer „%[1]s“ gilt; melden Sie sich neu an, um ein neues zu bekommen", "check that it is for IMAP at this server and for the user %[1]q; sign in again to get a new one", "vérifiez qu’il vaut pour IMAP sur ce serveur et pour l’utilisateur « %[1]s » ; reconnectez la boîte pour en obtenir un nouveau"},
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

// advicePOP3 is what package pop3box knows: see [advice].
var advicePOP3 = map[string]advised{
	"pop3-no-tls": {
		"-h",
		words{"der Server spricht auf Port %[1]s nicht vom ersten Byte an TLS", "the server does not speak TLS from the first byte on port %[1]d", "le serveur ne parle pas TLS dès le premier octet sur le port %[1]s"},
		words{"wählen Sie STARTTLS, oder einen anderen Port: %[2]s", "choose STARTTLS, or another port: %[2]s", "choisissez STARTTLS, ou un autre port : %[2]s"},
	},
	"pop3-no-starttls": {
		"",
		words{"der Server lässt sich auf diesem Port nicht um Verschlüsselung bitten, oder jemand unterwegs verbirgt, dass er es kann", "the server cannot be asked for encryption on this port, or somebody on the way hides that it can", "on ne peut demander le chiffrement au serveur sur ce port, ou quelqu’un en chemin cache qu’il le peut"},
		words{"wählen Sie TLS und Port 995", "choose TLS and port 995", "choisissez TLS et le port 995"},
	},
	"pop3-injected": {
		"",
		words{"jemand unterwegs, oder ein kaputter Server, schiebt Text in die Verbindung", "somebody on the way, or a broken server, slips text into the connection", "quelqu’un en chemin, ou un serveur défectueux, glisse du texte dans la connexion"},
		words{"wählen Sie TLS und Port 995", "choose TLS and port 995", "choisissez TLS et le port 995"},
	},
	"no-pop3": {
		"-h",
		words{"was auf Port %[1]s antwortet, ist kein POP3-Server", "what listens on port %[1]d is no POP3 server", "ce qui écoute sur le port %[1]s n’est pas un serveur POP3"},
		words{"%[2]s", "%[2]s", "%[2]s"},
	},
	"no-uidl": {
		"",
		words{"nichts unterscheidet seine Mails von einer Abfrage zur nächsten", "nothing tells its mails apart from one poll to the next", "rien ne distingue ses e-mails d’une relève à l’autre"},
		words{"nehmen Sie IMAP", "use IMAP", "utilisez IMAP"},
	},
	"mailbox-in-use": {
		"",
		words{"ein anderes Programm hat dieses Postfach geöffnet", "another program has this mailbox open", "un autre programme a ouvert cette boîte"},
		words{"beenden Sie es dort: über POP3 kann ein Programm zur Zeit ein Postfach lesen", "end it there: one program at a time can read a mailbox over POP3", "fermez-la là-bas : par POP3, un seul programme à la fois peut lire une boîte"},
	},
	"too-often": {
		"",
		words{"der Server wurde zu oft gefragt", "the server was asked too often", "le serveur a été interrogé trop souvent"},
		words{"versuchen Sie es später noch einmal, und wählen Sie einen längeren Abstand", "try again later, and choose a longer interval", "réessayez plus tard, et choisissez un intervalle plus long"},
	},
	"server-trouble": {
		"",
		words{"der Server hat selbst Schwierigkeiten", "the server has trouble of its own", "le serveur a lui-même des difficultés"},
		words{"versuchen Sie es später noch einmal", "try again later", "réessayez plus tard"},
	},
	"mailbox-broken": {
		"",
		words{"das Postfach ist auf dem Server beschädigt oder geschlossen", "the mailbox is broken or closed on the server", "la boîte est endommagée ou fermée sur le serveur"},
		words{"sagen Sie es dem, der den Server betreibt", "tell whoever runs the server", "signalez-le à qui exploite le serveur"},
	},
	"pop3-no-passwords": {
		"",
		words{"der Server will eine andere Anmeldung als ein Kennwort, oder zuerst Verschlüsselung", "the server wants another way to sign in than a password, or encryption first", "le serveur veut une autre authentification qu’un mot de passe, ou d’abord un chiffrement"},
		words{"wählen Sie TLS, oder die Anmeldung eines Anbieters mit Token (OAuth)", "choose TLS; or use a provider's sign-in with tokens (OAuth)", "choisissez TLS, ou la connexion d’un fournisseur par jetons (OAuth)"},
	},
	"pop3-no-tokens": {
		"",
		words{"der Server kennt keine Anmeldung mit Token (OAuth)", "the server knows no sign-in with tokens (OAuth)", "le serveur ne connaît pas l’authentification par jetons (OAuth)"},
		words{"nehmen Sie ein Kennwort", "use a password", "utilisez un mot de passe"},
	},
	"control-character": {
		"",
		words{"Benutzername oder Kennwort enthält einen Zeilenumbruch oder ein anderes unsichtbares Zeichen", "user name or password has a line break or another invisible character", "le nom d’utilisateur ou le mot de passe contient un retour à la ligne ou un autre caractère invisible"},
		words{"geben Sie sie neu ein", "type them again", "saisissez-les à nouveau"},
	},
	"pop3-token-refused": {
		"",
		words{"der Server nimmt das Token für dieses Postfach nicht", "the server does not take the token for this mailbox", "le serveur n’accepte pas le jeton pour cette boîte"},
		words{"melden Sie sich neu beim Anbieter an; prüfen Sie, dass der Benutzername die Adresse des Postfachs ist und POP3 dafür erlaubt ist", "sign in at the provider again; check that the user name is the mailbox's address and that POP3 is allowed for it", "reconnectez-vous chez le fournisseur ; vérifiez que le nom d’utilisateur est l’adresse de la boîte et que POP3 y est permis"},
	},
	"pop3-password-refused": {
		"",
		words{"Benutzername oder Kennwort ist falsch, oder POP3 ist für dieses Postfach nicht erlaubt", "user name or password is wrong, or POP3 is not allowed for this mailbox", "le nom d’utilisateur ou le mot de passe est faux, ou POP3 n’est pas permis pour cette boîte"},
		words{"geben Sie sie neu ein; schalten Sie POP3 in den Einstellungen des Postfachs ein; manche Anbieter wollen ein eigenes Kennwort für dieses Programm", "type them again; switch POP3 on in the settings of the mailbox; some providers want a password made for this program", "saisissez-les à nouveau ; activez POP3 dans les paramètres de la boîte ; certains fournisseurs veulent un mot de passe propre à ce programme"},
	},
}
