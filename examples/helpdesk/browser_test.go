package main

import (
	"context"
	"net"
	"os"
	"strings"
	"testing"

	"example.com/ticketmail/examples/internal/axe"
	"example.com/ticketmail/examples/internal/browser"
)

// start serves the helpdesk with its week, and returns its address.
func start(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	h, err := open(ctx, options{data: t.TempDir()}, listener.Addr(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- h.serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}

// be makes a window somebody's.
func be(w *browser.Window, url, person string) {
	w.Go(url + "/signin")
	w.Press(`button[value="` + person + `"]`)
}

// The whole loop: a customer's mail becomes a ticket, an employee answers, the
// customer's answer becomes a comment, the work is done and accepted.
func TestLoop(t *testing.T) {
	url := start(t)
	w := browser.Open(t)
	const subject = "The lift stands still"

	be(w, url, "sam")
	w.Go(url + "/write")
	w.Fill(`input[name="subject"]`, subject)
	w.Fill(`textarea[name="text"]`, "It stops between two floors.")
	w.Press("button.main")
	ticket := waitForLink(w, url+"/tickets", subject)

	be(w, url, "bea")
	w.Go(ticket)
	w.Choose(`select[name="assignee"]`, "bea")
	w.Press(`form[action$="/edit"] button`)
	w.Press(`button[value="in_process"]`)
	w.Fill("#text", "Somebody is on the way.")
	w.Press("form.new button.main")

	answer := waitForLink(w, url+"/mails", subject)
	w.Go(answer)
	if got := w.Text("article"); !strings.Contains(got, "Somebody is on the way.") {
		t.Errorf("the mail to the customer says %q", got)
	}
	w.Press(".head a.button")
	w.Fill(`textarea[name="text"]`, "Thank you, it moves again.")
	w.Press("button.main")
	waitFor(w, ticket, ".talk", "it moves again")

	w.Press(`button[value="done"]`)
	be(w, url, "sam")
	w.Go(ticket)
	w.Screenshot("customer")
	w.Press(`button[value="accepted"]`)
	if got := w.Text(".head .badge"); got != "accepted" {
		t.Errorf("at the end the ticket is %q", got)
	}
}

// waitForLink opens a page until it has a link with a text in it, and returns
// where that leads.
func waitForLink(w *browser.Window, page, text string) string {
	waitFor(w, page, "main", text)
	return browser.Eval[string](w, `[...document.querySelectorAll("td a")].find(a => a.textContent.includes("`+text+`")).href`)
}

// waitFor opens a page until what selector finds has a text in it.
func waitFor(w *browser.Window, page, selector, text string) {
	w.Until(text+" on "+page, func() bool {
		w.Go(page)
		return strings.Contains(w.Text(selector), text)
	})
}

// The pictures of the README, and what a phone shows. Those of docs/pictures are
// list, ticket, overview and explain, and two as a phone shows them, as this test
// leaves them in the folder that TICKETMAIL_SCREENSHOTS names. Without fonts for Japanese and for pictures
// in texts they show boxes: Debian has fonts-noto-core, fonts-ipafont-gothic and
// fonts-noto-color-emoji. The test itself asks for none.
func TestPages(t *testing.T) {
	url := start(t)
	w := browser.Open(t)
	be(w, url, "carl")
	for _, p := range []struct{ name, path string }{
		{"signin", "/signin"}, {"list", "/tickets"}, {"ticket", "/tickets/2"}, {"ticket-html", "/tickets/3"}, {"new", "/tickets/new"},
		{"mails", "/mails"}, {"mail", "/mails/3"}, {"write", "/write?answer=3"},
		{"overview", "/admin/"}, {"mailboxes", "/admin/mailboxes"}, {"notifications", "/admin/notifications"},
		{"explain", "/admin/notifications/explain?ticket=8&event=ticket_created&actor=anna"}, {"journal", "/admin/journal"},
	} {
		for _, size := range []struct {
			name          string
			width, height int64
		}{{"", 1280, 900}, {"-phone", 390, 844}} {
			w.Size(size.width, size.height)
			w.Go(url + p.path)
			w.Screenshot(p.name + size.name)
			if wide := browser.Eval[int64](w, "document.documentElement.scrollWidth"); wide > size.width {
				t.Errorf("%s is %d pixels wide in a window of %d", p.path, wide, size.width)
			}
		}
	}
}

// TestAccessible: axe finds nothing on any page, on a desk and on a phone, in
// the light and in the dark, with everything unfolded.
func TestAccessible(t *testing.T) {
	url := start(t)
	w := browser.Open(t)
	check := func(who, path string) {
		t.Helper()
		w.Size(1280, 900)
		w.Go(url + path)
		browser.Eval[int](w, `[...document.querySelectorAll("details")].map(d => d.open = true).length`)
		axe.Check(t, w, who+" at "+path)
		w.Size(390, 844)
		axe.Check(t, w, who+" at "+path+" on a phone")
		if wide := browser.Eval[int64](w, "document.documentElement.scrollWidth"); wide > 390 {
			t.Errorf("%s at %s: %d pixels wide on a phone", who, path, wide)
		}
	}
	check("nobody", "/signin")
	for _, tt := range []struct {
		who   string
		paths []string
	}{
		{"carl", []string{"/tickets", "/tickets?q=printer&status=new", "/tickets?q=thereisnosuchword", "/tickets/new", "/tickets/new?parent=2", "/mails", "/mails/3", "/write", "/write?answer=3", "/nothing", "/tickets/99999"}},
		{"sam", []string{"/tickets", "/tickets/new"}},
	} {
		be(w, url, tt.who)
		for _, path := range tt.paths {
			check(tt.who, path)
		}
		w.Go(url + "/tickets")
		tickets := browser.Eval[[]string](w, `[...document.querySelectorAll("td a")].map(a => a.getAttribute("href"))`)
		if len(tickets) == 0 {
			t.Fatalf("%s has no tickets", tt.who)
		}
		for _, path := range tickets {
			check(tt.who, path)
		}
	}
	be(w, url, "carl")
	w.Dark(true)
	for _, path := range []string{"/signin", "/tickets", "/tickets/2", "/tickets/3", "/tickets/new", "/mails/3", "/write", "/nothing"} {
		check("carl in the dark", path)
	}
	w.Dark(false)

	// Forms that are refused.
	w.Go(url + "/tickets/new")
	browser.Eval[int](w, `document.querySelectorAll("[required]").forEach(f => f.required = false), 0`)
	w.Press("button.main")
	if got := w.Text("[role=alert]"); got == "" {
		t.Error("nothing says why the form is refused")
	}
	axe.Check(t, w, "a refused form")
}
