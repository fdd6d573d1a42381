package message_test

import (
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
	"github.com/google/go-cmp/cmp"
)

// returned is the header of our mail as servers quote it.
const returned = "Received: from our.example by mx.example; Mon, 23 Nov 2026 22:30:11 +0100\n" +
	"From: Desk <desk@our.example>\nTo: joe@x.example\nSubject: [Ticket#1]\nMessage-ID: <ours.1@our.example>\n\nHello <else@y.example>: error 550\n"

// attached is our mail as a part of its own.
const attached = "\n--b\nContent-Type: message/rfc822\n\n" + returned + "\n--b--\n"

const mixed = "\nContent-Type: multipart/mixed; boundary=b"

// hardFailure and softFailure are the usual outcomes for joe.
func failure(status string, hard bool) []message.ReportRecipient {
	return []message.ReportRecipient{{Address: "joe@x.example", Status: status, Action: "failed", Hard: hard}}
}

// TestDialects reads reports in the shapes of the servers and providers that
// state nothing in a part for programs. The words are ours.
func TestDialects(t *testing.T) {
	for name, tt := range map[string]struct {
		header string // besides To
		body   string
		want   []message.ReportRecipient
	}{
		"qmail": {"From: MAILER-DAEMON@mx.example\nSubject: failure notice",
			"Hi. This is the qmail-send program at mx.example.\nI could not deliver your message. This is a permanent error.\n\n<joe@x.example>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 <joe@x.example>: no such user here\nGiving up on 192.0.2.1.\n\n--- Below this line is a copy of the message.\n\n" + returned,
			failure("5.1.1", true)},
		"qmail, sender refused": {"From: MAILER-DAEMON@mx.example\nSubject: failure notice",
			"Hi. This is the qmail-send program at mx.example.\n\n<joe@x.example>:\nConnected to 192.0.2.1 but sender was rejected.\nRemote host said: 550 5.7.1 <desk@our.example>... Access denied\n\n--- Below this line is a copy of the message.\n\n" + returned,
			failure("5.7.1", false)},
		"qmail, late": {"From: MAILER-DAEMON@mx.example\nSubject: failure notice",
			"Hi. This is the qmail-send program at mx.example.\n\n<joe@x.example>:\nSorry, I could not establish an SMTP connection. (#4.4.1)\nI'm not going to try again; this message has been in the queue too long.\n\n--- Below this line is a copy of the message.\n\n" + returned,
			failure("4.4.1", false)},
		"Exim": {"From: Mailer-Daemon@mx.example\nSubject: Mail delivery failed: returning message to sender\nX-Failed-Recipients: joe@x.example\nAuto-Submitted: auto-replied",
			"A message that you sent could not be delivered. This is a permanent error. The following address(es) failed:\n\n  joe@x.example\n    SMTP error from remote mail server after RCPT TO:<joe@x.example>:\n    host mx.x.example [192.0.2.1]: 550 5.1.1 mailbox unknown\n\n------ This is a copy of the message, including all the headers. ------\n\n" + returned,
			failure("5.1.1", true)},
		"Exim, sender refused": {"From: Mailer-Daemon@mx.example\nSubject: Mail delivery failed: returning message to sender\nX-Failed-Recipients: joe@x.example",
			"The following address(es) failed:\n\n  joe@x.example\n    SMTP error from remote mail server after MAIL FROM:<else@our.example> SIZE=1500:\n    host mx.x.example [192.0.2.1]: 550 please use your provider's server\n\n------ This is a copy of the message, including all the headers. ------\n\n" + returned,
			failure("5.0.0", false)},
		"Exim, refused after the text": {"From: Mailer-Daemon@mx.example\nSubject: Mail delivery failed: returning message to sender",
			"The following address(es) failed:\n\n  joe@x.example\n    SMTP error from remote mail server after end of data:\n    host mx.x.example [192.0.2.1]: 550 : User unknown\n\n------ This is a copy of the message, including all the headers. ------\n\n" + returned,
			failure("5.0.0", false)},
		"Postfix": {"From: MAILER-DAEMON@mx.example\nReturn-Path: <>\nSubject: Undelivered Mail Returned to Sender" + mixed,
			"--b\n\nThis is the mail system at host mx.example.\n\nFor further assistance, please send mail to <postmaster@mx.example>.\n\n<joe@x.example>: host mx.x.example[192.0.2.1] said: 550 5.2.2\n    <joe@x.example>: over quota (in reply to RCPT TO command)\n" + attached,
			failure("5.2.2", false)},
		"Postfix, no host": {"From: MAILER-DAEMON@mx.example\nReturn-Path: <>\nSubject: Undelivered Mail Returned to Sender" + mixed,
			"--b\n\n<joe@x.example>: Host or domain name not found. Name service error for\n    name=x.example type=MX: Host not found\n" + attached,
			failure("5.1.2", true)},
		"Postfix, no host for now": {"From: MAILER-DAEMON@mx.example\nReturn-Path: <>\nSubject: Undelivered Mail Returned to Sender" + mixed,
			"--b\n\n<joe@x.example>: Name service error for domain x.example: Host not\n    found, try again\n" + attached,
			failure("5.0.0", false)},
		"Sendmail": {"From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example>\nSubject: Returned mail: see transcript for details",
			"The original message was received at Mon, 23 Nov 2026 22:30:11 +0100\n\n   ----- The following addresses had permanent fatal errors -----\n<joe@x.example>\n    (reason: 550 5.1.1 <joe@x.example>... User unknown)\n\n   ----- Transcript of session follows -----\n... while talking to mx.x.example.:\n>>> DATA\n<<< 550 5.1.1 <joe@x.example>... User unknown\n\n   ----- Unsent message follows -----\n" + returned,
			failure("5.1.1", true)},
		"old Sendmail": {"From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example>\nSubject: Returned mail: Host unknown",
			"   ----- Transcript of session follows -----\nWhile talking to mx.x.example:\n>>> RCPT To:<joe@x.example>\n<<< 550 user unknown\n550 <joe@x.example>... User unknown\n550 <ann@z.example>... Host unknown\n\n   ----- Unsent message follows -----\n" + returned,
			append(failure("5.1.1", true), message.ReportRecipient{Address: "ann@z.example", Status: "5.1.2", Action: "failed", Hard: true})},
		"old Sendmail, nobody named": {"From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example>\nSubject: Returned mail: Cannot send message for 4 days",
			"   ----- Transcript of session follows -----\n421 mx.x.example (smtp)... Deferred: Connection timed out\n\n   ----- Unsent message follows -----\n" + returned,
			failure("4.4.1", false)},
		"Exchange 2003": {"From: System Administrator <postmaster@x.example>\nReturn-Path: <>\nSubject: Undeliverable: [Ticket#1]",
			"Your message\n\n  To:      else@y.example\n  Subject: [Ticket#1]\n  Sent:    Mon, 23 Nov 2026\n\ndid not reach the following recipient(s):\n\njoe@x.example on Mon, 23 Nov 2026 22:30:11 +0100\n    The recipient name is not recognized\n    MSEXCH:IMS:X:Y:Z 0 (000C05A6)\n\nOriginal message\n" + returned,
			failure("5.1.1", true)},
		"Office 365": {"From: postmaster@x.example\nAuto-Submitted: auto-replied\nSubject: Undeliverable: [Ticket#1]",
			"Delivery has failed to these recipients or groups:\n\njoe@x.example<mailto:joe@x.example>\nThe address could not be found.\n\nDiagnostic information for administrators:\n\nGenerating server: A.prod.outlook.com\n\njoe@x.example\nRemote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found'\n\nOriginal message headers:\n\n" + returned,
			failure("5.1.10", true)},
		"Domino": {"From: Mail Router <postmaster@x.example>\nReturn-Path: <>\nSubject: DELIVERY FAILURE: User joe not listed in Domino Directory" + mixed,
			"--b\n\nYour message\n\n  Subject: [Ticket#1]\n\nwas not delivered to:\n\n  joe@x.example\n\nbecause:\n\n  User joe (joe@x.example) not listed in Domino Directory\n" + attached,
			failure("5.1.1", true)},
		"Notes": {"From: Mail Router <postmaster@x.example>\nReturn-Path: <>\nSubject: delivery failure",
			"------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\njoe@x.example\n\n------- Returned Message --------\n\n" + returned,
			failure("5.1.1", true)},
		"Gmail": {"From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nReturn-Path: <>\nSubject: Delivery Status Notification (Failure)",
			"Delivery to the following recipient failed permanently:\n\n     joe@x.example\n\nTechnical details of permanent failure:\nGoogle tried, but it was rejected by the recipient domain. The error that the other server returned was:\n550 5.1.1 <joe@x.example>... User Unknown\n\n----- Original message -----\n\n" + returned,
			failure("5.1.1", true)},
		"Google Groups": {"From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nSubject: Delivery Status Notification (Failure)\nX-Failed-Recipients: joe@x.example",
			"Hallo desk@our.example,\n\ndie Gruppe (joe) gibt es vielleicht nicht.\n\n----- Original message -----\n\n" + returned,
			failure("5.0.0", false)},
		"Yahoo": {"From: MAILER-DAEMON@yahoo.example\nSubject: Failure Notice",
			"Sorry, we were unable to deliver your message to the following address.\n\n<joe@x.example>:\nNo mx record found for domain=x.example\n\n--- Below this line is a copy of the message.\n\n" + returned,
			failure("5.1.2", true)},
		"GMX": {"From: MAILER-DAEMON@gmx.example\nSubject: Mail delivery failed: returning message to sender",
			"This is a permanent error. The following address\nfailed:\n\n\"joe@x.example\":\nSMTP error from remote server after RCPT command:\nhost: mx.x.example\n5.2.1 <joe@x.example>... User Unknown\n\n\"ann@z.example\":\nSMTP error from remote server after RCPT command:\nhost: mx.z.example\n5.2.2 <ann@z.example>... Mailbox Full\n\n--- The header of the original message is following. ---\n\n" + returned,
			append(failure("5.2.1", true), message.ReportRecipient{Address: "ann@z.example", Status: "5.2.2", Action: "failed"})},
		"1&1": {"From: Mail Delivery System <mailer-daemon@kundenserver.example>\nSubject: Mail delivery failed: returning message to sender",
			"This message was created automatically. The following address failed:\n\n  joe@x.example\n\nFor the following reason:\n\nMail size limit exceeded. For explanation visit\nhttp://postmaster.example/\n\n--- The header of the original message is following. ---\n\n" + returned,
			failure("5.3.4", false)},
		"T-Online": {"From: <MAILER-DAEMON@mail.example>\nSubject: mail failed, returning to sender",
			"|------------------------- Message log follows: -------------------------|\n no valid recipients were found for this message\n|------------------------- Failed addresses follow: ---------------------|\n <joe@x.example> ... unknown user\n|------------------------- Message text follows: ------------------------|\n" + returned,
			failure("5.1.1", true)},
		"Mail.ru": {"From: mailer-daemon@mail.example\nSubject: =?utf-8?q?=D0=92=D0=B0=D1=88=D0=B5_=D1=81=D0=BE=D0=BE=D0=B1=D1=89=D0=B5=D0=BD=D0=B8=D0=B5_=D0=BD=D0=B5_=D0=B4=D0=BE=D1=81=D1=82=D0=B0=D0=B2=D0=BB=D0=B5=D0=BD=D0=BE=2E?=",
			"Ваше письмо не может быть доставлено:\n\n  joe@x.example\n    an MX or SRV record indicated no SMTP service\n\n**********************\n\n  joe@x.example\n    an MX or SRV record indicated no SMTP service\n\n------ This is a copy of the message, including all the headers. ------\n\n" + returned,
			failure("5.1.2", true)},
		"Zoho": {"From: mailer-daemon@mail.example\nSubject: Undelivered Mail Returned to Sender",
			"A message that you sent could not be delivered. This is a permanent error.\n\njoe@x.example Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 <joe@x.example>... User Unknown\n\n" + returned,
			failure("5.1.1", true)},
		"Amazon WorkMail": {"From: MAILER-DAEMON@amazonses.example\nReturn-Path: <>\nSubject: Delivery Status Notification (Failure)" + mixed,
			"--b\n\nAn error occurred while trying to deliver the mail to the following recipients:\njoe@x.example\n\nTechnical report:\n\n    Reporting-MTA: dsn; a.amazonses.example\n    Action: failed\n    Final-Recipient: rfc822; joe@x.example\n    Diagnostic-Code: smtp; 550 5.1.1 user unknown\n    Status: 5.1.1\n" + attached,
			[]message.ReportRecipient{{Address: "joe@x.example", Status: "5.1.1", Action: "failed", Hard: true}}},
		"Courier": {"From: \"Courier mail server\" <>\nReturn-Path: <>\nSubject: NOTICE: mail delivery status." + mixed,
			"--b\n\nYour message to the following recipients cannot be delivered:\n\n<joe@x.example>:\n    mx.x.example [192.0.2.1]:\n>>> RCPT TO:<joe@x.example>\n<<< 550 5.1.1 User unknown\n\n---------------------------------------\n" + attached,
			failure("5.1.1", true)},
		"MailMarshal": {"From: MailMarshal <postmaster@x.example>\nReturn-Path: <>\nSubject: Undeliverable Mail: [Ticket#1]",
			"Your message:\n   From:    desk@our.example\n   Subject: [Ticket#1]\n\nCould not be delivered because of\n\n550 5.1.1 User unknown\n\nThe following recipients were affected:\n    joe@x.example\n    ann@x.example\n\nAdditional Information\n======================\n",
			append(failure("5.1.1", true), message.ReportRecipient{Address: "ann@x.example", Status: "5.1.1", Action: "failed", Hard: true})},
		"m-FILTER": {"From: POSTMASTER <postmaster@x.example>\nSubject: failure notice",
			"以下のメールアドレスへの送信に失敗しました。\n\njoe@x.example\n\n-------server message\n550 unknown user <joe@x.example>\n-------SMTP command\nRCPT\n-------original message\n" + returned,
			failure("5.1.1", true)},
		"Apache James": {"From: postmaster@x.example\nReturn-Path: <>\nSubject: Re: [Ticket#1]\nX-Failed-Recipients: joe@x.example",
			"Hi. This is the James mail server.\nI could not deliver your message to the following addresses.\n\njoe@x.example\n\nError message below:\n550 - Requested action not taken: no such user here\n\nMessage details:\n  Subject: [Ticket#1]\n",
			failure("5.1.1", true)},
		"Barracuda": {"From: BARRACUDA <postmaster@x.example>\nReturn-Path: <>\nSubject: **Message you sent blocked by our bulk email filter**",
			"Your message to: joe@x.example,\n ann@x.example\nwas blocked by our Spam Firewall. It has not been delivered.\n",
			append(failure("5.7.1", false), message.ReportRecipient{Address: "ann@x.example", Status: "5.7.1", Action: "failed"})},
		"IMail": {"From: \"Postmaster\" <postmaster@our.example>\nSubject: Undeliverable Mail",
			"Unknown user: joe@x.example\n\n\nOriginal message follows.\n\n" + returned, failure("5.1.1", true)},
		"InterScan": {"From: \"InterScan MSS\" <postmaster@x.example>\nSubject: Mail could not be delivered" + mixed,
			"--b\n\n****** Message from InterScan ******\n\nSent <<< RCPT TO:<joe@x.example>\nReceived >>> 550 5.1.1 <joe@x.example>... user unknown\n" + attached, failure("5.1.1", true)},
		"MailFoundry": {"From: MAILER-DAEMON@x.example\nReturn-Path: <>\nSubject: Message delivery has failed" + mixed,
			"--b\n\nUnable to deliver message to: <joe@x.example>\nDelivery failed for the following reason:\nServer mx.x.example[192.0.2.1] failed with: 550 No such user here\n" + attached, failure("5.1.1", true)},
		"OpenSMTPD": {"From: Mailer Daemon <MAILER-DAEMON@x.example>\nReturn-Path: <>\nSubject: Delivery status notification: error",
			"    Hi!\n\n    An error has occurred while attempting to deliver a message for\n    the following list of recipients:\n\njoe@x.example: Domain does not exist\n\n    Below is a copy of the original message:\n\n" + returned, failure("5.1.2", true)},
		"DragonFly": {"From: MAILER-DAEMON <>\nSubject: Mail delivery failed",
			"There was an error delivering your mail to <joe@x.example>.\n\nmx.x.example [192.0.2.1] did not like our RCPT TO:\n525 5.7.13 <joe@x.example>: account disabled\n\nMessage headers follow.\n\n" + returned, failure("5.7.13", false)},
		"messaging server": {"From: MAILER-DAEMON@x.example\nSubject: Delivery Notification: Delivery has failed",
			"This report relates to a message you sent with the following header fields:\n\n  Message-id: <ours.1@our.example>\n  To: else@y.example\n\nYour message cannot be delivered to the following recipients:\n\n  Recipient address: joe@x.example\n  Reason: Remote SMTP server has rejected address\n  Diagnostic code: smtp; 550 5.1.1 User unknown\n", failure("5.1.1", true)},
		"mobile carrier": {"From: no-reply@carrier.example\nSubject: =?iso-2022-jp?B?GyRCJWEhPCVrJSglaSE8REpDThsoQg==?=" + mixed,
			"--b\n\nYour mail sent on: Mon, 23 Nov 2026\n     Could not be delivered to: <joe@x.example>\n     As their mailbox is full.\n" + attached, failure("5.2.2", false)},
		"reason before": {"From: Postmaster@carrier.example\nSubject: Mail System Error - Returned Mail",
			"The user(s) account is disabled.\n\n<joe@x.example>\n\n", failure("5.2.1", false)},
		"in brackets": {"From: MAILER-DAEMON@x.example\nReturn-Path: <>\nSubject: Returned Mail",
			"The original message was received at Mon, 23 Nov 2026\n\n---The following addresses had delivery errors---\n\njoe@x.example [User unknown]\n", failure("5.1.1", true)},
		"wrapped by a gateway": {"From: MAILER-DAEMON@gate.example\nSubject: Returned mail: User unknown" + mixed,
			"--b\n\n----- The following addresses had permanent delivery errors -----\n\n--b\nContent-Type: message/rfc822\n\n" + statusMail("Final-Recipient: rfc822; joe@x.example\nAction: failed\nStatus: 5.1.1\n") + "\n", failure("5.1.1", true)},
		"nobody named": {"From: MAILER-DAEMON@x.example\nSubject: Undelivered Mail Returned to Sender" + mixed,
			"--b\n\nYour message could not be delivered.\n" + attached, failure("5.0.0", false)},
		"to oneself": {"From: MAILER-DAEMON@x.example\nSubject: failure notice",
			"<desk@our.example>:\n550 5.1.1 User unknown\n", []message.ReportRecipient{{Address: "desk@our.example", Status: "5.1.1", Action: "failed", Hard: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := readReport(t, "To: desk@our.example\n"+tt.header+"\n\n"+tt.body)
			if r == nil {
				t.Fatal("no report")
			}
			if r.Kind != message.ReportFailed {
				t.Errorf("kind %q, want failed", r.Kind)
			}
			if quoted := strings.Contains(tt.body, "ours.1@our.example"); quoted && r.OriginalID != "ours.1@our.example" {
				t.Errorf("original %q, want ours", r.OriginalID)
			}
			got := r.Recipients
			for i := range got {
				got[i].Diagnostic = ""
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("recipients (-want +got):\n%s", diff)
			}
		})
	}
}

// Warnings in words are no failures, whatever the server has said.
func TestDialectDelays(t *testing.T) {
	for name, mail := range map[string]string{
		"Exim": "From: Mailer-Daemon@mx.example\nSubject: Warning: message 1abc delayed 24 hours\n\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours.\n\n  joe@x.example\n    host mx.x.example [192.0.2.1]\n    Delay reason: 450 try again later\n\n" +
			"No action is required on your part. Eventually the software will give up, and the message will be returned to you.\n",
		"Gmail":   "From: mailer-daemon@googlemail.com\nSubject: Delivery Status Notification (Delay)\n\nTHIS IS A WARNING MESSAGE ONLY.\n\nDelivery to the following recipient has been delayed:\n\n     joe@x.example\n\nMessage will be retried for 2 more day(s)\n\n----- Original message -----\n\n" + returned,
		"Postfix": "From: MAILER-DAEMON@mx.example\nSubject: Delayed Mail (still being retried)\n\nYour message could not be delivered for more than 4 hour(s).\nIt will be retried until it is 5 day(s) old.\n\n<joe@x.example>: connect to mx.x.example: Connection refused\n",
	} {
		t.Run(name, func(t *testing.T) {
			r := readReport(t, "To: desk@our.example\n"+mail)
			if r == nil || r.Kind != message.ReportDelayed || len(r.Recipients) != 1 {
				t.Fatalf("report %+v, want one delayed recipient", r)
			}
			if got := r.Recipients[0]; got.Address != "joe@x.example" || got.Action != "delayed" || got.Status[0] != '4' || got.Hard {
				t.Errorf("recipient %+v, want joe, delayed", got)
			}
		})
	}
}

// Amazon's notification service mails JSON, folded by mail servers.
func TestSESNotices(t *testing.T) {
	const head = `"mail":{"messageId":"0101","headers":[{"name":"From","value":"desk@our.example"},{"name":"Message-ID","value":"<ours.1@our.example>"}]}}`
	joe := func(action, status string, hard bool) []message.ReportRecipient {
		return []message.ReportRecipient{{Address: "joe@x.example", Status: status, Action: action, Hard: hard}}
	}
	for name, tt := range map[string]struct {
		notice string
		kind   message.ReportKind
		want   []message.ReportRecipient
	}{
		"permanent": {`{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":"joe@x.example","action":"failed","status":"5.1.1"}]},` + head, message.ReportFailed, joe("failed", "5.1.1", true)},
		"transient": {`{"notificationType":"Bounce","bounce":{"bounceType":"Transient","bouncedRecipients":[{"emailAddress":"joe@x.example","action":"failed","status":"5.1.1"}]},` + head, message.ReportFailed, joe("failed", "5.1.1", false)},
		"event":     {`{"eventType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":"joe@x.example"}]},` + head, message.ReportFailed, joe("failed", "5.0.0", false)},
		"delay":     {`{"eventType":"DeliveryDelay","deliveryDelay":{"delayedRecipients":[{"emailAddress":"joe@x.example","status":"4.4.1"}]},` + head, message.ReportDelayed, joe("delayed", "4.4.1", false)},
		"delivery":  {`{"notificationType":"Delivery","delivery":{"recipients":["joe@x.example"],"smtpResponse":""},` + head, message.ReportDelivered, joe("delivered", "2.0.0", false)},
		"complaint": {`{"notificationType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":"joe@x.example"}]},` + head, message.ReportAbuse, nil},
	} {
		t.Run(name, func(t *testing.T) {
			want := &message.Report{Kind: tt.kind, OriginalID: "ours.1@our.example", Recipients: tt.want}
			wrapped := `{"Type":"Notification","Message":"` + strings.ReplaceAll(tt.notice, `"`, `\"`) + `"}`
			for _, body := range []string{tt.notice, wrapped, wrapped[:90] + "\n " + wrapped[90:], wrapped + "\n\n--\nIf you wish to stop receiving notifications, visit https://x.example\n"} {
				got := readReport(t, "From: AWS <no-reply@sns.amazonaws.com>\nSubject: AWS Notification Message\n\n"+body)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("report of %s (-want +got):\n%s", body, diff)
				}
			}
			if r := readReport(t, "From: joe@x.example\nSubject: look\n\n"+tt.notice); r != nil {
				t.Errorf("from a person: %+v, want none", r)
			}
		})
	}
}
