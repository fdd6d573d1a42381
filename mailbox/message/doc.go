// Package message reads mails as they come: in one pass, in bounded memory,
// and without ever failing because of what they hold.
//
// [Read] copies the bytes unchanged into a [Spool] while it reads them, writes
// each attachment, decoded, into a Spool of its own at once, and returns a
// [Message], the view of the mail. The view is for people and programs that
// look at tickets; the raw bytes are what the mail is. Whatever is wrong in
// it is read as its writer probably meant it and listed in Message.Defects.
//
// # What becomes of the parts
//
//   - Text is the text/plain parts that have no file name and are no
//     attachment, one below the other. HTML counts as text where no plain text
//     says the same: in a multipart/alternative without any (or with an empty
//     one), or before the first plain text.
//   - HTML is the first text/html part of that kind.
//   - Everything else is an [Attachment]: what says so, has a name or is no
//     text, also a further HTML part. A message/rfc822 is one as a whole. The
//     parts of a delivery report are attachments too.
//   - A winmail.dat (TNEF) is an attachment, and the files in it are listed
//     below it; uuencoded files in a plain text are taken out of it and listed.
//     Archives are never unpacked.
//   - Text is shown as its writer saw it: without the line breaks of
//     format=flowed (RFC 3676), clear-signed text without its armour.
//   - An encrypted part is an attachment, and what a [Decrypter] makes of it is
//     read like a part of the mail.
//   - A multipart whose boundary never comes is text as a whole.
//
// # Replies
//
// [Trim] tells the new text of a reply from the mail it quotes and from
// signatures. It changes nothing: the text stays whole.
//
// # Characters
//
// Everything is turned into UTF-8. Of what a mail says about its charset and
// what its bytes show, this counts in order: a byte order mark; valid UTF-8
// against a label that proves nothing; the label, in any spelling; what HTML
// says of itself; and what the bytes look like, for texts that are not in Latin
// letters. The rest is windows-1252. Raw 8-bit bytes in the header are in the
// charset of the text.
//
// # Defects
//
// The codes are stable. In the header:
//
//   - header-after-empty-line: the mail begins with empty lines
//   - mbox-from-line: the mail begins with the line that mbox files add
//   - header-first-line-indented: the first field is indented
//   - header-line-without-colon: a line that is no field was passed over
//   - header-blank-before-colon: a field as in "Subject : text"
//   - header-end-missing: the body begins without an empty line before it
//   - header-end-not-empty: a line of blanks stands for the empty line
//   - header-too-long, field-too-long: over [Limits], cut
//   - subject-repeated: several subjects, the first counts
//   - subject-too-long, too-many-addresses, too-many-references: over Limits, cut
//
// In the structure:
//
//   - content-type-unreadable: taken for text/plain
//   - parameter-repeated: the first counts
//   - encoding-unknown: the content is taken as it stands
//   - multipart-encoded: a multipart with an encoding of its own, ignored
//   - boundary-not-stated: the first likely line is taken for it
//   - boundary-absent: the multipart is read as text
//   - boundary-not-closed: the part ends with what is around it
//   - part-after-end: a part after the last boundary, shown all the same
//   - too-deep: over Limits, kept as one attachment
//   - too-many-parts: over Limits, the rest is in the raw mail only
//   - tnef-damaged: the files in a winmail.dat are listed as far as it can be read
//   - uuencode-damaged: a uuencoded file in the text has no end
//   - unpacked-too-long: over Limits, the rest is in the raw mail and the file around it only
//   - decryption-failed: an encrypted part is kept as it is
//
// In the content:
//
//   - base64-foreign-character: passed over
//   - base64-text-after-end: text after the padding, passed over
//   - base64-truncated: the last group is not whole, its whole bytes are kept
//   - quoted-printable-invalid: an equals sign that begins no escape, kept
//   - text-too-long: over Limits, cut with the mark "[…]"
package message
