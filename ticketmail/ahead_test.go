package ticketmail_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// TestBatchesDecideAlike: mails that come together, for which the store is asked
// once, have the outcome of mails that come one by one.
func TestBatchesDecideAlike(t *testing.T) {
	for name, tt := range map[string]struct {
		bounced int // addresses that mail came back from
		earlier int // entries of the ledger with the Message-ID of one of the mails
	}{
		"as usual":                      {3, 1},
		"many addresses bounce":         {250, 1},
		"an id that many mails have":    {3, 150},
		"many of both, and none of few": {200, 100},
	} {
		t.Run(name, func(t *testing.T) {
			outcome := func(together bool) (got []string) {
				h, server := withServer(t, nil)
				k := h.create(ticketmail.NewTicket{Assignee: "max"})
				h.deliver()
				first := h.outgoing("ticket_created")[0].MessageID
				known := mail("mia@kunde.example", "Known", "known@kunde.example", "known")
				server.Add("INBOX", known)
				h.poll()
				h.fill(tt.bounced, tt.earlier)
				for _, m := range []string{
					mail("old1@elsewhere.example", "One", "one@elsewhere.example", "I am back."), // to whom mail came back
					mail("mia@kunde.example", "Two", "two@kunde.example", "two"),
					mail("mia@kunde.example", "Two", "two@kunde.example", "two"), // the same again
					known, // and one of an earlier poll
					mail("mia@kunde.example", "Known", "known@kunde.example", "another with its id"),
					bounce("max@erp.example", first), // he is not mailed for the next one
					mail("carl@erp.example", "Re: ["+string(k.ID)+"]", "three@erp.example", "three", "In-Reply-To: <"+first+">"),
					mail("max@erp.example", "Re: ["+string(k.ID)+"]", "four@erp.example", "I can be reached.", "In-Reply-To: <"+first+">"),
					mail("carl@erp.example", "Re: ["+string(k.ID)+"]", "five@erp.example", "five", "In-Reply-To: <"+first+">"),
				} {
					server.Add("INBOX", m)
					if !together {
						h.poll()
					}
				}
				if together {
					h.poll()
				}
				nth := map[string]string{} // numbers have gaps where a batch is run again
				for _, line := range h.journal() {
					f := strings.Fields(line)
					if strings.HasPrefix(line, "earlier") {
						continue
					}
					if nth[f[2]] == "" {
						nth[f[2]] = fmt.Sprint("of ticket number ", len(nth)+1)
					}
					f[2] = nth[f[2]]
					got = append(got, strings.Join(f, " "))
				}
				for _, address := range []string{"old1@elsewhere.example", "old2@elsewhere.example", "max@erp.example"} {
					bounces, err := h.Bouncing(t.Context(), address)
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, fmt.Sprintf("mail to %s comes back: %v", address, bounces))
				}
				return append(got, h.mails()...)
			}
			if diff := cmp.Diff(outcome(false), outcome(true)); diff != "" {
				t.Errorf("mails one by one (-) and together (+):\n%s", diff)
			}
		})
	}
}

// fill notes addresses that mail came back from, and mails seen earlier.
func (h house) fill(bounced, earlier int) {
	h.t.Helper()
	err := h.store.Update(h.t.Context(), func(w storage.Writer) error {
		for i := range bounced {
			if err := w.Settings().Put(h.t.Context(), "bounced", fmt.Sprintf("old%d@elsewhere.example", i), []byte("2026-11-01T00:00:00Z 5.1.1")); err != nil {
				return err
			}
		}
		for i := range earlier {
			e := mailbox.Entry{
				Key: mailbox.Key{Mailbox: "other", Folder: "INBOX", Validity: 1, UID: fmt.Sprint("earlier", i)}, MessageID: "two@kunde.example", Outcome: mailbox.Record,
			}
			if err := w.Ledger().Put(h.t.Context(), &e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}
