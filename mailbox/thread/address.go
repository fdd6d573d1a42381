package thread

import "strings"

// Address returns a mailbox's address with the mark of a ticket behind a plus
// sign (RFC 5233 subaddress): "support+4711-k7q2px9d@erp.example" for
// "support@erp.example". Mail servers that know subaddresses deliver it to the
// mailbox. The result is "" for a ref that has other characters than letters,
// digits and dots, and where the local part would exceed 64 bytes (RFC 5321
// section 4.5.3.1.1): such a ticket has no address of its own.
//
// It is a help where programs drop subject and references, never the only
// mark: many servers do not know subaddresses.
func (r *Referencer) Address(ref Ref, mailbox string) string {
	local, domain, ok := cutAddress(mailbox)
	if !ok || !plainRef(ref) {
		return ""
	}
	local += "+" + string(ref) + "-" + strings.ToLower(code(r.keys[0], ref))
	if len(local) > 64 {
		return ""
	}
	return local + "@" + domain
}

// FindAddress returns the keys of the addresses a mail was sent to, each ref
// once. They are weak, although their code verifies: an address is copied
// from mail to mail and into address books.
func (r *Referencer) FindAddress(addresses []string) []Key {
	var found []Key
	for _, a := range addresses[:min(len(addresses), maxIDs)] {
		local, _, _ := cutAddress(a)
		_, mark, ok := strings.Cut(local, "+")
		i := strings.LastIndexByte(mark, '-')
		if !ok || i < 0 {
			continue
		}
		ref := Ref(mark[:i])
		// Mailers may change the case of an address; the code has none.
		if plainRef(ref) && r.keys.verifies(ref, strings.ToUpper(mark[i+1:])) && !hasRef(found, ref) {
			found = append(found, Key{Ref: ref, Source: Address})
		}
	}
	return found
}

// WithoutMark returns an address without what stands behind a plus sign.
func WithoutMark(address string) string {
	local, domain, ok := cutAddress(address)
	if !ok {
		return address
	}
	local, _, _ = strings.Cut(local, "+")
	return local + "@" + domain
}

func cutAddress(a string) (local, domain string, ok bool) {
	i := strings.LastIndexByte(a, '@')
	if i <= 0 || i == len(a)-1 || a[0] == '"' {
		return "", "", false
	}
	return a[:i], a[i+1:], true
}

// plainRef reports whether a ref can stand in an address.
func plainRef(ref Ref) bool {
	for i := range len(ref) {
		switch c := ref[i]; {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '.' && 0 < i && i < len(ref)-1 && ref[i-1] != '.':
		default:
			return false
		}
	}
	return ref != "" && len(ref) <= maxRef
}
