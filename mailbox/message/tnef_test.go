package message_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"example.com/ticketmail/mailbox/message"
	"github.com/google/go-cmp/cmp"
)

// Attributes and properties of TNEF, as MS-OXTNEF numbers them.
const (
	attCodepage   = 0x00069007
	attBody       = 0x0002800C
	attProps      = 0x00069003
	attRendData   = 0x00069002
	attTitle      = 0x00018010
	attData       = 0x0006800F
	attAttachment = 0x00069005

	propBody      = 0x1000_001E
	propHTML      = 0x1013_0102
	propCPID      = 0x3FDE_0003
	propLongName  = 0x3707_001F
	propType      = 0x370E_001E
	propContentID = 0x3712_001E
	propObject    = 0x3701_000D
	propNumber    = 0x0E20_0003
	propTime      = 0x3007_0040
	propStrings   = 0x8001_101E // named, several values
)

const messageIID = "\x07\x03\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"

// tnef joins attributes into a stream.
func tnef(attributes ...[]byte) []byte {
	return append([]byte("\x78\x9f\x3e\x22\x01\x00"), bytes.Join(attributes, nil)...)
}

// attribute makes an attribute; its checksum is left out of account.
func attribute(id uint32, data []byte) []byte {
	level := byte(1)
	switch id {
	case attRendData, attTitle, attData, attAttachment:
		level = 2
	}
	b := append(u32(id), u32(uint32(len(data)))...)
	return append(append(append([]byte{level}, b...), data...), 0, 0)
}

// properties makes the value of an attribute of properties.
func properties(all ...[]byte) []byte {
	return append(u32(uint32(len(all))), bytes.Join(all, nil)...)
}

// prop makes a property with one value, of variable size unless it is of one
// of the fixed types.
func prop(tag uint32, value string) []byte {
	b := u32(tag)
	switch tag & 0xFFFF {
	case 0x0003, 0x0040:
		return append(b, value...)
	case 0x001F:
		value = string(utf16LE(value))
	}
	if tag>>16 >= 0x8000 {
		b = append(b, make([]byte, 16)...)
		b = append(b, u32(1)...)
		b = append(append(b, u32(6)...), "n\x00a\x00m\x00\x00\x00"...)
	}
	return append(b, values(value)...)
}

// values makes values of variable size.
func values(all ...string) []byte {
	b := u32(uint32(len(all)))
	for _, v := range all {
		b = append(append(b, u32(uint32(len(v)))...), v...)
		b = append(b, make([]byte, (4-len(v)%4)%4)...)
	}
	return b
}

func u32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

func utf16LE(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// outlookFile is a file with a title in DOS form and a long name.
func outlookFile(title, long, content string) []byte {
	return bytes.Join([][]byte{
		attribute(attRendData, make([]byte, 14)),
		attribute(attTitle, []byte(title+"\x00")),
		attribute(attData, []byte(content)),
		attribute(attAttachment, properties(prop(propNumber, "\x00\x00\x00\x00"), prop(propLongName, long+"\x00"), prop(propTime, "12345678"), prop(propType, "Image/PNG\x00"))),
	}, nil)
}

// winmail makes a mail with a text, and a stream as winmail.dat.
func winmail(text string, stream []byte) string {
	part := ""
	if text != "" {
		part = "--b\n\n" + text + "\n"
	}
	return "Content-Type: multipart/mixed; boundary=b\n\n" + part +
		"--b\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n" +
		strings.ReplaceAll(base64Lines(stream), "\r\n", "\n") + "--b--\n"
}

// A unpacked is what a test compares of an attachment found in another.
type unpacked struct {
	level                    int
	name, mediaType, content string
}

// unpackedFiles returns the files of m but for the first at level 0, which is
// the container.
func unpackedFiles(m *message.Message, sink *memorySink) []unpacked {
	kept := sink.kept()[1:] // the first is the raw mail
	var list []unpacked
	for i, a := range m.Attachments {
		if a.Level > 0 {
			list = append(list, unpacked{a.Level, a.Name, a.Type, kept[i].data.String()})
		}
	}
	return list
}

func TestReadTNEF(t *testing.T) {
	embedded := string(tnef(attribute(attBody, []byte("inner")), outlookFile("IN.TXT", "inside.txt", "deep")))
	for name, tt := range map[string]struct {
		text    string // of the mail
		stream  []byte
		want    []unpacked
		view    string
		html    string
		defects []string
	}{
		"two files": {
			text: "Hello", stream: tnef(attribute(attBody, []byte("ignored\x00")), outlookFile("A.PNG", "ä long.png", "one"), outlookFile("B~1.PDF", `..\b.pdf`, "two")),
			want: []unpacked{{1, "ä long.png", "image/png", "one"}, {1, "b.pdf", "image/png", "two"}}, view: "Hello",
		},
		"only a title": {
			text: "Hello", stream: tnef(attribute(attCodepage, append(u32(1251), 0, 0, 0, 0)), attribute(attRendData, nil), attribute(attTitle, []byte("\xcf\xf0\xe8.txt\x00")), attribute(attData, []byte("x"))),
			want: []unpacked{{1, "При.txt", "application/octet-stream", "x"}}, view: "Hello",
		},
		"a picture in the text": {
			text: "Hello", stream: tnef(attribute(attRendData, nil), attribute(attData, []byte("x")), attribute(attAttachment, properties(prop(propContentID, "<a@b>\x00")))),
			want: []unpacked{{1, "", "application/octet-stream", "x"}}, view: "Hello",
		},
		"the text of the mail": {stream: tnef(attribute(attBody, []byte("Gr\xfc\xdfe\r\nyou\x00"))), view: "Grüße\nyou"},
		"text and HTML as properties": {
			stream: tnef(attribute(attProps, properties(prop(propStrings, "x"), prop(propBody, "plain\x00"), prop(propCPID, "\xe9\xfd\x00\x00"), prop(propHTML, "<p>ä</p>")))),
			view:   "plain", html: "<p>ä</p>",
		},
		"a message in the message": {
			text: "Hello", stream: tnef(attribute(attRendData, nil), attribute(attTitle, []byte("Re: you")), attribute(attAttachment, properties(prop(propObject, messageIID+embedded))), outlookFile("A.PNG", "a.png", "one")),
			want: []unpacked{
				{1, "Re: you", "application/ms-tnef", embedded},
				{2, "inside.txt", "image/png", "deep"},
				{1, "a.png", "image/png", "one"},
			}, view: "Hello",
		},
		"an object": {
			text: "Hello", stream: tnef(attribute(attRendData, nil), attribute(attAttachment, properties(prop(propObject, "0123456789abcdefOLE")))),
			want: []unpacked{{1, "", "application/octet-stream", "OLE"}}, view: "Hello",
		},
		"properties damaged": {
			text: "Hello", stream: tnef(attribute(attRendData, nil), attribute(attData, []byte("x")), attribute(attAttachment, properties(u32(0x3707_0777))), outlookFile("A.PNG", "a.png", "one")),
			want: []unpacked{{1, "", "application/octet-stream", "x"}, {1, "a.png", "image/png", "one"}}, view: "Hello",
		},
		"cut in the content": {
			text: "Hello", stream: tnef(attribute(attRendData, nil), attribute(attTitle, []byte("a.txt")), attribute(attData, []byte("0123456789"))[:15]),
			want: []unpacked{{1, "a.txt", "application/octet-stream", "012345"}}, view: "Hello", defects: []string{"tnef-damaged"},
		},
		"size beyond the end": {
			text: "Hello", stream: tnef(attribute(attRendData, nil), []byte{2}, u32(attData), u32(1<<31), []byte("abc")),
			want: []unpacked{{1, "", "application/octet-stream", "abc"}}, view: "Hello", defects: []string{"tnef-damaged"},
		},
		"not TNEF":        {text: "Hello", stream: []byte("PK\x03\x04 something else"), view: "Hello", defects: []string{"tnef-damaged"}},
		"nothing":         {text: "Hello", view: "Hello", defects: []string{"tnef-damaged"}},
		"no files":        {text: "Hello", stream: tnef(), view: "Hello"},
		"an unknown kind": {text: "Hello", stream: tnef([]byte{3, 1, 2, 3}), view: "Hello", defects: []string{"tnef-damaged"}},
	} {
		t.Run(name, func(t *testing.T) {
			sink := new(memorySink)
			m := read(t, winmail(tt.text, tt.stream), &message.Options{Sink: sink})
			checkSpools(t, sink, m)
			if len(m.Attachments) == 0 || m.Attachments[0].Name != "winmail.dat" || sink.kept()[1].data.String() != string(tt.stream) {
				t.Errorf("the container is not kept whole: %+v", m.Attachments)
			}
			if diff := cmp.Diff(tt.want, unpackedFiles(m, sink), cmp.AllowUnexported(unpacked{})); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if m.Text != tt.view || m.HTML != tt.html {
				t.Errorf("Text, HTML = %q, %q, want %q, %q", m.Text, m.HTML, tt.view, tt.html)
			}
			if diff := cmp.Diff(tt.defects, codes(m)); diff != "" {
				t.Errorf("defects (-want +got):\n%s", diff)
			}
		})
	}
}

// A winmail.dat is one by its name too, but no other file is looked into.
func TestReadTNEFByName(t *testing.T) {
	stream := base64.StdEncoding.EncodeToString(tnef(outlookFile("A", "a", "x")))
	for head, want := range map[string]int{
		"application/octet-stream; name=WinMail.dat": 2,
		"application/vnd.ms-tnef":                    2,
		"application/octet-stream; name=other.dat":   1,
		"application/zip; name=winmail.dat":          1,
	} {
		m := read(t, "Content-Type: "+head+"\nContent-Transfer-Encoding: base64\n\n"+stream, nil)
		if len(m.Attachments) != want {
			t.Errorf("%s: %d attachments, want %d", head, len(m.Attachments), want)
		}
	}
}

// nestedTNEF returns messages of Outlook in each other.
func nestedTNEF(depth int, content string) []byte {
	stream := tnef(outlookFile("A", "a.txt", content))
	for range depth {
		stream = tnef(attribute(attRendData, nil), attribute(attAttachment, properties(prop(propObject, messageIID+string(stream)))))
	}
	return stream
}

// FuzzReadTNEF checks that no stream makes Read fail or lists more bytes than
// the limits allow, and that the container stays whole.
func FuzzReadTNEF(f *testing.F) {
	f.Add(tnef(outlookFile("A", "a", "x"), attribute(attBody, []byte("text"))))
	f.Add(tnef(attribute(attProps, properties(prop(propStrings, "x"), prop(propBody, "plain\x00"), prop(propCPID, "\xe9\xfd\x00\x00"), prop(propHTML, "<p>ä</p>")))))
	f.Add(nestedTNEF(3, "x"))
	f.Add(nestedTNEF(20, "x"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		const most = 1 << 10
		sink := new(memorySink)
		mail := "Content-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString(stream)
		m, err := message.Read(t.Context(), strings.NewReader(mail), &message.Options{Sink: sink, Limits: message.Limits{Unpacked: most, Parts: 10}})
		if err != nil {
			t.Fatalf("Read: %v", err)
		}
		checkView(t, "mail", m)
		checkSpools(t, sink, m)
		kept := sink.kept()
		if !bytes.Equal(kept[1].data.Bytes(), stream) {
			t.Error("the container changed")
		}
		size := 0
		for _, s := range kept[2:] {
			size += s.data.Len()
		}
		if size > most || len(m.Attachments) > 11 {
			t.Errorf("%d bytes unpacked, %d attachments", size, len(m.Attachments))
		}
	})
}
