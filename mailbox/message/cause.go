package message

import "regexp"

// A cause is a reason of failed deliveries and the words that servers tell it
// with.
type cause struct {
	words  *regexp.Regexp
	detail string // of a status (RFC 3463) without its class; empty: none fits
	hard   bool   // the address is lost for good
}

// causes are tried in order. First come those that are not the address's
// fault: servers that keep unknown addresses secret use the words for those
// too, never the other way round. The words are those of the servers of the
// corpus and of the big providers' documented replies.
var causes = [...]cause{
	{words: regexp.MustCompile(`(?is)quota|(mail ?box|inbox|mail ?folder|mailfile|disk|storage|account|user)\b.{0,40}(\bfull\b|exceed)|exceed.{0,40}(storage|mailbox|local limit)|` +
		`(full|over.?filled) (mail ?box|inbox)|insufficient (system|disk) (storage|space)|too much mail|postfach.{0,20}voll`), detail: "2.2"},
	// Microsoft's servers refuse unknown addresses at the edge with these words
	// and status 5.4.1, IronPort's with its own.
	{words: regexp.MustCompile(`(?is)5\.4\.1\b.{0,120}recipient address rejected: access denied|#5\.1\.0 address rejected`), detail: "1.1", hard: true},
	{words: regexp.MustCompile(`(?is)(message|mail|size).{0,30}(too (big|large)|exceeds)|(size|length) (limit|exceed)|message is larger|maximum (message )?size`), detail: "3.4"},
	{words: regexp.MustCompile(`(?is)spam|\bblock(ed|ing|list)|policy|black ?list|reputation|\bdmarc\b|\bdkim\b|\bspf\b|\bptr\b|reverse dns|\brbl\b|\bdns?bl\b|relay|access denied|` +
		`not authori[sz]ed|unauthori[sz]ed|authenticat|\bvirus|malware|banned|\bsender.{0,30}(reject|denied|invalid|unknown|not exist)|(invalid|unknown|bad) sender|\bcontent (reject|filter)`), detail: "7.1"},
	{words: regexp.MustCompile(`(?is)too many|rate limit|throttl|\blimit exceeded`), detail: "4.5"},
	{words: regexp.MustCompile(`(?is)disabled|suspended|inactive|deactivated|locked|on hold|not active|expired account|account.{0,20}expired`), detail: "2.1"},
	{words: regexp.MustCompile(`(?is)try again later|not\s+found, try again|temporar(y|ily) (unavailable|deferred|fail|problem|rejected)|grey ?list|media error|mailer error|system error|procmail|pipe to`)},
	// A server that took the address and refused the mail afterwards has
	// judged the mail.
	{words: regexp.MustCompile(`(?is)(after|command:?) ?(end of )?data\b.{0,200}user unknown|smtp command data|in reply to end of data`)},
	{words: regexp.MustCompile(`(?is)\b(host|domain|name server|mail exchanger|mx|dns)\b[^,;:]{0,40}(unknown|not found|does ?n.t exist|does not exist|not exist|no such)|(unknown|no such|bad|invalid) (host|domain|destination system)|` +
		`(find|found) (any|a|no) (host|mail exchanger|mx|domain)|(no|null) mx\b|no smtp service|does not accept (mail|email)\b|nxdomain|name service error|unable to route|unrouteable (mail )?domain|all relevant mx records point to non-existent`), detail: "1.2", hard: true},
	{words: regexp.MustCompile(`(?is)user.{0,40}(unknown|not found|does ?n.t exist|does not exist|doesn.t have)|unknown (user|recipient|address|account|mailbox|or illegal|local)|no such (user|recipient|mailbox|address|person|account|local|email)|no valid recipient|` +
		`(recipient|address|mailbox|account|user|alias|e-?mail)\b.{0,80}(not found|unknown|invalid|does ?n.t exist|does not exist|not exist|not recogni[sz]ed|no longer|has moved|could ?n.t be found|wasn.t found)|` +
		`(invalid|illegal|non-?existent) (final delivery )?(recipient|mailbox|address|user|local)|bad (destination|address|recipient)|not a (valid|registered|known) (mailbox|recipient|user|gateway user|address)|` +
		`no (mail ?box|account|user|one) (here|by that|with that)|not listed in|not our customer|nosuchuser|recipientnotfound|recipnotfound|unrouteable|` +
		`requested action not taken: mailbox unavailable|(empfänger|benutzer|adresse).{0,30}(unbekannt|existiert nicht)`), detail: "1.1", hard: true},
	{words: regexp.MustCompile(`(?is)expired|giv(e|en|ing) up|in (the )?queue too long|retry time(out)?|could not be delivered (for|within)|not delivered within|delivery time|multiple retries`), detail: "4.7"},
	{words: regexp.MustCompile(`(?is)connection (refused|timed|reset|lost|dropped)|(unable|failed|not able) to (connect|establish|contact)|establish an smtp connection|no route to|not (reachable|responding)|time ?d? ?out|socket error|not accept our requests to connect`), detail: "4.1"},
}

// notWords are parts of a diagnostic that say nothing themselves: the paths of
// links, and addresses with what is like them.
var notWords = regexp.MustCompile(`[^\s/]/[^\s/]\S*|[^\s<>:;,"'()]+@[^\s<>:;,"'()]+`)

// causeOf finds the cause that a server's words name. known is false if they
// name none.
func causeOf(diagnostic string) (found cause, known bool) {
	if diagnostic == "" {
		return cause{}, false
	}
	said := notWords.ReplaceAllString(diagnostic, " ")
	for _, c := range causes {
		if c.words.MatchString(said) {
			return c, true
		}
	}
	return cause{}, false
}
