package mailbox_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
)

func TestTombstone(t *testing.T) {
	raw := message.Blob{SHA256: [32]byte{1, 0xab}, Size: 4711}
	key := mailbox.Key{Mailbox: "m", Folder: "INBOX", Validity: 3, UID: "9"}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	whole := mailbox.Entry{
		Key: key, Outcome: mailbox.Comment, Ticket: "7", Reasons: []mailbox.Reason{{Code: "signed-id", Text: "anna@x.example"}},
		MessageID: "a@x.example", Raw: raw, Content: [32]byte{2}, Size: 4711, ReceivedAt: at, EmptiedAt: at, Version: 4,
	}
	forgotten := mailbox.Reason{Code: "raw-forgotten", Text: "01ab000000000000000000000000000000000000000000000000000000000000/4711"}
	want := mailbox.Entry{
		Key: key, Outcome: mailbox.Comment, Ticket: "7", Reasons: []mailbox.Reason{forgotten}, Size: 4711, ReceivedAt: at, EmptiedAt: at, Version: 4,
	}
	got := whole.Tombstone()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Tombstone (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(got, got.Tombstone()); diff != "" {
		t.Errorf("a tombstone's Tombstone (-once +twice):\n%s", diff)
	}
	without := whole
	without.ForgetRaw()
	without.ForgetRaw()
	if len(whole.Reasons) != 1 || len(without.Reasons) != 2 || without.MessageID == "" {
		t.Errorf("ForgetRaw made %+v of %+v", without, whole)
	}
	for name, e := range map[string]mailbox.Entry{"whole": whole, "without raw": without, "tombstone": got, "both": without.Tombstone()} {
		if e.RawName() != raw {
			t.Errorf("%s: RawName = %v, want %v", name, e.RawName(), raw)
		}
	}
	for _, text := range []string{"", "/", "01ab/1", "zz/1", forgotten.Text + "x"} {
		e := mailbox.Entry{Reasons: []mailbox.Reason{{Code: "raw-forgotten", Text: text}}}
		if name := e.RawName(); !name.IsZero() {
			t.Errorf("RawName of reason %q = %v, want none", text, name)
		}
	}
	if name := (mailbox.Entry{}).RawName(); !name.IsZero() {
		t.Errorf("RawName of nothing = %v", name)
	}
}
