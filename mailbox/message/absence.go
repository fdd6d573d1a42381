package message

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// absenceSubjects begin the subjects of absence notes and other automatic
// answers, as Outlook, Exchange, Gmail and kin write them in their languages.
// They are compared without case and only at the start: "Re: Out of office" is
// a person's answer to one.
var absenceSubjects = [...]string{
	"automatic reply", "automated reply", "automatic response", "automated response", "auto-reply", "auto reply", "autoreply", "auto response",
	"autoresponse", "auto-response", "autoresponder", "out of office", "out-of-office", "out of the office", "i am out of the office",
	"i'm out of the office", "vacation reply", "vacation response", "away from the office", "away from my mail", "away from my desk", // English
	"automatische antwort", "automatische rückantwort", "automatische rückmeldung", "automatische abwesenheit", "automatische nachricht",
	"abwesenheitsnotiz", "abwesenheitsmeldung", "abwesenheitsbenachrichtigung", "abwesenheitsnachricht", "abwesenheitsassistent",
	"abwesenheits-", "auto-antwort", "autoantwort", "ich bin nicht im büro", "nicht im büro", "ich bin außer haus", "außer haus:", // German
	"réponse automatique", "reponse automatique", "réponse auto", "absence du bureau", "absent du bureau", "message d'absence", "message d’absence",
	"notification d'absence", "avis d'absence", "en dehors du bureau", "hors du bureau", // French
	"respuesta automática", "respuesta automatica", "contestación automática", "fuera de la oficina", "fuera de oficina", "mensaje automático", // Spanish
	"risposta automatica", "fuori ufficio", "fuori sede", "assente dall'ufficio", "risposta automatizzata", // Italian
	"automatisch antwoord", "automatische beantwoording", "automatisch bericht", "automatische reactie", "niet aanwezig:", "niet op kantoor",
	"afwezigheidsbericht", "afwezigheidsmelding", "afwezigheidsassistent", "buiten kantoor", // Dutch
	"autoodpowiedź", "automatyczna odpowiedź", "odpowiedź automatyczna", "poza biurem", "nieobecność w biurze", "jestem poza biurem", // Polish
	"resposta automática", "resposta automatica", "fora do escritório", "fora do escritorio", "ausência temporária", "ausente do escritório", // Portuguese
	"automatická odpověď", "automaticka odpoved", "mimo kancelář", "nepřítomnost v kanceláři", // Czech
	"autosvar", "automatisk svar", "automatiskt svar", "ikke til stede", "ikke på kontoret", "ej på kontoret", "inte på kontoret", "fraværsbesked",
	"fraværsmelding", "frånvaromeddelande", "frånvarande:", "fravær:", "fraværende:", "automatisk besked", // Danish, Swedish, Norwegian
	"automaattinen vastaus", "automaattivastaus", "poissaoloilmoitus", "poissa toimistosta", // Finnish
	"автоответ", "автоматический ответ", "автоматическое уведомление", "нет на месте", "вне офиса", "отсутствую в офисе", // Russian
	"otomatik yanıt", "otomatik cevap", "ofis dışında", "işyeri dışında", // Turkish
	"自动回复", "自动答复", "自動回覆", "自動回復", "自動答覆", "不在办公室", "外出自动", // Chinese
	"自動応答", "自動返信", "不在通知", "自動送信", // Japanese
	"자동 회신", "자동회신", "자동 응답", "자동응답", "자동 답장", "부재중", "부재 중", // Korean
	"automatikus válasz", "automatska", "samodejni odgovor", "răspuns automat", "автоматична відповідь", "αυτόματη απάντηση", "resposta automàtica", // others
}

// absencePrefixes are words that older programs put before the subject they
// answer. People use the words too, so the colon belongs to them.
var absencePrefixes = [...]string{
	"auto", "ooo", "away", "abwesend", "afwezig", "absent", "ausente", "assente", "ausência", "nieobecny", "poissa", "отсутствует", "外出", "不在",
}

// absenceLinks are the words that join an absence note's name with a time or a
// person, as in "Out of office until Monday".
var absenceLinks = [...]string{
	"until", "till", "from", "for", "to", "re", "fw", "bis", "von", "vom", "ab", "für", "am", "seit", "jusqu", "du", "de", "au", "hasta", "del", "desde", "fino", "dal", "di",
	"tot", "t/m", "van", "do", "od", "até", "til", "fra", "från", "asti", "до", "с", "от", "на",
}

// absenceSubject finds the subjects of absence notes, the last resort with
// programs that set no mark. "Automatic reply is broken" is a person's, so the
// name has to stand for itself, unless the mail answers another one.
func absenceSubject(h Header) string {
	subject := strings.ToLower(shortSubject(h))
	subject = strings.TrimLeft(subject, " [(*【<")
	answers := h.Get("In-Reply-To") != "" || h.Get("References") != ""
	for _, s := range absenceSubjects {
		if rest, ok := strings.CutPrefix(subject, s); ok && (answers || standsAlone(rest)) {
			return reason("Subject", h.Get("Subject"))
		}
	}
	for _, s := range absencePrefixes {
		rest, ok := strings.CutPrefix(subject, s)
		if rest = strings.TrimLeft(rest, " \u00a0"); ok && (strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, "：")) {
			return reason("Subject", h.Get("Subject"))
		}
	}
	return ""
}

// standsAlone reports whether rest, what comes behind a note's name, is no
// sentence about it.
func standsAlone(rest string) bool {
	rest = strings.TrimLeft(rest, " \u00a0")
	first, _ := utf8.DecodeRuneInString(rest)
	if rest == "" || !unicode.IsLetter(first) {
		return true
	}
	word, _, _ := strings.Cut(rest, " ")
	return slices.Contains(absenceLinks[:], strings.TrimRight(word, ":’'"))
}
