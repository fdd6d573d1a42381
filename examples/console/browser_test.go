package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/examples/internal/axe"
	"example.com/ticketmail/examples/internal/browser"
)

// start serves the demo, and returns the address of its console.
func start(t *testing.T) (*demo, string) {
	t.Helper()
	return startBehind(t, func(h http.Handler) http.Handler { return h })
}

// startBehind is start with something before the pages.
func startBehind(t *testing.T, front func(http.Handler) http.Handler) (*demo, string) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	noon := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	begun := time.Now()
	d, err := newDemo(t.Context(), func() time.Time { return noon.Add(time.Since(begun)) }, server.Listener.Addr().(*net.TCPAddr).String())
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = front(d.handler())
	server.Start()
	t.Cleanup(server.Close)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.engine.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	return d, server.URL + prefix
}

// speak makes the console's pages of a language, and opens the first.
func speak(w *browser.Window, address, tag string) {
	u, _ := url.Parse(address)
	w.Go("http://" + u.Host + "/language/" + tag)
}

// everyPage are the pages of the demo.
func everyPage(t *testing.T, w *browser.Window, address string) []string {
	t.Helper()
	pages := []string{
		"/", "/journal", "/quarantine", "/outbox", "/mailboxes", "/mailboxes/edit", "/mailboxes/show?id=sales", "/mailboxes/show?id=orders", "/mailboxes/edit?id=sales",
		"/mailboxes/delete?id=sales", "/notifications", "/notifications?project=webshop", "/notifications/edit?event=comment_added",
		"/notifications/explain?ticket=1&event=ticket_created&actor=bea", "/templates", "/templates?name=status_done", "/templates/edit?name=status_done&audience=customer&language=de",
		"/categories", "/categories/edit", "/categories/edit?id=wunsch", "/categories/delete?id=alt", "/nothing",
	}
	for _, list := range []string{"/journal", "/quarantine", "/outbox"} {
		w.Go(address + list)
		link := browser.Eval[string](w, `document.querySelector("tbody th a").getAttribute("href")`)
		pages = append(pages, strings.TrimPrefix(link, prefix))
	}
	return pages
}

// TestAccessible: axe finds nothing on any page, light and dark, wide and
// narrow, and no page asks for anything that the policy forbids or is wider
// than the window.
func TestAccessible(t *testing.T) {
	_, address := start(t)
	w := browser.Open(t)
	speak(w, address, "de")
	for i, path := range everyPage(t, w, address) {
		w.Size(1280, 900)
		w.Go(address + path)
		name := shotName(path, i)
		axe.Check(t, w, path)
		w.Screenshot("wide-" + name)
		w.Size(390, 844)
		axe.Check(t, w, path+" on a phone")
		if over := browser.Eval[int](w, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
			t.Errorf("%s is %d pixels wider than a phone", path, over)
		}
		if cut := browser.Eval[[]string](w, cutOff); len(cut) > 0 {
			t.Errorf("%s cuts %q off on a phone, and nothing shows it", path, cut)
		}
		w.Screenshot("phone-" + name)
	}
	w.Dark(true)
	for _, path := range []string{"/", "/journal", "/mailboxes/show?id=sales", "/categories/edit", "/templates/edit?name=status_done&audience=customer&language=de"} {
		w.Size(1280, 900)
		w.Go(address + path)
		axe.Check(t, w, path+" in the dark")
		w.Screenshot("dark-" + shotName(path, 0))
	}
}

// cutOff returns what is wider than the room it has and does not say so: the
// menu, tables. What is folded or can be reached with the keyboard is left out.
const cutOff = `[...document.querySelectorAll(".menu, .scroll:not([tabindex])")]
	.filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1).map(e => e.textContent.trim().slice(0, 40))`

func shotName(path string, i int) string {
	name, _, _ := strings.Cut(strings.Trim(path, "/"), "?")
	return string(rune('a'+i)) + "-" + strings.ReplaceAll(name, "/", "-")
}

// TestByKeyboard makes a category with nothing but the keyboard.
func TestByKeyboard(t *testing.T) {
	d, address := start(t)
	w := browser.Open(t)
	speak(w, address, "en")
	w.Go(address + "/categories/edit")
	focus := func() string {
		return browser.Eval[string](w, `document.activeElement.id || document.activeElement.getAttribute("href") || document.activeElement.textContent`)
	}
	w.Type(kb.Tab)
	if got := focus(); got != "#main" {
		t.Errorf("the first stop is %q, want the link to the content", got)
	}
	w.Type(kb.Enter)
	var stops []string
	tab := func(to string) {
		t.Helper()
		for range 25 {
			w.Type(kb.Tab)
			stops = append(stops, focus())
			if stops[len(stops)-1] == to {
				return
			}
			if browser.Eval[string](w, `getComputedStyle(document.activeElement).outlineStyle`) == "none" {
				t.Errorf("the focus on %q cannot be seen", focus())
			}
		}
		t.Fatalf("no way to %q: %q", to, stops)
	}
	tab("f-new")
	w.Type("keys")
	tab("p-label.en-tab")
	w.Type(kb.ArrowLeft)
	if got := focus(); got != "p-label.de-tab" {
		t.Errorf("the arrow leads to %q", got)
	}
	tab("f-label.de")
	w.Type("Tastatur")
	tab("f-order")
	w.Type(kb.Enter) // a form is sent by Enter in a field
	w.Until("the table", func() bool { return browser.Eval[bool](w, `location.pathname.endsWith("/categories")`) })
	if got := w.Text("[role=status]"); !strings.Contains(got, "saved") {
		t.Errorf("the page says %q", got)
	}
	all, err := d.engine.Categories(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(all, func(c catalog.Category) bool { return c.ID == "keys" }); i < 0 || all[i].Labels["de"] != "Tastatur" {
		t.Errorf("categories = %v", all)
	}
}

// TestFieldsAppear: the form of a mailbox shows the fields that apply.
func TestFieldsAppear(t *testing.T) {
	_, address := start(t)
	w := browser.Open(t)
	w.Go(address + "/mailboxes/edit")
	for _, tt := range []struct {
		put         []string
		there, gone string
	}{
		{nil, "password folders", "client tenant move auth-url"},
		{[]string{"after", "move"}, "move failing", "client"},
		{[]string{"signin", "microsoft", "protocol", "pop3"}, "client tenant grant secret", "password folders after move auth-url"},
		{[]string{"signin", "google"}, "client secret login", "password tenant grant auth-url"},
		{[]string{"signin", "other", "protocol", "imap"}, "client auth-url token-url scopes folders move", "password tenant"},
		{[]string{"signin", "password"}, "password", "client secret tenant auth-url"},
	} {
		for i := 0; i < len(tt.put); i += 2 {
			w.Put(tt.put[i], tt.put[i+1])
		}
		for name := range strings.FieldsSeq(tt.there + " " + tt.gone) {
			shown := browser.Eval[bool](w, `document.getElementById("f-`+name+`").checkVisibility()`)
			if want := slices.Contains(strings.Fields(tt.there), name); shown != want {
				t.Errorf("%v: field %s is shown: %t", tt.put, name, shown)
			}
		}
	}
}

// TestNothingRuns: a mail full of script shows nothing active in a browser, and
// the preview of a template follows what is typed.
func TestNothingRuns(t *testing.T) {
	d, address := start(t)
	w := browser.Open(t)
	d.server.Add("INBOX", "From: \"<img src=x onerror=window.hit=1>\" <x@b.example>\r\nSubject: <script>window.hit=1</script>\r\nMessage-ID: <evil@b.example>\r\nContent-Type: text/html\r\n\r\n"+
		"<p>read <a href=\"javascript:window.hit=1\">click</a></p><script>window.hit=1</script><img src=x onerror=window.hit=1><svg onload=window.hit=1></svg><iframe srcdoc=\"<script>top.hit=1</script>\"></iframe>\r\n")
	d.engine.PollSoon("service")
	speak(w, address, "en")
	w.Until("the mail", func() bool {
		w.Go(address + "/journal?text=evil")
		return browser.Eval[bool](w, `!!document.querySelector("tbody a")`)
	})
	for range 2 { // the list, then the mail
		if browser.Eval[bool](w, "'hit' in window") {
			t.Error("a script has run")
		}
		if link := "tbody th a"; browser.Eval[bool](w, `!!document.querySelector("tbody th a")`) {
			w.Press(link)
		}
	}
	w.Click("#as-html-tab")
	if got := w.Text("#as-html"); !strings.Contains(got, "click") {
		t.Errorf("the mail reads %q", got)
	}
	if browser.Eval[bool](w, "'hit' in window") {
		t.Error("a script has run")
	}

	w.Go(address + "/templates/edit?name=status_done&audience=employee&language=en")
	w.Fill("#f-text", "fresh words {{ticket.number}}")
	w.Until("the preview", func() bool { return strings.Contains(w.Text("#preview"), "fresh words 4711") })
	w.Fill("#f-text", "wrong {{nothing}}")
	w.Until("the fault", func() bool { return strings.Contains(w.Text("#preview"), "Line 1, column 7") })
}

// TestDownload: the file of a mail is saved under a harmless name, and neither
// shown nor run.
func TestDownload(t *testing.T) {
	d, address := start(t)
	const page = "<!doctype html><script>window.hit=1</script>"
	d.server.Add("INBOX", "From: x@b.example\r\nSubject: files\r\nMessage-ID: <files@b.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"+
		"Content-Type: text/html\r\nContent-Disposition: attachment; filename*=utf-8''..%2F..%2Fa%E2%80%AElmth.html\r\n\r\n"+page+"\r\n--b--\r\n")
	d.engine.PollSoon("service")
	w := browser.Open(t)
	dir := w.Downloads()
	speak(w, address, "en")
	w.Until("the mail", func() bool {
		w.Go(address + "/journal?text=files@b.example")
		return browser.Eval[bool](w, `!!document.querySelector("tbody a")`)
	})
	w.Press("tbody th a")
	at := browser.Eval[string](w, "location.href")
	w.Click("a[href*='/mail/file']")
	var files []os.DirEntry
	w.Until("the file", func() bool {
		var err error
		if files, err = os.ReadDir(dir); err != nil {
			t.Fatal(err)
		}
		return len(files) == 1 && strings.HasSuffix(files[0].Name(), ".html")
	})
	if name := files[0].Name(); name != "almth.html" {
		t.Errorf("saved as %q", name)
	}
	if saved, err := os.ReadFile(filepath.Join(dir, files[0].Name())); err != nil || string(saved) != page {
		t.Errorf("saved are %q, %v", saved, err)
	}
	if now := browser.Eval[string](w, "location.href"); now != at || browser.Eval[bool](w, "'hit' in window") {
		t.Errorf("the page is %s, was %s", now, at)
	}
}
