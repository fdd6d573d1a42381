package message_test

import (
	"testing"

	"example.com/ticketmail/mailbox/message"
)

func TestTrimSeparators(t *testing.T) {
	for name, line := range map[string]string{
		"Outlook cs": "-----Původní zpráva-----", "Outlook da": "-----Oprindelig meddelelse-----",
		"Outlook de": "-----Ursprüngliche Nachricht-----", "Outlook de, meeting": "-----Ursprünglicher Termin-----",
		"Outlook en": "-----Original Message-----", "Outlook es": "-----Mensaje original-----",
		"Outlook fi": "-----Alkuperäinen viesti-----", "Outlook fr": "-----Message d'origine-----",
		"Outlook it": "-----Messaggio originale-----", "Outlook ko": "-----원본 메시지-----",
		"Outlook nl": "-----Oorspronkelijk bericht-----", "Outlook no": "-----Opprinnelig melding-----",
		"Outlook pl": "-----Oryginalna wiadomość-----", "Outlook pt": "-----Mensagem original-----",
		"Outlook ru": "-----Исходное сообщение-----", "Outlook sv": "-----Ursprungligt meddelande-----",
		"Outlook tr": "-----Özgün İleti-----", "Outlook zh": "-----原始邮件-----",
		"Samsung en": "-------- Original message --------", "Samsung de": "-------- Ursprüngliche Nachricht --------",
		"Samsung fr": "-------- Message d'origine --------", "Samsung ja": "-------- 元のメッセージ --------",
		"K-9": "-------- Original Message --------", "GMX": "-------- Original-Nachricht --------",
		"AOL de": "-----Ursprüngliche Mitteilung-----", "Yahoo fr": "----- Mail original -----",
		"T-Online": "-----Original-Nachricht-----", "eM Client": "------ Originalnachricht ------",
		"QQ": "------------------ 原始邮件 ------------------", "QQ mobile": "---Original---", "163": "---- Replied Message ----",
		"Lotus Notes": "-----Joe Doe/Acme wrote: -----", "Lotus Notes de": "-----Joe Doe <joe@x.example> schrieb: -----",
		"Zoho":     "---- On Mon, 23 Nov 2026 10:00:00 +0100 joe@x.example wrote ----",
		"emphasis": "*-----Original Message-----*", "underscores": "_____ Original Message _____",
	} {
		t.Run(name, func(t *testing.T) {
			checkTrim(t, nil, fresh("Yes.\n\n"), quoted(line+"\nFrom: Joe\nold\n\nolder\n"))
		})
	}
}

func TestTrimForwardMarkers(t *testing.T) {
	for name, line := range map[string]string{
		"Gmail en": "---------- Forwarded message ---------", "Gmail fr": "---------- Message transféré ---------",
		"Thunderbird cs": "-------- Přeposlaná zpráva --------", "Thunderbird da": "-------- Videresendt besked --------",
		"Thunderbird de": "-------- Weitergeleitete Nachricht --------", "Thunderbird es": "-------- Mensaje reenviado --------",
		"Thunderbird fi": "-------- Välitetty viesti --------", "Thunderbird it": "-------- Messaggio inoltrato --------",
		"Thunderbird ja": "-------- 転送メッセージ --------", "Thunderbird ko": "-------- 전달된 메시지 --------",
		"Thunderbird nl": "-------- Doorgestuurd bericht --------", "Thunderbird no": "-------- Videresendt melding --------",
		"Thunderbird pl": "-------- Treść przekazanej wiadomości --------", "Thunderbird pt": "-------- Mensagem reencaminhada --------",
		"Thunderbird ru": "-------- Пересланное сообщение --------", "Thunderbird sv": "-------- Vidarebefordrat meddelande --------",
		"Thunderbird tr": "-------- İletilmiş ileti --------", "Thunderbird zh": "-------- 转发的消息 --------",
		"Apple de": "Anfang der weitergeleiteten Nachricht:", "Apple en": "Begin forwarded message:",
		"Apple es": "Inicio del mensaje reenviado:", "Apple fr": "Début du message réexpédié :",
		"Apple it": "Inizio messaggio inoltrato:", "Apple nl": "Begin doorgestuurd bericht:",
		"Apple ja": "転送されたメッセージ:", "Apple zh": "以下是转发的邮件：",
		"Lotus Notes": "----- Forwarded by Joe Doe/Acme on 11/23/2026 10:00 AM -----",
		"Lotus de":    "----- Weitergeleitet von Joe Doe/Acme am 23.11.2026 10:00 -----",
	} {
		t.Run(name, func(t *testing.T) {
			checkTrim(t, nil, fresh("See:\n\n"+line+"\n\nFrom: Joe\nDate: Monday\nTo: Ann\nSubject: Printer\n\nold\n> older\n"))
		})
	}
}

func TestTrimHeaders(t *testing.T) {
	for name, header := range map[string]string{
		"cs":             "Od: Joe <joe@x.example>\nOdesláno: pondělí 23. listopadu 2026 10:00\nKomu: Ann\nPředmět: Re: Tiskárna",
		"da":             "Fra: Joe <joe@x.example>\nSendt: 23. november 2026 10:00\nTil: Ann\nEmne: Re: Printer",
		"de":             "Von: Joe <joe@x.example>\nGesendet: Montag, 23. November 2026 10:00\nAn: Ann\nCc: Eve\nBetreff: AW: Drucker",
		"en":             "From: Joe <joe@x.example>\nSent: Monday, November 23, 2026 10:00 AM\nTo: Ann\nSubject: Re: Printer",
		"es":             "De: Joe <joe@x.example>\nEnviado el: lunes, 23 de noviembre de 2026 10:00\nPara: Ann\nAsunto: Re: Impresora",
		"fi":             "Lähettäjä: Joe <joe@x.example>\nLähetetty: maanantai 23. marraskuuta 2026 10.00\nVastaanottaja: Ann\nAihe: Re: Tulostin",
		"fr":             "De : Joe <joe@x.example>\nEnvoyé : lundi 23 novembre 2026 10:00\nÀ : Ann\nObjet : Re: Imprimante",
		"fr, nbsp":       "De\u00a0: Joe <joe@x.example>\nEnvoyé\u00a0: lundi 23 novembre 2026 10:00\nÀ\u00a0: Ann\nObjet\u00a0: Re: Imprimante",
		"it":             "Da: Joe <joe@x.example>\nInviato: lunedì 23 novembre 2026 10:00\nA: Ann\nOggetto: Re: Stampante",
		"ja":             "差出人: Joe <joe@x.example>\n送信日時: 2026年11月23日 10:00\n宛先: Ann\n件名: Re: プリンター",
		"ko":             "보낸 사람: Joe <joe@x.example>\n보낸 날짜: 2026년 11월 23일 월요일 오전 10:00\n받는 사람: Ann\n제목: Re: 프린터",
		"nl":             "Van: Joe <joe@x.example>\nVerzonden: maandag 23 november 2026 10:00\nAan: Ann\nOnderwerp: Re: Printer",
		"no":             "Fra: Joe <joe@x.example>\nSendt: mandag 23. november 2026 10:00\nTil: Ann\nEmne: Re: Skriver",
		"pl":             "Od: Joe <joe@x.example>\nWysłano: poniedziałek, 23 listopada 2026 10:00\nDo: Ann\nTemat: Re: Drukarka",
		"pt":             "De: Joe <joe@x.example>\nEnviada em: segunda-feira, 23 de novembro de 2026 10:00\nPara: Ann\nAssunto: Re: Impressora",
		"ru":             "От: Joe <joe@x.example>\nОтправлено: 23 ноября 2026 г. 10:00\nКому: Ann\nТема: Re: Принтер",
		"sv":             "Från: Joe <joe@x.example>\nSkickat: den 23 november 2026 10:00\nTill: Ann\nÄmne: Re: Skrivare",
		"tr":             "Kimden: Joe <joe@x.example>\nGönderildi: 23 Kasım 2026 Pazartesi 10:00\nKime: Ann\nKonu: Re: Yazıcı",
		"zh-CN":          "发件人: Joe <joe@x.example>\n发送时间: 2026年11月23日 10:00\n收件人: Ann\n主题: Re: 打印机",
		"zh-CN, wide":    "发件人：Joe <joe@x.example>\n发送时间：2026年11月23日 10:00\n收件人：Ann\n主题：Re: 打印机",
		"zh-TW":          "寄件者: Joe <joe@x.example>\n寄件日期: 2026年11月23日 10:00\n收件者: Ann\n主旨: Re: 印表機",
		"bold":           "*From:* Joe\n*Sent:* Monday\n*To:* Ann\n*Subject:* Printer",
		"bold outside":   "**Von:** Joe\n**Gesendet:** Montag\n**An:** Ann\n**Betreff:** Drucker",
		"Hotmail":        "Date: Mon, 23 Nov 2026 10:00:00 +0100\nSubject: Printer\nFrom: joe@x.example\nTo: ann@x.example",
		"Zimbra":         "From: \"Joe\" <joe@x.example>\nTo: \"Ann\" <ann@x.example>\nCc: \"Eve\" <eve@x.example>\nSent: Monday, November 23, 2026 10:00:00 AM\nSubject: Printer",
		"Lotus Notes":    "From:\tJoe Doe/Acme\nTo:\tAnn/Acme@Acme, Eve/Acme@Acme\nDate:\t11/23/2026 10:00 AM\nSubject:\tPrinter",
		"Lotus Notes de": "Von:\tJoe Doe/Acme\nAn:\tAnn/Acme@Acme\nKopie:\tEve/Acme\nDatum:\t23.11.2026 10:00\nBetreff:\tDrucker",
		"long list":      "From: Joe\nSent: Monday\nTo: Ann <ann@x.example>; Bob <bob@x.example>;\n Eve <mailto:eve@x.example>; Dan\nSubject: Printer",
		"Yahoo, old":     "      De : Joe <joe@x.example>\n À : Ann <ann@x.example>\n Envoyé le : Lundi 23 novembre 2026 10h00\n Objet : Re: Imprimante",
		"split sender":   "From: Joe Doe \n<joe@x.example> \nSent: Monday, November 23, 2026 10:00 AM\nTo: Ann\nSubject: Printer",
		"reply-to":       "From: Joe <joe@x.example<mailto:joe@x.example>>\nReply-To: \"Joe\" <r@x.example>\nDate: Monday, November 23, 2026 10:00 AM\nTo: Ann\nSubject: Printer",
		"no subject":     "От: Joe\nОтправлено: 23 ноября 2026\nКому: Ann",
	} {
		t.Run(name, func(t *testing.T) {
			checkTrim(t, nil, fresh("Yes.\n\n"), quoted(header+"\n\nold\n\nolder\n"))
			checkTrim(t, nil, fresh("Yes.\n"), quoted("________________________________\n"+header+"\n\nold\n"))
			checkTrim(t, &message.TrimOptions{Forward: true}, fresh("Yes.\n\n"+header+"\n\nold\n\nolder\n"))
		})
	}
}
