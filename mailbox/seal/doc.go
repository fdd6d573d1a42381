// Package seal keeps secrets at rest: passwords, OAuth client secrets and
// tokens stand in a store only as sealed text, which is of no use without a
// key that the store never sees.
//
// A [Sealer] seals a secret for one [Place], a mailbox and a field of it, and
// opens it for that place alone: the text of another mailbox or field, put
// there by whoever can write to the store, is refused like a damaged one.
// [Ring] is the Sealer for a host that has keys of its own; a host with a key
// service implements the interface itself.
//
// # Keys
//
// The host keeps the keys where the store's backups do not go. A [Key] is 32
// random bytes with a name; one line of text holds one (see [ParseKeys]):
//
//	2026-01:$(openssl rand -base64 32)
//
// Rotation: put the new key in front and keep the old one behind it. New text
// is sealed with the first, old text opens with any; [Sealer.Stale] says which
// text still needs the old key. When none does, the old key can go: Lint of
// package ticketmail has a finding for each mailbox whose secrets need it.
//
// # Format
//
// Sealed text is printable ASCII:
//
//	tm1.<name of the key>.<base64url, unpadded, of nonce, ciphertext and tag>
//
// AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits; associated
// data are the version, the name of the key, the mailbox and the field, each
// with its length before it. An unknown version is refused.
//
// # Limits
//
// A secret has at most [MaxBytes] bytes. One key seals at most 2^32 texts
// (random nonces; at one token an hour and 1,000 mailboxes that is 490
// years). The length of the text tells the length of the secret. An older text of
// the same place, put back by whoever can write to the store, opens: it was
// true once.
package seal
