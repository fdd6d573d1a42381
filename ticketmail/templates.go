package ticketmail

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/text/language"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

const (
	settingTemplate  = "template"          // templates written by administrators
	settingTemplates = "template-revision" // changes with each of them
)

// Templates returns the words in force: those of Config.Templates with the
// stored ones beside or instead of them. [notify.Templates.Broken] lists
// stored ones that cannot be used any more.
func (e *Engine) Templates(ctx context.Context) (*notify.Templates, error) {
	var t *notify.Templates
	err := e.store.View(ctx, func(r storage.Reader) error {
		var err error
		t, err = e.templates(ctx, r.Settings())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	return t, nil
}

// StoredTemplates returns what administrators have written, broken ones
// included, in a stable order.
func (e *Engine) StoredTemplates(ctx context.Context) ([]notify.Template, error) {
	var list []notify.Template
	err := e.store.View(ctx, func(r storage.Reader) error {
		var err error
		list, err = storedTemplates(ctx, r.Settings())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	return list, nil
}

// PutTemplate saves a template or text module, new or instead of the one with
// the same name, audience and language. One that cannot work is refused with a
// *notify.InvalidError, with line and column where it stands in a text.
func (e *Engine) PutTemplate(ctx context.Context, t notify.Template) error {
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	err = e.changeTemplates(ctx, func(s storage.Settings) error {
		now, err := e.templates(ctx, s)
		if err != nil {
			return err
		}
		if _, err := now.With(t); err != nil {
			return err
		}
		return s.Put(ctx, settingTemplate, templateKey(t.Name, t.Audience, t.Language), b)
	})
	if err != nil {
		return fmt.Errorf("put template %q: %w", t.Name, err)
	}
	return nil
}

// DeleteTemplate takes a stored template away: back to the built-in one, where
// there is one. It is refused with a *notify.TemplateError for a text module
// that another stored template takes in. storage.ErrNotFound: none is stored.
func (e *Engine) DeleteTemplate(ctx context.Context, name string, audience notify.Audience, tag string) error {
	err := e.changeTemplates(ctx, func(s storage.Settings) error {
		key := templateKey(name, audience, tag)
		if _, err := s.Get(ctx, settingTemplate, key); err != nil {
			return err
		}
		before, err := storedTemplates(ctx, s)
		if err != nil {
			return err
		}
		if err := s.Delete(ctx, settingTemplate, key); err != nil {
			return err
		}
		after, err := storedTemplates(ctx, s)
		if err != nil {
			return err
		}
		return e.newlyBroken(before, after)
	})
	if err != nil {
		return fmt.Errorf("delete template %q: %w", name, err)
	}
	return nil
}

// newlyBroken returns the first template that works among those before, and no
// more among those after.
func (e *Engine) newlyBroken(before, after []notify.Template) error {
	_, was := e.cfg.Templates.Load(before...)
	_, now := e.cfg.Templates.Load(after...)
	for _, broken := range now {
		same := func(o *notify.TemplateError) bool {
			return o.Name == broken.Name && o.Audience == broken.Audience && o.Language == broken.Language
		}
		if !slices.ContainsFunc(was, same) {
			return broken
		}
	}
	return nil
}

// changeTemplates runs fn in a transaction that makes every node read the
// templates again. The revision is random: one that was rolled back must not
// come again with other words.
func (e *Engine) changeTemplates(ctx context.Context, fn func(s storage.Settings) error) error {
	return e.store.Update(ctx, func(w storage.Writer) error {
		if err := fn(w.Settings()); err != nil {
			return err
		}
		return w.Settings().Put(ctx, settingTemplates, "", []byte(rand.Text()))
	})
}

// templateCache keeps the compiled templates of one revision.
type templateCache struct {
	mu       sync.Mutex
	revision string
	set      *notify.Templates
}

// templates returns the words in force, compiled once for each revision.
func (e *Engine) templates(ctx context.Context, s storage.SettingsReader) (*notify.Templates, error) {
	revision, err := s.Get(ctx, settingTemplates, "")
	if errors.Is(err, storage.ErrNotFound) {
		return e.cfg.Templates, nil
	}
	if err != nil {
		return nil, err
	}
	c := e.words
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.revision == string(revision) {
		return c.set, nil
	}
	stored, err := storedTemplates(ctx, s)
	if err != nil {
		return nil, err
	}
	c.set, _ = e.cfg.Templates.Load(stored...) // what is broken is told of when it should have been used
	c.revision = string(revision)
	return c.set, nil
}

func storedTemplates(ctx context.Context, s storage.SettingsReader) ([]notify.Template, error) {
	var list []notify.Template
	for v, err := range s.List(ctx, settingTemplate) {
		if err != nil {
			return nil, err
		}
		var t notify.Template
		if err := json.Unmarshal(v.Value, &t); err != nil {
			return nil, fmt.Errorf("template %s: %w", v.Key, err)
		}
		list = append(list, t)
	}
	return list, nil
}

// templateKey is the same for every spelling of a language's tag.
func templateKey(name string, audience notify.Audience, tag string) string {
	if t, err := language.Parse(tag); err == nil {
		tag = t.String()
	}
	return fmt.Sprintf("%q %s %s", name, audience, tag)
}
