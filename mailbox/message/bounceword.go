package message

import (
	"regexp"
	"strings"
)

// maxReportText is how much of a report in words is read; the mail that came
// back follows it.
const maxReportText = 64 << 10

var (
	// failureSubject are the subjects of reports.
	failureSubject = regexp.MustCompile(`(?i)undeliver|not? (be )?delivered|deliver(y|ed)? (status|fail|problem|error|report|not|incomplete|has|attempt|delay|notification)|(fail(ure|ed)?|error) (notice|delivery|mail)|` +
		`return(ed|ing) (mail|message|to sender|to you)|mail (delivery|system|error|fail|could)|message (delivery|delayed|not|status|you sent)|rejected|could ?n.t be sent|can ?not send|user unknown|delayed mail|warning: .{0,40}(mail|message|send)|non.?delivery|bounced|` +
		`unzustellbar|nicht zu(stell|gestellt)|zustellung|unbekannter empfänger|` + // de
		`non remis|échec d|remise|non (distribu|délivr)|n'a pas (pu|été)|` + // fr
		`no se puede entregar|no (se )?(ha )?(podido|pudo|entreg)|devuelto|error (en|de) (la )?entrega|` + // es
		`recapit|mancata consegna|non consegnat|` + // it
		`onbestelbaar|niet (worden )?bezorg|niet afgeleverd|` + // nl
		`niedostarcz|nie można dostarczyć|nie dostarczono|zwrot|` + // pl
		`não (é possível|foi|pôde).{0,20}entreg|não entregue|falha na entrega|` + // pt
		`nedoručiteln|nelze doručit|` + // cs
		`ikke leveres|ikke levert|kan inte levereras|olevererbar|perille toimittam|ei voi(tu)? toimittaa|` + // da, no, sv, fi
		`не (было )?доставлен|недоставлен|не уда(ло|ет)|` + // ru
		`teslim edilem|iletilemedi|` + // tr
		`未送达|无法送达|無法傳[遞送]|未傳遞|退信|` + // zh
		`エラー|できません|配送|返送|不達|配信|` + // ja
		`배달되지|전송 ?실패|반송`) // ko
	// failureWords are what the first lines of a report say.
	failureWords = regexp.MustCompile(`(?i)(could|can|was|were|has|have|is)( ?no|n.)t (yet )?(be|been)? ?(delivered|sent)|(unable|trying|attempt\w*|failed|wasn.t able|not able) to (deliver|send)|error.{0,20}deliver|undeliver|did ?n.t (reach|receive)|did not (reach|receive)|` +
		`was not delivered|permanent (fatal )?error|deliv?ery.{0,80}(failed|error|problem|delayed)|failed permanently|had (permanent|delivery|transient)|user unknown|unknown user|message not delivered|returned to sender|` +
		`transcript of session|nicht zugestellt|送信できません|配信できません|не может быть доставлено`)
	// returnedMail begins the copy of the mail that came back.
	returnedMail = regexp.MustCompile(`(?i)^[\s>*=_-]*((this|below|included|enclosed) is a copy of|below (this line )?is (a|the) copy|below this line|(the )?(header of the )?original (message|mail) ?(header|info|follows|is following|text|$|-)|(start of )?returned (message|mail)|` +
		`unsent message|undelivered message|(your )?message (header|text|details)s? ?(follow|:)|headers? of|the (original|following) message (follows|is)|copy of (the|your) (original )?(message|mail)|(return-path|received|dkim-signature|x-received):)`)
	delaySubject  = regexp.MustCompile(`(?i)delay|warning|still being retried|not yet|verzögert|retard|retras|задерж|遅延`)
	delayWords    = regexp.MustCompile(`(?i)warning message only|still being retried|not yet (been )?(be )?delivered|has been delayed|no action is required|not need to resend|will (be retried|keep trying|continue)|attempts will continue|noch nicht zugestellt`)
	failedWords   = regexp.MustCompile(`(?i)permanent|fail|undeliver|return|giv(e|en|ing) up|could not`)
	replySubject  = regexp.MustCompile(`(?i)^\s*(re|aw|antw|antwort|sv|vs|rv|fw|fwd|wg|tr|i|r|rif|odp|ynt|ilt|回复|答复|转发)(\s?\[\d+\])?\s?[:：]`)
	robotSender   = regexp.MustCompile(`(?i)^(no|not|do.?not)[._-]?reply|daemon|deliver|post.?(master|office)|bounce|mail.?(er|admin|system)|^(admin|root|system)`)
	successWords  = regexp.MustCompile(`(?i)success(ful)?`)
	returnedStart = regexp.MustCompile(`(?m)^[A-Za-z][A-Za-z0-9-]*:`)
)

// shortSubject returns the beginning of the decoded subject.
func shortSubject(h Header) string {
	const most = 1000
	raw := h.Get("Subject")
	return decodeHeader(raw[:min(len(raw), most)])
}

// answersOrForwards reports whether the subject is that of an answer or of a
// forwarded mail: then a person writes, whatever the mail is about.
func answersOrForwards(h Header) bool { return replySubject.MatchString(shortSubject(h)) }

// mayReport reports whether the header of a mail allows that it is a report in
// words. Absence notes, which also have an empty return path, and reports of
// success do not pass.
func mayReport(h Header) bool {
	if h.Get("X-Failed-Recipients") != "" {
		return true
	}
	if !isRobot(h) && reportType(h) == "" && daemonSender(h) == "" && nullReturnPath(h) == "" {
		return false
	}
	answers := strings.HasPrefix(keyword(h.Get("Auto-Submitted")), "auto-replied") && daemonSender(h) == ""
	return !answers && absenceSubject(h) == "" && !answersOrForwards(h) && !successWords.MatchString(shortSubject(h))
}

// looksReported reports whether a mail that may be a report in words looks
// like one: its subject or its first lines say so. returned tells that a mail
// came back with it: without one, not every automatic sender is believed.
func looksReported(h Header, text string, returned bool) bool {
	if h.Get("X-Failed-Recipients") != "" || isMailerDaemon(h) {
		return true
	}
	const beginning = 4000 // bytes
	subject, words := failureSubject.MatchString(shortSubject(h)), failureWords.MatchString(text[:min(len(text), beginning)])
	if daemonSender(h) != "" || nullReturnPath(h) != "" || reportType(h) != "" {
		return subject || words
	}
	return returned && subject && words
}

// isMailerDaemon reports whether the sender is one that writes nothing but
// reports.
func isMailerDaemon(h Header) bool {
	from := parseAddresses(h.Get("From"), 1)
	return len(from) > 0 && strings.Contains(strings.ToLower(from[0].Address+from[0].Name), "mailer-daemon")
}

// isRobot reports whether a mail has no sender who reads answers.
func isRobot(h Header) bool {
	from := parseAddresses(h.Get("From"), 1)
	return len(from) == 0 || robotSender.MatchString(from[0].Address)
}

// isDelay reports whether a report in words is a warning only: the mail is
// still tried.
func isDelay(h Header, words string) bool {
	subject := shortSubject(h)
	if delaySubject.MatchString(subject) && !failedWords.MatchString(subject) {
		return true
	}
	return delayWords.MatchString(words)
}

// cutReturned splits a report in words where the copy of the mail that came
// back begins. header is from its first field on.
func cutReturned(text string) (words, header string) {
	at := 0
	for line := range strings.Lines(text) {
		if returnedMail.MatchString(line) {
			header = text[at:]
			if i := returnedStart.FindStringIndex(header); i != nil {
				return text[:at], header[i[0]:]
			}
			return text[:at], ""
		}
		at += len(line)
	}
	return text, ""
}
