package imapbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/ticketmail/internal/wire"
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// renewIdle is how long one IDLE command runs. RFC 2177 wants it renewed after
// less than 29 minutes; routers forget silent connections sooner, and nobody
// tells us when they do.
const renewIdle = 9 * time.Minute

// Wait implements mailbox.Waiter with IDLE (RFC 2177). While it runs the
// server may be silent; before and after, it has to answer in time.
func (s *session) Wait(ctx context.Context, folder string, most time.Duration) error {
	if !s.caps.Has(imap.CapIdle) {
		return fmt.Errorf("wait: the server has no IDLE: %w", errors.ErrUnsupported)
	}
	return s.do(ctx, "wait", func() error {
		if news, err := s.watch(folder); news || err != nil {
			return err
		}
		end := time.NewTimer(most)
		defer end.Stop()
		for {
			over, err := s.idle(end.C)
			if err != nil {
				return err
			}
			if over { // and the connection lives: what follows can rely on it
				return s.client.Noop().Wait()
			}
		}
	})
}

// watch selects a folder, without a trace, unless it is selected. It reports
// whether mails came since its last List: those would not be told again.
func (s *session) watch(typed string) (news bool, err error) {
	if s.typed == typed && s.folder != "" {
		return false, nil
	}
	if _, err := s.choose(typed, true); err != nil {
		return false, err
	}
	return s.uidNext > s.listed[s.folder], nil
}

// idle runs one IDLE command until there is news, an end to the waiting, or it
// has to be renewed.
func (s *session) idle(end <-chan time.Time) (over bool, err error) {
	s.await(wire.MaxLine, 0)
	cmd, err := s.client.Idle()
	if refused(err) {
		return false, fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
	}
	if err != nil {
		return false, err
	}
	s.conn.Relax()
	renew := time.NewTimer(renewIdle)
	defer renew.Stop()
	select {
	case <-s.news:
		over = true
	case <-end:
		over = true
	case <-renew.C:
	case <-s.client.Closed(): // shows below
	}
	s.await(wire.MaxLine, 0)
	return over, errors.Join(cmd.Close(), cmd.Wait())
}

// heed makes the library tell of mails that the server announces unasked.
func (s *session) heed() *imapclient.Options {
	return &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(data *imapclient.UnilateralDataMailbox) {
			if data.NumMessages == nil {
				return
			}
			select {
			case s.news <- struct{}{}:
			default: // known already
			}
		},
	}}
}

// forget drops the news: what follows asks for all there is.
func (s *session) forget() {
	select {
	case <-s.news:
	default:
	}
}
