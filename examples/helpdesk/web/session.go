package web

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/ticketmail"
)

// cookieName is the cookie that says who somebody chose to be.
const cookieName = "helpdesk-person"

// A handler answers a request of somebody who is signed in. An error becomes a
// page (see fail).
type handler func(w http.ResponseWriter, r *http.Request, who escalation.Person) error

// signed asks those who are not signed in who they are.
func (s *site) signed(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, ok := s.person(r)
		if !ok {
			http.Redirect(w, r, signInFirst(r), http.StatusSeeOther)
			return
		}
		if err := h(w, r, who); err != nil {
			s.fail(w, r, who, err)
		}
	}
}

// signInFirst returns where somebody is asked who he is, before he goes where
// a request leads: to the ticket that a mail links to, for example.
func signInFirst(r *http.Request) string {
	if r.Method != http.MethodGet {
		return "/signin"
	}
	return "/signin?" + url.Values{"to": {r.URL.RequestURI()}}.Encode()
}

// localPath returns a path of this site, and nothing for what leads elsewhere.
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, `\`) {
		return ""
	}
	return to
}

// reader returns who reads a page that everybody may see: of somebody who has
// not said who he is, what his browser asks for.
func (s *site) reader(r *http.Request) escalation.Person {
	if who, ok := s.person(r); ok {
		return who
	}
	return escalation.Person{Language: r.Header.Get("Accept-Language")}
}

// person returns who sent a request.
func (s *site) person(r *http.Request) (escalation.Person, bool) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return escalation.Person{}, false
	}
	id, mac, _ := strings.Cut(c.Value, ".")
	if !hmac.Equal([]byte(mac), []byte(s.mac(id))) {
		return escalation.Person{}, false
	}
	p, err := s.People.Person(r.Context(), escalation.PersonID(id))
	return p, err == nil && !p.Left
}

func (s *site) mac(id string) string {
	h := hmac.New(sha256.New, s.Key)
	h.Write([]byte(id))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

func (s *site) askWho(w http.ResponseWriter, r *http.Request) {
	var employees, customers []escalation.Person
	for _, p := range s.everybody(r.Context()) {
		if p.Internal() {
			employees = append(employees, p)
		} else {
			customers = append(customers, p)
		}
	}
	s.show(w, r, escalation.Person{Language: r.Header.Get("Accept-Language")}, "signin", http.StatusOK, map[string]any{
		"Employees": employees, "Customers": customers, "To": localPath(r.FormValue("to")),
	})
}

func (s *site) signIn(w http.ResponseWriter, r *http.Request) {
	id := r.PostFormValue("person")
	p, err := s.People.Person(r.Context(), escalation.PersonID(id))
	if err != nil || p.Left {
		http.Redirect(w, r, "/signin", http.StatusSeeOther)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: id + "." + s.mac(id), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}) //nolint:gosec // the demonstration has no TLS
	http.Redirect(w, r, cmp.Or(localPath(r.PostFormValue("to")), "/tickets"), http.StatusSeeOther)
}

func (s *site) signOut(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1}) //nolint:gosec // the demonstration has no TLS
	http.Redirect(w, r, "/signin", http.StatusSeeOther)
}

// everybody returns all people who have not left, by name.
func (s *site) everybody(ctx context.Context) []escalation.Person {
	var all []escalation.Person
	for _, d := range s.People.Data().Persons {
		if p, err := s.People.Person(ctx, d.ID); err == nil && !p.Left {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b escalation.Person) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// name returns a person's name, also of somebody who has left.
func (s *site) name(ctx context.Context, id escalation.PersonID) string {
	p, err := s.People.Person(ctx, id)
	if err != nil || p.Name == "" {
		return string(id)
	}
	return p.Name
}

// mayRead reports whether somebody may see a ticket: employees all, customers
// those that are theirs.
func mayRead(who escalation.Person, t ticketmail.Ticket) bool {
	return who.Internal() || t.CustomerContact == who.ID || t.Creator == who.ID ||
		who.Address != "" && notify.FoldAddress(t.Sender.Address) == notify.FoldAddress(who.Address)
}
