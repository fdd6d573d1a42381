package console_test

import (
	"encoding/base64"
	"mime"
	"net/http"
	"strings"
	"testing"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
	"example.com/ticketmail/ticketmail/console"
)

// evil is a name that shows a picture where there is a program, leads out of its
// folder and ends the header field.
const evil = "../../a\u202egnp.exe\"; filename=x.html\r\nX-Evil: 1"

const page = "<!doctype html><script>window.hit=1</script>"

// withFiles is a mail with a file of an evil name, one that is HTML, and a large one.
func withFiles(id, head string) string {
	part := func(name, media, content string) string {
		return "--b\r\nContent-Type: " + media + "\r\nContent-Disposition: attachment; filename*=utf-8''" + name + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
			base64.StdEncoding.EncodeToString([]byte(content)) + "\r\n"
	}
	return head + "From: Mia Kunde <mia@kunde.example>\r\nSubject: files\r\nMessage-ID: " + id + "\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\n\r\nsee there\r\n" +
		part("..%2F..%2Fa%E2%80%AEgnp.exe%22%3B%20filename%3Dx.html%0D%0AX-Evil%3A%201", "image/png", "MZ") +
		part("page.html", "text/html", page) +
		part("large.bin", "application/x-large", strings.Repeat("0123456789", 300_000)) + "--b--\r\n"
}

// harmless fails the test unless an answer is a download that can do nothing,
// and returns its name.
func (a answer) harmless() string {
	a.t.Helper()
	a.want(http.StatusOK)
	kind, params, err := mime.ParseMediaType(a.Header.Get("Content-Disposition"))
	if err != nil || kind != "attachment" {
		a.t.Errorf("Content-Disposition = %q, %v", a.Header.Get("Content-Disposition"), err)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
		"Cross-Origin-Resource-Policy": "same-origin", "X-Evil": "",
	} {
		if got := a.Header.Get(name); got != want {
			a.t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if name := params["filename"]; name == "" || strings.ContainsAny(name, "/\\\"\r\n\u202e") {
		a.t.Errorf("the name is %q", name)
	}
	return params["filename"]
}

// TestFilesOfMails: each file of a mail can be had alone, as it is, and only as
// a download.
func TestFilesOfMails(t *testing.T) {
	r := build(t, change{})
	r.seed()
	circle := strings.Repeat("Received: from a.example by b.example; Thu, 01 Oct 2026 10:00:00 +0000\r\n", 60)
	r.receive(withFiles("<files@b.example>", ""), withFiles("<loop@b.example>", circle))
	for _, id := range []string{"files", "loop"} {
		letter := r.get(r.get("/journal?text=" + id + "@b.example").link("files"))
		inspect(t, letter)
		for file, want := range map[string]string{"gnp.exe": "MZ", "page.html": page, "large.bin": strings.Repeat("0123456789", 300_000)} {
			link := letter.link(file)
			a := r.get(link)
			if name := a.harmless(); !strings.Contains(name, file) {
				t.Errorf("%s is called %q", file, name)
			}
			if a.body != want {
				t.Errorf("%s has %d bytes, want %d", file, len(a.body), len(want))
			}
			if head := r.send(http.MethodHead, link, nil); head.body != "" || head.harmless() == "" {
				t.Errorf("%s: HEAD answers with %d bytes", file, len(head.body))
			}
		}
	}
	good := r.get(r.get("/journal?text=files@b.example").link("files")).link("page.html")
	letter := r.get("/quarantine").link("files")
	waits := r.get(letter).link("page.html")
	for _, bad := range []string{"3", "-1", "x", ""} {
		r.send(http.MethodGet, strings.Replace(good, "file=1", "file="+bad, 1), nil).want(http.StatusNotFound)
	}
	r.send(http.MethodGet, "/mail/file?file=0", nil).want(http.StatusNotFound)
	r.send(http.MethodGet, "/mail/file?file=0&mail=x", nil).want(http.StatusNotFound)
	r.as = console.Visitor{Person: "bea", Right: console.Read}
	r.get(good).harmless()
	r.send(http.MethodGet, waits, nil).want(http.StatusForbidden) // like the mail itself
	if a := r.get(letter); !strings.Contains(a.text(), "page.html") || strings.Contains(a.body, "/mail/file") || strings.Contains(a.body, "/mail/raw") {
		t.Error("a link leads to what is refused")
	}
	r.as = console.Visitor{Person: "bea", Right: console.Administer}
	r.post("/mail/replay?mail="+strings.TrimPrefix(letter, "/mail?mail="), "how", "discard", "why", "a worm").want(http.StatusSeeOther)
	r.get(waits).harmless()
	r.as.Right = console.Read
	r.send(http.MethodGet, waits, nil).want(http.StatusForbidden) // it is no less harmful than before
	r.as = console.Visitor{}
	r.send(http.MethodGet, good, nil).want(http.StatusForbidden)
}

// TestFilesOfOutgoingMails does the same in the outbox.
func TestFilesOfOutgoingMails(t *testing.T) {
	r := build(t, change{})
	r.seed()
	_, err := r.AddComment(t.Context(), ticketmail.Actor{Person: "bea"}, "1", ticketmail.NewComment{Text: "see there", Files: []ticketmail.File{{Name: "page.html", Type: "text/html", Content: strings.NewReader(page)}}})
	r.must(err)
	var files []storage.Comment
	r.must(r.View(t.Context(), func(rd storage.Reader) error {
		files = nil
		for c, err := range rd.Tickets().Comments(t.Context(), "1") {
			if err != nil {
				return err
			}
			if len(c.Attachments) > 0 {
				files = append(files, c)
			}
		}
		return nil
	}))
	blob := files[0].Attachments[0].Blob
	r.outgoing(func(m *notify.Mail) {
		m.Attachments = []notify.Attachment{
			{Name: "page.html", Type: "text/html", Blob: blob}, {Name: evil, Type: "image/png", Blob: blob}, {Name: "named only"},
			{Name: "gone", Blob: storage.Blob{SHA256: [32]byte{1}, Size: 1}},
		}
	})
	mail := r.get("/outbox/mail?mail=m1&ticket=1").has("named only")
	inspect(t, mail)
	for _, file := range []string{"page.html", "gnp.exe"} {
		a := r.get(mail.link(file))
		if name := a.harmless(); !strings.Contains(name, file) || a.body != page {
			t.Errorf("%s is called %q and has %q", file, name, a.body)
		}
	}
	at := mail.link("page.html")
	for _, bad := range []string{"2", "3", "4", "-1", "x"} {
		r.send(http.MethodGet, strings.Replace(at, "file=0", "file="+bad, 1), nil).want(http.StatusNotFound)
	}
	r.as = console.Visitor{Person: "bea", Right: console.Read}
	r.get(at).harmless()
	r.as = console.Visitor{}
	r.send(http.MethodGet, at, nil).want(http.StatusForbidden)
}
