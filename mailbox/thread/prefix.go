package thread

import (
	"regexp"
	"strings"
)

// replyWords and forwardWords stand before a colon where a mailer marks an
// answer or a forwarded mail, in lower case and without a closing dot. They
// are what the mailers of the named languages write; nothing standardises
// them (RFC 5322 section 3.6.5 knows "Re" only).
//
// "VS" is an answer in Finnish and a forwarded mail in Danish and Norwegian;
// it counts as an answer, which changes less when it is wrong.
var (
	replyWords = set(
		"re", "r", "ré", "réf", "réponse", // English and most others; Italian, French
		"aw", "antwort", "antw", // German, Dutch
		"sv", "vs", "svar", // Swedish, Danish, Norwegian, Icelandic; Finnish
		"odp", "odpoveď", "odpověď", "odg", "odgovor", // Polish, Slovak, Czech, Croatian, Slovene
		"res", "resp", "rta", "rif", // Portuguese, Spanish, Italian
		"vá", "válasz", // Hungarian
		"ats", "atb", // Lithuanian; Latvian and Welsh
		"răsp", "rasp", // Romanian
		"ynt", "yan", // Turkish
		"απ", "σχετ", // Greek
		"отв", "ответ", // Russian
		"відп", "відповідь", // Ukrainian
		"bls", "balas", // Indonesian, Malay
		"trả lời",      // Vietnamese
		"תגובה", "השב", // Hebrew
		"رد",                                     // Arabic
		"回复", "回覆", "答复", "答覆", "返信", "답장", "회신", // Chinese, Japanese, Korean
	)
	forwardWords = set(
		"fwd", "fw", // English and most others
		"wg", "weitergeleitet", // German
		"doorst", "doorgestuurd", // Dutch
		"tr",                                 // French
		"rv", "reenv", "enc", "i", "inoltro", // Spanish, Portuguese, Italian
		"vb", "vl", "fs", // Swedish, Finnish, Icelandic
		"pd", "przek", "přep", "prosl", // Polish, Czech, Croatian
		"tov", "továbbítás", // Hungarian
		"redir", "edasi", // Romanian, Estonian
		"ilt", "i\u0307lt", // Turkish, also as written with a dotted capital I
		"πρθ",                // Greek
		"пересл", "переслан", // Russian
		"trs",                        // Indonesian
		"chuyển tiếp",                // Vietnamese
		"הועבר",                      // Hebrew
		"إعادة توجيه",                // Arabic
		"转发", "轉寄", "轉發", "転送", "전달", // Chinese, Japanese, Korean
	)
)

// maxPrefix is the size in bytes of the longest prefix with its counter, up
// to the colon.
const maxPrefix = 48

// counter is what some mailers put between the word and the colon:
// "Re[2]:", "Re(2):", "Re^2:", "Re*2:", "Re2:".
var counter = regexp.MustCompile(`(\[\d+\]|\(\d+\)|[\^*]?\d+)$`)

// IsReply reports whether subject begins as an answer does: "Re:", "AW:",
// "SV:", "Re[2]:" and their like in other languages. Only the first prefix
// counts: "Re: Fwd: x" is an answer.
func IsReply(subject string) bool {
	word, _ := prefix(strings.TrimSpace(subject))
	return replyWords[word]
}

// IsForward reports whether subject begins as a forwarded mail does: "Fwd:",
// "WG:", "TR:", "Doorst:" and their like in other languages. Only the first
// prefix counts: "WG: AW: x" is a forwarded mail.
func IsForward(subject string) bool {
	word, _ := prefix(strings.TrimSpace(subject))
	return forwardWords[word]
}

// trimPrefixes removes all reply and forward prefixes that s begins with.
func trimPrefixes(s string) string {
	for {
		word, rest := prefix(s)
		if !replyWords[word] && !forwardWords[word] {
			return s
		}
		s = strings.TrimSpace(rest)
	}
}

// prefix returns the lower-case word before the first colon of s without its
// counter, and what follows the colon. Without a colon near, word is "".
func prefix(s string) (word, rest string) {
	i := strings.IndexAny(s[:min(len(s), maxPrefix)], ":：")
	if i < 0 {
		return "", s
	}
	word = strings.TrimSpace(s[:i])
	word = strings.TrimSpace(counter.ReplaceAllString(word, ""))
	rest = strings.TrimPrefix(strings.TrimPrefix(s[i:], ":"), "：")
	return strings.ToLower(strings.TrimSuffix(word, ".")), rest
}

// set returns the words as a set. The empty word is in none.
func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}
