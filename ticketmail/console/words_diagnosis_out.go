package console

// adviceSMTP is what package smtpsender knows: see [advice].
var adviceSMTP = map[string]advised{
	"smtp-no-tls": {
		"-",
		words{"der Server spricht auf Port %[1]s nicht vom ersten Byte an TLS", "the server does not speak TLS from the first byte on port %[1]d", "le serveur ne parle pas TLS dès le premier octet sur le port %[1]s"},
		words{"wählen Sie STARTTLS (meist Port 587), oder Port 465", "choose STARTTLS (usually port 587), or port 465", "choisissez STARTTLS (en général port 587), ou le port 465"},
	},
	"smtp-tls-broken-off": {
		"",
		words{"der Server bricht den TLS-Handshake ab", "the server breaks off the TLS handshake", "le serveur interrompt la négociation TLS"},
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
		words{"lassen Sie das Verfahren auf automatisch, oder melden Sie sich mit Zugangstoken an (OAuth), wie Microsoft 365 es will", "leave Auth empty, or sign in with access tokens (OAuth), as Microsoft 365 wants it", "laissez le mécanisme sur automatique, ou connectez-vous avec des jetons d’accès (OAuth), comme le veut Microsoft 365"},
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
		words{"melden Sie sich mit Zugangstoken an (OAuth)", "sign in with access tokens (OAuth)", "connectez-vous avec des jetons d’accès (OAuth)"},
	},
	"smtp-token-refused": {
		"-",
		words{"der Server lehnt das Zugangstoken ab", "the server refuses the access token", "le serveur refuse le jeton d’accès"},
		words{"prüfen Sie, dass es für SMTP gilt (Microsoft: die Berechtigung SMTP.Send) und der Benutzer „%[1]s“ senden darf; melden Sie sich neu an, um ein neues zu bekommen", "check that it is for SMTP (Microsoft: the permission SMTP.Send) and that the user %[1]q may send; sign in again to get a new one", "vérifiez qu’il vaut pour SMTP (Microsoft : l’autorisation SMTP.Send) et que l’utilisateur « %[1]s » peut envoyer ; reconnectez-vous pour en obtenir un nouveau"},
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
		words{"der Server nimmt von diesem Rechner nichts an", "the server wants nothing of this machine", "le serveur ne veut rien de cette machine"},
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
