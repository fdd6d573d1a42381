package fault

import (
	"context"
	"io"
	"time"

	"example.com/ticketmail/mailbox"
)

// Connector returns c with its calls and those of its sessions numbered. A
// session is a [mailbox.Keeper] and a [mailbox.Waiter] where that of c is.
//
// An error leaves the connection open, at either moment: the caller closes it,
// as it has to after any error of a Session.
func (in *Injector) Connector(c mailbox.Connector) mailbox.Connector {
	return mailbox.ConnectorFunc(func(ctx context.Context, m mailbox.Mailbox) (mailbox.Session, error) {
		if err := in.reach(ctx, Connect, Before); err != nil {
			return nil, err
		}
		s, err := c.Connect(ctx, m)
		if err != nil {
			return nil, err
		}
		if err := in.reach(ctx, Connect, After); err != nil {
			_ = s.Close() // nobody else can
			return nil, err
		}
		return in.session(s), nil
	})
}

func (in *Injector) session(s mailbox.Session) mailbox.Session {
	k, keeps := s.(mailbox.Keeper)
	w, waits := s.(mailbox.Waiter)
	plain := session{s, in}
	switch {
	case keeps && waits:
		return struct {
			session
			keeper
			waiter
		}{plain, keeper{k, in}, waiter{w, in}}
	case keeps:
		return struct {
			session
			keeper
		}{plain, keeper{k, in}}
	case waits:
		return struct {
			session
			waiter
		}{plain, waiter{w, in}}
	}
	return plain
}

type session struct {
	s  mailbox.Session
	in *Injector
}

func (s session) Select(ctx context.Context, folder string, readOnly bool) (f mailbox.Folder, err error) {
	err = s.in.around(ctx, Select, func() error {
		f, err = s.s.Select(ctx, folder, readOnly)
		return err
	})
	return f, err
}

func (s session) List(ctx context.Context) (items []mailbox.Item, err error) {
	err = s.in.around(ctx, List, func() error {
		items, err = s.s.List(ctx)
		return err
	})
	return items, err
}

func (s session) Fetch(ctx context.Context, items []mailbox.Item, each func(mailbox.Item, io.Reader) error) error {
	return s.in.around(ctx, Fetch, func() error {
		return s.s.Fetch(ctx, items, func(it mailbox.Item, body io.Reader) error {
			return s.in.around(ctx, Body, func() error { return each(it, body) })
		})
	})
}

func (s session) Remove(ctx context.Context, items []mailbox.Item) error {
	return s.in.around(ctx, Remove, func() error { return s.s.Remove(ctx, items) })
}

// Close closes the session also where it fails Before: it is a connection that
// breaks off.
func (s session) Close() error {
	ctx := context.Background() // Close has none
	if err := s.in.reach(ctx, Close, Before); err != nil {
		return err
	}
	if err := s.s.Close(); err != nil {
		return err
	}
	return s.in.reach(ctx, Close, After)
}

type keeper struct {
	k  mailbox.Keeper
	in *Injector
}

func (k keeper) Move(ctx context.Context, items []mailbox.Item, folder string) error {
	return k.in.around(ctx, Move, func() error { return k.k.Move(ctx, items, folder) })
}

func (k keeper) Flag(ctx context.Context, items []mailbox.Item) error {
	return k.in.around(ctx, Flag, func() error { return k.k.Flag(ctx, items) })
}

type waiter struct {
	w  mailbox.Waiter
	in *Injector
}

func (w waiter) Wait(ctx context.Context, folder string, most time.Duration) error {
	return w.in.around(ctx, Wait, func() error { return w.w.Wait(ctx, folder, most) })
}
