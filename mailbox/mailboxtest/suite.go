package mailboxtest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"example.com/ticketmail/mailbox"
)

// An Account is a mailbox on a server that a test controls: what [Run] needs
// of it. All functions but Add and Contents may be nil; the checks that need
// them are skipped then.
type Account struct {
	Connector mailbox.Connector
	Mailbox   mailbox.Mailbox // how to reach it; the folder is INBOX

	// Add delivers mails into the empty INBOX, in order, byte for byte.
	Add func(raws ...string) error
	// Contents returns the mails that INBOX holds, in order.
	Contents func() ([]string, error)
	// Vanish removes the n-th mail of INBOX (from 0), as another client.
	Vanish func(n int) error
	// Mark sets \Deleted on the n-th mail of INBOX, as another client.
	Mark func(n int) error
}

type check struct {
	name string
	run  func(context.Context, Account) error
}

// checks are the obligations of a mailbox.Session, and of a mailbox.Keeper and
// a mailbox.Surveyor where it is one.
var checks = []check{
	{"ListIsAscendingWithSizes", listsInOrder},
	{"FolderTellsWhatItHolds", describesFolder},
	{"UIDsSurviveReconnecting", keepsUIDs},
	{"UnknownFolderIsAFolderError", refusesUnknownFolder},
	{"WrongPasswordIsAnAuthError", refusesPassword},
	{"ConnectHonoursCancellation", connectsCancelled},
	{"FetchKeepsBytesAndOrder", fetchesBytes},
	{"FetchOfManyMails", fetchesMany},
	{"FetchOfSomeMails", fetchesSome},
	{"FetchSkipsUnreadBodies", skipsUnread},
	{"FetchOfNothing", fetchesNothing},
	{"FetchLeavesOutVanishedMails", fetchesVanished},
	{"FetchEndsWithTheErrorOfEach", endsWithEach},
	{"FetchHonoursCancellation", fetchesCancelled},
	{"FetchChangesNothing", fetchChangesNothing},
	{"RemoveTakesExactlyThese", removesExactly},
	{"RemoveOfMany", removesMany},
	{"RemoveOfNothing", removesNothing},
	{"RemoveOfVanishedMails", removesVanished},
	{"RemoveSparesForeignMarks", sparesForeign},
	{"RemoveTakesEffectWhenTheFolderSays", takesEffect},
	{"ReadOnlySelectionKeepsMails", keepsReadOnly},
	{"MoveTakesExactlyThese", movesExactly},
	{"MoveOfMany", movesMany},
	{"MoveAndFlagOfNothing", movesNothing},
	{"MoveOfVanishedMails", movesVanished},
	{"MoveSparesForeignMarks", moveSparesForeign},
	{"MoveAndFlagReadOnly", movesNothingReadOnly},
	{"FlagKeepsMailsAndIsListed", flags},
	{"SurveyShowsHeadersAndChangesNothing", surveys},
	{"SurveyOfVanishedMails", surveysVanished},
	{"SinceGoesByArrival", findsByDate},
	{"CloseWithoutSelect", closesEarly},
	{"CloseRemovesNothingMarked", closeKeepsMarked},
}

// Run tests the sessions of a connector on accounts made by open, which
// returns an account with an empty INBOX and registers its own clean-up with
// t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) Account) {
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			err := c.run(t.Context(), open(t))
			if errors.Is(err, errors.ErrUnsupported) {
				t.Skip("the session cannot do that, or the account has no other client")
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// with connects, selects INBOX, runs fn and closes.
func with(ctx context.Context, a Account, readOnly bool, fn func(mailbox.Session, mailbox.Folder) error) (err error) {
	s, err := a.Connector.Connect(ctx, a.Mailbox)
	if err != nil {
		return err
	}
	f, err := s.Select(ctx, "INBOX", readOnly)
	if err == nil {
		err = fn(s, f)
	}
	if closeErr := s.Close(); err == nil && closeErr != nil {
		err = fmt.Errorf("Close: %w", closeErr)
	}
	if err == nil && s.Close() != nil {
		err = errors.New("a second Close fails")
	}
	return err
}

// holding delivers mails and runs fn with the listing of INBOX.
func holding(ctx context.Context, a Account, raws []string, fn func(mailbox.Session, []mailbox.Item) error) error {
	if err := a.Add(raws...); err != nil {
		return err
	}
	return with(ctx, a, false, func(s mailbox.Session, _ mailbox.Folder) error {
		items, err := s.List(ctx)
		if err != nil {
			return err
		}
		if len(items) != len(raws) {
			return fmt.Errorf("List returned %d mails of %d", len(items), len(raws))
		}
		return fn(s, items)
	})
}

func left(a Account, want []string) error {
	got, err := a.Contents()
	if err != nil {
		return err
	}
	return equal("mails left on the server", got, want)
}
