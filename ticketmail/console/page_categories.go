package console

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/ticketmail"
)

// categoriesBody is the table of categories.
type categoriesBody struct {
	Rows []categoryRow
}

type categoryRow struct {
	catalog.Category
	Text    string // label in the visitor's language
	Missing string // languages without a label, for people
	Use     int    // tickets
}

// categories shows the table.
func (v *visit) categories() error {
	all, err := v.engine.Categories(v.r.Context())
	if err != nil {
		return err
	}
	use, err := v.engine.CategoryUse(v.r.Context())
	if err != nil {
		return err
	}
	body := categoriesBody{}
	for _, c := range all {
		row := categoryRow{Category: c, Text: c.Label(v.wanted()), Use: use[c.ID]}
		var missing []string
		for _, tag := range languages {
			if strings.TrimSpace(c.Labels[tag]) == "" {
				missing = append(missing, v.Name("language", tag))
			}
		}
		row.Missing = strings.Join(missing, ", ")
		body.Rows = append(body.Rows, row)
	}
	return v.show("categories", page{Title: v.T("menu.categories"), Nav: "categories", Body: body})
}

// wanted are the languages in which labels are shown.
func (v *visit) wanted() catalog.Languages {
	return catalog.Wanted(v.Language(), "", v.setup.Language)
}

// categoryBody is the form of one category.
type categoryBody struct {
	Form   form
	ID     string // empty: a new one
	Labels []labelField
}

// A labelField is a tab of the form.
type labelField struct {
	Tab   string
	Field *field
	First bool
}

// editCategory shows the form of the category that the query names, or of a
// new one.
func (v *visit) editCategory() error {
	c := catalog.Category{Labels: map[string]string{}}
	id := v.r.Form.Get("id")
	if id != "" {
		var err error
		if c, err = v.category(id); err != nil {
			return err
		}
	}
	body := v.categoryForm(id, c)
	return v.show("category", v.categoryPage(body))
}

// category returns one by its id.
func (v *visit) category(id string) (catalog.Category, error) {
	all, err := v.engine.Categories(v.r.Context())
	if err != nil {
		return catalog.Category{}, err
	}
	i := slices.IndexFunc(all, func(c catalog.Category) bool { return c.ID == id })
	if i < 0 {
		return catalog.Category{}, errGone
	}
	return all[i], nil
}

func (v *visit) categoryPage(body *categoryBody) page {
	title := v.T("category.new")
	if body.ID != "" {
		title = v.T("category.edit", body.ID)
	}
	return page{Title: title, Nav: "categories", Body: body, Crumbs: []crumb{{v.T("menu.categories"), v.URL("categories")}}}
}

func (v *visit) categoryForm(id string, c catalog.Category) *categoryBody {
	b := &categoryBody{ID: id, Form: form{off: !v.Administers()}}
	b.Form.add(field{Name: "new", Label: v.T("category.id"), Hint: v.T("category.id.hint"), Value: c.ID, Required: true, Mono: true, Off: id != ""})
	b.Form.add(field{Name: "order", Label: v.T("category.order"), Hint: v.T("category.order.hint"), Value: strconv.Itoa(c.Order), Kind: "number"})
	b.Form.add(field{Name: "active", Label: v.T("category.active"), Hint: v.T("category.active.hint"), Value: checked(!c.Inactive), Kind: "check"})
	for _, tag := range v.labelTags(c) {
		f := b.Form.add(field{Name: "label." + tag, Label: v.T("category.label.in", v.Name("language", tag)), Value: c.Labels[tag], Lang: tag})
		b.Labels = append(b.Labels, labelField{Tab: v.Name("language", tag), Field: f, First: tag == v.Language()})
	}
	v.over(&b.Form)
	b.Form.add(field{Name: "tag", Label: v.T("category.tag"), Hint: v.T("category.tag.hint"), Value: v.value("tag")})
	b.Form.add(field{Name: "text", Label: v.T("category.label"), Value: v.value("text")})
	return b
}

// labelTags are the languages that the form of a category offers.
func (v *visit) labelTags(c catalog.Category) []string {
	tags := slices.Clone(languages[:])
	for _, tag := range slices.Sorted(maps.Keys(c.Labels)) {
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// saveCategory carries out the form.
func (v *visit) saveCategory() error {
	id := v.r.Form.Get("id")
	c, old := catalog.Category{ID: v.r.Form.Get("new"), Labels: map[string]string{}}, catalog.Category{}
	if id != "" {
		var err error
		if old, err = v.category(id); err != nil {
			return err
		}
		c.ID = id
		for tag := range old.Labels {
			c.Labels[tag] = ""
		}
	}
	for _, tag := range v.labelTags(c) {
		if text := v.value("label." + tag); text != "" {
			c.Labels[tag] = text
		} else {
			delete(c.Labels, tag)
		}
	}
	c.Inactive = v.value("active") == ""
	order, errOrder := strconv.Atoi(v.value("order"))
	c.Order = order
	body := v.categoryForm(id, c)
	if errOrder != nil || order < -9999 || order > 9999 {
		body.Form.Get("order").Value = v.value("order")
		body.Form.refuse("order", v.T("form.number", -9999, 9999))
	}
	if err := v.addLabel(&c, body); err != nil {
		return err
	}
	v.blameCategory(c, body)
	if id == "" && body.Form.ok() {
		switch there, err := v.category(c.ID); {
		case err == nil && c.Order == there.Order && c.Inactive == there.Inactive && maps.Equal(c.Labels, there.Labels):
			return v.goTo("category", "categories") // the same form has come before
		case err == nil:
			body.Form.refuse("new", v.T("category.id.taken"))
		}
	}
	if body.Form.ok() && id != "" {
		v.changed(&body.Form, &v.categoryForm(id, old).Form)
	}
	if !body.Form.ok() {
		return v.refuse("category", v.categoryPage(body))
	}
	if err := v.engine.PutCategory(v.r.Context(), c); err != nil {
		return err
	}
	return v.goTo("category", "categories")
}

// addLabel takes in the label in a further language.
func (v *visit) addLabel(c *catalog.Category, body *categoryBody) error {
	tag, text := v.value("tag"), v.value("text")
	switch {
	case tag == "" && text == "":
	case tag == "":
		body.Form.refuse("tag", v.T("form.missing"))
	case text == "":
		body.Form.refuse("text", v.T("form.missing"))
	case c.Labels[tag] != "" || slices.Contains(languages[:], tag):
		body.Form.refuse("tag", v.T("category.tag.twice"))
	default:
		c.Labels[tag] = text
	}
	return nil
}

// blameCategory ties what the catalogue says to the fields.
func (v *visit) blameCategory(c catalog.Category, body *categoryBody) {
	err := c.Validate()
	if err == nil {
		return
	}
	for _, one := range joined(err) {
		f, ok := errors.AsType[*catalog.FieldError](one)
		if !ok {
			continue
		}
		tag := strings.TrimSuffix(strings.TrimPrefix(f.Field, "labels["), "]")
		switch {
		case f.Field == "id" && c.ID == "":
			body.Form.refuse("new", v.T("form.missing"))
		case f.Field == "id":
			body.Form.refuse("new", v.T("category.id.bad"))
		case body.Form.Get("label."+tag) != nil:
			body.Form.refuse("label."+tag, v.T("category.label.bad"))
		case len(c.Labels[tag]) > 200:
			body.Form.refuse("text", v.T("category.label.bad"))
		default:
			body.Form.refuse("tag", v.T("form.language"))
		}
	}
}

// joined returns what errors.Join has joined.
func joined(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok { // the outermost one is meant
		return many.Unwrap()
	}
	return []error{err}
}

// deleteBody asks before a category is deleted.
type deleteBody struct {
	ID   string
	Use  int
	Form form
}

// askDeleteCategory shows what deleting means.
func (v *visit) askDeleteCategory() error {
	body, err := v.categoryDeletion(v.r.Form.Get("id"))
	if err != nil {
		return err
	}
	return v.show("category_delete", v.deletionPage(body))
}

func (v *visit) deletionPage(body *deleteBody) page {
	return page{Title: v.T("category.delete", body.ID), Nav: "categories", Body: body, Crumbs: []crumb{{v.T("menu.categories"), v.URL("categories")}}}
}

func (v *visit) categoryDeletion(id string) (*deleteBody, error) {
	all, err := v.engine.Categories(v.r.Context())
	if err != nil {
		return nil, err
	}
	use, err := v.engine.CategoryUse(v.r.Context())
	if err != nil {
		return nil, err
	}
	body := &deleteBody{ID: id, Use: use[id]}
	choices := []option{{Value: "", Text: "– " + v.T("category.choose") + " –"}}
	found := false
	for _, c := range all {
		if found = found || c.ID == id; c.ID != id {
			choices = append(choices, option{Value: c.ID, Text: fmt.Sprintf("%s (%s)", c.Label(v.wanted()), c.ID), On: c.ID == v.r.Form.Get("replacement")})
		}
	}
	if !found {
		return nil, errGone
	}
	if body.Use > 0 {
		body.Form.add(field{Name: "replacement", Label: v.T("category.replacement"), Kind: "select", Options: choices, Required: true})
	}
	return body, nil
}

// deleteCategory carries it out.
func (v *visit) deleteCategory() error {
	id, replacement := v.r.Form.Get("id"), v.r.Form.Get("replacement")
	err := v.engine.DeleteCategory(v.r.Context(), v.actor(), id, replacement)
	if _, used := errors.AsType[*ticketmail.UsedError](err); used {
		body, err := v.categoryDeletion(id)
		if err != nil {
			return err
		}
		body.Form.refuse("replacement", v.T("form.missing"))
		return v.refuse("category_delete", v.deletionPage(body))
	}
	if err != nil {
		return err
	}
	return v.goTo("category.gone", "categories")
}

// checked is the value of a checkbox.
func checked(on bool) string {
	if on {
		return "on"
	}
	return ""
}
