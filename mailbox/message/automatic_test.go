package message_test

import (
	"testing"

	"example.com/ticketmail/mailbox/message"
)

func TestAutomatic(t *testing.T) {
	for name, tt := range map[string]struct{ field, value, want string }{
		"person":                 {"Subject", "Printer on fire", ""},
		"auto-replied":           {"Auto-Submitted", "auto-replied", "Auto-Submitted: auto-replied"},
		"name in any case":       {"AUTO-SUBMITTED", " auto-generated; type=x", "Auto-Submitted: auto-generated; type=x"},
		"no":                     {"Auto-Submitted", "No (a person)", ""},
		"bulk":                   {"Precedence", "Bulk", "Precedence: Bulk"},
		"auto_reply":             {"Precedence", "auto_reply", "Precedence: auto_reply"},
		"first class":            {"Precedence", "first-class", ""},
		"autoreply":              {"X-Autoreply", "yes", "X-Autoreply: yes"},
		"autoreply no":           {"X-Autoreply", "no", ""},
		"autorespond":            {"X-Autorespond", "", "X-Autorespond:"},
		"suppress":               {"X-Auto-Response-Suppress", "All", "X-Auto-Response-Suppress: All"},
		"suppress nothing":       {"X-Auto-Response-Suppress", "None", ""},
		"list":                   {"List-Id", "Team <team.x.example>", "List-Id: Team <team.x.example>"},
		"newsletter":             {"List-Unsubscribe", "<https://x.example>", "List-Unsubscribe: <https://x.example>"},
		"report":                 {"Content-Type", "Multipart/Report; report-type=delivery-status", "Content-Type: multipart/report"},
		"null return path":       {"Return-Path", " < > ", "Return-Path: <>"},
		"return path":            {"Return-Path", "<joe@x.example>", ""},
		"daemon":                 {"From", "Mail <MAILER-DAEMON@x.example>", "From: Mail <MAILER-DAEMON@x.example>"},
		"daemon without address": {"From", "MAILER-DAEMON <>", "From: MAILER-DAEMON <>"},
		"daemon only in name":    {"From", `"postmaster@x.example" <joe@x.example>`, ""},
		"postmaster":             {"Sender", "postmaster@x.example", "Sender: postmaster@x.example"},
		"English":                {"Subject", "Out of Office: Re: Printer", "Subject: Out of Office: Re: Printer"},
		"German, encoded":        {"Subject", "=?utf-8?q?Automatische_Antwort:_B=C3=BCro?=", "Subject: Automatische Antwort: Büro"},
		"French":                 {"Subject", "Réponse automatique : oui", "Subject: Réponse automatique : oui"},
		"Spanish":                {"Subject", "Respuesta automática: sí", "Subject: Respuesta automática: sí"},
		"Italian":                {"Subject", "RISPOSTA AUTOMATICA", "Subject: RISPOSTA AUTOMATICA"},
		"Dutch":                  {"Subject", "Automatisch antwoord: ja", "Subject: Automatisch antwoord: ja"},
		"Polish":                 {"Subject", "Automatyczna odpowiedź: Tak", "Subject: Automatyczna odpowiedź: Tak"},
		"Portuguese":             {"Subject", "Resposta automática: Sim", "Subject: Resposta automática: Sim"},
		"Czech":                  {"Subject", "Automatická odpověď: Ano", "Subject: Automatická odpověď: Ano"},
		"Danish and Norwegian":   {"Subject", "Automatisk svar: Ja", "Subject: Automatisk svar: Ja"},
		"Swedish":                {"Subject", "Autosvar: Ja", "Subject: Autosvar: Ja"},
		"Finnish":                {"Subject", "Automaattinen vastaus: Kyllä", "Subject: Automaattinen vastaus: Kyllä"},
		"Russian":                {"Subject", "Автоматический ответ: Да", "Subject: Автоматический ответ: Да"},
		"Turkish":                {"Subject", "Otomatik yanıt: Evet", "Subject: Otomatik yanıt: Evet"},
		"Chinese, simplified":    {"Subject", "自动答复: 是", "Subject: 自动答复: 是"},
		"Chinese, traditional":   {"Subject", "自動回覆：是", "Subject: 自動回覆：是"},
		"Japanese, in brackets":  {"Subject", "【自動返信】受付", "Subject: 【自動返信】受付"},
		"Korean":                 {"Subject", "자동 회신: 예", "Subject: 자동 회신: 예"},
		"old Outlook":            {"Subject", "Abwesend: Drucker", "Subject: Abwesend: Drucker"},
		"with a time":            {"Subject", "Out of office until Monday", "Subject: Out of office until Monday"},
		"about a note":           {"Subject", "Automatic reply does not work", ""},
		"about absence":          {"Subject", "Abwesend am Montag", ""},
		"about vacation":         {"Subject", "Vacation reply settings in Outlook", ""},
		"about cars":             {"Subject", "Auto springt nicht an", ""},
		"answer to a note":       {"Subject", "Re: Out of Office: Printer", ""},
		"controls":               {"Auto-Submitted", "auto-replied\x1b[31m", "Auto-Submitted: auto-replied[31m"},
	} {
		t.Run(name, func(t *testing.T) {
			h := message.Header{{Name: "From", Value: "Joe <joe@x.example>"}}
			if tt.field == "From" {
				h = nil
			}
			h = append(h, message.Field{Name: tt.field, Value: tt.value})
			if got := message.Automatic(h); got != tt.want {
				t.Errorf("automatic(%s: %s) = %q, want %q", tt.field, tt.value, got, tt.want)
			}
		})
	}
}

// What a person could have written too counts if it answers a mail.
func TestAutomaticAnswer(t *testing.T) {
	h := message.Header{{Name: "Subject", Value: "Abwesenheitsnotiz Max Muster"}, {Name: "In-Reply-To", Value: "<a@x.example>"}}
	if got, want := message.Automatic(h), "Subject: Abwesenheitsnotiz Max Muster"; got != want {
		t.Errorf("automatic = %q, want %q", got, want)
	}
	if got := message.Automatic(h[:1]); got != "" {
		t.Errorf("automatic without In-Reply-To = %q, want none", got)
	}
}

func FuzzAutomatic(f *testing.F) {
	f.Add("Auto-Submitted", "auto-replied")
	f.Add("Subject", "=?utf-8?q?Abwesenheitsnotiz=0D?=")
	f.Fuzz(func(t *testing.T, name, value string) {
		got := message.Automatic(message.Header{{Name: name, Value: value}})
		checkHeaderText(t, got)
		if len(got) > 400 {
			t.Errorf("automatic gave %d bytes", len(got))
		}
	})
}
