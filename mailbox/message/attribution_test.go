package message_test

import (
	"testing"
)

// attributions are the lines above a quotation as mail programs write them.
var attributions = map[string]string{
	"Gmail cs":           "po 23. 11. 2026 v 10:00 odesílatel Joe Doe <joe@x.example> napsal:",
	"Gmail da":           "Den man. 23. nov. 2026 kl. 10.00 skrev Joe Doe <joe@x.example>:",
	"Gmail de":           "Am Mo., 23. Nov. 2026 um 10:00 Uhr schrieb Joe Doe <\njoe@x.example>:",
	"Gmail en":           "On Mon, Nov 23, 2026 at 10:00 AM Joe Doe <joe@x.example> wrote:",
	"Gmail en, wrapped":  "On Mon, Nov 23, 2026 at 10:00 AM Joe Doe\n<joe@x.example>\nwrote:",
	"Gmail es":           "El lun, 23 nov 2026 a las 10:00, Joe Doe (<joe@x.example>) escribió:",
	"Gmail fi":           "ma 23. marrask. 2026 klo 10.00 Joe Doe (joe@x.example) kirjoitti:",
	"Gmail fr":           "Le lun. 23 nov. 2026 à 10:00, Joe Doe <joe@x.example> a écrit\u00a0:",
	"Gmail it":           "Il giorno lun 23 nov 2026 alle ore 10:00 Joe Doe <joe@x.example> ha scritto:",
	"Gmail ja":           "2026年11月23日(月) 10:00 Joe Doe <joe@x.example>:",
	"Gmail ko":           "2026년 11월 23일 (월) 오전 10:00, Joe Doe <joe@x.example>님이 작성:",
	"Gmail nl":           "Op ma 23 nov 2026 om 10:00 schreef Joe Doe <joe@x.example>:",
	"Gmail no":           "man. 23. nov. 2026 kl. 10:00 skrev Joe Doe <joe@x.example>:",
	"Gmail pl":           "pon., 23 lis 2026 o 10:00 Joe Doe <joe@x.example> napisał(a):",
	"Gmail pt-BR":        "Em seg., 23 de nov. de 2026 às 10:00, Joe Doe <joe@x.example> escreveu:",
	"Gmail pt-PT":        "Joe Doe <joe@x.example> escreveu no dia segunda, 23/11/2026 à(s) 10:00:",
	"Gmail ru":           "пн, 23 нояб. 2026 г. в 10:00, Joe Doe <joe@x.example>:",
	"Gmail sv":           "Den mån 23 nov. 2026 kl 10:00 skrev Joe Doe <joe@x.example>:",
	"Gmail tr":           "Joe Doe <joe@x.example>, 23 Kas 2026 Pzt, 10:00 tarihinde şunu yazdı:",
	"Gmail zh-CN":        "Joe Doe <joe@x.example> 于2026年11月23日周一 10:00写道：",
	"Gmail zh-TW":        "Joe Doe <joe@x.example> 於 2026年11月23日 週一 上午10:00寫道：",
	"Apple de":           "Am 23.11.2026 um 10:00 schrieb Joe Doe <joe@x.example>:",
	"Apple en":           "On Nov 23, 2026, at 10:00\u202fAM, Joe Doe <joe@x.example> wrote:",
	"Apple en, no zone":  "On 23 Nov 2026, at 10:00, Joe Doe wrote:",
	"Apple fr":           "Le 23 nov. 2026 à 10:00, Joe Doe <joe@x.example> a écrit :",
	"Apple it":           "Il giorno 23 nov 2026, alle ore 10:00, Joe Doe <joe@x.example> ha scritto:",
	"Apple ja":           "2026/11/23 10:00、Joe Doe <joe@x.example>のメール：",
	"Apple ko":           "2026. 11. 23. 오전 10:00, Joe Doe <joe@x.example> 작성:",
	"Apple pl":           "Wiadomość napisana przez Joe Doe <joe@x.example> w dniu\n23 lis 2026, o godz. 10:00:",
	"Apple ru":           "23 нояб. 2026 г., в 10:00, Joe Doe <joe@x.example> написал(а):",
	"Apple sv":           "23 nov. 2026 kl. 10:00 skrev Joe Doe <joe@x.example>:",
	"Apple zh":           "在 2026年11月23日，10:00，Joe Doe <joe@x.example> 写道：",
	"Yahoo en":           "On Monday, November 23, 2026 at 10:00:00 AM GMT+1, Joe Doe <joe@x.example> wrote:",
	"Yahoo de":           "Am Montag, 23. November 2026 um 10:00:00 MEZ hat Joe Doe <joe@x.example> Folgendes geschrieben:",
	"Yahoo, old":         "--- On Mon, 11/23/26, Joe Doe <joe@x.example> wrote:",
	"Zimbra en":          "----- On Nov 23, 2026, at 10:00 AM, Joe Doe joe@x.example wrote:",
	"Zimbra de":          "----- Am 23. Nov 2026 um 10:00 schrieb Joe Doe joe@x.example:",
	"K-9 de":             "Am 23. November 2026 10:00:00 MEZ schrieb Joe Doe <joe@x.example>:",
	"Android ru":         "23.11.2026 10:00 пользователь \"Joe Doe\" <\njoe@x.example> написал:",
	"Yandex":             "23.11.2026, 10:00, \"Joe Doe\" <joe@x.example>:",
	"mail.ru":            "Mon, 23 Nov 2026 10:00:00 +0300 от Joe Doe <joe@x.example>:",
	"163":                "At 2026-11-23 10:00:00, \"Joe Doe\" <joe@x.example> wrote:",
	"Proton en":          "On Monday, 23 November 2026 at 10:00, Joe Doe <joe@x.example> wrote:",
	"Tuta":               "23. Nov. 2026, 10:00 von joe@x.example:",
	"Mutt":               "On Mon, Nov 23, 2026 at 10:00:00AM +0100, Joe Doe wrote:",
	"Thunderbird cs":     "Dne 23. 11. 2026 v 10:00 Joe Doe napsal(a):",
	"Thunderbird da":     "Den 23.11.2026 kl. 10.00 skrev Joe Doe:",
	"Thunderbird de":     "Am 23.11.2026 um 10:00 schrieb Joe Doe:",
	"Thunderbird en":     "On 11/23/2026 10:00 AM, Joe Doe wrote:",
	"Thunderbird es":     "El 23/11/2026 a las 10:00, Joe Doe escribió:",
	"Thunderbird fi":     "Joe Doe kirjoitti 23.11.2026 klo 10.00:",
	"Thunderbird fr":     "Le 23/11/2026 à 10:00, Joe Doe a écrit :",
	"Thunderbird it":     "Il 23/11/2026 10:00, Joe Doe ha scritto:",
	"Thunderbird ja":     "On 2026/11/23 10:00, Joe Doe wrote:",
	"Thunderbird nl":     "Op 23-11-2026 om 10:00 schreef Joe Doe:",
	"Thunderbird pl":     "W dniu 23.11.2026 o 10:00, Joe Doe pisze:",
	"Thunderbird pt":     "Em 23/11/2026 10:00, Joe Doe escreveu:",
	"Thunderbird ru":     "23.11.2026 10:00, Joe Doe пишет:",
	"Thunderbird sv":     "Den 2026-11-23 kl. 10:00, skrev Joe Doe:",
	"Thunderbird tr":     "23.11.2026 10:00 tarihinde Joe Doe yazdı:",
	"Thunderbird zh":     "在 2026/11/23 10:00, Joe Doe 写道:",
	"Roundcube de":       "Am 2026-11-23 10:00, schrieb Joe Doe:",
	"Roundcube en":       "On 2026-11-23 10:00, Joe Doe wrote:",
	"Lotus Notes":        "Joe Doe/Acme wrote on 11/23/2026 10:00:00 AM:",
	"Lotus Notes de":     "Joe Doe <joe@x.example> schrieb am 23.11.2026 10:00:00:",
	"news reader":        "Joe Doe <joe@x.example> writes:",
	"Gmail before 2013":  "2026/11/23 Joe Doe <joe@x.example>",
	"without colon":      "On Nov 23, 2026, at 10:00 AM, Joe Doe wrote",
	"emphasis, K-9 2010": "*Am 23.11.2026 10:00, schrieb Joe Doe:*",
	"Apple nl":           "Op 23 nov. 2026, om 10:00 heeft Joe Doe <joe@x.example> het volgende geschreven:",
	"Gmail de, wrapped":  "Joe Doe <joe@x.example> schrieb am Mo., 23.\nNovember 2026, 10:00:",
	"Gmail en, date":     "On Tue, November 23, 2026\nat 10:00 AM, Joe Doe <joe@x.example> wrote:",
	"Outlook for iOS":    "On Mon, Nov 23, 2026 at 10:00 AM +0100, \"Joe Doe\" <joe@x.example<mailto:joe@x.example>> wrote:",
	"libero it":          "Il 23 novembre 2026 alle 10.00 Joe Doe <joe@x.example> ha scritto:",
	"Zoho, old":          "On Mon, 23 Nov 2026 10:00:00 +0100 Joe Doe <joe@x.example> wrote",
	"Yandex en":          "10:00 AM, November 23, 2026, \"Joe - Acme\" <joe@x.example>:",
	"mail.ru en":         "Monday, 23 November 2026, 10:00 AM +0300 from Joe Doe <joe@x.example>:",
	"with a dash":        "- Le 2026-11-23 10:00, Joe Doe a écrit :",
	"Usenet":             "Joe Doe wrote:",
}

// attributionsAlone are those that suffice above text that is not marked: they
// hold an address and a date.
var attributionsAlone = []string{
	"Gmail cs", "Gmail da", "Gmail de", "Gmail en", "Gmail en, wrapped", "Gmail es", "Gmail fi", "Gmail fr", "Gmail it", "Gmail ja", "Gmail ko", "Gmail nl",
	"Gmail no", "Gmail pl", "Gmail pt-BR", "Gmail pt-PT", "Gmail ru", "Gmail sv", "Gmail tr", "Gmail zh-CN", "Gmail zh-TW",
	"Apple de", "Apple en", "Apple fr", "Apple it", "Apple ja", "Apple ko", "Apple pl", "Apple ru", "Apple sv", "Apple zh",
	"Yahoo en", "Yahoo de", "Yahoo, old", "Zimbra en", "K-9 de", "Android ru", "Yandex", "mail.ru", "163", "Proton en", "Lotus Notes de",
	"Apple nl", "Gmail de, wrapped", "Gmail en, date", "Outlook for iOS", "libero it", "Zoho, old", "Yandex en", "mail.ru en", "with a dash",
}

func TestTrimAttributions(t *testing.T) {
	for name, line := range attributions {
		t.Run(name, func(t *testing.T) {
			checkTrim(t, nil, fresh("Yes, it does.\n\n"), quoted(line+"\n\n> old\n> older\n"))
			checkTrim(t, nil, fresh("Hi,\n"), quoted(line+"\n> old\n\n"), fresh("an answer\n\n"), quoted("> older\n"))
		})
	}
	for _, name := range attributionsAlone {
		t.Run(name+", not marked", func(t *testing.T) {
			checkTrim(t, nil, fresh("Yes, it does.\n\n"), quoted(attributions[name]+"\n\nold\n\nolder\n"))
		})
	}
}

// A line of somebody's text above an attribution is no part of it, though the
// two might be one that is wrapped.
func TestTrimAboveAttributions(t *testing.T) {
	const attribution = "On Mon, Nov 23, 2026 at 10:00 AM Joe Doe <joe@x.example> wrote:\n"
	for _, line := range []string{
		"Call me at 10:00.\n", "It is 10:00 now\n", "The 2026 plan is fine\n", "See you on 24.11.2026 at 9:00\n", "Joe <joe@x.example> knows\n", "joe@x.example wrote:\n\n", "Version 1.2.2026\n", "Treffen 24.11.2026 um 9:00\n",
	} {
		t.Run(line, func(t *testing.T) {
			checkTrim(t, nil, fresh(line), quoted(attribution+"> old\n"))
			checkTrim(t, nil, fresh(line), quoted(attribution+"old\n"))
			checkTrim(t, nil, fresh(line), quoted("On 23.11.2026 10:00, Joe Doe wrote:\n> old\n"))
			checkTrim(t, nil, fresh(line), quoted("Joe Doe wrote:\n> old\n"))
		})
	}
	t.Run("in one line", func(t *testing.T) {
		checkTrim(t, nil, fresh("Thanks! "+attribution), quoted("> old\n"))
		checkTrim(t, nil, fresh("It works. "+attribution), quoted("> old\n"))
	})
}
