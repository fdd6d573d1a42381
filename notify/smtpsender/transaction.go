package smtpsender

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-smtp"

	"example.com/ticketmail/notify"
)

// send hands over one mail, and leaves c ready for the next or broken. When
// ctx ends the connection is closed, which ends every wait.
func (c *conn) send(ctx context.Context, env envelope) error {
	stop := context.AfterFunc(ctx, c.close)
	c.sent++
	err := c.transact(ctx, env)
	if err != nil && !c.broken {
		c.reset()
	}
	if !stop() {
		c.broken = true
	}
	return err
}

// transact is one mail transaction (RFC 5321 section 3.3).
func (c *conn) transact(ctx context.Context, env envelope) error {
	if err := c.accepts(env); err != nil {
		return err
	}
	if err := c.client.Mail(env.from, &smtp.MailOptions{UTF8: env.utf8, Size: env.mail.Size()}); c.tidy(err) != nil {
		c.lost(err)
		c.stale = c.broken
		if err := tooLarge(err); err != nil {
			return err
		}
		return refusal("MAIL", err)
	}
	if err := c.client.Rcpt(env.to, nil); c.tidy(err) != nil {
		c.lost(err)
		if err := tooLarge(err); err != nil {
			return err
		}
		return refusedRecipient(env.to, err)
	}
	if err := c.data(ctx, env); c.tidy(err) != nil {
		if c.broken { // not the server's answer
			return fmt.Errorf("DATA: %w", err)
		}
		c.lost(err)
		if err := tooLarge(err); err != nil {
			return err
		}
		return refusedMail(env.to, err)
	}
	return nil
}

// accepts checks what the server said it takes before it is asked.
func (c *conn) accepts(env envelope) error {
	if limit, ok := c.client.MaxMessageSize(); ok && limit > 0 && env.mail.Size() > int64(limit) {
		return fmt.Errorf("%w: it has %d bytes, the server takes %d", notify.ErrInvalidMail, env.mail.Size(), limit)
	}
	if !env.utf8 {
		return nil
	}
	if ok, _ := c.client.Extension("SMTPUTF8"); ok {
		return nil
	}
	if !isASCII(env.to) {
		return &notify.RecipientError{Address: env.to, Status: "5.6.7", Err: errNoUTF8}
	}
	return fmt.Errorf("%w: From or Reply-To: %w", notify.ErrInvalidMail, errNoUTF8)
}

var errNoUTF8 = errors.New("the server does not take addresses with other than ASCII characters (SMTPUTF8)")

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// data sends the mail itself. The client library doubles leading dots. Where
// the mail breaks off, because a file cannot be read to its end, the connection
// must not hear another word: the library would end the mail before it, and
// the server would take half of one.
func (c *conn) data(ctx context.Context, env envelope) error {
	w, err := c.client.Data()
	if err != nil {
		return err
	}
	if err := env.mail.Encode(ctx, w); err != nil {
		c.broken = true
		return err
	}
	return w.Close()
}

// lost marks the connection broken if err says that it is: anything but an
// answer, or the answer 421 (RFC 5321 section 3.8).
func (c *conn) lost(err error) {
	answer, ok := errors.AsType[*smtp.SMTPError](err)
	c.broken = !ok || answer.Code == 421
}

// reset takes back a refused transaction. The client library greets anew
// after it, which we do here and not before the next mail.
func (c *conn) reset() {
	if c.client.Reset() != nil || c.client.Hello(c.local) != nil {
		c.broken = true
	}
}

// errNoSMTP does not say what the server said: it may be any service, of which
// nobody should learn through us (THREATS H68).
var errNoSMTP = errors.New("the server does not speak SMTP")

// refusal makes a 5xx answer to one of our own commands a ConfigError.
func refusal(step string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[textproto.ProtocolError](err); ok {
		err = errNoSMTP
	}
	if answer, ok := errors.AsType[*smtp.SMTPError](err); ok && answer.Code >= 500 {
		return &notify.ConfigError{Step: step, Err: err}
	}
	return fmt.Errorf("%s: %w", step, err)
}

// tooLarge returns the error, or nil, for a mail that is larger than the server or the
// recipient's mailbox takes (RFC 3463 X.3.4 and X.2.3): the mail's fault,
// neither ours nor the recipient's. RFC 1870 section 6.1 answers so to MAIL.
func tooLarge(err error) error {
	answer, ok := errors.AsType[*smtp.SMTPError](err)
	if !ok || answer.Code < 500 || answer.EnhancedCode != (smtp.EnhancedCode{5, 3, 4}) && answer.EnhancedCode != (smtp.EnhancedCode{5, 2, 3}) {
		return nil
	}
	return fmt.Errorf("%w: it is too large: %w", notify.ErrInvalidMail, err)
}

// refusedRecipient says whose fault an answer to RCPT is. Servers keep back what
// they have against us until then (Postfix: smtpd_delay_reject), so not every
// refusal is about the recipient. A policy (RFC 3463 X.7), what the server does
// not understand (X.5) and our own address may be refused to all or by one of
// them: the mail is tried a few times more, nobody is marked, and no strange
// address stops the mails to others.
func refusedRecipient(to string, err error) error {
	answer, ok := errors.AsType[*smtp.SMTPError](err)
	switch {
	case !ok:
	case answer.Code < 500:
		if class := answer.EnhancedCode[1]; class == 1 || class == 2 {
			return &notify.DeferredError{Address: to, Status: enhancedOf(answer), Err: answer}
		}
	case unsigned(answer):
		return refusal("RCPT", err)
	case ofSender(answer.EnhancedCode), answer.EnhancedCode[1] == 7, answer.EnhancedCode[1] == 5:
		return &notify.DeferredError{Address: to, Status: enhancedOf(answer), Tries: doubtfulTries, Err: answer}
	default:
		return refused(to, answer)
	}
	return fmt.Errorf("RCPT: %w", err)
}

// doubtfulTries is how often a mail is tried whose recipient a server refuses
// for good with words that may be about us: with the usual back-off, whoever
// looks after the exit has twenty minutes.
const doubtfulTries = 4

// refusedMail says whose fault an answer to DATA or to the mail's end is.
func refusedMail(to string, err error) error {
	answer, ok := errors.AsType[*smtp.SMTPError](err)
	switch {
	case !ok || answer.Code < 500:
	case ofSender(answer.EnhancedCode):
		return refusal("DATA", err)
	case ofRecipient(answer.EnhancedCode) && !ofSubmission(answer):
		return refused(to, answer)
	}
	return fmt.Errorf("DATA: %w", err)
}

// unsigned reports answers that every recipient would get: we have not signed
// in, or not over an encrypted connection (RFC 4954 section 6).
func unsigned(answer *smtp.SMTPError) bool {
	switch answer.Code {
	case 530, 534, 535, 538:
		return true
	}
	return false
}

// ofSubmission reports what Exchange Online says of the account that submits a
// mail with a status of class 2, as if it were of the recipient's mailbox: it
// may not send as our address (5.2.252 SendAsDenied), or has sent too much.
func ofSubmission(answer *smtp.SMTPError) bool {
	return answer.EnhancedCode == smtp.EnhancedCode{5, 2, 252} || strings.Contains(answer.Message, "STOREDRV.Submission")
}

// ofSender reports the statuses of class 1 that are about our own address.
// Exchange Online says 5.1.8 of an account that it takes for a spammer's.
func ofSender(code smtp.EnhancedCode) bool {
	return code == smtp.EnhancedCode{5, 1, 7} || code == smtp.EnhancedCode{5, 1, 8}
}

func refused(to string, answer *smtp.SMTPError) error {
	return &notify.RecipientError{Address: to, Status: enhancedOf(answer), Err: answer}
}

// enhancedOf returns the enhanced status of an answer, empty if it has none.
func enhancedOf(answer *smtp.SMTPError) string {
	switch code := answer.EnhancedCode; {
	case code != (smtp.EnhancedCode{}) && code != smtp.NoEnhancedCode:
		return fmt.Sprintf("%d.%d.%d", code[0], code[1], code[2])
	case answer.Code == 552: // RFC 5321 section 4.2.2: his mailbox is full
		return "5.2.2"
	}
	return ""
}

// ofRecipient reports the classes of RFC 3463 that are about the address (1)
// and the mailbox (2) of the recipient.
func ofRecipient(code smtp.EnhancedCode) bool { return code[0] == 5 && (code[1] == 1 || code[1] == 2) }
