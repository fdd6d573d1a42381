package ticketmail

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// Caps bound what goes to outsiders by itself, and what automatic mail causes,
// so that two machines that answer each other end (THREATS part 3). What a
// person does by hand is not capped: whoever closes thirty tickets of a
// customer means it. They count mails; 0 is the default, a negative number switches a cap off. A mail over a
// cap is kept as [notify.Held]; [Engine.Release] sends it after all.
type Caps struct {
	AddressHour   int // to one address within an hour; 5
	AddressDay    int // to one address within a day; 20
	TicketHour    int // about one ticket within an hour; 20
	MailboxMinute int // from one address of ours within a minute; 30
	Minute        int // to all addresses within a minute; 60

	// ContentDay counts mails to one address within a day that were caused by
	// mails with the same words, numbers left aside: 3. A responder says the
	// same each time, and may write to a new ticket each time.
	ContentDay int
}

const settingCap = "cap" // times of the last capped mails, by what is counted

// A limit is one of the caps as it holds for one mail.
type limit struct {
	key  string // what is counted
	most int
	span time.Duration
	what string
}

// limits returns the caps that hold for a mail caused by ev.
func (c Caps) limits(ev notify.Event, m *notify.Mail) []limit {
	address := notify.FoldAddress(m.To.Address)
	list := []limit{
		{"address " + address, cmp.Or(c.AddressHour, 5), time.Hour, "to this address within an hour"},
		{"address " + address, cmp.Or(c.AddressDay, 20), 24 * time.Hour, "to this address within a day"},
		{"ticket " + string(m.Ticket), cmp.Or(c.TicketHour, 20), time.Hour, "about this ticket within an hour"},
		{"mailbox " + notify.FoldAddress(m.From.Address), cmp.Or(c.MailboxMinute, 30), time.Minute, "from this mailbox within a minute"},
		{"all", cmp.Or(c.Minute, 60), time.Minute, "within a minute"},
	}
	if ev.ActorAddress != "" && ev.Comment != nil {
		key := "content " + address + " " + contentKey(ev.Comment.Text)
		list = append(list, limit{key, cmp.Or(c.ContentDay, 3), 24 * time.Hour, "to this address within a day for mails with the same words"})
	}
	return slices.DeleteFunc(list, func(l limit) bool { return l.most < 0 })
}

// contentKey stands for the words of a mail: letters only, because what a
// responder changes are dates and numbers.
func contentKey(text string) string {
	const most = 4 << 10
	letters := strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, text[:min(len(text), most)])
	sum := sha256.Sum256([]byte(letters))
	return hex.EncodeToString(sum[:16])
}

// holdOverCap holds mails that are over a cap, and counts the others.
func (t *tx) holdOverCap(ctx context.Context, ev notify.Event, mails []*notify.Mail) error {
	for _, m := range mails {
		byHand := ev.Actor != "" && ev.ActorAddress == ""
		if m.Version > 0 || byHand || m.Audience == notify.Staff && !ev.Automatic && m.Event != notify.Receipt {
			continue // counted before, or not capped
		}
		over, err := t.overCap(ctx, t.cfg.Caps.limits(ev, m))
		if err != nil {
			return err
		}
		if over != "" {
			m.State, m.Error = notify.Held, over
		}
	}
	return nil
}

// heldPrefix begins the Error of a mail that a cap holds: ParseNotTold knows it
// by that.
const heldPrefix = "held: "

// overCap returns which cap one more mail exceeds, or counts it.
func (t *tx) overCap(ctx context.Context, limits []limit) (string, error) {
	counted := map[string][]time.Time{}
	for _, l := range limits {
		times, ok := counted[l.key]
		if !ok {
			var err error
			if times, err = capped(ctx, t.w.Settings(), l.key, t.now); err != nil {
				return "", err
			}
			counted[l.key] = times
		}
		n := 0
		for _, at := range times {
			if t.now.Sub(at) < l.span {
				n++
			}
		}
		if n >= l.most {
			return fmt.Sprintf(heldPrefix+"%d automatic mails %s", l.most, l.what), nil
		}
	}
	for key, times := range counted {
		if err := t.putCapped(ctx, key, append(times, t.now)); err != nil {
			return "", err
		}
	}
	return "", nil
}

// capSpan is the longest time that is counted.
const capSpan = 24 * time.Hour

// capSpanOf is how long the times of a counter matter.
func capSpanOf(key string) time.Duration {
	if key == "all" || strings.HasPrefix(key, "mailbox ") {
		return time.Minute
	}
	return capSpan
}

// capped returns when mails were counted under a key, as far as it matters.
func capped(ctx context.Context, s storage.SettingsReader, key string, now time.Time) ([]time.Time, error) {
	b, err := s.Get(ctx, settingCap, key)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return countedSince(b, now.Add(-capSpanOf(key)))
}

func countedSince(b []byte, since time.Time) ([]time.Time, error) {
	var times []time.Time
	if err := json.Unmarshal(b, &times); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(times, func(at time.Time) bool { return !at.After(since) }), nil
}

func (t *tx) putCapped(ctx context.Context, key string, times []time.Time) error {
	b, err := json.Marshal(times)
	if err != nil {
		return err
	}
	return t.w.Settings().Put(ctx, settingCap, key, b)
}

// sweepInterval is how often counters that no longer matter are deleted.
const sweepInterval = time.Hour

// sweepCaps deletes counters that no longer matter: each forged sender leaves
// some.
func (e *Engine) sweepCaps(ctx context.Context) error {
	now := e.now()
	if last := e.swept.Swap(now.UnixNano()); now.UnixNano()-last < int64(sweepInterval) {
		e.swept.Store(last)
		return nil
	}
	var stale []string
	err := e.store.View(ctx, func(r storage.Reader) error {
		stale = nil
		for s, err := range r.Settings().List(ctx, settingCap) {
			if err != nil {
				return err
			}
			if times, err := countedSince(s.Value, now.Add(-capSpanOf(s.Key))); err == nil && len(times) == 0 {
				stale = append(stale, s.Key)
			}
		}
		return nil
	})
	for keys := range slices.Chunk(stale, 500) {
		if err == nil {
			err = e.store.Update(ctx, func(w storage.Writer) error { return dropStale(ctx, w.Settings(), keys, now) })
		}
	}
	if err != nil {
		return fmt.Errorf("sweep counters: %w", err)
	}
	return nil
}

func dropStale(ctx context.Context, s storage.Settings, keys []string, now time.Time) error {
	for _, key := range keys {
		times, err := capped(ctx, s, key, now) // counted meanwhile?
		if err == nil && len(times) == 0 {
			err = s.Delete(ctx, settingCap, key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
