package message_test

import (
	"strings"
	"testing"
)

func TestTrimSignatures(t *testing.T) {
	long := strings.Repeat("one more line\n", 60)
	old := quoted("On 23.11.2026 10:00, Joe wrote:\n> old\n")
	for name, want := range map[string][]piece{
		"RFC 3676":                {fresh("Yes.\n\n"), signature("-- \nJoe\nAcme\n")},
		"RFC 3676, above quote":   {fresh("Yes.\n\n"), signature("-- \nJoe\n\n"), old},
		"RFC 3676, below quote":   {fresh("Yes.\n\n"), old, signature("-- \nJoe\n")},
		"RFC 3676, both":          {fresh("Yes.\n\n"), signature("-- \nJoe\n\n"), old, signature("-- \nlist@x.example\n")},
		"without the blank":       {fresh("Yes.\n\n"), signature("--\nJoe\n")},
		"several without":         {fresh("One\n--\nTwo\n--\nThree\n")},
		"far above the end":       {fresh("Yes.\n\n-- \n" + long)},
		"without, far above":      {fresh("Yes.\n\n--\n" + long[:20*len("one more line\n")])},
		"in a line":               {fresh("Yes -- no.\n--no\n")},
		"nothing else":            {fresh("-- \nJoe\n")},
		"in an answer above":      {quoted("> one\n\n"), fresh("1\n\n-- \nnot the end\n\n"), quoted("> two\n\n"), fresh("2\n\n"), signature("-- \nJoe\n")},
		"list footer":             {fresh("Yes.\n\n"), signature("_______________________________________________\nusers mailing list\nhttps://x.example/list\n")},
		"rule without a link":     {fresh("Yes.\n\n_______________________________________________\nThe end\n")},
		"name with two dashes":    {fresh("Yes.\n\n"), signature("-- Joe\n")},
		"name with a long dash":   {fresh("Yes.\n\n"), signature("—Joe Doe\n")},
		"one point of a list":     {fresh("Who comes:\n\n- Joe\n")},
		"name with a dash":        {fresh("Yes.\n\n"), signature("-Joe Doe\n")},
		"list ends with a name":   {fresh("Who comes:\n\n-Ann\n\n-Joe\n")},
		"name right below":        {fresh("Who comes:\n-Joe\n")},
		"closing stays":           {fresh("Yes.\n\nViele Grüße\nJoe Doe\n")},
		"footer twice":            {fresh("Yes.\n\n"), signature("Sent from my iPad\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n")},
		"footer, own signature":   {fresh("Yes.\n\n"), signature("-- \nJoe\nSent from my iPhone\n")},
		"footer, then quote":      {fresh("Yes.\n\n"), signature("Sent from my iPhone\n\n"), old},
		"footer without new text": {signature("Sent from my iPhone\n\n"), old},
	} {
		t.Run(name, func(t *testing.T) { checkTrim(t, nil, want...) })
	}
}

func TestTrimFooters(t *testing.T) {
	for _, line := range []string{
		"Sent from my iPhone", "Sent from my iPad Pro", "Sent from my Verizon Wireless BlackBerry", "Sent from my mobile phone.", "Sent from Yahoo Mail on Android",
		"Sent from Yahoo Mail for iPhone", "Sent from Outlook for Android<https://aka.ms/AAb9ysg>", "Sent from Mail<https://go.microsoft.com/fwlink/?LinkId=550986> for Windows",
		"Sent from Mail for Windows 10", "Sent with Proton Mail secure email.", "Sent from my Galaxy", "Sent from my Samsung Galaxy smartphone.", "Sent via the Samsung Galaxy S21 5G, an AT&T 5G smartphone",
		"Sent from my iPhone, please excuse typos", "Sent from my Android device with K-9 Mail. Please excuse my brevity.", "*Sent from my iPhone*",
		"Get Outlook for iOS<https://aka.ms/o0ukef>", "Get Outlook for Android <https://aka.ms/ghei36>", "Get Outlook for Mac",
		"Von meinem iPhone gesendet", "Von meinem Samsung Galaxy Smartphone gesendet.", "Gesendet von meinem iPad", "Gesendet von Outlook für iOS", "Gesendet mit der GMX Mail App",
		"Gesendet von Mail für Windows", "Gesendet mit der WEB.DE Mail App", "Holen Sie sich Outlook für iOS", "Outlook für Android herunterladen", "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
		"Envoyé de mon iPhone", "Envoyé à partir de Outlook pour Android", "Envoyé depuis mon smartphone Samsung Galaxy.", "Télécharger Outlook pour iOS", "Obtenir Outlook pour Android",
		"Enviado desde mi iPhone", "Obtener Outlook para iOS", "Inviato da iPhone", "Inviato da Yahoo Mail su Android", "Ottieni Outlook per Android", "Scarica Outlook per iOS",
		"Verstuurd vanaf mijn iPhone", "Verzonden vanaf Outlook voor Android", "Outlook voor iOS downloaden", "Wysłane z iPhone'a", "Wysłane z telefonu Samsung", "Pobierz Outlook dla iOS",
		"Enviado do meu iPhone", "Obter o Outlook para iOS", "Odesláno z iPhonu", "Stáhnout Outlook pro iOS", "Sendt fra min iPhone", "Sendt fra Outlook til iOS", "Hent Outlook til iOS",
		"Skickat från min iPhone", "Skickades från Outlook för iOS", "Hämta Outlook för iOS", "Lähetetty iPhonesta", "Hanki Outlook for iOS", "Få Outlook for iOS",
		"Отправлено с iPhone", "Отправлено из мобильной Почты Mail.ru", "Получить Outlook для iOS", "iPhone'umdan gönderildi", "iOS için Outlook'u edinin",
		"发自我的iPhone", "從我的 iPhone 傳送", "获取 Outlook for iOS", "iPhoneから送信", "Outlook for iOS を入手", "나의 iPhone에서 보냄",
		"Sent from my TI-85", "Sent from my cell, please excuse any typos.", "(Sent from mobile device)", "Sent via mobile", "Sent from Mailbox for iPad", "Sent from my Windows 8 PC <http://windows.example/preview>",
		"Virus-free. www.avast.com", "Virenfrei.www.avg.com<https://www.avg.com/x>", "This email has been checked for viruses by Avast antivirus software.",
	} {
		t.Run(line, func(t *testing.T) { checkTrim(t, nil, fresh("Yes.\n\n"), signature(line+"\n")) })
	}
	for _, line := range []string{
		"Sent from my desk, is much easier then my mobile phone.", "Sent from a magnificent torch of pixels", "Sent from the heart.", "Sent from my iPhone, but it never arrived.",
		"Outlook unter Windows startet nicht mehr.", "Outlook for iOS does not start.", "Get a new iPhone for Joe", "Get Outlook for Joe", "Gesendet mit Outlook 2016, nicht angekommen.",
		"Diese Mail wurde von Outlook nicht gesendet.", "Gesendet habe ich es gestern.", "Envoyé hier par courrier", "Enviado el lunes a Ann", "请用Outlook发送", "Yeni iPhone gönderildi",
		"I use Avast.", "Von meinem Chef gesendet bekommen", "My phone", "This message was not sent by my iPhone",
	} {
		t.Run(line, func(t *testing.T) { checkTrim(t, nil, fresh("Yes.\n\n"+line+"\n")) })
	}
}
