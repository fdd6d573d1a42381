package web

import (
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// maxForm bounds a form, maxUpload one with its files, in bytes; formMemory is
// what of it is held in memory.
const (
	maxForm    = 1 << 20
	maxUpload  = 50 << 20
	formMemory = 1 << 20
)

// allowed returns the ticket a request names, if somebody may read it.
func (s *site) allowed(r *http.Request, who escalation.Person) (t ticketmail.Ticket, err error) {
	err = s.Store.View(r.Context(), func(x storage.Reader) error {
		t, err = readable(r.Context(), x, who, storage.TicketID(r.PathValue("id")))
		return err
	})
	return t, err
}

// after ends an action: back to the ticket, which says what was done, or the
// ticket with the error above it and the text that was typed.
func (s *site) after(w http.ResponseWriter, r *http.Request, who escalation.Person, done string, err error) error {
	if err != nil {
		status, text := s.explain(r, who, err)
		return s.showTicket(w, r, who, status, text)
	}
	goTo(w, r, storage.TicketID(r.PathValue("id")), done)
	return nil
}

// goTo sends the browser to a ticket, whose page says what was done. The address
// holds a key of that, so that no link makes the page say anything else.
func goTo(w http.ResponseWriter, r *http.Request, id storage.TicketID, done string) {
	http.Redirect(w, r, "/tickets/"+url.PathEscape(string(id))+"?done="+done, http.StatusSeeOther)
}

// comment adds a comment with files. What customers write is never internal. A
// reply goes to whom the page was shown for, or to nobody.
func (s *site) comment(w http.ResponseWriter, r *http.Request, who escalation.Person) error {
	t, err := s.allowed(r, who)
	if err != nil {
		return err
	}
	files, closeFiles, err := formFiles(r)
	defer closeFiles()
	if err != nil {
		return s.after(w, r, who, "", err)
	}
	if formText(r) == "" && len(files) == 0 {
		return s.after(w, r, who, "", errEmpty)
	}
	n, done := ticketmail.NewComment{Text: formText(r), Files: files}, "comment"
	if audience := r.PostFormValue("audience"); audience == "internal" || audience == "reply" {
		n.Internal, n.Reply, done = audience == "internal", audience == "reply", audience
	}
	switch was, shown := r.PostForm["was-contact"]; {
	case !who.Internal() && (n.Internal || n.Reply): // he was an employee when he got the page
		return s.after(w, r, who, "", errEmployees)
	case n.Reply && shown && was[0] != string(t.CustomerContact):
		return s.after(w, r, who, "", errContact)
	}
	return s.forms.once(w, r, who, func(w http.ResponseWriter) error {
		_, err := s.Engine.AddComment(r.Context(), ticketmail.Actor{Person: who.ID}, t.ID, n)
		return s.after(w, r, who, done, err)
	})
}

// status moves a ticket on. The engine knows which status may follow which, and
// nextStatuses what of that is up to a customer.
func (s *site) status(w http.ResponseWriter, r *http.Request, who escalation.Person) error {
	t, err := s.allowed(r, who)
	if err != nil {
		return err
	}
	to := storage.Status(r.PostFormValue("status"))
	if !who.Internal() && !slices.Contains(nextStatuses(who, t.Status), to) {
		return s.after(w, r, who, "status", errEmployees)
	}
	_, err = s.Engine.SetStatus(r.Context(), ticketmail.Actor{Person: who.ID}, t.ID, to)
	return s.after(w, r, who, "status", err)
}

// edit changes assignee, contact, task and categories in one step: those that
// the form really changes. The others may have been changed by somebody else
// since the page was shown, and stay.
func (s *site) edit(w http.ResponseWriter, r *http.Request, who escalation.Person) error {
	t, err := s.allowed(r, who)
	if err != nil {
		return err
	}
	if !who.Internal() {
		return s.after(w, r, who, "edit", errEmployees)
	}
	_, err = s.Engine.Edit(r.Context(), ticketmail.Actor{Person: who.ID}, t.ID, formEdit(r))
	return s.after(w, r, who, "edit", err)
}

// formEdit returns what a form changes of a ticket. What it was shown stands in
// it beside what was chosen; without that all of it counts.
func formEdit(r *http.Request) (e ticketmail.Edit) {
	changed := func(name string) bool {
		was, shown := r.PostForm["was-"+name]
		return !shown || was[0] != r.PostFormValue(name)
	}
	person := func(name string) *escalation.PersonID {
		if !changed(name) {
			return nil
		}
		return new(escalation.PersonID(r.PostFormValue(name)))
	}
	e.Assignee, e.CustomerContact = person("assignee"), person("contact")
	if changed("task") {
		e.Task = escalation.TaskID(r.PostFormValue("task"))
	}
	if changed("subject") {
		e.Subject = r.PostFormValue("subject")
	}
	if shown := r.PostForm.Has("was-subject"); !shown || !slices.Equal(r.PostForm["was-category"], r.PostForm["category"]) {
		e.Categories = append([]string{}, r.PostForm["category"]...)
	}
	return e
}

// forward mails a comment to addresses.
func (s *site) forward(w http.ResponseWriter, r *http.Request, who escalation.Person) error {
	t, err := s.allowed(r, who)
	if err != nil {
		return err
	}
	if !who.Internal() {
		return s.after(w, r, who, "forward", errEmployees)
	}
	f := ticketmail.Forward{
		Comment: r.PostFormValue("comment"),
		To:      strings.FieldsFunc(r.PostFormValue("to"), func(c rune) bool { return c == ',' || c == ';' || c == ' ' }),
		Note:    r.PostFormValue("note"),
	}
	if len(f.To) == 0 || len(f.To) > 20 {
		return s.after(w, r, who, "forward", errNobody)
	}
	return s.forms.once(w, r, who, func(w http.ResponseWriter) error {
		err := s.Engine.Forward(r.Context(), ticketmail.Actor{Person: who.ID}, t.ID, f)
		return s.after(w, r, who, "forward", err)
	})
}

// blank shows the form of a new ticket.
func (s *site) blank(w http.ResponseWriter, r *http.Request, who escalation.Person) error {
	return s.showNew(w, r, who, http.StatusOK, "")
}

func (s *site) showNew(w http.ResponseWriter, r *http.Request, who escalation.Person, status int, failure string) error {
	categories, err := s.categories(r.Context())
	if err != nil {
		return err
	}
	var employees []escalation.Person
	for _, p := range s.everybody(r.Context()) {
		if p.Internal() {
			employees = append(employees, p)
		}
	}
	s.show(w, r, who, "new", status, map[string]any{
		"Parent": r.FormValue("parent"), "Subject": r.FormValue("subject"), "Text": r.FormValue("text"),
		"Tasks": s.tasks(who, escalation.TaskID(r.FormValue("task"))), "Employees": employees, "Assignee": escalation.PersonID(r.FormValue("assignee")),
		"Categories": choices(categories, who, r.Form["category"]...), "Error": failure,
	})
	return nil
}

// create makes a ticket. Customers choose neither assignee nor parent, and of
// the tasks those that are for them.
func (s *site) create(w http.ResponseWriter, r *http.Request, who escalation.Person) error {
	refuse := func(err error) error {
		status, text := s.explain(r, who, err)
		return s.showNew(w, r, who, status, text)
	}
	files, closeFiles, err := formFiles(r)
	defer closeFiles()
	if err != nil {
		return refuse(err)
	}
	if strings.TrimSpace(r.PostFormValue("subject")) == "" {
		return refuse(errSubject)
	}
	n := ticketmail.NewTicket{
		Subject: r.PostFormValue("subject"), Text: formText(r), Task: escalation.TaskID(r.PostFormValue("task")),
		Categories: r.PostForm["category"], Files: files,
	}
	if who.Internal() {
		n.Assignee, n.Parent = escalation.PersonID(r.PostFormValue("assignee")), storage.TicketID(r.PostFormValue("parent"))
	} else {
		if !slices.ContainsFunc(s.tasks(who, ""), func(c choice) bool { return c.ID == string(n.Task) }) {
			return refuse(errEmployees)
		}
		n.CustomerContact = who.ID
	}
	return s.forms.once(w, r, who, func(w http.ResponseWriter) error {
		t, err := s.Engine.CreateTicket(r.Context(), ticketmail.Actor{Person: who.ID}, n)
		if err != nil {
			status, text := s.explain(r, who, err)
			return s.showNew(w, r, who, status, text)
		}
		goTo(w, r, t.ID, "ticket")
		return nil
	})
}

// formText returns the text of a form with the line ends of Unix.
func formText(r *http.Request) string {
	return strings.ReplaceAll(r.PostFormValue("text"), "\r\n", "\n")
}

// formFiles reads a form and returns the files in it. The function returned is
// called when they have been read.
func formFiles(r *http.Request) ([]ticketmail.File, func(), error) {
	switch err := r.ParseMultipartForm(formMemory); {
	case errors.Is(err, http.ErrNotMultipart): // a form without files
		return nil, func() {}, nil
	case err != nil:
		return nil, func() {}, errors.Join(errForm, err)
	}
	var open []multipart.File
	closeAll := func() {
		for _, f := range open {
			_ = f.Close()
		}
		_ = r.MultipartForm.RemoveAll()
	}
	var files []ticketmail.File
	for _, h := range r.MultipartForm.File["files"] {
		if h.Filename == "" {
			continue
		}
		f, err := h.Open()
		if err != nil {
			return nil, closeAll, err
		}
		open = append(open, f)
		files = append(files, ticketmail.File{Name: h.Filename, Type: h.Header.Get("Content-Type"), Content: f})
	}
	return files, closeAll, nil
}
