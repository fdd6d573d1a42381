package console

import "maps"

// advice is what is behind an error and what to do about it, by the code of
// mailbox.Diagnosis: see [advised].
var advice = func() map[string]advised {
	all := map[string]advised{}
	for _, part := range []map[string]advised{adviceCommon, adviceIMAP, advicePOP3, adviceSMTP} {
		maps.Copy(all, part)
	}
	return all
}()

// adviceCommon is what all mail servers have in common, and what the engine says
// itself.
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
		words{"das Zertifikat ist selbst signiert: niemand bürgt dafür", "the certificate is signed by itself: nobody vouches for it", "le certificat est signé par lui-même : personne ne s’en porte garant"},
		words{"nehmen Sie es unter die vertrauenswürdigen Zertifizierungsstellen auf%[1]s", "trust it by adding it to the trusted authorities%[1]s", "ajoutez-le aux autorités de confiance%[1]s"},
	},
	"certificate-untrusted": {
		"z",
		words{"das Zertifikat ist von einer Stelle signiert, der dieser Rechner nicht vertraut", "the certificate is signed by an authority that this machine does not trust", "le certificat est signé par une autorité à laquelle cette machine ne fait pas confiance"},
		words{"nehmen Sie die Stelle unter die vertrauenswürdigen Zertifizierungsstellen auf, oder lassen Sie den Server seine Zwischenzertifikate mitschicken%[1]s", "add the authority to the trusted ones, or have the server send its intermediate certificates%[1]s", "ajoutez l’autorité à celles de confiance, ou faites envoyer au serveur ses certificats intermédiaires%[1]s"},
	},
	"address-closed": {
		"",
		words{"der Servername führt zu einer Adresse, die nicht im öffentlichen Internet liegt oder hier gesperrt ist: dieses Programm ist so eingestellt, dass es sich mit solchen nicht verbindet", "the host name leads to an address that is not on the public Internet, or that is closed here: this program is set up not to connect to such", "le nom du serveur mène à une adresse qui n’est pas sur l’Internet public, ou qui est fermée ici : ce programme est réglé pour ne pas s’y connecter"},
		words{"geben Sie den öffentlichen Namen des Mailservers ein; bei einem Server im Netz dessen, der dieses Programm betreibt, lassen Sie ihn dieses Netz erlauben (DialPolicy.Allow)", "enter the public name of the mail server; for a server on the site of whoever runs this program, have him allow its network (DialPolicy.Allow)", "indiquez le nom public du serveur de messagerie ; pour un serveur du site qui exploite ce programme, faites-y autoriser son réseau (DialPolicy.Allow)"},
	},
	"tls-broken-off": {
		"",
		words{"der Server bricht den TLS-Handshake ab", "the server breaks off the TLS handshake", "le serveur interrompt la négociation TLS"},
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
		words{"lassen Sie das Verfahren auf automatisch, oder melden Sie sich mit einem Kennwort an", "leave Auth empty, or sign in with a password", "laissez le mécanisme sur automatique, ou connectez-vous avec un mot de passe"},
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
	"mailbox-resting": {
		"",
		words{"die Mailbox kann nicht neben den anderen abgefragt werden, zum Beispiel weil eine andere denselben Ordner liest", "the mailbox cannot be polled beside the others, for example because another one reads the same folder", "la boîte ne peut être relevée à côté des autres, par exemple parce qu’une autre lit le même dossier"},
		words{"ändern oder löschen Sie eine der beiden: was nicht stimmt, steht im Fehler", "change or delete one of the two: what is wrong stands in the error", "modifiez ou supprimez l’une des deux : ce qui ne va pas figure dans l’erreur"},
	},
	"poll-stalled": {
		"",
		words{"mehr als zehn Minuten kam die Abfrage nicht voran, deshalb wurde sie beendet", "nothing came of the poll for more than ten minutes, so it was ended", "la relève n’a pas avancé pendant plus de dix minutes : elle a été interrompue"},
		words{"nichts: es wird wieder versucht; wenn es anhält, testen Sie die Verbindung", "nothing: it is tried again; if it lasts, test the connection", "rien : une nouvelle tentative suivra ; si cela dure, testez la connexion"},
	},
}

// stepPhrases are what a step of a connection test is about, where that is no
// name: see [phrase].
var stepPhrases = []phrase{
	{"", "", words{"vor der Anmeldung", "before the sign-in", "avant l’authentification"}},
	{"", "", words{"nach der Anmeldung", "signed in", "après l’authentification"}},
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
