package main

import (
	"context"
	"errors"
	"net"

	"net/http/httptest"
	"net/url"
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
	server := httptest.NewUnstartedServer(nil)
	noon := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	begun := time.Now()
	d, err := newDemo(t.Context(), func() time.Time { return noon.Add(time.Since(begun)) }, server.Listener.Addr().(*net.TCPAddr).String())
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = d.handler()
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

// TestLife of a category and a mailbox in each language: refused, made,
// changed, deleted.
func TestLife(t *testing.T) {
	d, address := start(t)
	w := browser.Open(t)
	for tag, missing := range map[string]string{"de": "Bitte ausfüllen", "en": "Please fill this in", "fr": "Veuillez remplir"} {
		speak(w, address, tag)
		w.Go(address + "/categories/edit")
		w.Press("form button.main")
		if got := w.Text("#e-new"); !strings.Contains(got, missing) {
			t.Errorf("%s: at the field stands %q", tag, got)
		}
		if got := browser.Eval[string](w, "document.activeElement.id"); got != "faults" {
			t.Errorf("%s: the focus is on %q, want what is wrong", tag, got)
		}
		w.Fill("#f-new", "life-"+tag)
		w.Press("form button.main")
		w.Press(`a[href$="edit?id=life-` + tag + `"]`)
		w.Fill(`[id="f-order"]`, "7")
		w.Press("form button.main")
		w.Press(`a[href$="delete?id=life-` + tag + `"]`)
		w.Press("form button.danger")
		if got := w.Text("main"); strings.Contains(got, "life-"+tag) {
			t.Errorf("%s: it is still there", tag)
		}

		w.Go(address + "/mailboxes/edit")
		shown := func(id string) bool {
			return browser.Eval[bool](w, `document.getElementById("`+id+`").checkVisibility()`)
		}
		if !shown("f-password") || shown("f-client") || shown("f-tenant") || shown("f-move") || !shown("f-folders") {
			t.Errorf("%s: not the fields of a password over IMAP", tag)
		}
		w.Choose("#f-signin", "microsoft")
		w.Choose("#f-protocol", "pop3")
		if shown("f-password") || !shown("f-client") || !shown("f-tenant") || shown("f-folders") {
			t.Errorf("%s: not the fields of Microsoft 365 over POP3", tag)
		}
		w.Choose("#f-signin", "password")
		w.Choose("#f-protocol", "imap")
		w.Fill("#f-new", "box-"+tag)
		w.Fill("#f-host", "imap.erp.example")
		w.Fill("#f-user", "user-"+tag)
		w.Fill("#f-password", "secret")
		w.Click("[data-test]")
		w.Until("the steps", func() bool { return browser.Eval[bool](w, `!!document.querySelector("#steps li:last-child a")`) })
		w.Press("form button.main") // not confirmed that it is nobody's own
		if got := w.Text("#e-own"); got == "" {
			t.Errorf("%s: the warning is missing", tag)
		}
		w.Fill("#f-password", "secret")
		w.Click("#f-own")
		w.Press("form button.main")
		w.Fill("#f-task", "gibtsnicht")
		w.Press(`form[action*="assign"] button`)
		if got := w.Text("#e-task"); got == "" {
			t.Errorf("%s: an unknown task is taken", tag)
		}
		w.Go(address + "/mailboxes/delete?id=box-" + tag)
		w.Press("form button.danger")
	}
	routes, err := d.engine.Routes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(routes.Mailboxes) != 4 {
		t.Errorf("%d mailboxes, want those of the demo", len(routes.Mailboxes))
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
