package ticketmail

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/thread"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// Re-exported, so that embedders touch one package for daily work.
type (
	// A Ticket is one matter, or a part of one.
	Ticket = storage.Ticket
	// A TicketID is a ticket's number as people see it.
	TicketID = storage.TicketID
	// A Comment is one contribution to a ticket.
	Comment = storage.Comment
	// A Status is where a ticket stands: storage.New, storage.InProcess,
	// storage.Done, storage.Rejected or storage.Accepted.
	Status = storage.Status
)

// An Engine turns mails into tickets and what happens to tickets into mails.
// It is safe for concurrent use. [New] makes one.
type Engine struct {
	cfg      Config
	refs     *thread.Referencer
	store    storage.Store
	pruner   storage.Pruner // nil: the store cannot take away
	joined   bool           // store runs in a transaction of the host
	wake     chan struct{}  // the outbox may hold something due
	words    *templateCache
	boxes    *routeCache
	poller   *poller
	oauth    *oauth.Client // nil: without Sealer
	feed     *feed
	watch    *watch
	swept    *atomic.Int64 // when counters of caps were swept, nanoseconds
	observer *observed     // nil: nobody observes

	deliverer *notify.Deliverer // remembers a pause
	abandoned *abandoned        // leases that could not be given back
}

// New validates cfg and returns an Engine. It starts nothing; it reads the
// signing key from the store, and makes one there if cfg has none. A refused
// configuration is a *mailbox.FieldError naming the field and the reason.
func New(ctx context.Context, cfg Config) (*Engine, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	keys, err := signingKeys(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	if _, err := thread.New(keys, &thread.Options{Format: cfg.SubjectFormat}); err != nil {
		return nil, &mailbox.FieldError{Field: "Config.SubjectFormat", Reason: err.Error()}
	}
	if _, err := thread.New(keys, &thread.Options{Domain: cfg.Domain}); err != nil {
		return nil, &mailbox.FieldError{Field: "Config.Domain", Reason: err.Error()}
	}
	refs, err := thread.New(keys, &thread.Options{Format: cfg.SubjectFormat, Domain: cfg.Domain, Foreign: cfg.Threading.Foreign})
	if err != nil {
		return nil, &mailbox.FieldError{Field: "Config.Threading", Reason: err.Error()}
	}
	e := &Engine{
		cfg: cfg, refs: refs, store: cfg.Store, wake: make(chan struct{}, 1), words: &templateCache{}, boxes: &routeCache{fixed: &routing{Routes: cfg.Routes}},
		poller: newPoller(cfg.Polling, cfg.Limit), feed: &feed{}, watch: &watch{}, swept: &atomic.Int64{}, abandoned: &abandoned{},
		observer: observedBy(cfg.Observer, cfg.Logger),
	}
	e.watch.store, _ = cfg.Store.(storage.Watcher)
	e.deliverer = e.newDeliverer()
	e.pruner, _ = cfg.Store.(storage.Pruner)
	if err := e.newOAuth(); err != nil {
		return nil, &mailbox.FieldError{Field: "Config.OAuth", Reason: err.Error()}
	}
	return e, nil
}

// signingKeys returns the keys that marks are signed and verified with. One that
// was made in the store, before the host gave any, verifies still: what was sent
// until then would be strange to us else, and an answer to something internal
// would be public.
func signingKeys(ctx context.Context, cfg Config) ([][]byte, error) {
	if len(cfg.Keys) == 0 {
		key, err := storedKey(ctx, cfg.Store)
		return [][]byte{key}, err
	}
	keys := cfg.Keys
	err := cfg.Store.View(ctx, func(r storage.Reader) error {
		key, err := r.Settings().Get(ctx, settingKey, settingKeyThread)
		switch {
		case errors.Is(err, storage.ErrNotFound):
			return nil
		case err != nil:
			return err
		}
		keys = append(slices.Clone(cfg.Keys), key)
		return nil
	})
	return keys, err
}

// storedKey returns the key kept in the store, made at the first call.
func storedKey(ctx context.Context, store storage.Store) ([]byte, error) {
	var key []byte
	err := store.Update(ctx, func(w storage.Writer) error {
		var err error
		key, err = w.Settings().Get(ctx, settingKey, settingKeyThread)
		if errors.Is(err, storage.ErrNotFound) {
			key = make([]byte, 32)
			_, _ = rand.Read(key)
			err = w.Settings().Put(ctx, settingKey, settingKeyThread, key)
		}
		return err
	})
	return key, err
}

// Kinds of settings the engine keeps in the store.
const (
	settingKey     = "signing-key"   // by what it signs
	settingMarker  = "drain-marker"  // open batches, by folder
	settingConsent = "drain-consent" // consents and inventories, by folder
	settingTenure  = "drain-account" // the account that a mailbox is on, by its id
	settingReader  = "drain-reader"  // the mailbox that read a folder last, by account and folder
	settingBounced = "bounced"       // addresses that mail came back from
)

// settingKeyThread is the key of threads: of tokens and Message-IDs.
const settingKeyThread = "thread"

// Within returns an Engine whose actions run on store, usually one that joins
// a transaction of the host (sqlitestore.Store.Within, pgstore.Store.Within).
// What the actions do is then committed or rolled back by the host, and must be
// rolled back after an error: part of the action may be written. The Directory
// is asked while the host's transaction is open. After a commit call
// [Engine.Wake], so that mails are sent and followers told without delay. Do
// not Run or Poll it.
func (e *Engine) Within(store storage.Store) *Engine {
	in := *e
	in.store, in.joined = store, true
	return &in
}

// Wake tells a running engine that the outbox may hold mails that are due, and
// its followers that something happened.
func (e *Engine) Wake() {
	e.feed.notify()
	e.wakeDelivery()
}

func (e *Engine) wakeDelivery() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// Referencer returns what writes and reads the engine's subject tokens and
// Message-IDs.
func (e *Engine) Referencer() *thread.Referencer { return e.refs }

func (e *Engine) planner(dir escalation.Directory, words *notify.Templates, routes *routing, bounced func(string) bool) *notify.Planner {
	return &notify.Planner{
		Directory:       dir,
		Chain:           e.cfg.Chain,
		References:      e.refs,
		Templates:       words,
		Language:        e.cfg.Language,
		Zone:            e.cfg.Zone,
		InternalDomains: e.cfg.InternalDomains,
		Bouncing:        bounced,
		Polled:          routes.polled,
	}
}

func domainOf(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	return domain
}
