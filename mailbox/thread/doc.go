// Package thread ties replies to tickets: it writes the marks that a mail
// about a ticket carries, and reads them back from the answer.
//
// # Two marks
//
// The token stands in the subject, "[Ticket#4711-K7Q2PX9D] Printer on fire":
// the number of the ticket and a check code of 40 bits, a keyed hash of the
// number in Crockford's base 32. It is read byte for byte and wherever it
// stands: behind any reply prefix, between words somebody added, with the
// title changed. What a mailer or a person damaged is no token: lower case,
// a blank, a soft hyphen or a bidirectional mark inside, a missing bracket.
//
// The signed Message-ID comes back in In-Reply-To and References, and says
// which mail was answered and whether that mail spoke of something internal.
//
// Both can only be made with the key, so a key that verifies is Strong:
// somebody got the mark from us. It does not say who that was. A token is
// handed on with every forwarded mail, so the caller asks what its bearer may
// do. Marks that do not verify are no keys at all and look like any other
// text.
//
// A format without {code} makes tokens that anybody can write. They are weak
// keys, which count only for people who take part in the ticket.
//
// # Keys
//
// A [Referencer] signs with its first key and verifies with all of them, so a
// key can be replaced while answers to old mails are still on their way.
package thread
