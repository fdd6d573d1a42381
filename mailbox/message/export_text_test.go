package message

// The text side of the reader for the tests outside.
var (
	DecodeHeader   = decodeHeader
	ParseAddresses = parseAddresses
	ParseDate      = parseDate
	ParseIDs       = parseIDs
	ToUTF8         = toUTF8
	Automatic      = automatic
	Unflow         = unflow
)

// A ReportPart is a reportPart.
type ReportPart struct{ MediaType, Body string }

// ReportFrom is reportFrom.
func ReportFrom(parts []ReportPart, h Header, text string) *Report {
	var in []reportPart
	for _, p := range parts {
		in = append(in, reportPart{mediaType: p.MediaType, body: []byte(p.Body)})
	}
	return reportFrom(in, h, text, automatic(h) != "")
}
