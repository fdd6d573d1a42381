package thread_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox/thread"
)

var dotAtom = regexp.MustCompile(`^[a-z0-9]+(\.[a-z0-9]+)*$`)

func TestMessageIDRoundTrip(t *testing.T) {
	r := newReferencer(t, &thread.Options{Domain: "Tickets.example"})
	mails := []string{"", "17", "x17", "01J8Z3K4M5N6P7Q8R9S0T1V2W3", "6f1c0f5e-7f0a-4a37-9f3d-0c9f5b1f2a11", "a.b@c", "\x00\xff", strings.Repeat("z", 128)}
	for _, ref := range refs {
		for _, mail := range mails {
			for _, internal := range []bool{false, true} {
				id := r.MessageID(ref, mail, internal)
				local, domain, _ := strings.Cut(id, "@")
				if !dotAtom.MatchString(local) || domain != "Tickets.example" {
					t.Errorf("MessageID(%q, %q) = %q, want a lower-case dot-atom at the domain", ref, mail, id)
				}
				want := thread.Key{Ref: ref, Strong: true, Mail: mail, Internal: internal}
				for _, domain := range []string{"Tickets.example", "TICKETS.EXAMPLE", "other.example"} {
					got, ok := r.ParseMessageID(local + "@" + domain)
					if diff := cmp.Diff(want, got); diff != "" || !ok {
						t.Errorf("ParseMessageID(%s@%s) ok = %t (-want +got):\n%s", local, domain, ok, diff)
					}
				}
			}
		}
	}
}

// Ids are in mails that wait for an answer for years: they must not change
// with the program.
func TestMessageIDIsStable(t *testing.T) {
	r := newReferencer(t, nil)
	if got, want := r.MessageID("4711", "17", false), "4711.17.pedl2qc2hlud04jrgefkc2aik@ticketmail.invalid"; got != want {
		t.Errorf("MessageID = %s, want %s", got, want)
	}
}

func TestMessageIDLength(t *testing.T) {
	r := newReferencer(t, nil)
	for _, mail := range []string{"123456", "01J8Z3K4M5N6P7Q8R9S0T1V2W3", "6f1c0f5e-7f0a-4a37-9f3d-0c9f5b1f2a11"} {
		local, _, _ := strings.Cut(r.MessageID("PROJ-123456", mail, false), "@")
		if len(local) > 120 {
			t.Errorf("local part %q has %d bytes, want at most 120", local, len(local))
		}
	}
	if got := r.MessageID("1", strings.Repeat("m", 129), false); got != "" {
		t.Errorf("MessageID of a mail id of 129 bytes = %q, want none", got)
	}
}

func TestMessageIDSeparates(t *testing.T) {
	r := newReferencer(t, nil)
	seen := map[string]string{}
	for _, c := range []struct {
		ref      thread.Ref
		mail     string
		internal bool
	}{{"1", "11", false}, {"11", "1", false}, {"1", "11", true}, {"111", "", false}, {"x", "1", false}, {"1", "x", false}} {
		id := r.MessageID(c.ref, c.mail, c.internal)
		sig := id[strings.LastIndex(id[:strings.Index(id, "@")], ".")+2:]
		if before, ok := seen[sig]; ok {
			t.Errorf("%s and %s have one signature", before, id)
		}
		seen[sig] = id
	}
}

func TestForgedMessageID(t *testing.T) {
	r := newReferencer(t, nil)
	id := r.MessageID("4711", "17", false)
	local, domain, _ := strings.Cut(id, "@")
	stranger, err := thread.New([][]byte{[]byte("the key of somebody else")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, forged := range map[string]string{
		"other key":        stranger.MessageID("4711", "17", false),
		"other ref":        strings.Replace(id, "4711", "4712", 1),
		"other mail":       strings.Replace(id, ".17.", ".18.", 1),
		"made internal":    strings.Replace(id, ".p", ".i", 1),
		"other spelling":   strings.Replace(id, "4711", "x6gri2c8", 1),
		"upper case":       strings.ToUpper(local) + "@" + domain,
		"brackets":         "<" + id + ">",
		"cut":              local[:len(local)-1] + "@" + domain,
		"longer":           local + "0@" + domain,
		"more parts":       local + ".0@" + domain,
		"no domain":        local + "@",
		"no at":            local,
		"two ats":          id + "@" + domain,
		"blank":            " " + id,
		"NUL":              local + "\x00@" + domain,
		"huge":             strings.Repeat("a", 1<<20) + "." + local + "@" + domain,
		"empty":            "",
		"dots":             "..@x",
		"marked and empty": "x.x.p@x",
	} {
		t.Run(name, func(t *testing.T) {
			if k, ok := r.ParseMessageID(forged); ok || k != (thread.Key{}) {
				t.Errorf("ParseMessageID(%.100q) = %+v, %t, want nothing", forged, k, ok)
			}
		})
	}
	for i := range local {
		for c := byte('0'); c <= 'z'; c++ {
			if forged := local[:i] + string([]byte{c}) + local[i+1:] + "@" + domain; c != local[i] {
				if k, ok := r.ParseMessageID(forged); ok {
					t.Errorf("ParseMessageID(%q) = %+v, want nothing", forged, k)
				}
			}
		}
	}
}

func TestRandomIDsNeverVerify(t *testing.T) {
	r := newReferencer(t, nil)
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		sig := make([]byte, 24)
		for i := range sig {
			sig[i] = "0123456789abcdefghijklmnopqrstuv"[rnd.IntN(32)]
		}
		if k, ok := r.ParseMessageID("4711.17.p" + string(sig) + "@ticketmail.invalid"); ok {
			t.Fatalf("signature %s verifies: %+v", sig, k)
		}
	}
}

func FuzzMessageID(f *testing.F) {
	r := newReferencer(f, nil)
	f.Add("4711", "17", true, "4711.17.p@x")
	f.Add("x", "", false, "x.x.i@x")
	f.Fuzz(func(t *testing.T, ref, mail string, internal bool, random string) {
		if k, ok := r.ParseMessageID(random); ok {
			t.Fatalf("ParseMessageID(%q) = %+v", random, k)
		}
		id := r.MessageID(thread.Ref(ref), mail, internal)
		if id == "" {
			if thread.Ref(ref).Validate() == nil && len(mail) <= 128 {
				t.Fatalf("MessageID(%q, %q) is empty", ref, mail)
			}
			return
		}
		k, ok := r.ParseMessageID(id)
		if want := (thread.Key{Ref: thread.Ref(ref), Strong: true, Mail: mail, Internal: internal}); !ok || k != want {
			t.Fatalf("ParseMessageID(%q) = %+v, %t, want %+v", id, k, ok, want)
		}
	})
}
