package message

import (
	"strings"
	"unicode"
)

// A headerRole is what a field in the header of a quoted mail says.
type headerRole int

const (
	roleNone headerRole = iota
	roleFrom
	roleSent
	roleTo
	roleSubject
	roleOther // a field that mail programs write too, but that proves nothing
)

// headerBlock reports whether s begins with the header of a quoted mail as
// Outlook and others write it: From, Sent or Subject first, then To and two
// more of these without any other field in between. A form that somebody
// filled in has other fields too, or no To; what is indented is an example.
func headerBlock(s string) bool {
	const mostLines = 14 // with a long list of recipients
	line, rest := cutLine(s)
	role := roleOf(line)
	if role == roleNone || role == roleTo || role == roleOther || isIndented(line) && isIndented(rest) {
		return false
	}
	var seen [roleOther + 1]bool
	seen[role] = true
	for range mostLines {
		if rest == "" {
			break
		}
		line, rest = cutLine(rest)
		role := roleOf(line)
		if role == roleNone && isLabel(line) || role != roleNone && role != roleOther && seen[role] {
			break
		}
		seen[role] = true
		if seen[roleFrom] && seen[roleTo] && (seen[roleSent] || seen[roleSubject]) {
			return true
		}
	}
	return false
}

func isIndented(line string) bool {
	return strings.HasPrefix(line, "  ") || strings.HasPrefix(line, "\t")
}

// quotedField returns the name before the colon of a line in lower case.
func quotedField(line string) (string, bool) {
	const longest = 48
	line = unquoted(line[:min(len(line), longest)])
	i := strings.IndexAny(line, ":：")
	if i <= 0 {
		return "", false
	}
	return strings.ToLower(strings.Trim(line[:i], " \t*_\u00a0\u202f")), true
}

// isLabel reports whether a line begins with a name and a colon.
func isLabel(line string) bool {
	name, ok := quotedField(line)
	return ok && strings.IndexFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !strings.ContainsRune(" -'’.", r) }) < 0
}

// roleOf reads the name before the colon of a line.
func roleOf(line string) headerRole {
	name, ok := quotedField(line)
	if !ok {
		return roleNone
	}
	switch name {
	case "from", "von", "de", "da", "van", "od", "från", "fra", "lähettäjä", "от", "от кого", "kimden", "gönderen",
		"发件人", "發件人", "寄件者", "寄件人", "差出人", "送信者", "보낸 사람", "보낸사람":
		return roleFrom
	case "sent", "date", "sent at", "gesendet", "gesendet am", "datum", "envoyé", "envoyé le", "date d'envoi", "enviado", "enviado el", "enviado em",
		"enviada", "enviada em", "fecha", "inviato", "inviato il", "data", "verzonden", "wysłano", "wysłane", "odesláno", "sendt", "dato", "skickat",
		"lähetetty", "päivämäärä", "päiväys", "pvm", "отправлено", "дата", "gönderildi", "gönderilen", "gönderme tarihi", "gönderim tarihi", "tarih",
		"发送时间", "發送時間", "寄件日期", "傳送時間", "日期", "时间", "送信日時", "送信日", "日付", "日時", "보낸 날짜", "보낸날짜", "날짜":
		return roleSent
	case "to", "an", "à", "a", "para", "aan", "do", "komu", "till", "til", "vastaanottaja", "кому", "kime", "alıcı",
		"收件人", "收件者", "宛先", "받는 사람", "받는사람":
		return roleTo
	case "subject", "betreff", "objet", "asunto", "oggetto", "onderwerp", "temat", "assunto", "předmět", "emne", "ämne", "aihe", "тема", "konu",
		"主题", "主題", "主旨", "件名", "제목":
		return roleSubject
	case "cc", "bcc", "kopie", "copie", "kopia", "copia", "kopi", "cc:", "копия", "bilgi", "抄送", "副本", "참조", "reply-to", "antwort an",
		"importance", "priority", "wichtigkeit", "priorität", "attachments", "anlagen", "sent by", "gesendet von", "on behalf of", "im auftrag von":
		return roleOther
	}
	return roleNone
}
