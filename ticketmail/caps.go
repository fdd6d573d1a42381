package ticketmail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// Caps bound what goes to outsiders by itself, and what automatic mail
// causes, so that two machines that answer each other end (THREATS part 3).
// A mail over a cap is kept as notify.Held.
const (
	capHour   = 5  // mails to one address within an hour
	capDay    = 20 // to one address within a day
	capMinute = 60 // to all addresses within a minute
)

const settingCap = "cap" // times of the last capped mails, by address; "" for all

// holdOverCap holds mails that are over a cap, and counts the others.
func (t *tx) holdOverCap(ctx context.Context, ev notify.Event, mails []*notify.Mail) error {
	for _, m := range mails {
		if m.Version > 0 || m.Event == notify.Reply || m.Audience == notify.Staff && !ev.Automatic {
			continue // counted before, by a person, or not capped
		}
		over, err := t.overCap(ctx, foldAddress(m.To.Address))
		if err != nil {
			return err
		}
		if over != "" {
			m.State, m.Error = notify.Held, over
		}
	}
	return nil
}

// overCap returns which cap one more mail to an address exceeds, or counts it.
func (t *tx) overCap(ctx context.Context, address string) (string, error) {
	one, err := t.capped(ctx, address, 24*time.Hour)
	if err != nil {
		return "", err
	}
	all, err := t.capped(ctx, "", time.Minute)
	if err != nil {
		return "", err
	}
	hour := 0
	for _, at := range one {
		if t.now.Sub(at) < time.Hour {
			hour++
		}
	}
	switch {
	case hour >= capHour:
		return fmt.Sprintf("held: %d automatic mails to this address within an hour", capHour), nil
	case len(one) >= capDay:
		return fmt.Sprintf("held: %d automatic mails to this address within a day", capDay), nil
	case len(all) >= capMinute:
		return fmt.Sprintf("held: %d automatic mails within a minute", capMinute), nil
	}
	if err := t.putCapped(ctx, address, append(one, t.now)); err != nil {
		return "", err
	}
	return "", t.putCapped(ctx, "", append(all, t.now))
}

// capped returns when mails were counted for a key, no longer ago than span.
func (t *tx) capped(ctx context.Context, key string, span time.Duration) ([]time.Time, error) {
	b, err := t.w.Settings().Get(ctx, settingCap, key)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var times []time.Time
	if err := json.Unmarshal(b, &times); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(times, func(at time.Time) bool { return t.now.Sub(at) >= span }), nil
}

func (t *tx) putCapped(ctx context.Context, key string, times []time.Time) error {
	b, err := json.Marshal(times)
	if err != nil {
		return err
	}
	return t.w.Settings().Put(ctx, settingCap, key, b)
}
