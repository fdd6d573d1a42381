package message

import "strings"

// maxForwardLines is how many lines of a forwarded mail are searched for its
// header: what stands below is the mail itself.
const maxForwardLines = 200

// ForwardedFrom returns whom a forwarded mail is from, as the header says that
// mail programs put above it ("From: Joe Doe <joe@example.org>", "Von: Joe Doe
// [mailto:joe@example.org]"), in the languages of [Trim]. body is UTF-8 with
// LF line ends. ok is false where there is no such header, and where it states
// no address or several. It is what the forwarding person's mail says, and no
// more to be trusted than he is.
func ForwardedFrom(body string) (from Address, ok bool) {
	for range maxForwardLines {
		if body == "" {
			break
		}
		if headerBlock(body) {
			return fromOf(body)
		}
		_, body = cutLine(body)
	}
	return Address{}, false
}

// fromOf reads the From field of the header block that s begins with.
func fromOf(s string) (Address, bool) {
	const mostLines = 14
	for range mostLines {
		line, rest := cutLine(s)
		if roleOf(line) == roleFrom {
			i := strings.IndexAny(line, ":：")
			value := strings.TrimPrefix(strings.TrimPrefix(line[i:], ":"), "：")
			value = strings.NewReplacer("[mailto:", "<", "<mailto:", "<", "]", ">", "*", "", "\u00a0", " ").Replace(value)
			return onlyAddress(parseAddresses(value, 2))
		}
		s = rest
	}
	return Address{}, false
}

func onlyAddress(list []Address) (Address, bool) {
	if len(list) != 1 || !strings.Contains(list[0].Address, "@") {
		return Address{}, false
	}
	return list[0], true
}
