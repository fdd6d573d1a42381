// Package smtpsender sends notifications through a mail server (RFC 5321).
//
// [New] checks the options and connects to nothing. [Sender.Send] takes an
// idle connection or makes one, hands over one mail to one recipient, and
// keeps the connection for the next. Every wait is bounded by [Timeouts] and
// ends with the context.
//
// # Security
//
// The zero Security is TLS from the first byte. With STARTTLS a server that
// does not offer it is refused: there is no way back to plain text. User and
// password or token are sent only after a verified handshake, or in plain text
// where mailbox.None was chosen by name. What the server says while we sign in
// never becomes part of an error, because some repeat the password, and what
// it says later only as far as it does not.
//
// # Signing in
//
// With Options.Tokens a token of OAuth 2.0 signs in, by OAUTHBEARER (RFC 7628)
// or XOAUTH2 as Microsoft and Google document it. One that is refused is
// replaced once. The source may be that of a mailbox, whose sign-in must then
// be for sending too: Microsoft's permission SMTP.Send beside
// IMAP.AccessAsUser.All.
//
// # Whose fault it is
//
// A 5xx answer to RCPT, or to DATA with an enhanced status 5.1.x or 5.2.x, is
// the recipient's: *notify.RecipientError. A 5xx answer to the greeting, EHLO,
// STARTTLS, AUTH or MAIL, a certificate that does not verify, a missing
// STARTTLS or AUTH, a token that is not to be had, and an address that
// Options.Policy refuses are ours: *notify.ConfigError. So is at RCPT that we
// have not signed in, and at DATA or the mail's end that our address is refused
// (5.1.7, 5.1.8). At RCPT our address, a policy (5.7.x) and what a server does not
// understand (5.5.x) may be refused to everybody or by this recipient: the mail is
// tried four times in all, and he counts as refused then (*notify.DeferredError).
// A 4xx answer to RCPT with an enhanced status 4.1.x or 4.2.x is his too, as long
// as the back-off goes on.
// A mail that cannot be written, or is larger than the server takes, is
// notify.ErrInvalidMail.
// Everything else, other 4xx answers and broken connections among it, is temporary.
// So is an attachment that cannot be read: the connection is then broken off
// before the mail's end, and the server takes nothing.
package smtpsender
