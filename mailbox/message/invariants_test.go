package message_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"example.com/ticketmail/mailbox/message"
)

// checkView checks what holds for the view of every mail, whatever it holds.
func checkView(t *testing.T, name string, m *message.Message) {
	t.Helper()
	clean := func(field, s string) {
		if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\r") {
			t.Errorf("%s: %s is not valid UTF-8 without NUL and CR: %.200q", name, field, s)
		}
	}
	clean("Text", m.Text)
	clean("HTML", m.HTML)
	clean("Subject", m.Subject)
	if strings.Contains(m.Subject, "\n") {
		t.Errorf("%s: line break in subject %q", name, m.Subject)
	}
	checkDefects(t, name, m)
	checkReport(t, m.Report)
	for _, a := range m.Attachments {
		clean("Name", a.Name)
		clean("Display", a.Display)
		clean("ContentID", a.ContentID)
		if strings.ContainsAny(a.Name+a.Display, "/\\\n") || a.Display == "" || a.Display == ".." {
			t.Errorf("%s: unsafe name %q, display %q", name, a.Name, a.Display)
		}
		if top, sub, ok := strings.Cut(a.Type, "/"); !ok || top == "" || sub == "" || a.Type != strings.ToLower(a.Type) {
			t.Errorf("%s: type %q", name, a.Type)
		}
		if a.Blob.IsZero() {
			t.Errorf("%s: attachment %q without content", name, a.Display)
		}
	}
}

// checkDefects checks that defects are few, short, printable and documented.
func checkDefects(t *testing.T, name string, m *message.Message) {
	t.Helper()
	if len(m.Defects) > 100 {
		t.Errorf("%s: %d defects", name, len(m.Defects))
	}
	for _, d := range m.Defects {
		if !documentedCodes()[d.Code] {
			t.Errorf("%s: code %q is not documented", name, d.Code)
		}
		if len(d.Text) > 300 || strings.ContainsFunc(d.Text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%s: text %q is not short and printable", name, d.Text)
		}
	}
}
