package ticketmail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/thread"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// Kinds of settings about mailboxes that administrators define.
const (
	settingMailbox    = "mailbox"            // by id
	settingAssignment = "mailbox-assignment" // by mailbox
	settingDefault    = "mailbox-default"    // by department; "" is the company's
	settingRoutes     = "mailbox-revision"   // changes with each of them
)

// A routing is what is known of the mailboxes at one moment.
type routing struct {
	mailbox.Routes
	stored  map[mailbox.ID]storedMailbox       // those that administrators defined
	resting map[mailbox.ID]*mailbox.FieldError // those of them that cannot be polled beside the others
}

// routeCache keeps the routing of one revision.
type routeCache struct {
	fixed *routing // that of the configuration alone

	mu       sync.Mutex
	revision string
	known    *routing
}

// Routes returns the mailboxes in force, what they serve and the defaults:
// those of Config.Routes with the ones that administrators have defined.
// Passwords of the latter are not in it.
func (e *Engine) Routes(ctx context.Context) (mailbox.Routes, error) {
	r, err := e.routesNow(ctx)
	if err != nil {
		return mailbox.Routes{}, fmt.Errorf("read mailboxes: %w", err)
	}
	return mailbox.Routes{
		Mailboxes:   slices.Clone(r.Mailboxes),
		Assignments: slices.Clone(r.Assignments),
		Departments: maps.Clone(r.Departments),
		Default:     r.Default,
	}, nil
}

// routesNow is routes in a transaction of its own.
func (e *Engine) routesNow(ctx context.Context) (*routing, error) {
	var r *routing
	err := e.store.View(ctx, func(rd storage.Reader) error {
		var err error
		r, err = e.routes(ctx, rd.Settings())
		return err
	})
	return r, err
}

// routes returns the mailboxes in force, read once for each revision.
func (e *Engine) routes(ctx context.Context, s storage.SettingsReader) (*routing, error) {
	revision, err := s.Get(ctx, settingRoutes, "")
	if errors.Is(err, storage.ErrNotFound) {
		return e.boxes.fixed, nil
	}
	if err != nil {
		return nil, err
	}
	c := e.boxes
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known != nil && c.revision == string(revision) {
		return c.known, nil
	}
	r, err := e.readRoutes(ctx, s)
	if err != nil {
		return nil, err
	}
	c.known, c.revision = r, string(revision)
	return r, nil
}

// readRoutes lays what is stored over the configuration.
func (e *Engine) readRoutes(ctx context.Context, s storage.SettingsReader) (*routing, error) {
	base := e.cfg.Routes
	r := &routing{stored: map[mailbox.ID]storedMailbox{}, Routes: mailbox.Routes{
		Mailboxes: slices.Clone(base.Mailboxes), Assignments: slices.Clone(base.Assignments),
		Departments: map[escalation.DepartmentID]mailbox.ID{}, Default: base.Default,
	}}
	maps.Copy(r.Departments, base.Departments)
	err := eachSetting(ctx, s, settingMailbox, func(key string, m storedMailbox) {
		if e.fixed(mailbox.ID(key)) {
			return // the program has come to define it: what is stored rests
		}
		r.stored[mailbox.ID(key)] = m
		r.Mailboxes = append(r.Mailboxes, m.mailbox(mailbox.ID(key)))
	})
	if err != nil {
		return nil, err
	}
	err = eachSetting(ctx, s, settingAccount, func(key string, _ storedAccount) {
		if i := slices.IndexFunc(r.Mailboxes, func(m mailbox.Mailbox) bool { return string(m.ID) == key }); i >= len(base.Mailboxes) && e.oauth != nil {
			r.Mailboxes[i].Tokens = e.oauth.Source(mailbox.ID(key))
		}
	})
	if err != nil {
		return nil, err
	}
	err = eachSetting(ctx, s, settingAssignment, func(key string, a storedAssignment) {
		if _, ok := base.Assignment(mailbox.ID(key)); ok {
			return
		}
		r.Assignments = append(r.Assignments, a.assignment(mailbox.ID(key)))
	})
	if err != nil {
		return nil, err
	}
	r.rest()
	return r, eachSetting(ctx, s, settingDefault, func(key string, id mailbox.ID) {
		if _, known := r.find(id); !known {
			return // the program defines it no more: what is stored rests
		}
		if key == "" {
			r.Default = id
		} else {
			r.Departments[escalation.DepartmentID(strings.TrimPrefix(key, departmentKey))] = id
		}
	})
}

// with returns r with m in place of the mailbox of its name, or beside the
// others.
func (r *routing) with(m mailbox.Mailbox) *routing {
	then := *r
	then.Mailboxes = slices.DeleteFunc(slices.Clone(r.Mailboxes), func(o mailbox.Mailbox) bool { return o.ID == m.ID })
	then.Mailboxes = append(then.Mailboxes, m)
	return &then
}

// departmentKey begins the keys of departments' defaults.
const departmentKey = "department "

// eachSetting calls fn with every stored value of a kind, by key.
func eachSetting[T any](ctx context.Context, s storage.SettingsReader, kind string, fn func(key string, value T)) error {
	for v, err := range s.List(ctx, kind) {
		if err != nil {
			return err
		}
		var value T
		if err := json.Unmarshal(v.Value, &value); err != nil {
			return fmt.Errorf("%s %q: %w", kind, v.Key, err)
		}
		fn(v.Key, value)
	}
	return nil
}

// polled returns what tells whether mail to an address would come back to us.
func (r *routing) polled(address string) bool {
	for _, form := range []string{address, notify.OtherForm(address)} {
		if r.Polled(form) || strings.Contains(form, "+") && r.Polled(thread.WithoutMark(form)) {
			return true
		}
	}
	return false
}

// find returns a mailbox with its defaults.
func (r *routing) find(id mailbox.ID) (mailbox.Mailbox, bool) {
	i := slices.IndexFunc(r.Mailboxes, func(m mailbox.Mailbox) bool { return m.ID == id })
	if i < 0 {
		return mailbox.Mailbox{}, false
	}
	return r.Mailboxes[i].WithDefaults(), true
}
