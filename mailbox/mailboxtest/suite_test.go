package mailboxtest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
)

func account(s *mailboxtest.Server) mailboxtest.Account {
	s.SetCredentials("support", "secret")
	return mailboxtest.Account{
		Connector: s,
		Mailbox:   mailbox.Mailbox{User: "support", Password: mailbox.NewSecret("secret")},
		Add: func(raws ...string) error {
			for _, raw := range raws {
				s.Add("INBOX", raw)
			}
			return nil
		},
		Contents: func() ([]string, error) { return s.Raws("INBOX"), nil },
		Vanish:   func(n int) error { return nth(s, n, func(uid string) { s.Vanish("INBOX", uid) }) },
		Mark:     func(n int) error { return nth(s, n, func(uid string) { s.SetDeleted("INBOX", uid, true) }) },
	}
}

func nth(s *mailboxtest.Server, n int, do func(uid string)) error {
	uids := s.UIDs("INBOX")
	if n >= len(uids) {
		return fmt.Errorf("there are %d mails only", len(uids))
	}
	do(uids[n])
	return nil
}

func TestServer(t *testing.T) {
	mailboxtest.Run(t, func(*testing.T) mailboxtest.Account { return account(mailboxtest.NewServer()) })
}

func TestServerThatRemovesAtClose(t *testing.T) {
	mailboxtest.Run(t, func(*testing.T) mailboxtest.Account {
		s := mailboxtest.NewServer()
		s.SetCloseAfter("INBOX", 10)
		return account(s)
	})
}

// broken is a session with one thing done wrong.
type broken struct {
	mailbox.Session
	list   func([]mailbox.Item) []mailbox.Item
	body   func(io.Reader) io.Reader
	remove func(context.Context, mailbox.Session, []mailbox.Item) error
	folder func(mailbox.Folder) mailbox.Folder
	each   func(error) error
	move   func(context.Context, mailbox.Keeper, []mailbox.Item, string) error
	flag   func(context.Context, mailbox.Keeper, []mailbox.Item) error
	survey func(mailbox.Survey) mailbox.Survey
	since  func(all, since []mailbox.Item) []mailbox.Item
}

func (b broken) Survey(ctx context.Context, items []mailbox.Item) (mailbox.Survey, error) {
	found, err := b.Session.(mailbox.Surveyor).Survey(ctx, items)
	if b.survey != nil {
		found = b.survey(found)
	}
	return found, err
}

func (b broken) Since(ctx context.Context, items []mailbox.Item, t time.Time) ([]mailbox.Item, error) {
	since, err := b.Session.(mailbox.Surveyor).Since(ctx, items, t)
	if b.since != nil {
		since = b.since(items, since)
	}
	return since, err
}

func (b broken) Move(ctx context.Context, items []mailbox.Item, folder string) error {
	if k := b.Session.(mailbox.Keeper); b.move == nil {
		return k.Move(ctx, items, folder)
	} else {
		return b.move(ctx, k, items, folder)
	}
}

func (b broken) Flag(ctx context.Context, items []mailbox.Item) error {
	if k := b.Session.(mailbox.Keeper); b.flag == nil {
		return k.Flag(ctx, items)
	} else {
		return b.flag(ctx, k, items)
	}
}

func (b broken) Select(ctx context.Context, name string, readOnly bool) (mailbox.Folder, error) {
	f, err := b.Session.Select(ctx, name, readOnly)
	if b.folder != nil {
		f = b.folder(f)
	}
	return f, err
}

func (b broken) List(ctx context.Context) ([]mailbox.Item, error) {
	items, err := b.Session.List(ctx)
	if b.list != nil {
		items = b.list(items)
	}
	return items, err
}

func (b broken) Fetch(ctx context.Context, items []mailbox.Item, each func(mailbox.Item, io.Reader) error) error {
	return b.Session.Fetch(ctx, items, func(it mailbox.Item, r io.Reader) error {
		if b.body != nil {
			r = b.body(r)
		}
		err := each(it, r)
		if b.each != nil {
			err = b.each(err)
		}
		return err
	})
}

func (b broken) Remove(ctx context.Context, items []mailbox.Item) error {
	if b.remove != nil {
		return b.remove(ctx, b.Session, items)
	}
	return b.Session.Remove(ctx, items)
}

func TestRunBites(t *testing.T) {
	for name, tt := range map[string]struct {
		breakIt broken
		want    string // a check that must fail
	}{
		"order":       {broken{list: func(l []mailbox.Item) []mailbox.Item { slices.Reverse(l); return l }}, "ListIsAscendingWithSizes"},
		"short body":  {broken{body: func(r io.Reader) io.Reader { return io.LimitReader(r, 1000) }}, "FetchKeepsBytesAndOrder"},
		"each errors": {broken{each: func(error) error { return nil }}, "FetchEndsWithTheErrorOfEach"},
		"removes nothing": {broken{remove: func(context.Context, mailbox.Session, []mailbox.Item) error {
			return nil
		}}, "RemoveTakesExactlyThese"},
		"removes all": {broken{remove: func(ctx context.Context, s mailbox.Session, _ []mailbox.Item) error {
			items, err := s.List(ctx)
			return errors.Join(err, s.Remove(ctx, items))
		}}, "RemoveSparesForeignMarks"},
		"removes instead of moving": {broken{move: func(ctx context.Context, s mailbox.Keeper, items []mailbox.Item, _ string) error {
			return s.Remove(ctx, items)
		}}, "MoveTakesExactlyThese"},
		"moves all": {broken{move: func(ctx context.Context, s mailbox.Keeper, _ []mailbox.Item, folder string) error {
			items, err := s.List(ctx)
			return errors.Join(err, s.Move(ctx, items, folder))
		}}, "MoveSparesForeignMarks"},
		"flags all": {broken{flag: func(ctx context.Context, s mailbox.Keeper, _ []mailbox.Item) error {
			items, err := s.List(ctx)
			return errors.Join(err, s.Flag(ctx, items))
		}}, "FlagKeepsMailsAndIsListed"},
		"flagging removes": {broken{flag: func(ctx context.Context, s mailbox.Keeper, items []mailbox.Item) error {
			return s.Remove(ctx, items)
		}}, "FlagKeepsMailsAndIsListed"},
		"shows a mail twice": {broken{survey: func(v mailbox.Survey) mailbox.Survey {
			v.Glances = append(v.Glances, v.Glances...)
			return v
		}}, "SurveyShowsHeadersAndChangesNothing"},
		"marks what it looks at": {broken{survey: func(v mailbox.Survey) mailbox.Survey {
			for i := range v.Glances {
				v.Glances[i].Seen = true
			}
			return v
		}}, "SurveyShowsHeadersAndChangesNothing"},
		"knows no dates":       {broken{since: func(all, _ []mailbox.Item) []mailbox.Item { return all }}, "SinceGoesByArrival"},
		"removes before Close": {broken{folder: func(f mailbox.Folder) mailbox.Folder { f.CloseAfter = 1; return f }}, "RemoveTakesEffectWhenTheFolderSays"},
	} {
		t.Run(name, func(t *testing.T) {
			failed := mailboxtest.Checks(t.Context(), func() mailboxtest.Account {
				a := account(mailboxtest.NewServer())
				inner := a.Connector
				a.Connector = mailbox.ConnectorFunc(func(ctx context.Context, m mailbox.Mailbox) (mailbox.Session, error) {
					s, err := inner.Connect(ctx, m)
					if err != nil {
						return nil, err
					}
					b := tt.breakIt
					b.Session = s
					return b, nil
				})
				return a
			})
			if !slices.Contains(failed, tt.want) {
				t.Errorf("checks that failed: %q, want %s among them", failed, tt.want)
			}
		})
	}
}
