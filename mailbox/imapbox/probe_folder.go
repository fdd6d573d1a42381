package imapbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
)

// abilities says what the server can do for us, and how mails will leave it.
func (s *session) abilities(m mailbox.Mailbox) []string {
	var has, lacks []string
	for _, c := range []imap.Cap{imap.CapUIDPlus, imap.CapMove, imap.CapIdle, imap.CapSpecialUse} {
		if s.caps.Has(c) {
			has = append(has, string(c))
		} else {
			lacks = append(lacks, string(c))
		}
	}
	var facts []string
	if len(has) > 0 {
		facts = append(facts, "can "+strings.Join(has, ", "))
	}
	if len(lacks) > 0 {
		facts = append(facts, "cannot "+strings.Join(lacks, ", "))
	}
	facts = append(facts, s.departure(m)...)
	if limit, ok := s.caps.AppendLimit(); ok && limit != nil {
		facts = append(facts, fmt.Sprintf("mails can have %s (APPENDLIMIT); over %s they stay on the server, as configured",
			size(int64(*limit)), size(m.MaxMessageBytes)))
	}
	return facts
}

// departure says how mails leave a folder.
func (s *session) departure(m mailbox.Mailbox) []string {
	switch {
	case m.After == mailbox.AfterMove && s.canMove():
		return []string{"mails are moved with MOVE"}
	case m.After == mailbox.AfterMove && s.caps.Has(imap.CapUIDPlus):
		return []string{"mails are copied, then exactly these are expunged"}
	case m.After == mailbox.AfterFlag:
		return []string{"mails stay, marked with the keyword " + mailbox.KeptFlag + " where the folder keeps keywords"}
	case m.After != mailbox.AfterDelete:
		return nil
	}
	trash, err := s.removedTo()
	switch {
	case err != nil:
		return nil
	case trash != "":
		return []string{fmt.Sprintf("mails are removed by moving them to %q", wire.Printable(trash))}
	case s.caps.Has(imap.CapUIDPlus):
		return []string{"exactly the mails taken in are expunged"}
	}
	return []string{
		"mails are removed with a plain EXPUNGE, the marks of other clients set aside meanwhile (no UIDPLUS)",
		"a mail that somebody marks for deletion at that very moment goes with them: let nobody else work in these folders, or let mails be flagged, which removes none",
	}
}

// folders tries each folder. The error is the first.
func (p *probe) folders(ctx context.Context) (first error) {
	for _, typed := range p.m.Folders {
		facts, err := p.folder(ctx, typed)
		if err := p.step(mailbox.StepFolder, typed, facts, err); err != nil && first == nil {
			first = err
		}
	}
	if p.m.After != mailbox.AfterMove {
		return first
	}
	for _, typed := range slices.Compact([]string{p.m.MoveTo, p.m.MoveFailing}) {
		if typed == "" {
			continue
		}
		facts, err := p.target(ctx, typed)
		if err := p.step(mailbox.StepFolder, typed, facts, err); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// folder looks into a folder that is polled.
func (p *probe) folder(ctx context.Context, typed string) ([]string, error) {
	f, err := p.s.Select(ctx, typed, true)
	if err != nil {
		return nil, err
	}
	var facts []string
	if f.Name != typed {
		facts = append(facts, fmt.Sprintf("%q on the server", wire.Printable(f.Name)))
	}
	facts = append(facts, count(f.Messages, "mail"))
	err = p.s.do(ctx, "count", func() error {
		more, err := p.counts(f.Messages)
		facts = append(facts, more...)
		return err
	})
	if err != nil {
		return facts, err
	}
	mayRemove, known := p.mayRemove(ctx, f.Name)
	switch {
	case p.m.After == mailbox.AfterFlag:
	case !known:
		facts = append(facts, "whether mails may be removed shows at the first poll: the server does not tell beforehand")
	case !mayRemove:
		return facts, mailbox.ErrReadOnly
	default:
		facts = append(facts, "mails may be removed")
	}
	return facts, nil
}

// counts tells how old the oldest mail is, about, and how many are too big.
func (p *probe) counts(mails int) (facts []string, err error) {
	if mails == 0 {
		return nil, nil
	}
	for _, age := range []struct {
		days int
		text string
	}{{365, "a year"}, {30, "30 days"}, {7, "a week"}} {
		n, err := p.s.search(&imap.SearchCriteria{Before: time.Now().AddDate(0, 0, -age.days)})
		if err != nil {
			return facts, err
		}
		if n > 0 {
			facts = append(facts, fmt.Sprintf("%d of them older than %s", n, age.text))
			break
		}
	}
	n, err := p.s.search(&imap.SearchCriteria{Larger: p.m.MaxMessageBytes})
	if n > 0 {
		facts = append(facts, fmt.Sprintf("%d of them larger than %s, which stay on the server", n, size(p.m.MaxMessageBytes)))
	}
	return facts, err
}

// search returns how many mails there are; none where the server does not
// like to be asked.
func (s *session) search(what *imap.SearchCriteria) (int, error) {
	s.await(searchLine, 0)
	found, err := s.client.UIDSearch(what, nil).Wait()
	if refused(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return len(found.AllUIDs()), nil
}

// mayRemove asks for our rights to a folder (RFC 4314). Without them little is
// known: most servers tell no permanent flags of one that is opened read-only.
func (p *probe) mayRemove(ctx context.Context, name string) (may, known bool) {
	if !p.s.caps.Has(imap.CapACL) {
		return p.s.deletable, p.s.deletable
	}
	err := p.s.do(ctx, "rights", func() error {
		data, err := p.s.client.MyRights(name).Wait()
		if err != nil {
			return err
		}
		has := func(r imap.Right) bool { return slices.Contains(data.Rights, r) }
		may = has('t') && has('e') || has('d') // of old servers: RFC 2086
		return nil
	})
	return may, err == nil
}

// target looks for a folder that mails are moved to.
func (p *probe) target(ctx context.Context, typed string) (facts []string, err error) {
	err = p.s.do(ctx, "look up folder", func() error {
		found, err := p.s.lookUp(typed)
		switch {
		case err != nil:
			return err
		case len(found.hits) > 1:
			return &mailbox.FolderError{Folder: typed, Candidates: found.candidates(), Err: errors.New("the name fits several folders")}
		case len(found.hits) == 0:
			facts = []string{"mails are moved there; it will be made"}
		default:
			facts = []string{fmt.Sprintf("mails are moved there; %q on the server", wire.Printable(found.hits[0]))}
		}
		return nil
	})
	return facts, err
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// size writes a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
