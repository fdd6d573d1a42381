package message

import "strings"

// The words of separators, in lower case and without their endings, in the
// languages that mail programs write them in: cs, da, de, en, es, fi, fr, it,
// ja, ko, nl, no, pl, pt, ru, sv, tr, zh.
var (
	forwardStems = []string{
		"forwarded", "weitergeleitet", "transfér", "transmis", "réexpédi", "reenviad", "inoltrat", "doorgestuurd",
		"przekaz", "przesłan", "encaminhad", "přeposlan", "přeposílan", "předan", "videresendt", "vidarebefordra", "välitet", "edelleenläh",
		"пересл", "пересыла", "перенаправл", "переадрес", "iletilen", "iletilmiş", "yönlendir",
		"转发", "轉寄", "轉發", "転送", "전달",
	}
	originalStems = []string{
		"original", "replied", "reply", "ursprüng", "urspr.", "antwort", "origine", "initial", "oorspronkelijk", "oryginaln", "původní",
		"oprindelig", "ursprunglig", "alkuperäi", "opprinnelig", "исходн", "оригинальн", "orijinal", "orjinal", "özgün",
		"原始", "原邮件", "原郵件", "元の", "원본",
	}
	mailNouns = []string{
		"message", "mail", "appointment", "nachricht", "mitteilung", "termin", "mensaje", "mensagem", "messaggio", "bericht",
		"wiadomoś", "zpráv", "meddel", "besked", "viest", "melding", "сообщен", "письм", "mesaj", "ileti",
		"邮件", "郵件", "消息", "メッセージ", "メール", "메시지", "메일",
	}
)

const (
	maxSeparator = 200 // bytes of a line that may be one
	ruleMarks    = "-_=–—"
)

// between returns what stands between the dashes of a line such as
// "----- Original Message -----", in lower case.
func between(line string) (string, bool) {
	if len(line) > maxSeparator || !strings.ContainsAny(line[:min(len(line), 3)], ruleMarks) {
		return "", false
	}
	left := strings.TrimLeft(line, ruleMarks)
	inner := strings.TrimRight(left, ruleMarks)
	if len(line)-len(left) < 2 || len(left)-len(inner) < 2 {
		return "", false
	}
	return strings.ToLower(strings.Trim(inner, " \t\u00a0")), true
}

// isOriginal reports whether a line separates a reply from the mail it
// answers: "-----Original Message-----", "-----Joe Doe wrote: -----" as Notes
// writes it, "---- On ... Joe Doe wrote ----" as Zoho does.
func isOriginal(line string) bool {
	const mostWords = 5
	words, ok := between(line)
	switch {
	case !ok || containsAny(words, forwardStems):
		return false
	case words == "original":
		return true
	case strings.HasSuffix(words, ":") && hasVerb(words), endsInVerb(words) && timeOfDay.MatchString(words):
		return true
	}
	return len(strings.Fields(words)) <= mostWords && containsAny(words, originalStems) && containsAny(words, mailNouns)
}

// isForwarded reports whether a line stands above a forwarded mail:
// "---------- Forwarded message ---------", "Begin forwarded message:".
func isForwarded(line string) bool {
	if words, ok := between(line); ok {
		return containsAny(words, forwardStems)
	}
	if len(line) > maxSeparator/2 || !endsInColon(line) {
		return false
	}
	line = strings.ToLower(line)
	return containsAny(line, forwardStems) && containsAny(line, mailNouns)
}

func endsInColon(s string) bool {
	s = strings.TrimRight(s, " \t\u00a0\u202f")
	return strings.HasSuffix(s, ":") || strings.HasSuffix(s, "：")
}

// isRule reports whether a line is one of underscores or dashes, as Outlook
// puts above the header of the mail it quotes.
func isRule(line string) bool {
	return len(line) >= 10 && strings.Trim(line, "_-") == ""
}
