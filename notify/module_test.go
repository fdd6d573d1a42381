package notify_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"example.com/ticketmail/notify"
)

// block is a text module for employees in German.
func block(name, text, html string) notify.Template {
	return notify.Template{Name: "module:" + name, Audience: notify.Staff, Language: "de", Text: text, HTML: html}
}

// TestModuleValidate is what a text module, and a template that takes one in,
// must not hold, and where it says it is.
func TestModuleValidate(t *testing.T) {
	known := []notify.Template{
		block("footer", "Viele Grüße\n", ""),
		{Name: "module:customers", Audience: notify.Customer, Language: "de", Text: "x"},
	}
	with := func(text, html string) notify.Template {
		return template(func(t *notify.Template) { t.Text, t.HTML = text, html })
	}
	for name, tt := range map[string]struct {
		own  notify.Template
		want string // the beginning of the error; empty: accepted
	}{
		"module":              {block("a.b_1", "{{ticket.number}}", "<b>{{ticket.number}}</b>"), ""},
		"no name":             {block("", "x", ""), "Name: "},
		"upper case":          {block("A", "x", ""), "Name: "},
		"two lines":           {block("a\n", "x", ""), "Name: "},
		"long":                {block(strings.Repeat("x", 81), "x", ""), "Name: "},
		"no text":             {block("a", " ", "<p>"), "Text: is empty"},
		"subject":             {func() notify.Template { m := block("a", "x", ""); m.Subject = "x"; return m }(), "Subject: "},
		"H73 itself":          {block("a", "x {{module:a}}", ""), "Text:1:3: a text module cannot take in another"},
		"another":             {block("a", "x\n{{module:footer}}", ""), "Text:2:1: a text module cannot take in another"},
		"changes":             {block("change.other", "{{changes}}", ""), "Text:1:1: placeholder \"changes\" cannot stand in"},
		"unknown placeholder": {block("a", "{{x}}", ""), "Text:1:1: unknown placeholder"},
		"open tag":            {block("a", "x", "<a href="), "HTML:1:9: placeholder"},
		"open comment":        {block("a", "x", "<!-- "), "HTML:1:6: "},
		"open script":         {block("a", "x", "<script>"), "HTML:1:9: a placeholder may stand in text"},
		"open style":          {block("a", "x", "<style>p{}"), "HTML:1:11: a placeholder may stand in text"},
		"closed script":       {block("a", "x", "<script>1</script>"), ""},

		"taken in":           {with("a\n{{module:footer}}", "<p>{{module:footer|x}}</p>"), ""},
		"built-in":           {with("{{module:change.other}}", ""), ""},
		"unknown":            {with("a\nb {{module:gone}}", ""), `Text:2:3: there is no text module "module:gone" for the audience "employee"`},
		"unknown in HTML":    {with("a", "<p>{{module:gone}}"), "HTML:1:4: there is no text module"},
		"for others":         {with("{{module:customers}}", ""), `Text:1:1: there is no text module "module:customers" for the audience "employee"`},
		"as often as may be": {with(strings.Repeat("{{module:footer}}", notify.MaxModules), ""), ""},
		"too often":          {with(strings.Repeat("{{module:footer}}", notify.MaxModules+1), ""), "Text:1:341: more than 20 text modules"},
		"hostile name":       {with("{{module:a b}}", ""), "Text:1:1: \"module:a b\" is no name"},
		"in an attribute":    {with("a", "<a href='{{module:footer}}'>"), "HTML:1:10: a placeholder may stand in text"},
		"changes, subject":   {template(func(t *notify.Template) { t.Subject = "{{changes}}" }), "Subject:1:1: placeholder \"changes\" cannot"},
		"several":            {template(func(t *notify.Template) { t.Name, t.Text = notify.Several, "{{changes}}" }), ""},
		"several, none":      {template(func(t *notify.Template) { t.Name = notify.Several }), "Text: needs {{changes}} exactly once, has it 0 times"},
		"several, twice":     {template(func(t *notify.Template) { t.Name, t.Text = notify.Several, "{{changes}}{{changes}}" }), "Text: needs {{changes}} exactly once, has it 2 times"},
		"several, not HTML":  {template(func(t *notify.Template) { t.Name, t.Text, t.HTML = notify.Several, "{{changes}}", "<p>" }), "HTML: needs {{changes}}"},
	} {
		t.Run(name, func(t *testing.T) {
			base, err := notify.NewTemplates(known...)
			if err != nil {
				t.Fatal(err)
			}
			for how, err := range map[string]error{
				"With":         second(base.With(tt.own)),
				"NewTemplates": second(notify.NewTemplates(append(known, tt.own)...)),
			} {
				if tt.want == "" {
					if err != nil {
						t.Errorf("%s: %v", how, err)
					}
					continue
				}
				if _, ok := errors.AsType[*notify.InvalidError](err); !ok || !strings.HasPrefix(err.Error(), tt.want) {
					t.Errorf("%s: %v, want an InvalidError %q", how, err, tt.want)
				}
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

func TestModuleRendered(t *testing.T) {
	templates, err := notify.NewTemplates(
		template(func(t *notify.Template) {
			t.Subject, t.Text = "{{module:line}}", "Anfang\n\n{{module:footer}}\n\n{{module:none|nichts}}\n\n{{module:none}}\n\nEnde\n"
			t.HTML = "<p>{{module:footer}}|{{module:line}}</p>"
		}),
		block("footer", "Gruß\n{{ticket.sender}}\n{{comment.text}}\n\n", "<b>{{comment.text}}</b>"),
		block("line", "a < {{ticket.number}}\nzwei", ""),
		block("none", "{{ticket.sender}}", ""),
		notify.Template{Name: "module:footer", Audience: notify.Staff, Language: "en", Text: "Regards"},
	)
	if err != nil {
		t.Fatal(err)
	}
	ev := notify.Event{Kind: notify.CommentAdded, Ticket: notify.TicketView{Ref: "7", Assignee: "bea"}, Comment: &notify.CommentView{Text: "<i>"}}
	m := plan(t, everybody(), ev, func(p *notify.Planner, _ *notify.Rule) { p.Templates, p.Language = templates, "de" }).Mails[0]
	want := []string{"[7] a < 7 zwei", "Anfang\n\nGruß\n<i>\n\nnichts\n\nEnde\n", "<p><b>&lt;i&gt;</b>|a &lt; 7<br>\nzwei</p>"}
	if diff := cmp.Diff(want, []string{m.Subject, m.Text, m.HTML}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestModuleLanguage: a template takes modules in its own language first.
func TestModuleLanguage(t *testing.T) {
	fr := block("footer", "Cordialement", "")
	fr.Language = "fr"
	templates, err := notify.NewTemplates(
		template(func(t *notify.Template) { t.Language, t.Text = "fr", "{{module:footer}}\n{{module:german}}" }),
		fr, block("footer", "Gruß", ""), block("german", "Nur deutsch", ""),
	)
	if err != nil {
		t.Fatal(err)
	}
	ev := notify.Event{Kind: notify.CommentAdded, Ticket: notify.TicketView{Assignee: "bea"}}
	m := plan(t, everybody(), ev, func(p *notify.Planner, _ *notify.Rule) { p.Templates, p.Language = templates, "fr" }).Mails[0]
	if m.Text != "Cordialement\nNur deutsch\n" {
		t.Errorf("%q", m.Text)
	}
}

// TestModuleKeepsVisibility: a module for customers cannot name what is for
// employees, and shows nothing of an internal comment.
func TestModuleKeepsVisibility(t *testing.T) {
	m := notify.Template{Name: "module:a", Audience: notify.Customer, Language: "de", Text: "{{ticket.sender}}"}
	if err := m.Validate(); err == nil {
		t.Error("a module for customers names the sender's address")
	}
	m.Text = "[{{comment.text|hidden}}]"
	templates, err := notify.NewTemplates(m, notify.Template{Name: "status_done", Audience: notify.Customer, Language: "de", Subject: "x", Text: "A {{module:a}}"})
	if err != nil {
		t.Fatal(err)
	}
	ev := notify.Event{Kind: notify.StatusDone, Actor: "anna", Ticket: notify.TicketView{CustomerContact: "k-kim"}, Comment: &notify.CommentView{Internal: true, Text: "CANARY"}}
	got := plan(t, everybody(), ev, func(p *notify.Planner, _ *notify.Rule) { p.Templates, p.Language = templates, "de" })
	if text := mailTo(t, got, "k-kim").Text; text != "A [hidden]\n" {
		t.Errorf("%q", text)
	}
}

// TestLoadTemplates: what was saved once and cannot work any more is replaced
// by the built-in words, and said.
func TestLoadTemplates(t *testing.T) {
	broken := template(func(t *notify.Template) { t.Text = "{{gone}}" })
	orphan := template(func(t *notify.Template) { t.Name, t.Text = "status_rejected", "{{module:gone}}" })
	mine := template(func(t *notify.Template) { t.Name, t.Text = "mine", "{{gone}}" })
	fine := template(func(t *notify.Template) { t.Name, t.Text = "assignee_changed", "Meins" })
	templates, errs := notify.LoadTemplates(broken, orphan, mine, fine)
	var said []string
	for _, e := range errs {
		said = append(said, e.Error())
	}
	want := []string{
		`template "comment_added" for employee in "de": Text:1:1: unknown placeholder "gone"`,
		`template "mine" for employee in "de": Text:1:1: unknown placeholder "gone"`,
		`template "status_rejected" for employee in "de": Text:1:1: there is no text module "module:gone" for the audience "employee"`,
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("broken (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, texts(templates.Broken())); diff != "" {
		t.Errorf("Broken (-want +got):\n%s", diff)
	}
	for name, tt := range map[string]struct {
		kind     notify.Kind
		language string
		template string
		text     string // the beginning
		warnings []string
	}{
		"broken":              {notify.CommentAdded, "de", "", "Guten Tag Bea,", want[:1]},
		"broken, region":      {notify.CommentAdded, "de-AT", "", "Guten Tag Bea,", want[:1]},
		"other language":      {notify.CommentAdded, "fr", "", "Bonjour Bea,", nil},
		"module gone":         {notify.StatusRejected, "de", "", "Guten Tag Bea,", want[2:]},
		"named by the rule":   {notify.AssigneeChanged, "de", "mine", "Meins", want[1:2]},
		"fine beside broken":  {notify.AssigneeChanged, "de", "", "Meins", nil},
		"broken and collects": {notify.CommentAdded, "de", "mine", "Guten Tag Bea,", want[1:2]},
	} {
		ev := notify.Event{Kind: tt.kind, Ticket: notify.TicketView{Assignee: "bea", LastAssignee: "bea"}}
		got := plan(t, everybody(), ev, func(p *notify.Planner, r *notify.Rule) {
			p.Templates, p.Language, r.Template = templates, tt.language, tt.template
		})
		if !strings.HasPrefix(got.Mails[0].Text, tt.text) {
			t.Errorf("%s: %q", name, got.Mails[0].Text)
		}
		if diff := cmp.Diff(tt.warnings, texts(got.Warnings)); diff != "" {
			t.Errorf("%s: warnings (-want +got):\n%s", name, diff)
		}
	}
	repaired, err := templates.With(template(nil))
	if err != nil || len(repaired.Broken()) != 2 || len(templates.Broken()) != 3 {
		t.Errorf("repaired: %v, still broken: %d, before: %d", err, len(repaired.Broken()), len(templates.Broken()))
	}
}

func texts(list []*notify.TemplateError) []string {
	var all []string
	for _, e := range list {
		all = append(all, e.Error())
	}
	return all
}

func TestPreview(t *testing.T) {
	templates, _ := notify.LoadTemplates(
		template(nil),
		template(func(t *notify.Template) { t.Name, t.Text = "assignee_changed", "{{gone}}" }),
	)
	real := &notify.Event{
		Kind: notify.CommentAdded, At: noon, Ticket: notify.TicketView{Ref: "8", Subject: "Door", Assignee: "bea"},
		Comment: &notify.CommentView{Text: "Open."},
	}
	for name, tt := range map[string]struct {
		template string
		audience notify.Audience
		language string
		event    *notify.Event
		subject  string
		contains []string
		warnings []string
	}{
		"own, sample":   {"comment_added", notify.Staff, "de", nil, "Printer on the second floor", []string{"Neu: The printer shows error 49.\n"}, nil},
		"own, real":     {"comment_added", notify.Staff, "de", real, "Door", []string{"Neu: Open.\n"}, nil},
		"built-in":      {"comment_added", notify.Customer, "fr", nil, "Printer on the second floor", []string{"Bonjour Robin Keller,", "Kim Berger", "printer.jpg", "support@example.com"}, nil},
		"outside":       {"status_done", notify.Outside, "en", nil, "Printer on the second floor", []string{"has been completed"}, nil},
		"internal":      {"internal_comment_added", notify.Staff, "en", nil, "Printer on the second floor", []string{"internal comment on 2026-03-04 at 09:30"}, nil},
		"several":       {notify.Several, notify.Staff, "en", nil, "Printer on the second floor", []string{"added a comment", "changed the assignee", "marked the ticket as done"}, nil},
		"module":        {"module:change.status_done", notify.Staff, "de", nil, "", []string{"Kim Berger hat das Ticket auf „fertig“ gesetzt."}, nil},
		"region":        {"comment_added", notify.Customer, "de-AT", nil, "Printer on the second floor", []string{"Guten Tag"}, nil},
		"no such words": {"comment_added", notify.Customer, "ja", nil, "Printer on the second floor", []string{"Guten Tag"}, []string{`there are no words in "ja", these are in "de"`}},
		"broken": {"assignee_changed", notify.Staff, "de", nil, "Printer on the second floor", []string{"Neuer Bearbeiter: Robin Keller"},
			[]string{`template "assignee_changed" for employee in "de": Text:1:1: unknown placeholder "gone"; another one is shown`}},
		"empty": {"comment_added", notify.Customer, "en", real, "Door", []string{"Open."}, []string{"without a value here: comment.files, ticket.status"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := templates.Preview(tt.template, tt.audience, tt.language, tt.event, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got.Subject != tt.subject {
				t.Errorf("subject %q, want %q", got.Subject, tt.subject)
			}
			for _, s := range tt.contains {
				if !strings.Contains(got.Text, s) {
					t.Errorf("%q is not in:\n%s", s, got.Text)
				}
			}
			if diff := cmp.Diff(tt.warnings, got.Warnings); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
	if _, err := templates.Preview("internal_comment_added", notify.Customer, "de", nil, nil); err == nil {
		t.Error("a preview of an internal comment for customers")
	}
}

// TestPreviewOfEveryBuiltin: the sample has a value for every placeholder.
func TestPreviewOfEveryBuiltin(t *testing.T) {
	var none *notify.Templates
	for _, b := range notify.BuiltinTemplates() {
		got, err := none.Preview(b.Name, b.Audience, b.Language, nil, nil)
		if err != nil || got.Language != b.Language || got.Warnings != nil || strings.Contains(got.Text, "{{") {
			t.Errorf("%s for %s in %s: %v, %+v", b.Name, b.Audience, b.Language, err, got)
		}
	}
}

func TestMissing(t *testing.T) {
	var builtin *notify.Templates
	if got := builtin.Missing("de", "en", "fr", "de-AT"); len(got) != 0 {
		t.Errorf("built-in: %+v", got)
	}
	templates, err := notify.NewTemplates(
		template(func(t *notify.Template) { t.Name = "mine" }),
		template(func(t *notify.Template) { t.Name, t.Language = "mine", "it" }),
		block("footer", "x", ""),
	)
	if err != nil {
		t.Fatal(err)
	}
	want := []notify.MissingTemplate{
		{"mine", notify.Staff, "fr"}, {"mine", notify.Staff, "en"},
		{"module:footer", notify.Staff, "fr"}, {"module:footer", notify.Staff, "en"},
	}
	if diff := cmp.Diff(want, templates.Missing("fr", "en", "de")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !templates.Has("mine", notify.Staff) || templates.Has("mine", notify.Customer) || !templates.Has("status_done", notify.Outside) {
		t.Error("Has is wrong about mine or status_done")
	}
}

// TestModulesStayBounded: modules multiply what a template says, but not
// beyond what a mail may have.
func TestModulesStayBounded(t *testing.T) {
	all := strings.Repeat("{{comment.text}}", notify.MaxPlaceholders)
	templates, err := notify.NewTemplates(
		template(func(t *notify.Template) {
			t.Text = strings.Repeat("{{module:big}}", notify.MaxModules) + "{{changes}}"
			t.HTML = "<p>" + strings.Repeat("{{module:big}}", notify.MaxModules) + "</p>"
		}),
		block("big", all, "<p>"+all+"</p>"),
	)
	if err != nil {
		t.Fatal(err)
	}
	ev := notify.Event{Kind: notify.CommentAdded, Ticket: notify.TicketView{Assignee: "bea"}, Comment: &notify.CommentView{Text: strings.Repeat("&", 1<<20)}}
	m := plan(t, everybody(), ev, func(p *notify.Planner, _ *notify.Rule) { p.Templates, p.Language = templates, "de" }).Mails[0]
	if len(m.Text) > notify.MaxRendered+1 || len(m.HTML) > notify.MaxRendered || !strings.HasSuffix(m.HTML, "</p>") {
		t.Errorf("text of %d bytes, HTML of %d, which ends with %q", len(m.Text), len(m.HTML), m.HTML[max(0, len(m.HTML)-10):])
	}
}

// FuzzModule: behind any module that can be saved a value stands in the text
// of the HTML, where its escaping is the right one.
func FuzzModule(f *testing.F) {
	for _, s := range []string{"<b>x</b>", "<script>", "<a href='", "<!--", "<textarea>", "<svg><style>", "<plaintext>", "<p {{comment.text}}>", "<![CDATA[", "<?", "</", "&"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		const value = "value-of-a-field"
		templates, err := notify.NewTemplates(
			template(func(t *notify.Template) { t.HTML = "<p>{{module:m}}{{comment.text}}" }),
			block("m", "x", s),
		)
		if err != nil || strings.Contains(s, value) || strings.Contains(s, "{{") {
			return
		}
		ev := notify.Event{Kind: notify.CommentAdded, Ticket: notify.TicketView{Assignee: "bea"}, Comment: &notify.CommentView{Text: value}}
		m := plan(t, everybody(), ev, func(p *notify.Planner, _ *notify.Rule) { p.Templates, p.Language = templates, "de" }).Mails[0]
		z := html.NewTokenizer(strings.NewReader(m.HTML))
		inside := ""
		for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
			token := z.Token()
			if kind == html.StartTagToken || kind == html.EndTagToken {
				inside = token.Data
			}
			if strings.Contains(token.String(), value) && (kind != html.TextToken || inside == "script" || inside == "style") {
				t.Errorf("module %q puts the value into a %v inside %q: %s", s, kind, inside, m.HTML)
			}
		}
	})
}
