package message

import (
	"regexp"
	"strings"
)

// ReplyDelimiter is a line that a host may put above the text of its mails.
// What stands below it in a reply is the host's; it is the surest mark there is.
const ReplyDelimiter = "##- Bitte oberhalb dieser Zeile antworten -##"

// SplitQuoted separates the new text of a reply from the quoted text below it.
//
// body is UTF-8 with LF line ends. fresh and quoted are substrings of body,
// and fresh+quoted == body. It never fails: without a marker quoted is empty.
// A signature belongs to fresh, and so does everything when answers stand
// between quoted lines, or when the mail forwards another one, which is then
// what its sender wants to be read.
//
// The markers are [ReplyDelimiter]; the lines mail programs write above a
// quotation ("On … wrote:", "Am … schrieb …:", "Le … a écrit :", also wrapped);
// separators such as "-----Original Message-----"; blocks of From:, Sent:,
// To:, Subject: in the languages of Outlook; and lines with "> " (RFC 3676
// section 4.5) down to the end.
func SplitQuoted(body string) (fresh, quoted string) {
	q := quoteFinder{body: body, tail: quotedTail(body)}
	at := q.find()
	return body[:at], body[at:]
}

// A quoteFinder looks for the first line that begins quoted text.
type quoteFinder struct {
	body string
	tail int // where the quoted lines at the end begin; len(body) if there are none
}

// find returns where the quoted text begins.
func (q *quoteFinder) find() int {
	for at := 0; at < q.tail; {
		line, rest := cutLine(q.body[at:])
		plain := unquoted(line)
		switch {
		case strings.Contains(plain, ReplyDelimiter):
			return at
		case !mayAnnounce(plain):
		case originalMessage.MatchString(plain):
			return at
		case forwarded.MatchString(plain):
			return len(q.body)
		case isRule(plain) && headerBlock(strings.TrimLeft(rest, " \t\r\n")):
			return at
		}
		if headerBlock(q.body[at:]) {
			return at
		}
		if n := attribution(q.body[at:]); n > 0 && q.quotesToEnd(at+n) {
			return at
		}
		at += len(q.body[at:]) - len(rest)
	}
	return q.tail
}

// mayAnnounce reports whether a line can be one that announces another mail:
// it begins with a rule or ends in a colon. Most lines do neither.
func mayAnnounce(line string) bool {
	return line != "" && (line[0] == '-' || line[0] == '_' || line[len(line)-1] == ':')
}

// quotesToEnd reports whether the quotation announced before at goes on to the
// end: everything below is marked as quoted, or nothing right below it is (as
// programs do that answer in HTML). Else the answers stand in between.
func (q *quoteFinder) quotesToEnd(at int) bool {
	if at >= q.tail {
		return true
	}
	first := strings.TrimLeft(q.body[at:], " \t\n\u00a0")
	return !strings.HasPrefix(first, ">") || len(q.body)-len(first) >= q.tail
}

// cutLine returns the first line of s without its end, and the rest.
func cutLine(s string) (line, rest string) {
	line, rest, _ = strings.Cut(s, "\n")
	return line, rest
}

// unquoted returns a line without quote marks, emphasis and blanks around it.
func unquoted(line string) string {
	return strings.Trim(line, "> \t\r\u00a0*")
}

// quotedTail returns where the lines with a quote mark begin that reach the
// end of body, but for empty lines and a footer.
func quotedTail(body string) int {
	tail := len(body)
	for end := len(strings.TrimRight(body[:footer(body)], " \t\r\n\u00a0")); end > 0; {
		start := strings.LastIndexByte(body[:end-1], '\n') + 1
		switch line := strings.TrimSpace(body[start:end]); {
		case strings.HasPrefix(line, ">"):
			tail = start
		case line != "":
			return tail
		}
		end = start
	}
	return tail
}

// footer returns where a short signature (RFC 3676 section 4.3) or the footer
// of a mailing list begins that ends body, or len(body).
func footer(body string) int {
	const mostLines = 12
	at, end := len(body), len(body)
	for range mostLines {
		if end == 0 {
			break
		}
		start := strings.LastIndexByte(body[:end-1], '\n') + 1
		line := strings.TrimRight(body[start:end], " \r\n")
		if strings.HasPrefix(line, ">") {
			break
		}
		if line == "--" || isRule(line) {
			at = start
		}
		end = start
	}
	return at
}

var (
	originalMessage = regexp.MustCompile(`(?i)^[-_]{2,}\s*(original message|original appointment|reply message|ursprüngliche nachricht|ursprüngliche mitteilung|ursprünglicher termin|original-?nachricht|urspr\. nachricht|antwort nachricht|message d['’]origine|message original|message initial|mensaje original|messaggio originale|oorspronkelijk bericht|mensagem original|ursprungligt meddelande|oprindelig meddelelse|originalt? (meddelelse|melding))\s*[-_]{2,}$`)
	forwarded       = regexp.MustCompile(`(?i)^([-_]{2,}\s*(forwarded message|weitergeleitete nachricht|weitergeleitete mail|message transféré|message transmis|mensaje reenviado|messaggio inoltrato|doorgestuurd bericht).*|begin forwarded message:|anfang der weitergeleiteten (nachricht|e-mail):|début du message (réexpédié|transféré)\s*:)$`)

	// openedLine begins with a date or a word that opens one, names who wrote,
	// and ends in a colon. namedLine begins with who wrote.
	openedLine = regexp.MustCompile(`(?i)^(?:(?:on|am|le|el|il|op|em|den|dne|w dniu)\s.{3,300}(?:wrote|writes|schrieb|geschrieben|a écrit|escribió|ha scritto|schreef|escreveu|skrev|napsal|napisał).{0,200}|[\d/.-]{6,12}.{2,200}(?:wrote|schrieb|a écrit|написала?))[\s\x{a0}\x{202f}]*:$`)
	namedLine  = regexp.MustCompile(`(?i)^.{2,200}(?:wrote|schrieb|a écrit|schreef|escribió|ha scritto)\s(?:on|am|le|op|el|il)\s.{3,100}:$`)
	// dated shows that the line speaks of a mail: a year, a time or an address.
	dated = regexp.MustCompile(`\d{1,2}[:.]\d\d|\b\d{4}\b|\S@\S|\d\.`)
)

// attribution returns the length of the line that announces a quotation at
// the start of s, wrapped over up to three lines, or 0.
func attribution(s string) int {
	const mostLines, mostBytes = 3, 500
	joined, used := "", 0
	for i := range mostLines {
		line, rest := cutLine(s[used:])
		plain := unquoted(line)
		if plain == "" || len(joined)+len(plain) > mostBytes {
			return 0
		}
		joined = strings.TrimLeft(joined+" "+plain, " ")
		used = len(s) - len(rest)
		if strings.HasSuffix(plain, ":") {
			if dated.MatchString(joined) && (openedLine.MatchString(joined) || i == 0 && namedLine.MatchString(joined)) {
				return used
			}
			return 0
		}
	}
	return 0
}

// isRule reports whether a line is one of underscores, as Outlook puts above
// the header of the mail it quotes.
func isRule(line string) bool {
	return len(line) >= 10 && strings.Trim(line, "_-") == ""
}

// A headerRole is what a field in the header of a quoted mail says.
type headerRole int

const (
	roleNone headerRole = iota
	roleFrom
	roleSent
	roleTo
	roleSubject
)

// headerBlock reports whether s begins with the header of a quoted mail as
// Outlook and others write it: a From or Sent field first, and at least three
// different ones of From, Sent, To and Subject in the first eight lines.
func headerBlock(s string) bool {
	if r := roleOf(firstLine(s)); r != roleFrom && r != roleSent {
		return false
	}
	var seen [roleSubject + 1]bool
	found, rest := 0, s
	for range 8 {
		var line string
		line, rest = cutLine(rest)
		if r := roleOf(line); r != roleNone && !seen[r] {
			seen[r] = true
			found++
		}
	}
	return found >= 3
}

func firstLine(s string) string {
	line, _ := cutLine(s)
	return line
}

// roleOf reads the name before the colon of a line.
func roleOf(line string) headerRole {
	const longest = 40
	line = unquoted(line[:min(len(line), longest)])
	name, _, ok := strings.Cut(line, ":")
	if !ok {
		return roleNone
	}
	switch strings.ToLower(strings.Trim(name, " *\u00a0\u202f")) {
	case "from", "von", "de", "da", "van", "från", "fra", "od":
		return roleFrom
	case "sent", "date", "gesendet", "datum", "gesendet am", "envoyé", "date d'envoi", "enviado", "enviado el", "fecha", "inviato", "data", "verzonden", "skickat", "sendt":
		return roleSent
	case "to", "an", "à", "a", "para", "aan", "till", "til", "cc":
		return roleTo
	case "subject", "betreff", "objet", "asunto", "oggetto", "onderwerp", "assunto", "ämne", "emne":
		return roleSubject
	}
	return roleNone
}
