package message

// Limits bound what is read of a mail. Fields that are not positive mean the default. A limit
// exceeded leaves a [Defect] and cuts the view; the raw bytes stay whole.
type Limits struct {
	HeaderBytes int // of one header block; default 1 MiB
	FieldBytes  int // of one field; default 100 KiB
	Fields      int // of one header block; default 1,000
	Depth       int // of nested parts; default 100
	Parts       int // default 1,000
	Text        int // bytes of the text view; default 2 MiB
	Subject     int // characters; default 998
	Addresses   int // kept per mail; default 500
	References  int // ids kept, the first and the last ones; default 100
	Unpacked    int // bytes taken out of TNEF, uuencode and encrypted parts, all together; default 64 MiB
}

// withDefaults returns l with its missing fields filled.
func (l Limits) withDefaults() Limits {
	return Limits{
		HeaderBytes: positive(l.HeaderBytes, 1<<20),
		FieldBytes:  positive(l.FieldBytes, 100<<10),
		Fields:      positive(l.Fields, 1000),
		Depth:       positive(l.Depth, 100),
		Parts:       positive(l.Parts, 1000),
		Text:        positive(l.Text, 2<<20),
		Subject:     positive(l.Subject, 998),
		Addresses:   positive(l.Addresses, 500),
		References:  positive(l.References, 100),
		Unpacked:    positive(l.Unpacked, 64<<20),
	}
}

func positive(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

// Bounds of what a single part may state about itself. They are no options:
// nobody needs more, and 1,000 parts at the field limit would be 100 MB.
const (
	maxName      = 255      // bytes of a file name, as on common file systems
	maxContentID = 998      // bytes, one line of RFC 5322
	maxMediaType = 255      // bytes, RFC 6838 section 4.2
	maxReports   = 16       // report parts handed to the bounce reader
	maxReport    = 64 << 10 // bytes of a report part kept in memory
)

// cutMark stands where a view was cut.
const cutMark = "[…]"
