package ticketmail

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// A Setup is what a program that shows an Engine to people needs to know of
// its [Config].
type Setup struct {
	Directory escalation.Directory // the host's people
	Chain     escalation.Chain     // who is told instead; the caller owns it
	Kinds     []notify.Kind        // events that have a rule: the seed's in its numbering, then others by name
	Templates *notify.Templates    // the program's words, which stored templates replace
	Language  string               // the company's BCP 47 tag
	Zone      *time.Location       // of dates and times
	Protocols []mailbox.Protocol   // there is a connector for, by name
	Fixed     []mailbox.ID         // mailboxes that the program defines, so that nobody else can change them
	Seals     bool                 // there is a Sealer: passwords and tokens can be stored
	Sends     bool                 // there is a Sender: mails do not wait for ever
	Now       func() time.Time     // the engine's clock
}

// Setup returns what the engine was made with. It holds no secrets.
func (e *Engine) Setup() Setup {
	zone := e.cfg.Zone
	if zone == nil {
		zone = time.UTC
	}
	s := Setup{
		Directory: e.cfg.Directory,
		Chain:     slices.Clone(e.cfg.Chain),
		Kinds:     seedKinds(),
		Templates: e.cfg.Templates,
		Language:  e.cfg.Language,
		Zone:      zone,
		Protocols: slices.Sorted(maps.Keys(e.cfg.Connectors)),
		Seals:     e.cfg.Sealer != nil,
		Sends:     e.cfg.Sender != nil,
		Now:       e.cfg.Now,
	}
	for _, kind := range slices.Sorted(maps.Keys(e.cfg.Rules)) {
		if !slices.Contains(s.Kinds, kind) {
			s.Kinds = append(s.Kinds, kind)
		}
	}
	for _, m := range e.cfg.Routes.Mailboxes {
		s.Fixed = append(s.Fixed, m.ID)
	}
	return s
}

// seedKinds returns the events of the seed in its numbering.
func seedKinds() []notify.Kind {
	return []notify.Kind{
		notify.TicketCreated, notify.CommentAdded, notify.InternalCommentAdded, notify.AssigneeChanged,
		notify.CommentEdited, notify.StatusDone, notify.StatusRejected, notify.StatusAccepted,
	}
}

// View calls fn with one consistent snapshot of the engine's store, as
// [storage.Store.View] says.
func (e *Engine) View(ctx context.Context, fn func(r storage.Reader) error) error {
	return e.store.View(ctx, fn)
}

// OpenContent streams the raw bytes of a mail or a file, as
// [storage.Blobs.Open] says. The caller closes it.
func (e *Engine) OpenContent(ctx context.Context, b storage.Blob) (io.ReadCloser, error) {
	r, err := e.cfg.Blobs.Open(ctx, b)
	if err != nil {
		return nil, fmt.Errorf("open content: %w", err)
	}
	return r, nil
}
