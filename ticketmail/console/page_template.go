package console

import (
	"errors"
	"html/template"
	"strings"

	"example.com/ticketmail/mailbox/message/safehtml"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// templateBody is the editor of one template.
type templateBody struct {
	Form    form
	Key     notify.Template // name, audience and language
	Module  bool
	Stored  bool // an administrator has written it
	Builtin bool // the program has one too
	Copied  string
	Broken  said // what is wrong with the one that is stored
	Fields  []notify.Field
	Place   excerpt
	Preview *previewBody
	Compare []comparison
}

// An excerpt is the line of a text in which something is wrong.
type excerpt struct {
	Before, At string // up to the place, and behind it
}

// A previewBody is how a mail would read.
type previewBody struct {
	notify.Preview
	Shown   template.HTML // the HTML, made harmless
	Fault   string        // what is wrong with the template instead
	Where   string        // the place in it that is wrong; may be empty
	English bool          // Fault is in English, whatever the page is
}

// editTemplate shows the editor of the template that the query names.
func (v *visit) editTemplate() error {
	b, t, err := v.templateAt()
	if err != nil {
		return err
	}
	v.fillTemplate(b, t)
	if t.Subject+t.Text == "" { // nothing is written yet: nothing is wrong, and nothing to be seen
		return v.show("template", v.templatePage(b))
	}
	if err := v.preview(b, t); err != nil {
		return err
	}
	return v.show("template", v.templatePage(b))
}

func (v *visit) templatePage(b *templateBody) page {
	name := v.TemplateName(b.Key.Name)
	return page{
		Title: name + " – " + v.Name("audience", b.Key.Audience) + ", " + v.Name("language", b.Key.Language), Nav: "templates", Body: b,
		Crumbs: []crumb{{v.T("menu.templates"), v.URL("templates")}, {name, v.URL("templates", "name", b.Key.Name)}},
	}
}

// templateAt returns the template that the query names: as stored, else the
// program's, else, to begin with, that of another language.
func (v *visit) templateAt() (*templateBody, notify.Template, error) {
	key := notify.Template{Name: v.value("name"), Audience: notify.Audience(v.value("audience")), Language: v.value("language")}
	b := &templateBody{Key: key, Module: strings.HasPrefix(key.Name, modulePrefix), Form: form{off: !v.Administers()}}
	if key.Name == "" || audienceRank(key.Audience) < 0 || key.Language == "" {
		return nil, key, errGone
	}
	words, err := v.engine.Templates(v.r.Context())
	if err != nil {
		return nil, key, err
	}
	stored, err := v.engine.StoredTemplates(v.r.Context())
	if err != nil {
		return nil, key, err
	}
	for _, f := range words.Fields() {
		if !f.Staff || key.Audience == notify.Staff {
			b.Fields = append(b.Fields, f)
		}
	}
	for _, e := range words.Broken() {
		if e.Name == key.Name && e.Audience == key.Audience && e.Language == key.Language {
			b.Broken = v.broken(e.Err)
		}
	}
	builtin, ok := findTemplate(v.setup.Templates.All(), key)
	t := builtin
	b.Builtin = ok
	if own, ok := findTemplate(stored, key); ok {
		t, b.Stored = own, true
	}
	if !b.Builtin && !b.Stored {
		t = v.startFrom(words, key)
		b.Copied = t.Language
		t.Language = key.Language
	}
	if t.Name == "" {
		t = key
	}
	if b.Builtin {
		b.Compare = v.compare(builtin, t)
	}
	return b, t, nil
}

// startFrom returns the words for the same purpose in another language.
func (v *visit) startFrom(words *notify.Templates, key notify.Template) notify.Template {
	for _, tag := range append([]string{v.Language(), v.setup.Language}, languages[:]...) {
		key.Language = tag
		if t, ok := findTemplate(words.All(), key); ok {
			return t
		}
	}
	return notify.Template{}
}

// fillTemplate puts a template into the form.
func (v *visit) fillTemplate(b *templateBody, t notify.Template) {
	f := &b.Form
	if !b.Module {
		f.add(field{Name: "subject", Label: v.T("template.subject"), Hint: v.T("template.subject.hint"), Value: t.Subject, Mono: true, Lang: t.Language, Required: true})
	}
	f.add(field{Name: "text", Kind: "area", Rows: 14, Label: v.T("template.text"), Hint: v.T("template.text.hint"), Value: t.Text, Mono: true, Lang: t.Language, Required: true})
	f.add(field{Name: "html", Kind: "area", Rows: 6, Label: v.T("template.html"), Hint: v.T("template.html.hint"), Value: t.HTML, Mono: true, Lang: t.Language})
	v.over(f)
	f.add(field{Name: "ticket", Label: v.T("template.preview.on"), Hint: v.T("template.preview.hint"), Value: v.value("ticket")})
}

// typed returns the template as the form has it.
func (v *visit) typed(b *templateBody) notify.Template {
	t := b.Key
	t.Text, t.HTML = v.text("text"), v.text("html")
	if !b.Module {
		t.Subject = v.value("subject")
	}
	return t
}

// preview shows how a template reads. What is wrong with it stands at its field.
func (v *visit) preview(b *templateBody, t notify.Template) error {
	p, err := v.engine.Preview(v.r.Context(), t, ticketmail.TicketID(v.value("ticket")))
	wrong, isWrong := errors.AsType[*notify.InvalidError](err)
	switch {
	case isWrong:
		v.blameTemplate(b, t, wrong)
		words, ok := v.say(faultPhrases, "", wrong.Reason)
		b.Preview = &previewBody{Fault: sentence(words), Where: v.placeOf(wrong), English: !ok}
	case errors.Is(err, storage.ErrNotFound):
		b.Form.refuse("ticket", v.T("form.ticket"))
		b.Preview = &previewBody{Fault: v.T("form.ticket")}
	case err != nil:
		return err
	default:
		//nolint:gosec // what safehtml writes is harmless: that is its promise
		b.Preview = &previewBody{Preview: p, Shown: template.HTML(safehtml.Sanitize(p.HTML, nil))}
	}
	return nil
}

// broken says what is wrong with a stored template, and where.
func (v *visit) broken(err error) said {
	wrong, ok := errors.AsType[*notify.InvalidError](err)
	if !ok {
		return said{err.Error(), v.language != english}
	}
	words, ok := v.say(faultPhrases, "", wrong.Reason)
	text := sentence(words)
	if place := v.placeOf(wrong); place != "" {
		text = place + ": " + text
	}
	return said{text, !ok}
}

// PreviewWarning says what a preview warns of.
func (v *visit) PreviewWarning(text string) said {
	words, ok := v.say(previewPhrases, "", text)
	return said{sentence(words), !ok}
}

// placeOf says where in a template something is wrong; empty: not in one place.
func (v *visit) placeOf(e *notify.InvalidError) string {
	if e.Line == 0 {
		return ""
	}
	return v.T("template.at", e.Line, e.Column)
}

// blameTemplate puts what is wrong at its field, with the line it is in.
func (v *visit) blameTemplate(b *templateBody, t notify.Template, e *notify.InvalidError) {
	name := strings.ToLower(e.Field)
	if one := b.Form.Get(name); one != nil && one.Error == "" {
		one.Where = v.placeOf(e)
	}
	v.refuseEnglish(&b.Form, name, e.Reason)
	text := map[string]string{"Subject": t.Subject, "Text": t.Text, "HTML": t.HTML}[e.Field]
	all := strings.Split(text, "\n")
	if e.Line < 1 || e.Line > len(all) {
		return
	}
	line := []rune(all[e.Line-1])
	at := min(max(e.Column-1, 0), len(line))
	b.Place = excerpt{Before: string(line[max(0, at-60):at]), At: string(line[at:min(len(line), at+60)])}
}

// saveTemplate carries out the form, or shows the preview that it asks for.
func (v *visit) saveTemplate() error {
	b, had, err := v.templateAt()
	if err != nil {
		return err
	}
	stored := &templateBody{Module: b.Module}
	v.fillTemplate(stored, had)
	t := v.typed(b)
	v.fillTemplate(b, t)
	for _, one := range b.Form.fields {
		if one.Required && strings.TrimSpace(one.Value) == "" {
			b.Form.refuse(one.Name, v.T("form.missing"))
		}
	}
	if b.Compare != nil {
		builtin, _ := findTemplate(v.setup.Templates.All(), b.Key)
		b.Compare = v.compare(builtin, t)
	}
	if err := v.preview(b, t); err != nil {
		return err
	}
	asked := v.value("do") == "preview"
	if b.Form.ok() && !asked {
		v.changed(&b.Form, &stored.Form)
	}
	switch {
	case !b.Form.ok():
		return v.refuse("template", v.templatePage(b))
	case asked:
		return v.show("template", v.templatePage(b))
	}
	err = v.engine.PutTemplate(v.r.Context(), t)
	if wrong, ok := errors.AsType[*notify.InvalidError](err); ok {
		v.blameTemplate(b, t, wrong)
		return v.refuse("template", v.templatePage(b))
	}
	if err != nil {
		return err
	}
	return v.goTo("template", "templates/edit", "name", t.Name, "audience", t.Audience, "language", t.Language)
}

// previewTemplate answers the script with the preview alone.
func (v *visit) previewTemplate() error {
	b, _, err := v.templateAt()
	if err != nil {
		return err
	}
	t := v.typed(b)
	v.fillTemplate(b, t)
	if err := v.preview(b, t); err != nil {
		return err
	}
	return v.part("template", "preview", page{visit: v, Body: b})
}

// deleteTemplate goes back to the program's words.
func (v *visit) deleteTemplate() error {
	b, t, err := v.templateAt()
	if err != nil {
		return err
	}
	err = v.engine.DeleteTemplate(v.r.Context(), b.Key.Name, b.Key.Audience, b.Key.Language)
	if used, ok := errors.AsType[*notify.TemplateError](err); ok {
		v.fillTemplate(b, t)
		b.Form.refuse("", v.T("template.used", v.TemplateName(used.Name)))
		if err := v.preview(b, t); err != nil {
			return err
		}
		return v.refuse("template", v.templatePage(b))
	}
	if err != nil {
		return err
	}
	return v.goTo("template.gone", "templates", "name", b.Key.Name)
}
