package message

import "strings"

// A partHeader is what the header of a part says about its content.
type partHeader struct {
	mediaType   string // lower case; "text/plain" if missing or unreadable
	charset     string
	boundary    string
	disposition string // lower case; may be empty
	name        string // cleaned file name; may be empty
	contentID   string
	encoding    encoding
	inline      bool
	flowed      bool   // text in the format of RFC 3676
	delSp       bool   // flowed with the parameter DelSp=yes
	protocol    string // of a multipart: what encrypts or signs its parts; lower case
	smimeType   string // what kind of S/MIME an application/pkcs7-mime is; lower case
}

// readPartHeader reads the Content fields of h; of repeated ones the first
// counts. digest changes the default type.
func (w *walker) readPartHeader(h Header, digest bool) partHeader {
	p := partHeader{mediaType: "text/plain"}
	if digest {
		p.mediaType = "message/rfc822"
	}
	var seen contentFields
	for i := range h {
		seen.take(&h[i])
	}
	var contentName string
	if seen.contentType != nil {
		contentName = w.readType(&p, seen.contentType.Value)
	}
	if seen.disposition != nil {
		value, params := w.readParams(seen.disposition.Value)
		p.disposition = strings.ToLower(value)
		p.name = cleanName(params.name("filename"))
	}
	if p.name == "" {
		p.name = contentName
	}
	if seen.encoding != nil {
		var known bool
		if p.encoding, known = parseEncoding(seen.encoding.Value); !known {
			w.defect("encoding-unknown", "unknown transfer encoding, taken as it stands: ", []byte(seen.encoding.Value))
		}
	}
	if seen.id != nil {
		p.contentID = contentID(seen.id.Value)
	}
	p.inline = p.disposition == "inline" || p.disposition == "" && p.contentID != ""
	return p
}

// readType reads a Content-Type field into p and returns the name in it.
func (w *walker) readType(p *partHeader, field string) (name string) {
	value, params := w.readParams(field)
	if t := strings.ToLower(value); isMediaType(t) {
		p.mediaType = t
	} else {
		w.defect("content-type-unreadable", "unreadable content type: ", []byte(field))
	}
	p.charset = params.get("charset")
	p.boundary = strings.TrimRight(params.get("boundary"), " \t")
	p.flowed = strings.EqualFold(params.get("format"), "flowed")
	p.delSp = p.flowed && strings.EqualFold(params.get("delsp"), "yes")
	p.protocol = strings.ToLower(params.get("protocol"))
	p.smimeType = strings.ToLower(params.get("smime-type"))
	return cleanName(params.name("name"))
}

// readParams reads a field with parameters.
func (w *walker) readParams(field string) (value string, ps params) {
	value, ps = parseParams(w.body.readable(field))
	if ps.repeated {
		w.defect("parameter-repeated", "parameter given twice, the first counts: ", []byte(field))
	}
	return value, ps
}

// contentFields are the first fields of each kind.
type contentFields struct{ contentType, disposition, encoding, id *Field }

func (c *contentFields) take(f *Field) {
	const prefix = "Content-"
	if len(f.Name) < len(prefix) || !strings.EqualFold(f.Name[:len(prefix)], prefix) {
		return
	}
	for _, known := range [...]struct {
		name string
		to   **Field
	}{
		{"Type", &c.contentType}, {"Transfer-Encoding", &c.encoding}, {"Disposition", &c.disposition}, {"ID", &c.id},
	} {
		if *known.to == nil && strings.EqualFold(f.Name[len(prefix):], known.name) {
			*known.to = f
			return
		}
	}
}

// isMediaType reports whether s is type/subtype in the characters of RFC 2045.
func isMediaType(s string) bool {
	top, sub, ok := strings.Cut(s, "/")
	return ok && len(s) <= maxMediaType && isToken(top) && isToken(sub)
}

// contentID returns the first id of a Content-ID field.
func contentID(field string) string {
	if ids := parseIDs(field); len(ids) > 0 && len(ids[0]) <= maxContentID {
		return strings.Clone(ids[0])
	}
	return ""
}
