package ticketmail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/storage"
)

// foundNames are the names that the person's mails bear. They are kept until
// all is done, with who he is: once the first ticket is erased they could not
// be found again, neither by the Erase resumed nor by another one begun
// instead of it.
type foundNames struct {
	Person    escalation.PersonID // may be empty
	Addresses []string            // folded
	Names     []string            // sorted
	Earlier   []string            // IDs of erasures whose names were taken over
}

// foundSuffix ends the key of foundNames, which begins with the erasure's ID.
const foundSuffix = " found"

// add adds names, up to as many as an Erasure lists: strangers make them up.
func (f *foundNames) add(names []string) {
	all := slices.Compact(slices.Sorted(slices.Values(slices.Concat(f.Names, names))))
	f.Names = all[:min(len(all), mostListed)]
}

func (x *erasing) keep(ctx context.Context, w storage.Writer, f foundNames) error {
	f.Person, f.Addresses = x.q.person, slices.Sorted(maps.Keys(x.q.addresses))
	return putJSON(ctx, w.Settings(), settingErasing, x.record.ID+foundSuffix, f)
}

// recall returns the names found so far.
func (x *erasing) recall(ctx context.Context, s storage.SettingsReader) (f foundNames, err error) {
	b, err := s.Get(ctx, settingErasing, x.record.ID+foundSuffix)
	if errors.Is(err, storage.ErrNotFound) {
		return f, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	return f, err
}

// takeOver takes the names that interrupted erasures of the same person have
// found.
func (x *erasing) takeOver(ctx context.Context, w storage.Writer) error {
	var mine foundNames
	var over []string
	for s, err := range w.Settings().List(ctx, settingErasing) {
		if err != nil {
			return err
		}
		id, ok := strings.CutSuffix(s.Key, foundSuffix)
		if !ok {
			continue
		}
		var f foundNames
		if err := json.Unmarshal(s.Value, &f); err != nil {
			return fmt.Errorf("%s %q: %w", settingErasing, s.Key, err)
		}
		if x.q.is(f.Person) || slices.ContainsFunc(f.Addresses, x.q.has) {
			mine.add(f.Names)
			mine.Earlier = append(append(mine.Earlier, f.Earlier...), id)
			over = append(over, s.Key)
		}
	}
	for _, key := range over {
		if err := w.Settings().Delete(ctx, settingErasing, key); err != nil {
			return err
		}
	}
	if over == nil {
		return nil
	}
	return x.keep(ctx, w, mine)
}

// names notes under which names the person has written, in all tickets.
func (x *erasing) names(ctx context.Context, after string) (next string, more bool, err error) {
	found := map[string]bool{}
	n := 0
	err = x.store.View(ctx, func(r storage.Reader) error {
		n, next = 0, after
		for k, err := range r.Tickets().List(ctx, storage.TicketQuery{After: TicketID(after), Limit: pruneBatch}) {
			if err != nil {
				return err
			}
			n, next = n+1, string(k.ID)
			if x.q.has(k.Sender.Address) {
				found[k.Sender.Name] = true
			}
			for c, err := range r.Tickets().Comments(ctx, k.ID) {
				if err != nil {
					return err
				}
				if x.q.has(c.Sender.Address) {
					found[c.Sender.Name] = true
				}
			}
		}
		return nil
	})
	if err != nil || len(found) == 0 {
		return next, n == pruneBatch, err
	}
	err = x.prune(ctx, func(w storage.PruneWriter) error {
		all, err := x.recall(ctx, w.Settings())
		if err != nil {
			return err
		}
		all.add(slices.Collect(maps.Keys(found)))
		return x.keep(ctx, w, all)
	})
	return next, n == pruneBatch, err
}

// recallNames takes the names found into what is looked for in what is his.
func (x *erasing) recallNames(ctx context.Context) error {
	var all foundNames
	err := x.store.View(ctx, func(r storage.Reader) (err error) {
		all, err = x.recall(ctx, r.Settings())
		return err
	})
	x.own, x.earlier = x.q.with(all.Names), all.Earlier
	x.record.Names = nil
	for _, n := range all.Names {
		if n != "" && !x.q.knows(n) {
			x.record.Names = append(x.record.Names, n)
		}
	}
	return err
}
