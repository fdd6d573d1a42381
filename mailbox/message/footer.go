package message

import (
	"regexp"
	"strings"
)

const (
	maxFooter      = 240 // bytes of a line that may be a footer
	maxFooterWords = 14  // of its first clause
)

// The footers of mail programs and telephones, in lower case, in the
// languages of [Trim].
var (
	// footerSent begins or ends "Sent from my iPhone".
	footerSent = regexp.MustCompile(`^(?:sent (?:from|via|using|with)\b|this (?:message|e-?mail|mail) was sent (?:from|using) my\b` +
		`|gesendet (?:von|mit|über|aus|via)\b|diese (?:nachricht|e-?mail|mail) wurde (?:von|mit) mein` +
		`|envoyé (?:de|depuis|à partir|avec|via|par)\b|cet? (?:message|e-?mail) a été envoyé (?:de|depuis) mon\b` +
		`|enviad[oa] (?:desde|con|do|da|de|a partir|via|pelo|por)\b|este (?:mensaje|correo) (?:ha sido|fue) enviado desde mi\b` +
		`|inviat[oa] (?:da|dal|dall['’]|con|tramite)|(?:verzonden|verstuurd) (?:vanaf|vanuit|met|via|van|door)\b|dit bericht is verzonden vanaf mijn\b` +
		`|wysłan[oey] (?:z|ze|przy|za|przez|w)\b|(?:odesláno|posláno) (?:z|ze|pomocí|přes)\b|sendt (?:fra|med|via)\b|skickat (?:från|med|via)\b|skickades från\b` +
		`|lähetetty\b|отправлено (?:с|со|из|от)[^\pL]|(?:[从從]|发|發|傳送)?自我的|[从從]我的|[发發]自|傳送自|来自)` +
		`|^von mein.* gesendet$|(?:dan|den|tan|ten) gönderildi$|から送信(?:されました)?$|에서 (?:보냄|보냈습니다)$`)
	// footerDevice is what a mail is sent from.
	footerDevice = regexp.MustCompile(`iphon|ipad|ipod|android|blackberry|samsung|galaxy|huawei|xiaomi|redmi|oneplus|nokia|xperia|motorola|smartphone|windows phone|windows mail|` +
		`\bmobile(?: phone| device)?$|\bphone$|\btablet|\bhandy$|mobiltelefon|mobilgerät|mobiele telefoon|téléphone|móvil|celular|cellulare|telefonu?$|` +
		`outlook|yahoo|gmail|\bgmx\b|\bweb\.de\b|\baol\b|k-9|thunderbird|proton ?mail|proton\.me|\btuta\b|tutanota|fastmail|bluemail|fairemail|aqua ?mail|mailbird|sparrow|airmail|\bzoho\b|mail\.ru|\bmailbox\b|yandex|яндекс|\bspark\b|mail (?:for|für|pour|per|para|voor|til|för|dla|pro|для) windows|windows (?:için|용|版)|手机|手機|スマホ|携帯`)
	// footerMine needs no device: nobody else says it like this.
	footerMine = regexp.MustCompile(`^sent from my(?: [\pL\d+-]+){1,4}$`)
	// footerExcuse may follow it.
	footerExcuse = regexp.MustCompile(`^an? .*(?:smartphone|tablet|device)$|excus|brev|typo|entschuldig|kürze|tippfehler|pardon|disculp|scus|desculp|beknopt|zwięz|stručn|kort|lyhy|кратк|извин`)
	// footerAdvert advertises the program that the mail was written with.
	footerAdvert = regexp.MustCompile(`^(?:get|holen sie sich|laden sie|télécharger|téléchargez|obtenez|obtenir|obtener|obtén|descarga|ottieni|scarica|download|pobierz(?: program)?|obter o|obtenha o|stáhnout|získejte|získat|hent|få|hämta|skaffa|hanki|скачать|получить|获取|取得|下載) ?outlook (?:for|für|pour|para|per|voor|pro|til|för|dla|для) (?:ios|android|mac)(?: herunter)?$|^outlook (?:for|für|voor) (?:ios|android|mac) (?:downloaden|beziehen|herunterladen|を入手|받기|다운로드)$|^(?:ios|android) (?:için outlook['’]?[ue]? (?:edinin|indirin)|版 outlook を入手)$`)
	// footerScan says that a program looked for viruses.
	footerScan = regexp.MustCompile(`\b(?:avast|avg)\b.*(?:vir|www)|vir.*\b(?:avast|avg)\b`)
	footerStop = regexp.MustCompile(`[.,;:!](?:\s|$)|\s*[(–—]|\s-\s`) // ends a clause
	footerLink = regexp.MustCompile(`\s*[<(\[]?(?:https?://|mailto:)[^\s<>()\[\]]+[>)\]]?`)
)

// isProgramFooter reports whether a line was added by a mail program, a
// telephone or a virus scanner.
func isProgramFooter(line string) bool {
	if len(line) > maxFooter {
		return false
	}
	plain := strings.ToLower(strings.Trim(footerLink.ReplaceAllString(line, ""), " \t\r\u00a0*_|()"))
	if footerAdvert.MatchString(strings.TrimSuffix(plain, ".")) {
		return true
	}
	if len(strings.Fields(plain)) <= maxFooterWords && footerScan.MatchString(plain) {
		return true
	}
	clause, rest := plain, ""
	if at := footerStop.FindStringIndex(plain); at != nil {
		clause, rest = plain[:at[0]], strings.Trim(plain[at[0]:], ".,;:!()–—- ")
	}
	if rest != "" && !footerExcuse.MatchString(rest) {
		return false
	}
	return len(strings.Fields(clause)) <= maxFooterWords && footerSent.MatchString(clause) && footerDevice.MatchString(clause) || footerMine.MatchString(clause)
}
