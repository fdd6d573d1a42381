package safehtml

import "strings"

// ImageType returns the media type of the image that begins with start, of
// which 12 bytes are enough, or "" if it is none that is safe to show. It goes
// by the bytes, never by what a mail says of them: HTML, SVG or PDF that calls
// itself image/png is none.
//
// A host that shows attachments in its pages should hand out only those that
// have such a type, with that type as Content-Type and with
// "X-Content-Type-Options: nosniff", and everything else as a download.
func ImageType(start []byte) string {
	s := string(start[:min(len(start), 12)])
	switch {
	case strings.HasPrefix(s, "\x89PNG\r\n\x1a\n"):
		return "image/png"
	case strings.HasPrefix(s, "\xff\xd8\xff"):
		return "image/jpeg"
	case strings.HasPrefix(s, "GIF87a"), strings.HasPrefix(s, "GIF89a"):
		return "image/gif"
	case len(s) == 12 && s[:4] == "RIFF" && s[8:] == "WEBP":
		return "image/webp"
	}
	return ""
}
