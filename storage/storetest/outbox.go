package storetest

import (
	"fmt"
	"sync"
	"time"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

func (e *env) claim(owner string, now, until time.Time, n int) (mails []notify.Mail, err error) {
	err = e.update(func(w storage.Writer) (err error) {
		mails, err = w.Outbox().Claim(e.ctx, owner, now, until, n)
		return err
	})
	return mails, err
}

func mailIDs(mails []notify.Mail) []string {
	var ids []string
	for _, m := range mails {
		ids = append(ids, m.ID)
	}
	return ids
}

func claimOrder(e *env) error {
	done, held, failed := mail("sent", 0), mail("held", 0), mail("failed", 0)
	done.State, held.State, failed.State = notify.Sent, notify.Held, notify.Failed
	err := e.putMails(mail("c", 3), done, mail("a", 1), held, mail("later", 9), mail("b", 2), failed, mail("now", 5))
	if err != nil {
		return err
	}
	got, err := e.claim("node", at(5), at(8), 2)
	if err != nil {
		return err
	}
	if err := same("first two claimed", mailIDs(got), []string{"a", "b"}); err != nil {
		return err
	}
	for _, m := range got {
		if m.State != notify.Sending || m.ClaimedBy != "node" || !m.ClaimedUntil.Equal(at(8)) || m.Attempts != 1 || m.Version < 2 {
			return fmt.Errorf("claimed mail is %+v, want it Sending, claimed by node, with one attempt and a raised version", m)
		}
	}
	stored := got
	if got, err = e.claim("node", at(5), at(8), 10); err != nil {
		return err
	}
	if err := same("the rest claimed", mailIDs(got), []string{"c", "now"}); err != nil {
		return err
	}
	err = e.view(func(r storage.Reader) error {
		sending, err := collect(r.Outbox().List(e.ctx, notify.MailQuery{State: notify.Sending}))
		if err == nil && len(sending) != 4 {
			err = fmt.Errorf("%d mails are stored as Sending, want 4", len(sending))
		}
		return err
	})
	if err != nil {
		return err
	}
	return e.update(func(w storage.Writer) error {
		m := stored[0]
		m.State, m.SentAt = notify.Sent, at(6)
		return w.Outbox().Put(e.ctx, &m) // with the version that Claim returned
	})
}

func claimExpired(e *env) error {
	if err := e.putMails(mail("a", 1), mail("b", 2)); err != nil {
		return err
	}
	if _, err := e.claim("dead", at(3), at(5), 1); err != nil {
		return err
	}
	got, err := e.claim("next", at(4), at(9), 10)
	if err != nil {
		return err
	}
	if err := same("claimed while the first claim lasts", mailIDs(got), []string{"b"}); err != nil {
		return err
	}
	if got, err = e.claim("next", at(5), at(9), 10); err != nil {
		return err
	}
	if err := same("claimed after the first claim ran out", mailIDs(got), []string{"a"}); err != nil {
		return err
	}
	if got[0].Attempts != 2 || got[0].ClaimedBy != "next" {
		return fmt.Errorf("claimed again: %d attempts by %s, want 2 by next", got[0].Attempts, got[0].ClaimedBy)
	}
	return nil
}

func claimRace(e *env) error {
	const mails, claimers = 60, 4
	var put []*notify.Mail
	for n := range mails {
		put = append(put, mail(fmt.Sprintf("m-%02d", n), n))
	}
	if err := e.putMails(put...); err != nil {
		return err
	}
	var mu sync.Mutex
	claimed := make(map[string]int)
	err := together(claimers, patience(1), func(i int, meet func()) error {
		for {
			var got []notify.Mail
			err := e.update(func(w storage.Writer) (err error) {
				got, err = w.Outbox().Claim(e.ctx, fmt.Sprint("node", i), at(100), at(200), 3)
				meet()
				return err
			})
			if err != nil || len(got) == 0 {
				return err
			}
			mu.Lock()
			double := false
			for _, m := range got {
				claimed[m.ID]++
				double = double || claimed[m.ID] > 1
			}
			mu.Unlock()
			if double {
				return fmt.Errorf("%s claimed %q, one of which was claimed before", fmt.Sprint("node", i), mailIDs(got))
			}
		}
	})
	if err != nil {
		return err
	}
	if len(claimed) != mails {
		return fmt.Errorf("%d of %d mails were claimed", len(claimed), mails)
	}
	return nil
}
