package message_test

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
)

// A repeated is a stream of one string, so many times over, that looks at the
// heap on its way.
type repeated struct {
	unit   string
	left   int
	offset int
	reads  int
	peak   uint64
}

func (r *repeated) Read(p []byte) (n int, err error) {
	if r.reads++; r.reads%64 == 0 {
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		r.peak = max(r.peak, stats.HeapAlloc)
	}
	for n < len(p) && r.left > 0 {
		c := copy(p[n:], r.unit[r.offset:])
		n += c
		if r.offset += c; r.offset == len(r.unit) {
			r.offset, r.left = 0, r.left-1
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// TestReadMemory reads a mail of 200 MB, and some of 32 MB in worse shapes, and
// looks at the heap: it is bounded by the limits, not by the mail. (Measured in
// November 2026: 0.2 MiB over idle for 200 MB of attachment, at most 7 MiB for
// mails that fill the text view.)
func TestReadMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 450 MB")
	}
	const (
		most     = 8 << 20
		mostText = 16 << 20 // of mails that fill the views to their limits
	)
	base64Line := strings.Repeat("QUJD", 19) + "\r\n"
	long := map[string]bool{"text": true, "reports": true, "dashes": true}
	for name, tt := range map[string]struct{ head, unit string }{
		"attachment":   {"Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n", base64Line},
		"one line":     {"Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n", strings.Repeat("QUJD", 1000)},
		"uuencode":     {"Subject: a\r\n\r\nbegin 644 f\r\n", "M" + strings.Repeat("0V%T", 15) + "\r\n"},
		"TNEF":         {"Content-Type: application/ms-tnef\r\n\r\n" + string(tnef(attribute(attRendData, nil), []byte{2}, u32(attData), u32(1<<30))), strings.Repeat("content ", 1000)},
		"encrypted":    {"Content-Type: application/pkcs7-mime\r\n\r\nPbagrag-Glcr: n/o\r\n\r\n", "some more of it, encrypted\r\n"},
		"text":         {"Subject: a\r\n\r\n", "all work and no play\r\n"},
		"field":        {"Subject: a\r\nX: ", "xxxxxxxxxxxxxxxxxxxx"},
		"fields":       {"Subject: a\r\n", "X: y and some more of it\r\n"},
		"broken lines": {"Subject: a\r\n", "no field\r\nReceived: x\r\n"},
		"parts":        {"Content-Type: multipart/mixed; boundary=b\r\n\r\n", "--b\r\nContent-Type: a/b\r\nContent-ID: <" + strings.Repeat("x", 500) + ">\r\n\r\nx\r\n"},
		"reports":      {"Content-Type: multipart/mixed; boundary=b\r\n\r\n", "--b\r\nContent-Type: message/rfc822\r\n\r\n" + strings.Repeat("x y z\r\n", 50_000)},
		"dashes":       {"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n", "--\r\n--c\r\n--b-\r\n--bb\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			size := 32 << 20
			if name == "attachment" {
				size = 200 << 20
			}
			runtime.GC()
			var before runtime.MemStats
			runtime.ReadMemStats(&before)
			body := &repeated{unit: tt.unit, left: size / len(tt.unit)}
			m, err := message.Read(t.Context(), io.MultiReader(strings.NewReader(tt.head), body), &message.Options{Sink: discard{}, Decrypter: new(decrypter)})
			if err != nil {
				t.Fatal(err)
			}
			if body.left > 0 {
				t.Error("mail was not read to its end")
			}
			checkDefects(t, name, m)
			bound := int64(most)
			if long[name] {
				bound = mostText
			}
			if used := int64(body.peak) - int64(before.HeapAlloc); used > bound {
				t.Errorf("heap grew by %d MiB, want at most %d", used>>20, bound>>20)
			} else {
				t.Logf("heap grew by %d KiB", used>>10)
			}
		})
	}
}
