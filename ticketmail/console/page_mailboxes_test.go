package console_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/ticketmail"
	"example.com/ticketmail/ticketmail/console"
)

// box are the values of a form that can be saved, with some in other ways.
func box(change ...string) []string {
	form := []string{
		"new", "sales", "name", "Sales", "address", "sales@erp.example", "own", "on", "protocol", "imap", "host", "imap.erp.example", "port", "0",
		"security", "tls", "folders", "", "signin", "password", "user", "sales", "password", "s3cret", "auth", "", "after", "",
		"interval", "60", "size", "25",
	}
	for i := 0; i < len(change); i += 2 {
		form = set(form, change[i], change[i+1])
	}
	return form
}

// set gives a field of a form another value.
func set(form []string, name, value string) []string {
	for i := 0; i < len(form); i += 2 {
		if form[i] == name {
			form[i+1] = value
			return form
		}
	}
	return append(form, name, value)
}

func (r *rig) box(id mailbox.ID) mailbox.Mailbox {
	r.t.Helper()
	routes, err := r.Routes(r.t.Context())
	r.must(err)
	for _, m := range routes.Mailboxes {
		if m.ID == id {
			m.Tokens = nil
			return m
		}
	}
	return mailbox.Mailbox{}
}

func TestMailboxIsMadeChangedAndDeleted(t *testing.T) {
	r := build(t, change{})
	r.get("/mailboxes").has("No mailbox has been made yet", "The mailbox you name is emptied!")
	r.post("/mailboxes/edit", box("folders", "INBOX.sales\r\nINBOX.vip", "after", "move", "move", "Done")...).leads("/mailboxes/show?done=mailbox&id=sales")
	want := mailbox.Mailbox{
		ID: "sales", Name: "Sales", Address: "sales@erp.example", Protocol: mailbox.IMAP, Host: "imap.erp.example", Security: mailbox.TLS, User: "sales",
		Folders: []string{"INBOX.sales", "INBOX.vip"}, After: mailbox.AfterMove, MoveTo: "Done", Interval: time.Minute, MaxMessageBytes: 25 << 20,
	}
	same := cmp.Comparer(func(a, b mailbox.Secret) bool { return a.Equal(b) })
	if diff := cmp.Diff(want, r.box("sales"), same); diff != "" {
		t.Errorf("made (-want +got):\n%s", diff)
	}
	r.get("/mailboxes").has("Sales", "serves no task")
	r.get("/mailboxes/show?id=sales").has("imap.erp.example:993", "INBOX.vip", "it is moved")

	// The password stays where nothing is typed.
	r.post("/mailboxes/edit?id=sales", box("name", "Verkauf", "password", "", "inactive", "on")...).leads("/mailboxes/show?done=mailbox&id=sales")
	if m := r.box("sales"); m.Name != "Verkauf" || !m.Inactive || m.After != mailbox.AfterDelete {
		t.Errorf("changed: %+v", m)
	}
	if got := r.post("/mailboxes/edit?id=sales", box("host", "evil.example", "password", "")...).fault("password"); !strings.Contains(got, "again") {
		t.Errorf("fault = %q", got)
	}

	r.get("/mailboxes/delete?id=sales").has("What came through it stays")
	r.post("/mailboxes/delete?id=sales").leads("/mailboxes?done=mailbox.gone")
	r.send(http.MethodGet, "/mailboxes/show?id=sales", nil).want(http.StatusNotFound)
	r.post("/mailboxes/delete?id=sales").want(http.StatusNotFound)
}

func TestBadMailboxes(t *testing.T) {
	r := build(t, change{})
	r.seed()
	for name, tt := range map[string]struct {
		change       []string
		field, fault string
	}{
		"no name":          {[]string{"new", ""}, "new", "fill this in"},
		"bad name":         {[]string{"new", "a b"}, "new", "Only letters"},
		"taken":            {[]string{"new", "Support"}, "new", "exists already"},
		"not confirmed":    {[]string{"own", ""}, "own", "is emptied"},
		"no host":          {[]string{"host", ""}, "host", "fill this in"},
		"an address":       {[]string{"host", "https://imap.example/"}, "host", "only the server"},
		"no user":          {[]string{"user", ""}, "user", "fill this in"},
		"port":             {[]string{"port", "99999"}, "port", "0 to 65535"},
		"interval":         {[]string{"interval", "0"}, "interval", "5 to"},
		"size":             {[]string{"size", "x"}, "size", "1 to 1024"},
		"e-mail":           {[]string{"address", "not an address"}, "address", "no e-mail address"},
		"mechanism":        {[]string{"auth", "xoauth2"}, "auth", "does not fit"},
		"same folder":      {[]string{"user", "support"}, "folders", "read by mailbox support"},
		"folder twice":     {[]string{"folders", "INBOX\x00"}, "folders", "not a folder name"},
		"nowhere to move":  {[]string{"after", "move"}, "move", "fill this in"},
		"moved into loop":  {[]string{"after", "move", "move", "INBOX"}, "move", "polled itself"},
		"no client":        {[]string{"signin", "google"}, "client", "fill this in"},
		"no provider":      {[]string{"signin", "other", "client", "x"}, "auth-url", "fill this in"},
		"provider by http": {[]string{"signin", "other", "client", "x", "secret", "y", "auth-url", "https://a.example", "token-url", "http://a.example", "scopes", "m"}, "token-url", "https"},
		"app, no tenant":   {[]string{"signin", "microsoft", "client", "x", "secret", "y", "grant", "app-only"}, "tenant", "fill this in"},
		"no day":           {[]string{"signin", "google", "client", "x", "expires", "soon"}, "expires", "2026-11-23"},
	} {
		t.Run(name, func(t *testing.T) {
			r.t = t
			a := r.post("/mailboxes/edit", box(tt.change...)...)
			if got := a.fault(tt.field); got == "" || !strings.Contains(got, tt.fault) {
				t.Errorf("fault = %q, want %q in:\n%s", got, tt.fault, a.text())
			}
			inspect(t, a)
			if strings.Contains(a.body, "s3cret") {
				t.Error("the page holds the password")
			}
			if m := r.box("sales"); m.ID != "" {
				t.Errorf("saved %+v", m)
			}
			if _, err := r.OAuthAccount(t.Context(), "sales"); err == nil {
				t.Error("its sign-in was saved")
			}
		})
	}
}

// TestFixedMailbox: what the program defines is shown, and not changed.
func TestFixedMailbox(t *testing.T) {
	r := build(t, change{config: func(c *ticketmail.Config) {
		c.Routes = mailbox.Routes{Mailboxes: []mailbox.Mailbox{{ID: "fixed", Host: "h", User: "u"}}, Assignments: []mailbox.Assignment{{Mailbox: "fixed", Task: "helpdesk"}}}
	}})
	r.get("/mailboxes/show?id=fixed").has("defined by the program")
	r.send(http.MethodGet, "/mailboxes/edit?id=fixed", nil).want(http.StatusNotFound)
	r.post("/mailboxes/edit?id=fixed", box()...).want(http.StatusNotFound)
	r.post("/mailboxes/delete?id=fixed").want(http.StatusConflict)
	r.post("/mailboxes/assign?id=fixed", "task", "sales").want(http.StatusConflict)
}

func TestNoSealer(t *testing.T) {
	r := build(t, change{config: func(c *ticketmail.Config) { c.Sealer, c.OAuth = nil, ticketmail.OAuth{} }})
	a := r.get("/mailboxes/edit").has("cannot store secrets")
	if strings.Contains(a.body, "Microsoft") {
		t.Error("the form offers OAuth")
	}
	if got := r.post("/mailboxes/edit", box()...).fault("password"); !strings.Contains(got, "cannot store secrets") {
		t.Errorf("fault = %q", got)
	}
}

func TestAssignment(t *testing.T) {
	r := build(t, change{})
	r.seed()
	for _, people := range [][2]string{{"bea", "mia"}, {"bea@erp.example", "Mia@Kunde.example"}} { // ids or addresses
		r.post("/mailboxes/assign?id=shop", "task", "sales", "creator", people[0], "contact", people[1], "always", "on").leads("/mailboxes/show?done=assigned&id=shop")
		routes, err := r.Routes(t.Context())
		r.must(err)
		a, _ := routes.Assignment("shop")
		if diff := cmp.Diff(mailbox.Assignment{Mailbox: "shop", Task: "sales", Creator: "bea", CustomerContact: "mia", PresetAlways: true}, a); diff != "" {
			t.Errorf("assignment by %v (-want +got):\n%s", people, diff)
		}
		r.post("/mailboxes/assign?id=shop", "task", "").leads("/mailboxes/show?done=unassigned&id=shop")
	}
	r.post("/mailboxes/assign?id=shop", "task", "sales").leads("/mailboxes/show?done=assigned&id=shop")
	for name, tt := range map[string][3]string{
		"helpdesk": {"task", "helpdesk", "has mailbox"},
		"unknown":  {"task", "nothing", "does not know this task"},
		"creator":  {"creator", "zorro", "does not know this person"},
		"contact":  {"contact", "zorro", "does not know this person"},
	} {
		form := []string{"task", "sales", tt[0], tt[1]}
		if tt[0] == "task" {
			form = form[2:]
		}
		b := r.post("/mailboxes/assign?id=shop", form...)
		if got := b.fault(tt[0]); !strings.Contains(got, tt[2]) {
			t.Errorf("%s: fault = %q, want %q", name, got, tt[2])
		}
		inspect(t, b)
	}
	if b := r.post("/mailboxes/delete?id=shop").want(http.StatusUnprocessableEntity); !strings.Contains(b.text(), "task sales") {
		t.Errorf("in use: %s", b.text())
	}
	r.post("/mailboxes/assign?id=shop", "task", "").leads("/mailboxes/show?done=unassigned&id=shop")
}

func TestDefaultMailboxes(t *testing.T) {
	r := build(t, change{})
	r.seed()
	r.post("/mailboxes/defaults", "company", "shop", "of.it", "", "department", "hr", "mailbox", "support").leads("/mailboxes?done=defaults")
	routes, err := r.Routes(t.Context())
	r.must(err)
	if routes.Default != "shop" || len(routes.Departments) != 1 || routes.Departments["hr"] != "support" {
		t.Errorf("default %q, departments %v", routes.Default, routes.Departments)
	}
	a := r.post("/mailboxes/defaults", "company", "shop", "of.hr", "support", "department", "it")
	if got := a.fault("mailbox"); got == "" {
		t.Error("a department without a mailbox is taken")
	}
	inspect(t, a)
}

// TestActions: each does what it says, and none happens by a GET.
func TestActions(t *testing.T) {
	r := build(t, change{})
	r.seed()
	paused := func() bool {
		list, err := r.Status(t.Context())
		r.must(err)
		i := slices.IndexFunc(list, func(s ticketmail.MailboxStatus) bool { return s.Mailbox == "support" })
		return list[i].Paused
	}
	r.send(http.MethodGet, "/mailboxes/do?id=support&do=pause", nil).want(http.StatusNotFound)
	if paused() {
		t.Error("a GET has paused it")
	}
	r.post("/mailboxes/do?id=support", "do", "pause").leads("/mailboxes/show?done=pause&id=support")
	if !paused() {
		t.Error("it is not paused")
	}
	r.get("/mailboxes/show?id=support").has("paused", "Resume")
	r.post("/mailboxes/do?id=support", "do", "resume").want(http.StatusSeeOther)
	if paused() {
		t.Error("it is still paused")
	}
	r.post("/mailboxes/do?id=support", "do", "poll").want(http.StatusSeeOther)
	r.post("/mailboxes/do?id=shop", "do", "retry").want(http.StatusSeeOther)
	r.post("/mailboxes/do?id=support", "do", "explode").want(http.StatusNotFound)
	r.post("/mailboxes/do?id=nothing", "do", "poll").want(http.StatusNotFound)
}

// TestConnectionTest shows each step, of a stored mailbox and of one as typed.
func TestConnectionTest(t *testing.T) {
	r := build(t, change{})
	r.seed()
	a := r.post("/mailboxes/test?id=support").want(http.StatusOK)
	inspect(t, a)
	a.has("Resolve the name", "192.0.2.1", "Open the folder INBOX", "All is well", "Back to the mailbox")

	a = r.post("/mailboxes/draft", box("host", "wrong.example", "own", "")...).want(http.StatusOK)
	inspect(t, a)
	a.has("nobody answers", "What to do: check the port", "did not succeed", "i/o timeout <script>")
	if m := r.box("sales"); m.ID != "" {
		t.Error("a test has saved the mailbox")
	}
	part := r.post("/mailboxes/draft", box("part", "on")...).want(http.StatusOK)
	if strings.Contains(part.body, "<main") || !strings.Contains(textOf(part.doc), "All is well") {
		t.Errorf("the part is:\n%s", part.body)
	}
	if got := r.post("/mailboxes/draft", box("host", "")...).fault("host"); got == "" {
		t.Error("a form that cannot be is tested")
	}
	r.post("/mailboxes/edit", box("protocol", "pop3")...).want(http.StatusSeeOther)
	a = r.post("/mailboxes/test?id=sales").want(http.StatusOK)
	inspect(t, a)
	a.has("no connection test")
}

// TestSecretsStayInside: no page shows a password or client secret.
func TestSecretsStayInside(t *testing.T) {
	r := build(t, change{})
	r.seed()
	for _, path := range allPages {
		if a := r.get(path); strings.Contains(a.body, "hunter2") || strings.Contains(a.body, "hush") {
			t.Errorf("%s shows a secret", path)
		}
	}
}

// TestConsent: what lies in a mailbox is shown, and nothing happens to it
// before somebody agrees.
func TestConsent(t *testing.T) {
	r := build(t, change{})
	r.seed()
	r.server.Add("INBOX", "From: a@b.example\r\nSubject: old\r\n\r\nx\r\n")
	a := r.post("/mailboxes/inventory?id=support").want(http.StatusOK)
	inspect(t, a)
	a.has("INBOX", "All become tickets", "All stay", "Only those from this day on")
	path := "/mailboxes/consent?id=support"
	if got := r.post(path, "scope", "").fault("scope"); got == "" {
		t.Error("nothing chosen is taken for something")
	}
	if got := r.post(path, "scope", "newer", "since", "yesterday").fault("since"); !strings.Contains(got, "2026-11-23") {
		t.Errorf("fault = %q", got)
	}
	for _, tt := range []struct {
		scope string
		want  ticketmail.Terms
	}{
		{"leave", ticketmail.Terms{Scope: ticketmail.LeaveThere}},
		{"newer", ticketmail.Terms{Scope: ticketmail.ImportNewer, Since: noon.Truncate(24 * time.Hour)}},
		{"all", ticketmail.Terms{}},
	} {
		r.post(path, "scope", tt.scope, "since", "2026-11-23").leads("/mailboxes/show?done=consent&id=support")
		list, err := r.Admissions(t.Context(), "support")
		r.must(err)
		if !list[0].Given || list[0].Terms != tt.want || list[0].By != "max" {
			t.Errorf("%s: %+v", tt.scope, list[0])
		}
	}
	r.get("/mailboxes/show?id=support").has("Agreed on", "All become tickets")
	if n := len(r.server.UIDs("INBOX")); n != 1 {
		t.Errorf("%d mails on the server, want 1", n)
	}
}

// TestOAuth: the page tells what to register, leads to the provider, and the
// policy lets the form go there and nowhere else.
func TestOAuth(t *testing.T) {
	var logged bytes.Buffer
	r := build(t, change{options: func(o *console.Options) { o.Logger = slog.New(slog.NewTextHandler(&logged, nil)) }})
	r.seed()
	a := r.get("/mailboxes/show?id=shop").has("Redirect URI", "https://erp.example"+prefix+"/oauth", "Sign in with Microsoft 365", "not yet")
	if got := a.Header.Get("Content-Security-Policy"); !strings.Contains(got, "form-action 'self' https://erp.example https://login.microsoftonline.com;") {
		t.Errorf("policy = %s", got)
	}
	b := r.post("/oauth", "mailbox", "shop").want(http.StatusSeeOther)
	if got := b.Header.Get("Location"); !strings.HasPrefix(got, "https://login.microsoftonline.com/corp.example/oauth2/v2.0/authorize?") {
		t.Errorf("leads to %s", got)
	}
	u, err := url.Parse(b.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	state := url.QueryEscape(u.Query().Get("state"))
	failed := r.send(http.MethodGet, "/oauth?error=access_denied&error_description=no&state="+state, nil).want(http.StatusUnprocessableEntity)
	failed.has("The sign-in did not succeed")
	if got := failed.link("Mailbox shop"); got != "/mailboxes/show?id=shop" {
		t.Errorf("after a refusal leads to %q", got)
	}
	if got := failed.text(); !strings.Contains(got, "declined") && !strings.Contains(got, "refuse") {
		t.Errorf("does not say why: %s", got)
	}
	inspect(t, failed)
	if !strings.Contains(logged.String(), "access_denied") {
		t.Errorf("the log has %q", logged.String())
	}
	unknown := r.send(http.MethodGet, "/oauth?state=forged&code=x", nil).want(http.StatusUnprocessableEntity)
	unknown.has("not begun here", "Begin it again")
	if got := unknown.link("Mailboxes"); got != "/mailboxes" {
		t.Errorf("after an unknown state leads to %q", got)
	}
	r.post("/oauth", "mailbox", "nowhere").want(http.StatusUnprocessableEntity).has("The settings are not complete")

	r.must(r.PutOAuth(t.Context(), oauth.Account{Mailbox: "shop", Provider: oauth.Microsoft("corp.example"), Grant: oauth.AppOnly, ClientID: "client", ClientSecret: mailbox.NewSecret("hush")}))
	r.post("/oauth", "mailbox", "shop").want(http.StatusUnprocessableEntity).has("Who signs in: is app-only: nobody signs in")
	r.must(r.PutOAuth(t.Context(), oauth.Account{Mailbox: "shop", Provider: oauth.Microsoft("corp.example"), ClientID: "client", ClientSecret: mailbox.NewSecret("hush")}))

	r.as.Right = console.Read
	r.post("/oauth", "mailbox", "shop").want(http.StatusForbidden)
	r.get("/mailboxes/show?id=shop").hasNot("Sign in with Microsoft")
}

// TestOAuthForm: what is typed becomes an account, and back.
func TestOAuthForm(t *testing.T) {
	r := build(t, change{})
	for _, tt := range []struct {
		change []string
		want   oauth.Provider
		grant  oauth.Grant
	}{
		{[]string{"signin", "microsoft", "tenant", "corp.example", "grant", "app-only"}, oauth.Microsoft("corp.example", oauth.IMAP), oauth.AppOnly},
		{[]string{"signin", "microsoft", "protocol", "pop3"}, oauth.Microsoft("", oauth.POP), oauth.Person},
		{[]string{"signin", "google"}, oauth.Google(), oauth.Person},
		{[]string{"signin", "other", "auth-url", "https://a.example/auth", "token-url", "https://a.example/token", "scopes", "mail offline"}, oauth.Provider{Name: "OAuth", AuthURL: "https://a.example/auth", TokenURL: "https://a.example/token", Scopes: []string{"mail", "offline"}}, oauth.Person},
	} {
		r.post("/mailboxes/edit", box(append(tt.change, "client", "id", "secret", "hush", "expires", "2027-01-31", "login", "x@corp.example")...)...).want(http.StatusSeeOther)
		a, err := r.OAuthAccount(t.Context(), "sales")
		r.must(err)
		if diff := cmp.Diff(tt.want, a.Provider); diff != "" || a.Grant != tt.grant || a.ClientID != "id" || a.Login != "x@corp.example" || a.SecretExpires.Format(time.DateOnly) != "2027-01-31" {
			t.Errorf("%v: account %+v (-want +got):\n%s", tt.change, a, diff)
		}
		// The form shows it again, and saving it changes nothing.
		page := r.get("/mailboxes/edit?id=sales")
		inspect(t, page)
		r.post("/mailboxes/edit?id=sales", box(append(tt.change, "client", "id", "expires", "2027-01-31", "login", "x@corp.example", "secret", "")...)...).want(http.StatusSeeOther)
		// With a password again, the account is gone.
		r.post("/mailboxes/edit?id=sales", box("protocol", string(r.box("sales").Protocol))...).want(http.StatusSeeOther)
		if _, err := r.OAuthAccount(t.Context(), "sales"); err == nil {
			t.Errorf("%v: the account is still there", tt.change)
		}
		r.post("/mailboxes/delete?id=sales").want(http.StatusSeeOther)
	}
}
