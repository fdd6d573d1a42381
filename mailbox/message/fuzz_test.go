package message_test

import (
	"bytes"
	"crypto/sha256"
	"os"
	"regexp"
	"sync"
	"testing"
	"testing/iotest"

	"example.com/ticketmail/mailbox/message"
	"github.com/google/go-cmp/cmp"
)

// FuzzRead checks that no mail makes Read fail, that the raw bytes stay whole,
// that the view is clean, and that it does not depend on how the bytes arrive.
func FuzzRead(f *testing.F) {
	for _, mail := range benchmarkMails() {
		f.Add(mail[:min(len(mail), 4000)])
	}
	for _, seed := range []string{
		twoParts, nested(5), pgpMail(secretEntity), "", "Subject: a\n\nx\n" + uuencode("f", []byte("content"), '`'),
		"Content-Type: application/ms-tnef\n\n" + string(tnef(outlookFile("A", "a", "x"))),
		"Content-Type: text/plain; format=flowed; delsp=yes\n\n> a \n> b\n-- \n", "\n", "From x\n Subject: a\nx\n\n", "Subject: a\rTo: b\r\rtext\r",
		"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822;a@b.example\nAction: failed\nStatus: 5.1.1\n\n--b--",
		"Content-Disposition: attachment; filename*0*=utf-8''%2e%2e; filename*1=/x\nContent-Transfer-Encoding: base64\n\nAAA=A\n_\n=",
		"Content-Transfer-Encoding: quoted-printable\nContent-Type: text/html; charset=utf-16\n\n<p>=C3=\n =4 =",
		"Content-Type: multipart/mixed\n\n--x\nContent-Type: message/rfc822\n\nSubject: y\n\n--x--\n--x\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, mail []byte) {
		sink := new(memorySink)
		m, err := message.Read(t.Context(), bytes.NewReader(mail), &message.Options{Sink: sink})
		if err != nil {
			t.Fatalf("Read: %v", err)
		}
		checkView(t, "mail", m)
		if m.Raw.SHA256 != sha256.Sum256(mail) || !bytes.Equal(sink.spools[0].data.Bytes(), mail) {
			t.Error("raw bytes changed")
		}
		checkSpools(t, sink, m)
		checkDecrypted(t, mail, m)
		slow, err := message.Read(t.Context(), iotest.OneByteReader(bytes.NewReader(mail)), nil)
		if err != nil {
			t.Fatalf("Read byte by byte: %v", err)
		}
		if diff := cmp.Diff(m, slow); diff != "" {
			t.Errorf("byte by byte the mail reads differently:\n%s", diff)
		}
	})
}

// checkDecrypted checks that a Decrypter makes nothing fail and nothing less.
func checkDecrypted(t *testing.T, mail []byte, without *message.Message) {
	t.Helper()
	sink := new(memorySink)
	m, err := message.Read(t.Context(), bytes.NewReader(mail), &message.Options{Sink: sink, Decrypter: new(decrypter)})
	if err != nil {
		t.Fatalf("Read with a Decrypter: %v", err)
	}
	checkView(t, "mail", m)
	checkSpools(t, sink, m)
	if m.Raw != without.Raw || len(m.Attachments) < len(without.Attachments) {
		t.Errorf("with a Decrypter there are %d attachments instead of %d", len(m.Attachments), len(without.Attachments))
	}
}

// checkSpools checks that every attachment has its content in sink, in order,
// and that no other spool was left open.
func checkSpools(t *testing.T, sink *memorySink, m *message.Message) {
	t.Helper()
	kept := 0
	for i, s := range sink.spools {
		if s.finished == s.discarded {
			t.Errorf("spool %d: finished %t, discarded %t", i, s.finished, s.discarded)
		}
		if s.finished {
			kept++
		}
	}
	if kept != len(m.Attachments)+1 {
		t.Errorf("%d spools for %d attachments", kept, len(m.Attachments))
	}
}

// documentedCodes are the codes of defects that the package documentation
// explains.
var documentedCodes = sync.OnceValue(func() map[string]bool {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		panic(err)
	}
	codes := make(map[string]bool)
	for _, line := range regexp.MustCompile(`(?m)^//   - ([a-z0-9, -]+):`).FindAllSubmatch(doc, -1) {
		for code := range bytes.SplitSeq(line[1], []byte(", ")) {
			codes[string(code)] = true
		}
	}
	return codes
})
