package message

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// cleanName makes the last element of a path out of what a mail calls a file:
// without control, zero-width and direction characters (they hide what a name
// is), single blanks, at most 255 bytes with its extension kept. The path is
// taken off last, after all decoding. What Windows takes for a path or a device
// is one here too, whatever this runs on. It is empty if nothing is left.
func cleanName(s string) string {
	s = strings.Map(visible, s)
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	s = strings.Join(strings.Fields(s), " ")
	for hasDrive(s) {
		s = strings.TrimLeft(s[2:], " ")
	}
	s = strings.TrimRight(s, ". ") // which Windows does not see
	if isDevice(s) {
		s = "_" + s
	}
	return strings.Clone(strings.TrimRight(shorten(s), ". "))
}

// hasDrive reports whether s begins with a drive: "C:x" is a path without any
// slash.
func hasDrive(s string) bool {
	return len(s) >= 2 && s[1] == ':' && ('a' <= s[0]|0x20 && s[0]|0x20 <= 'z')
}

// isDevice reports whether Windows opens a device by this name, with any
// extension and in every folder.
func isDevice(s string) bool {
	if i := strings.IndexAny(s, ".:"); i >= 0 {
		s = s[:i]
	}
	switch s = strings.ToUpper(strings.TrimRight(s, " ")); s {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	digit, ok := strings.CutPrefix(s, "COM")
	if !ok {
		digit, ok = strings.CutPrefix(s, "LPT")
	}
	return ok && utf8.RuneCountInString(digit) == 1 && strings.Contains("0123456789\u00b9\u00b2\u00b3", digit)
}

// visible maps white space to blanks and drops what cannot be seen.
func visible(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs):
		return -1
	}
	return r
}

// shorten cuts a name before its extension.
func shorten(s string) string {
	if len(s) <= maxName {
		return s
	}
	ext := ""
	if i := strings.LastIndexByte(s, '.'); i > 0 && len(s)-i <= 20 {
		ext = s[i:]
	}
	end := maxName - len(ext)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + ext
}

// display returns a name to show for a part. start is the beginning of its
// content.
func (w *walker) display(h partHeader, start []byte) string {
	if h.name != "" {
		return h.name
	}
	if h.mediaType == "message/rfc822" {
		if subject := cleanName(strings.NewReplacer("/", "-", `\`, "-").Replace(subjectOf(start))); subject != "" {
			return shorten(subject + ".eml")
		}
	}
	return "part-" + strconv.Itoa(max(w.parts, 1)) + extension(h.mediaType)
}

// subjectOf returns the subject of the mail that begins with data.
func subjectOf(data []byte) string {
	h := headerReader{
		src:    &source{buf: data, end: len(data), eof: true},
		limits: Limits{}.withDefaults(),
		defect: func(string, string, []byte) {},
	}
	fields, _, err := h.read()
	if err != nil {
		return ""
	}
	return decodeHeader(fields.Get("Subject"))
}

// extension returns the usual file extension of a media type, from a table of
// its own: that of the system differs from machine to machine.
func extension(mediaType string) string {
	if ext, ok := extensions[mediaType]; ok {
		return ext
	}
	return ".bin"
}

var extensions = map[string]string{
	"application/json":              ".json",
	"application/ics":               ".ics",
	"application/ms-tnef":           ".dat",
	"application/pdf":               ".pdf",
	"application/pgp-encrypted":     ".asc",
	"application/pgp-keys":          ".asc",
	"application/pgp-signature":     ".asc",
	"application/pkcs7-mime":        ".p7m",
	"application/pkcs7-signature":   ".p7s",
	"application/x-pkcs7-mime":      ".p7m",
	"application/x-pkcs7-signature": ".p7s",
	"application/xml":               ".xml",
	"application/zip":               ".zip",
	"audio/mpeg":                    ".mp3",
	"image/bmp":                     ".bmp",
	"image/gif":                     ".gif",
	"image/heic":                    ".heic",
	"image/jpeg":                    ".jpg",
	"image/jpg":                     ".jpg",
	"image/png":                     ".png",
	"image/svg+xml":                 ".svg",
	"image/tiff":                    ".tif",
	"image/webp":                    ".webp",
	"message/delivery-status":       ".txt",
	"message/feedback-report":       ".txt",
	"message/global":                ".eml",
	"message/rfc822":                ".eml",
	"text/calendar":                 ".ics",
	"text/csv":                      ".csv",
	"text/directory":                ".vcf",
	"text/html":                     ".html",
	"text/plain":                    ".txt",
	"text/rfc822-headers":           ".txt",
	"text/rtf":                      ".rtf",
	"text/vcard":                    ".vcf",
	"text/x-vcard":                  ".vcf",
	"text/xml":                      ".xml",
	"video/mp4":                     ".mp4",
}
