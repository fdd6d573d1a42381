package imapbox_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"example.com/ticketmail/mailbox"
	"github.com/google/go-cmp/cmp"
)

func TestSelectResolvesNamespaces(t *testing.T) {
	caps := "* CAPABILITY IMAP4rev1 NAMESPACE\r\nTAG OK done\r\n"
	space := "* NAMESPACE ((\"\" \"/\")(\"Mail/\" \"/\")) ((\"Users/\" \"/\")) ((\"Public/\" \"/\"))\r\nTAG OK done\r\n"
	for name, tt := range map[string]struct {
		typed, caps, space, list string
		want                     string
		candidates               []string
	}{
		"without the prefix":  {"Orders", caps, space, "* LIST () \"/\" Mail/Orders\r\n", "Mail/Orders", nil},
		"other separator":     {"Mail.Orders.Old", caps, space, "* LIST () \"/\" Mail/Orders/Old\r\n", "Mail/Orders/Old", nil},
		"other case":          {"orders", caps, space, "* LIST () \"/\" Mail/Orders\r\n", "Mail/Orders", nil},
		"prefix not there":    {"Mail/Orders", caps, space, "* LIST () \"/\" Orders\r\n", "Orders", nil},
		"INBOX prefix":        {"INBOX.Orders", caps, space, "* LIST () \"/\" Mail/Orders\r\n", "Mail/Orders", nil},
		"ambiguous":           {"orders", caps, space, "* LIST () \"/\" Mail/Orders\r\n* LIST () \"/\" Orders\r\n", "", []string{"Mail/Orders", "Orders"}},
		"exact before folded": {"Orders", caps, space, "* LIST () \"/\" Mail/Orders\r\n* LIST () \"/\" orders\r\n", "Mail/Orders", nil},
		"shared is spared":    {"Orders", caps, space, "* LIST () \"/\" Public/Orders\r\n", "", []string{"Public/Orders"}},
		"cannot be selected":  {"Orders", caps, space, "* LIST (\\Noselect) \"/\" Mail/Orders\r\n", "", nil},
		"no namespaces":       {"Orders", caps, "* NAMESPACE NIL NIL NIL\r\nTAG OK done\r\n", "* LIST () \".\" INBOX.Orders\r\n", "INBOX.Orders", nil},
		"refused":             {"Orders", caps, "TAG NO not here\r\n", "* LIST () \".\" INBOX.Orders\r\n", "INBOX.Orders", nil},
		"not offered":         {"Orders", rev1, "SILENCE", "* LIST () \"/\" Mail/Orders\r\n", "", []string{"Mail/Orders"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scripted(map[string]string{
					"CAPABILITY": tt.caps, "NAMESPACE": tt.space, "LIST": tt.list + "TAG OK done\r\n",
					"SELECT": "TAG NO no such folder\r\n", "SELECT " + tt.want: selected, "SELECT \"" + tt.want + "\"": selected,
				})
				if tt.want == "" {
					s.Answers["SELECT "] = "TAG NO no such folder\r\n"
				}
				session, err := s.connector().Connect(t.Context(), scriptMailbox(mailbox.None))
				if err != nil {
					t.Fatal(err)
				}
				f, err := session.Select(t.Context(), tt.typed, false)
				var candidates []string
				if refused, ok := errors.AsType[*mailbox.FolderError](err); ok {
					candidates = refused.Candidates
				}
				if diff := cmp.Diff(tt.candidates, candidates); diff != "" || f.Name != tt.want || (err == nil) != (tt.want != "") {
					t.Errorf("Select(%q) = %q, %v, want %q; candidates (-want +got):\n%s", tt.typed, f.Name, err, tt.want, diff)
				}
				if err := session.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
