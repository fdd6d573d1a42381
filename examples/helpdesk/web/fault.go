package web

import (
	"errors"
	"log/slog"
	"net/http"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
	"example.com/ticketmail/ticketmail/console"
)

// A fault is something wrong with a form that these pages find themselves: the
// key of the words for it.
type fault string

// What is wrong. To the engine a customer who acts is a person like any other:
// what customers may is up to these pages, hence errEmployees.
const (
	errEmployees fault = "fault.employees" // a customer does what only employees do
	errForm      fault = "fault.form"      // the form cannot be read
	errEmpty     fault = "fault.empty"     // a comment without text and files
	errSubject   fault = "fault.subject"   // a ticket without a subject
	errContact   fault = "fault.contact"   // a reply to somebody else than the page was shown for
	errNobody    fault = "fault.nobody"    // a mail to nobody
	errSender    fault = "fault.sender"    // a mail from nobody
	errElsewhere fault = "fault.elsewhere" // a mail to somebody else than the company
)

func (f fault) Error() string { return word(string(f), english) }

// english is the place of English in [tags].
const english = 1

// explain returns the HTTP status for an error, and what is said of it in the
// reader's language. What went wrong inside is for the log.
func (s *site) explain(r *http.Request, who escalation.Person, err error) (status int, text string) {
	lang := languageOf(who)
	if status = statusOf(err); status != http.StatusInternalServerError {
		return status, say(err, lang)
	}
	if s.Logger != nil {
		s.Logger.LogAttrs(r.Context(), slog.LevelError, "page failed", slog.String("path", r.URL.Path), slog.Any("error", err))
	}
	return status, word("fault.internal", lang)
}

// statusOf returns the HTTP status for an error of the engine or of a form.
func statusOf(err error) int {
	if _, ok := errors.AsType[*ticketmail.RightError](err); ok {
		return http.StatusForbidden
	}
	if _, ok := errors.AsType[*ticketmail.TransitionError](err); ok {
		return http.StatusConflict
	}
	if _, ok := errors.AsType[*ticketmail.MergedError](err); ok {
		return http.StatusConflict
	}
	if _, ok := errors.AsType[*ticketmail.UndeliverableError](err); ok {
		return http.StatusUnprocessableEntity
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge
	}
	switch {
	case errors.Is(err, errEmployees):
		return http.StatusForbidden
	case errors.Is(err, errForm):
		return http.StatusBadRequest
	case errors.Is(err, storage.ErrNotFound), errors.Is(err, escalation.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, storage.ErrConflict), errors.Is(err, errContact):
		return http.StatusConflict
	case errors.Is(err, ticketmail.ErrInvalid):
		return http.StatusUnprocessableEntity
	}
	if _, ok := errors.AsType[fault](err); ok {
		return http.StatusUnprocessableEntity
	}
	return http.StatusInternalServerError
}

// say puts an error into words. What the engine refuses for a reason that these
// pages let nobody give has only its own, in English.
func say(err error, lang int) string {
	t := teller{lang: lang}
	if e, ok := errors.AsType[*ticketmail.TransitionError](err); ok {
		return t.say("fault.transition", t.status(string(e.From)), t.status(string(e.To)))
	}
	if e, ok := errors.AsType[*ticketmail.MergedError](err); ok {
		return t.say("change.merged_into.set", "", string(e.Into))
	}
	if e, ok := errors.AsType[*ticketmail.UndeliverableError](err); ok {
		return t.say("fault.undeliverable", e.Recipient, console.Name(tags[lang], e.Reason))
	}
	if _, ok := errors.AsType[*ticketmail.RightError](err); ok {
		return word("fault.right", lang)
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return word("fault.large", lang)
	}
	if f, ok := errors.AsType[fault](err); ok {
		return word(string(f), lang)
	}
	switch {
	case errors.Is(err, escalation.ErrNotFound):
		return word("fault.directory", lang)
	case errors.Is(err, storage.ErrNotFound):
		return word("fault.gone", lang)
	case errors.Is(err, storage.ErrConflict):
		return word("fault.conflict", lang)
	}
	return t.say("fault.invalid", "", err.Error())
}
