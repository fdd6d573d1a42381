package console

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
		words{"melden Sie neu beim Anbieter an; prüfen Sie, dass der Benutzername die Adresse des Postfachs ist und POP3 dafür erlaubt ist", "sign in at the provider again; check that the user name is the mailbox's address and that POP3 is allowed for it", "reconnectez chez le fournisseur ; vérifiez que le nom d’utilisateur est l’adresse de la boîte et que POP3 y est permis"},
	},
	"pop3-password-refused": {
		"",
		words{"Benutzername oder Kennwort ist falsch, oder POP3 ist für dieses Postfach nicht erlaubt", "user name or password is wrong, or POP3 is not allowed for this mailbox", "le nom d’utilisateur ou le mot de passe est faux, ou POP3 n’est pas permis pour cette boîte"},
		words{"geben Sie sie neu ein; schalten Sie POP3 in den Einstellungen des Postfachs ein; manche Anbieter wollen ein eigenes Kennwort für dieses Programm", "type them again; switch POP3 on in the settings of the mailbox; some providers want a password made for this program", "saisissez-les à nouveau ; activez POP3 dans les paramètres de la boîte ; certains fournisseurs veulent un mot de passe propre à ce programme"},
	},
}

// adviceSMTP is what package smtpsender knows: see [advice].
var adviceSMTP = map[string]advised{
	"smtp-no-tls": {
		"-",
		words{"der Server spricht auf Port %[1]s nicht vom ersten Byte an TLS", "the server does not speak TLS from the first byte on port %[1]d", "le serveur ne parle pas TLS dès le premier octet sur le port %[1]s"},
		words{"wählen Sie STARTTLS (meist Port 587), oder Port 465", "choose STARTTLS (usually port 587), or port 465", "choisissez STARTTLS (en général port 587), ou le port 465"},
	},
	"smtp-tls-broken-off": {
		"",
		words{"der Server bricht den TLS-Handschlag ab", "the server breaks off the TLS handshake", "le serveur interrompt la négociation TLS"},
		words{"vielleicht will er eine andere TLS-Version: siehe TLSConfig.MinVersion und MaxVersion", "it may want another TLS version: look at TLSConfig.MinVersion and MaxVersion", "il veut peut-être une autre version de TLS : voyez TLSConfig.MinVersion et MaxVersion"},
	},
	"smtp-no-starttls": {
		"",
		words{"der Server bietet kein STARTTLS an, oder jemand unterwegs verbirgt es", "the server does not offer STARTTLS, or somebody on the way hides that it does", "le serveur ne propose pas STARTTLS, ou quelqu’un en chemin le cache"},
		words{"wählen Sie TLS (meist Port 465); wo der Server gar keine Verschlüsselung hat, schickt die Verbindungssicherheit „keine“ alles im Klartext", "choose TLS (usually port 465); where the server has no encryption at all, Security None sends everything in plain text", "choisissez TLS (en général port 465) ; si le serveur n’a aucun chiffrement, la sécurité « aucune » envoie tout en clair"},
	},
	"smtp-injected": {
		"",
		words{"jemand hat Klartext in den Beginn der Verschlüsselung geschoben", "somebody put plain text into the start of the encryption", "quelqu’un a glissé du texte en clair dans le début du chiffrement"},
		words{"benutzen Sie diese Verbindung nicht: wählen Sie TLS (meist Port 465)", "do not use this connection: choose TLS (usually port 465)", "n’utilisez pas cette connexion : choisissez TLS (en général port 465)"},
	},
	"smtp-wants-tls": {
		"",
		words{"Port 465 erwartet TLS vom ersten Byte an, und der Server wartet darauf", "port 465 expects TLS from the first byte, and the server waits for it", "le port 465 attend TLS dès le premier octet, et le serveur l’attend"},
		words{"wählen Sie TLS für Port 465, oder Port 587 für STARTTLS", "choose TLS for port 465, or port 587 for STARTTLS", "choisissez TLS pour le port 465, ou le port 587 pour STARTTLS"},
	},
	"smtp-no-plain-sign-in": {
		"",
		words{"der Server bietet über eine unverschlüsselte Verbindung keine Anmeldung an", "the server offers no sign-in over an unencrypted connection", "le serveur ne propose pas d’authentification sur une connexion non chiffrée"},
		words{"wählen Sie STARTTLS (meist Port 587) oder TLS (465), oder lassen Sie den Benutzer leer, wo der Server diesem Rechner vertraut", "choose STARTTLS (usually port 587) or TLS (465); or leave User empty where the server trusts this machine", "choisissez STARTTLS (en général port 587) ou TLS (465), ou laissez l’utilisateur vide si le serveur fait confiance à cette machine"},
	},
	"smtp-no-sign-in": {
		"h",
		words{"der Server bietet auf diesem Port keine Anmeldung an", "the server offers no sign-in on this port", "le serveur ne propose pas d’authentification sur ce port"},
		words{"wählen Sie den Port für Programme: %[1]s; oder lassen Sie den Benutzer leer, wo der Server diesem Rechner vertraut", "choose the port for programs: %[1]s; or leave User empty where the server trusts this machine", "choisissez le port pour les programmes : %[1]s ; ou laissez l’utilisateur vide si le serveur fait confiance à cette machine"},
	},
	"mechanism-takes-no-password": {
		"",
		words{"der Server nimmt kein Kennwort auf dem Weg, der eingestellt ist", "the server takes no password in the way that is configured", "le serveur n’accepte pas de mot de passe de la façon réglée"},
		words{"lassen Sie das Verfahren auf automatisch, oder melden Sie mit Zugangstoken an (OAuth), wie Microsoft 365 es will", "leave Auth empty, or sign in with access tokens (OAuth), as Microsoft 365 wants it", "laissez le mécanisme sur automatique, ou connectez avec des jetons d’accès (OAuth), comme le veut Microsoft 365"},
	},
	"mechanism-too-short": {
		"",
		words{"der Server fragt mehr, als dieses Anmeldeverfahren zu sagen hat", "the server asks for more than the way to sign in has", "le serveur demande plus que ce mécanisme n’a à dire"},
		words{"wählen Sie ein anderes Verfahren (Auth)", "choose another way with Auth", "choisissez un autre mécanisme (Auth)"},
	},
	"smtp-switched-off": {
		"",
		words{"Senden über SMTP ist für den Mandanten oder das Postfach abgeschaltet", "sending over SMTP is switched off for the tenant or the mailbox", "l’envoi par SMTP est désactivé pour le locataire ou la boîte"},
		words{"schalten Sie für das Postfach „Authentifiziertes SMTP“ ein, im Microsoft 365 Admin Center unter E-Mail, E-Mail-Apps verwalten", "switch on \"Authenticated SMTP\" for the mailbox, in the Microsoft 365 admin centre under Mail, Manage email apps", "activez « SMTP authentifié » pour la boîte, dans le centre d’administration Microsoft 365 sous Courrier, Gérer les applications de messagerie"},
	},
	"smtp-no-passwords": {
		"",
		words{"der Server nimmt keine Kennwörter mehr", "the server takes no passwords any more", "le serveur n’accepte plus de mots de passe"},
		words{"melden Sie mit Zugangstoken an (OAuth)", "sign in with access tokens (OAuth)", "connectez avec des jetons d’accès (OAuth)"},
	},
	"smtp-token-refused": {
		"-",
		words{"der Server lehnt das Zugangstoken ab", "the server refuses the access token", "le serveur refuse le jeton d’accès"},
		words{"prüfen Sie, dass es für SMTP gilt (Microsoft: die Berechtigung SMTP.Send) und der Benutzer „%[1]s“ senden darf; melden Sie neu an, um ein neues zu bekommen", "check that it is for SMTP (Microsoft: the permission SMTP.Send) and that the user %[1]q may send; sign in again to get a new one", "vérifiez qu’il vaut pour SMTP (Microsoft : l’autorisation SMTP.Send) et que l’utilisateur « %[1]s » peut envoyer ; reconnectez pour en obtenir un nouveau"},
	},
	"smtp-password-refused": {
		"",
		words{"Benutzer oder Kennwort ist falsch, oder das Konto nimmt über SMTP keine Kennwörter", "user or password is wrong, or the account takes no passwords over SMTP", "l’utilisateur ou le mot de passe est faux, ou le compte n’accepte pas de mots de passe par SMTP"},
		words{"prüfen Sie beide, und ob SMTP für das Konto eingeschaltet ist. Microsoft 365 nimmt Zugangstoken (OAuth), Google diese und App-Kennwörter", "check both, and whether SMTP is switched on for the account. Microsoft 365 takes access tokens (OAuth), Google those and app passwords", "vérifiez les deux, et si SMTP est activé pour le compte. Microsoft 365 accepte des jetons d’accès (OAuth), Google ceux-ci et des mots de passe d’application"},
	},
	"no-smtp": {
		"h",
		words{"was dort antwortet, ist kein Mailserver", "what listens there is no mail server", "ce qui écoute là n’est pas un serveur de messagerie"},
		words{"prüfen Sie Server und Port: %[1]s", "check host and port: %[1]s", "vérifiez le serveur et le port : %[1]s"},
	},
	"smtp-babble": {
		"h",
		words{"der Server schickt zu viel", "the server sends too much", "le serveur envoie trop"},
		words{"prüfen Sie, ob es ein Mailserver ist: %[1]s", "check that it is a mail server: %[1]s", "vérifiez que c’est un serveur de messagerie : %[1]s"},
	},
	"smtp-later": {
		"",
		words{"der Server hat selbst Schwierigkeiten, oder will weniger Verbindungen", "the server has trouble of its own, or wants fewer connections", "le serveur a lui-même des difficultés, ou veut moins de connexions"},
		words{"versuchen Sie es später noch einmal", "try again later", "réessayez plus tard"},
	},
	"smtp-unwelcome": {
		"",
		words{"der Server will von diesem Rechner nichts", "the server wants nothing of this machine", "le serveur ne veut rien de cette machine"},
		words{"was er sagt, steht im Fehler; vielleicht weist er die Adresse dieses Rechners ab, oder er nimmt nur eingehende Mail", "what it says is in the error; it may refuse this machine's address, or be a server for incoming mail only", "ce qu’il dit est dans l’erreur ; il refuse peut-être l’adresse de cette machine, ou ne prend que le courrier entrant"},
	},
	"smtp-name-refused": {
		"",
		words{"dem Server gefällt der Name nicht, mit dem wir ihn begrüßen", "the server does not like the name that we greet it with", "le nom avec lequel nous le saluons ne plaît pas au serveur"},
		words{"setzen Sie LocalName auf den Namen, den die Adresse dieses Rechners im DNS hat", "set LocalName to the name that this machine's address has in the DNS", "donnez à LocalName le nom que l’adresse de cette machine a dans le DNS"},
	},
	"smtp-starttls-refused": {
		"",
		words{"der Server bietet STARTTLS an und lehnt es dann ab", "the server offers STARTTLS and refuses it", "le serveur propose STARTTLS et le refuse"},
		words{"versuchen Sie es später noch einmal, oder wählen Sie TLS (meist Port 465)", "try again later, or choose TLS (usually port 465)", "réessayez plus tard, ou choisissez TLS (en général port 465)"},
	},
}

// portWords are on which ports servers of a protocol usually listen.
var portWords = map[string]words{
	"imap": {"IMAP antwortet meist auf Port 993 mit TLS und auf 143 mit STARTTLS", "IMAP usually listens on port 993 with TLS, and on 143 with STARTTLS", "IMAP écoute en général sur le port 993 avec TLS, et sur 143 avec STARTTLS"},
	"pop3": {"POP3 antwortet meist auf Port 995 mit TLS und auf 110 mit STARTTLS", "POP3 usually listens on port 995 with TLS, and on 110 with STARTTLS", "POP3 écoute en général sur le port 995 avec TLS, et sur 110 avec STARTTLS"},
	"smtp": {"Mailserver nehmen Mail von Programmen auf Port 465 mit TLS und auf 587 mit STARTTLS; 25 ist für Server untereinander", "mail servers take mail from programs on port 465 with TLS and on 587 with STARTTLS; 25 is for servers among themselves", "les serveurs prennent le courrier des programmes sur le port 465 avec TLS et sur 587 avec STARTTLS ; 25 est pour les serveurs entre eux"},
}

// resortWords are what remains where nothing else helps against a certificate.
var resortWords = map[string]words{
	"":            {"", "", ""},
	"skip-verify": {"; als letzter Ausweg nimmt InsecureSkipVerify jedes Zertifikat an, und jeden dazwischen", "; as a last resort InsecureSkipVerify accepts any certificate, and anybody in between", " ; en dernier recours, InsecureSkipVerify accepte tout certificat, et quiconque s’interpose"},
}
