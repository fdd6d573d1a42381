package notify_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"mime/multipart"
	"net/mail"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
)

// attached is a file as it stands in a message.
type attached struct{ Name, Type, Content string }

// meant says in its own words how a mail's files arrive.
func meant(m notify.Mail) []attached {
	var files []attached
	for i, a := range m.Attachments {
		content := m.Files.(shelf)[a.Blob]
		name := strings.TrimSpace(strings.ReplaceAll(message.CleanName(a.Name), "=?", "=_"))
		if name == "" {
			name = fmt.Sprintf("file-%d", i+1)
		}
		mediaType := "application/octet-stream"
		if strings.HasPrefix(a.Type, "image/p") {
			mediaType = "image/png"
		}
		files = append(files, attached{name, mediaType, string(content)})
	}
	return files
}

// readFiles reads a mail's files with the standard library and compares.
func readFiles(m *mail.Message, want []attached) error {
	mediaType, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || len(want) > 0 != (mediaType == "multipart/mixed") {
		return fmt.Errorf("a mail of %d files is %s (%w)", len(want), mediaType, err)
	}
	if len(want) == 0 {
		return nil
	}
	var got []attached
	r := multipart.NewReader(m.Body, params["boundary"])
	for n := 0; ; n++ {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		body, err := io.ReadAll(p)
		if err != nil {
			return err
		}
		if n == 0 { // the text
			continue
		}
		disposition, params, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
		if err != nil || disposition != "attachment" || len(params) != 1 || len(p.Header) != 3 {
			return fmt.Errorf("disposition %q with %v, %d fields (%w)", disposition, params, len(p.Header), err)
		}
		mediaType, plain, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if err != nil {
			return err
		}
		if name, ok := plain["name"]; ok && (name == params["filename"] || strings.ContainsAny(name, "/\\\"%=?")) {
			return fmt.Errorf("plain name %q of %q", name, params["filename"])
		}
		content, err := base64.StdEncoding.DecodeString(string(body))
		if err != nil {
			return err
		}
		got = append(got, attached{params["filename"], mediaType, string(content)})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return fmt.Errorf("files (-want +got):\n%s", diff)
	}
	return nil
}

// namePieces are what hostile names are made of, beside what all is made of.
var namePieces = []string{
	"../", "..\\", "C:\\x\\", "/etc/", "..%2f", ".pdf", ".tar.gz", "'", "''", "%", "%0d%0a", "*", "filename=", "utf-8''", "*0*=", "?", "\u200b", "\u200f", "\u2067",
	"\U0001F468\u200d\U0001F469\u200d\U0001F467", strings.Repeat("n", 10<<10), strings.Repeat("ä", 300), ". ", "\ufeff", "\ue000", "Rechnung", "#", "&", "|", "$", "~",
}

// hostileFiles returns one to three files with names and types that try to be
// more than that.
func hostileFiles(r *rand.Rand) (shelf, []notify.Attachment) {
	s := shelf{}
	list := make([]notify.Attachment, 1+r.IntN(3))
	for i := range list {
		name := ""
		for range r.IntN(5) {
			name += namePieces[r.IntN(len(namePieces))] + hostile(r)
		}
		mediaType := hostile(r)
		switch r.IntN(4) {
		case 0:
			mediaType = "image/png"
		case 1:
			mediaType = "multipart/mixed; boundary=x"
		case 2:
			mediaType = "Message/rfc822"
		}
		content := make([]byte, r.IntN(400))
		for i := range content {
			content[i] = byte(r.Uint32())
		}
		if r.IntN(3) == 0 {
			content = []byte(hostile(r))
		}
		list[i] = s.file(name, mediaType, string(content))
	}
	return s, list
}

func TestEncodeWholeWithFiles(t *testing.T) {
	files := shelf{}
	m := sample(func(m *notify.Mail) {
		m.HTML, m.Files = "<p>Hello</p>", files
		m.Attachments = []notify.Attachment{
			files.file("report.pdf", "application/pdf", strings.Repeat("x", 60)),
			files.file(`Grüße "an" alle; hier: eine Übersicht über das, was wir schön fänden.xlsx`, "text/html\r\nBcc: v@x.example", ""),
		}
	})
	want := strings.ReplaceAll(`MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="MIXED"

--MIXED
Content-Type: multipart/alternative; boundary="ALTERNATIVE"

--ALTERNATIVE
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Hello

--ALTERNATIVE
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<p>Hello</p>

--ALTERNATIVE--

--MIXED
Content-Type: application/pdf
Content-Disposition: attachment; filename="report.pdf"
Content-Transfer-Encoding: base64

eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4
eHh4
--MIXED
Content-Type: application/octet-stream;
 name="Gr__e _an_ alle_ hier_ eine _bersicht _ber das, was wir.xlsx"
Content-Disposition: attachment;
 filename*0*=utf-8''Gr%C3%BC%C3%9Fe%20%22an%22%20alle%3B%20hier%3A%20eine;
 filename*1*=%20%C3%9Cbersicht%20%C3%BCber%20das%2C%20was%20wir%20sc;
 filename*2*=h%C3%B6n%20f%C3%A4nden.xlsx
Content-Transfer-Encoding: base64


--MIXED--
`, "\n", "\r\n")
	got := encode(t, m)
	got = got[strings.Index(got, "MIME-Version"):]
	boundaries := regexp.MustCompile(`"=_[0-9a-f]{24}"`).FindAllString(got, -1)
	if len(boundaries) != 2 || boundaries[0] == boundaries[1] {
		t.Fatalf("boundaries are %q", boundaries)
	}
	for i, name := range []string{"MIXED", "ALTERNATIVE"} {
		got = strings.ReplaceAll(got, strings.Trim(boundaries[i], `"`), name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
}

// TestEncodeFileNames is H44 to H46: what a name becomes, and how it reads for
// those who know RFC 2231 and those who do not.
func TestEncodeFileNames(t *testing.T) {
	for name, tt := range map[string]struct{ name, want, plain string }{
		"plain":              {"report (2).pdf", "report (2).pdf", "report (2).pdf"},
		"umlauts":            {"Übersicht.pdf", "Übersicht.pdf", "_bersicht.pdf"},
		"H44 path":           {"../../etc/x", "x", "x"},
		"H44 drive":          {`C:\x`, "x", "x"},
		"H44 encoded":        {"..%2f..%2fx", "..%2f..%2fx", ".._2f.._2fx"},
		"H45 hidden":         {"\u200b.htaccess", ".htaccess", ".htaccess"},
		"H46 NUL":            {"a\x00b", "ab", "ab"},
		"H46 CR LF":          {"a\r\nBcc: v@x.example\r\n\r\nb", "a Bcc: v@x.example b", "a Bcc_ v@x.example b"},
		"H46 quote":          {`a"; filename="b`, `a"; filename="b`, "a__ filename__b"},
		"H46 semicolon":      {"a;b='c'*", "a;b='c'*", "a_b__c__"},
		"right to left":      {"invoice\u202efdp.exe", "invoicefdp.exe", "invoicefdp.exe"},
		"emoji":              {"\U0001F5A8.png", "\U0001F5A8.png", "_.png"},
		"encoded-word":       {"=?utf-8?q?=2E=2E=2Fx?=", "=_utf-8?q?=2E=2E=2Fx?=", "__utf-8_q__2E_2E_2Fx__"},
		"only a path":        {"../", "file-1", "file-1"},
		"nothing":            {"", "file-1", "file-1"},
		"long":               {strings.Repeat("a", 100) + ".pdf", strings.Repeat("a", 100) + ".pdf", strings.Repeat("a", 56) + ".pdf"},
		"10 KB":              {strings.Repeat("ä", 5<<10) + ".pdf", strings.Repeat("ä", 125) + ".pdf", strings.Repeat("_", 56) + ".pdf"},
		"10 KB of extension": {"a." + strings.Repeat("b", 10<<10), "a." + strings.Repeat("b", 253), "a." + strings.Repeat("b", 58)},
	} {
		t.Run(name, func(t *testing.T) {
			files := shelf{}
			raw := encode(t, sample(func(m *notify.Mail) {
				m.Files, m.Attachments = files, []notify.Attachment{files.file(tt.name, "image/png", "content")}
			}))
			if err := readBack(raw, "[Ticket#4711-K7Q2PX9D] Printer", "Support", "Hello\n", "", attached{tt.want, "image/png", "content"}); err != nil {
				t.Errorf("%v\n%s", err, raw)
			}
			if field := map[bool]string{true: "filename", false: "name"}[tt.plain == tt.want]; !strings.Contains(raw, " "+field+`="`+tt.plain+`"`) {
				t.Errorf("plain name is not %q:\n%s", tt.plain, raw)
			}
			for l := range strings.SplitSeq(raw, "\r\n") {
				if len(l) > 78 {
					t.Errorf("line of %d bytes: %s", len(l), l)
				}
			}
			// The mail comes back, as an answer with the file in it would.
			in, err := message.Read(t.Context(), strings.NewReader(raw), nil)
			if err != nil || len(in.Attachments) != 1 || in.Attachments[0].Display != tt.want || in.Text != "Hello\n" || len(in.Defects) > 0 {
				t.Errorf("read by ourselves: %+v, defects %v (%v)", in.Attachments, in.Defects, err)
			}
		})
	}
}

func TestEncodeFileTypes(t *testing.T) {
	const any = "application/octet-stream"
	for stated, want := range map[string]string{
		"image/png": "image/png", "Text/HTML": "text/html", "application/vnd.ms-excel.sheet.macroEnabled.12": "application/vnd.ms-excel.sheet.macroenabled.12",
		"": any, "image": any, "image/": any, "/png": any, "image/png/x": any, "image/png; name=x": any, "image /png": any, "image/p\x00g": any,
		"a/b\r\nBcc: v@x.example": any, "ümage/png": any, "multipart/mixed": any, "Multipart/Mixed": any, "message/rfc822": any, "MESSAGE/external-body": any,
		"a/" + strings.Repeat("b", 125): "a/" + strings.Repeat("b", 125), "a/" + strings.Repeat("b", 126): any,
	} {
		files := shelf{}
		raw := encode(t, sample(func(m *notify.Mail) {
			m.Files, m.Attachments = files, []notify.Attachment{files.file("x", stated, "content")}
		}))
		if !strings.Contains(raw, "\r\nContent-Type: "+want+"\r\nContent-Disposition: ") || strings.Contains(raw, "Bcc") {
			t.Errorf("%q is not written as %q:\n%s", stated, want, raw)
		}
	}
}

// TestEncodeSizes: the size is known before anything is read, and the content
// arrives, around the ends of lines and of what is written at once.
func TestEncodeSizes(t *testing.T) {
	const block = 128 * 57
	sizes := []int{block - 1, block, block + 1, 2*block - 57, 2 * block, 2*block + 3, 100_000}
	for n := range 2*57 + 4 {
		sizes = append(sizes, n)
	}
	for _, size := range sizes {
		content := make([]byte, size)
		for i := range content {
			content[i] = byte(i * 7)
		}
		files := shelf{}
		p, err := notify.Prepare(sample(func(m *notify.Mail) {
			m.Files = files
			m.Attachments = []notify.Attachment{files.file("a", "", string(content)), files.file("b", "", string(content)+"b")}
		}))
		if err != nil {
			t.Fatal(err)
		}
		var first, again bytes.Buffer
		if err := errors.Join(p.Encode(t.Context(), &first), p.Encode(t.Context(), &again)); err != nil {
			t.Fatal(err)
		}
		if int64(first.Len()) != p.Size() || !bytes.Equal(first.Bytes(), again.Bytes()) {
			t.Errorf("%d bytes: Size is %d, written were %d, then %d", size, p.Size(), first.Len(), again.Len())
		}
		want := []attached{{"a", "application/octet-stream", string(content)}, {"b", "application/octet-stream", string(content) + "b"}}
		if err := readBack(first.String(), "[Ticket#4711-K7Q2PX9D] Printer", "Support", "Hello\n", "", want...); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

// A part of a reader, and then an error.
type breaking struct {
	io.Reader
	err error
}

func (b breaking) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = b.err
	}
	return n, err
}

func (b breaking) Close() error { return nil }

// TestEncodeBrokenFile: a file that is not what it should be is an error that
// names it, and not the mail's fault.
func TestEncodeBrokenFile(t *testing.T) {
	damaged := errors.New("damaged")
	content := strings.Repeat("x", 20_000)
	opens := func(s string, end error) notify.OpenerFunc {
		return func(context.Context, message.Blob) (io.ReadCloser, error) {
			return breaking{strings.NewReader(s), end}, nil
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	for name, tt := range map[string]struct {
		ctx   context.Context
		files notify.Opener
		want  error // nil: any
	}{
		"nothing opens it":   {t.Context(), nil, nil},
		"not there":          {t.Context(), shelf{}, errGone},
		"empty":              {t.Context(), opens("", io.EOF), io.EOF},
		"too short":          {t.Context(), opens(content[1:], io.EOF), nil},
		"too long":           {t.Context(), opens(content+"y", io.EOF), nil},
		"breaks off":         {t.Context(), opens(content[:9_000], damaged), damaged},
		"damaged at its end": {t.Context(), opens(content, damaged), damaged},
		"context ends": {ended, notify.OpenerFunc(func(context.Context, message.Blob) (io.ReadCloser, error) {
			cancel()
			return breaking{strings.NewReader(content), io.EOF}, nil
		}), context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			m := sample(func(m *notify.Mail) { m.Attachments = []notify.Attachment{sized("lost.pdf", 20_000)} })
			m.Files = tt.files
			err := notify.Encode(tt.ctx, io.Discard, m)
			if err == nil || errors.Is(err, notify.ErrInvalidMail) || !strings.Contains(err.Error(), `"lost.pdf"`) || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v of lost.pdf", err, tt.want)
			}
		})
	}
}

func TestEncodeRefusesFileWithoutContent(t *testing.T) {
	for _, a := range []notify.Attachment{{Name: "a"}, {Name: "a", Blob: message.Blob{Size: -1}}} {
		var b bytes.Buffer
		err := notify.Encode(t.Context(), &b, sample(func(m *notify.Mail) { m.Attachments, m.Files = []notify.Attachment{a}, shelf{} }))
		if !errors.Is(err, notify.ErrInvalidMail) || !strings.Contains(err.Error(), "Attachments[0]") || b.Len() > 0 {
			t.Errorf("%v after %d bytes, want ErrInvalidMail of Attachments[0]", err, b.Len())
		}
	}
}

// A writer that fails says why itself: no file is blamed.
func TestEncodeFailingWriter(t *testing.T) {
	full := errors.New("disk full")
	files := shelf{}
	m := sample(func(m *notify.Mail) {
		m.Files, m.Attachments = files, []notify.Attachment{files.file("a.pdf", "", strings.Repeat("x", 20_000))}
	})
	for _, room := range []int{0, 1000, 15_000} {
		left := room
		err := notify.Encode(t.Context(), writerFunc(func(p []byte) (int, error) {
			if left -= len(p); left < 0 {
				return 0, full
			}
			return len(p), nil
		}), m)
		if err != full { //nolint:errorlint // exactly that
			t.Errorf("after %d bytes: %v, want the writer's error", room, err)
		}
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// zeros is a file of so many bytes that takes no memory.
type zeros struct{ left int64 }

func (z *zeros) Read(p []byte) (int, error) {
	n := int(min(int64(len(p)), z.left))
	if z.left -= int64(n); n == 0 {
		return 0, io.EOF
	}
	clear(p[:n])
	return n, nil
}

func (z *zeros) Close() error { return nil }

// TestEncodeMemory: all that is ever allocated for a file of 20 MiB is a few
// buffers, so no more of it is in memory at any time.
func TestEncodeMemory(t *testing.T) {
	const size = 20 << 20
	m := sample(func(m *notify.Mail) {
		m.Attachments = []notify.Attachment{sized("big.bin", size)}
		m.Files = notify.OpenerFunc(func(context.Context, message.Blob) (io.ReadCloser, error) { return &zeros{size}, nil })
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	written := int64(0)
	err := notify.Encode(t.Context(), writerFunc(func(p []byte) (int, error) { written += int64(len(p)); return len(p), nil }), m)
	runtime.ReadMemStats(&after)
	if err != nil || written < size*4/3 {
		t.Fatalf("%v after %d bytes", err, written)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 256<<10 {
		t.Errorf("%d KiB allocated, want at most 256", used>>10)
	} else {
		t.Logf("%d KiB allocated", used>>10)
	}
}

// FuzzEncodeFile: whatever a file is called, two readers find one file with
// that name, cleaned, and its content.
func FuzzEncodeFile(f *testing.F) {
	f.Add("report.pdf", "application/pdf", []byte("x"))
	f.Add("../ä\r\nBcc: v@x.example\u202e;\"=?utf-8?q?x?=", "a/b\r\n", []byte("\r\n.\r\n"))
	f.Fuzz(func(t *testing.T, name, mediaType string, content []byte) {
		files := shelf{}
		m := sample(func(m *notify.Mail) {
			m.Files, m.Attachments = files, []notify.Attachment{files.file(name, mediaType, string(content))}
		})
		raw := encode(t, m)
		if err := wire(raw); err != nil {
			t.Fatalf("%v\n%q", err, raw)
		}
		p, err := notify.Prepare(m)
		if err != nil || p.Size() != int64(len(raw)) {
			t.Fatalf("Size is %d, written were %d (%v)", p.Size(), len(raw), err)
		}
		msg, err := mail.ReadMessage(strings.NewReader(raw))
		if err != nil || len(msg.Header) != 12 {
			t.Fatalf("%v, header %v", err, msg)
		}
		want := meant(m)
		_, typeLine, _ := strings.Cut(raw[strings.LastIndex(raw, "\r\nContent-Type: "):], ": ")
		want[0].Type = strings.TrimSpace(typeLine[:strings.IndexAny(typeLine, ";\r")]) // TestEncodeFileTypes is about that
		if err := readFiles(msg, want); err != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
	})
}
