package seal_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/seal"
)

var at = seal.Place{Mailbox: "support", Field: "password"}

func newRing(t testing.TB, keys ...seal.Key) *seal.Ring {
	t.Helper()
	r, err := seal.NewRing(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sealText(t testing.TB, r *seal.Ring, at seal.Place, secret string) string {
	t.Helper()
	text, err := r.Seal(t.Context(), at, mailbox.NewSecret(secret))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestRoundTrip(t *testing.T) {
	r := newRing(t, seal.NewKey("a"))
	for name, secret := range map[string]string{
		"empty":   "",
		"word":    "hunter2",
		"hostile": "a\x00b\r\n\x01\xff ü \u202e",
		"longest": strings.Repeat("x", seal.MaxBytes),
	} {
		t.Run(name, func(t *testing.T) {
			text := sealText(t, r, at, secret)
			if again := sealText(t, r, at, secret); again == text {
				t.Error("the same secret was sealed to the same text twice")
			}
			if secret != "" && strings.Contains(text, secret) {
				t.Error("the text holds the secret")
			}
			for _, c := range []byte(text) {
				if c <= ' ' || c > '~' {
					t.Fatalf("the text holds byte %#x", c)
				}
			}
			got, err := r.Open(t.Context(), at, text)
			if err != nil || got.Reveal() != secret {
				t.Errorf("Open: %d bytes, error %v; want the %d of the secret", len(got.Reveal()), err, len(secret))
			}
		})
	}
	if _, err := r.Seal(t.Context(), at, mailbox.NewSecret(strings.Repeat("x", seal.MaxBytes+1))); err == nil {
		t.Error("a secret over the limit was sealed")
	}
}

// S9: what stands at another place is refused, however similar.
func TestSwappedIsRefused(t *testing.T) {
	r := newRing(t, seal.NewKey("a"))
	text := sealText(t, r, seal.Place{Mailbox: "ab", Field: "cd"}, "secret")
	for _, other := range []seal.Place{
		{Mailbox: "ab", Field: "ce"}, {Mailbox: "ac", Field: "cd"}, {Mailbox: "a", Field: "bcd"},
		{Mailbox: "abc", Field: "d"}, {Mailbox: "cd", Field: "ab"}, {Field: "cd"}, {Mailbox: "ab"}, {},
	} {
		if got, err := r.Open(t.Context(), other, text); !errors.Is(err, seal.ErrRefused) || !got.IsZero() {
			t.Errorf("Open at %+v: %v, want ErrRefused", other, err)
		}
	}
}

// S9: every single change of a sealed text is refused.
func TestDamagedIsRefused(t *testing.T) {
	r := newRing(t, seal.NewKey("a"), seal.NewKey("b"))
	text := sealText(t, r, at, "secret")
	refused := func(damaged string) {
		t.Helper()
		got, err := r.Open(t.Context(), at, damaged)
		_, unknown := errors.AsType[*seal.UnknownKeyError](err)
		if !errors.Is(err, seal.ErrRefused) && !unknown || !got.IsZero() {
			t.Errorf("Open(%q): error %v, want a refusal", damaged, err)
		}
	}
	for i := range len(text) {
		for _, c := range []byte("A_.b\n=") {
			if text[i] != c {
				refused(text[:i] + string(c) + text[i+1:])
			}
		}
		refused(text[:i])
		refused(text[:i] + "\n" + text[i:])
		refused(text[:i] + text[i+1:])
	}
	for _, junk := range []string{"", "hunter2", "tm1", "tm1.", "tm1.a", "tm1.a.", "tm2" + text[3:], text + "A", text + "=", " " + text} {
		refused(junk)
	}
}

func TestRotation(t *testing.T) {
	older, newer := seal.NewKey("2025"), seal.NewKey("2026")
	before := newRing(t, older)
	text := sealText(t, before, at, "secret")

	rotated := newRing(t, newer, older)
	if before.Stale(text) || !rotated.Stale(text) {
		t.Errorf("Stale = %t before and %t after rotation, want false, true", before.Stale(text), rotated.Stale(text))
	}
	s, err := rotated.Open(t.Context(), at, text)
	if err != nil {
		t.Fatal(err)
	}
	again := sealText(t, rotated, at, s.Reveal())
	if rotated.Stale(again) {
		t.Error("what was just sealed is stale")
	}
	if _, err := newRing(t, newer).Open(t.Context(), at, again); err != nil {
		t.Errorf("sealed anew it still needs the old key: %v", err)
	}
	_, err = newRing(t, newer).Open(t.Context(), at, text)
	if e, ok := errors.AsType[*seal.UnknownKeyError](err); !ok || e.Key != "2025" {
		t.Errorf("Open without the old key: %v, want a *UnknownKeyError of 2025", err)
	}
	impostor := newRing(t, seal.NewKey("2025"))
	if _, err := impostor.Open(t.Context(), at, text); !errors.Is(err, seal.ErrRefused) {
		t.Errorf("Open with other bytes under the same name: %v, want ErrRefused", err)
	}
	renamed := newRing(t, seal.Key{Name: "2027", Bytes: older.Bytes})
	if _, err := renamed.Open(t.Context(), at, strings.Replace(text, "2025", "2027", 1)); !errors.Is(err, seal.ErrRefused) {
		t.Errorf("Open with another name for the key: %v, want ErrRefused", err)
	}
	if !rotated.Stale("junk") {
		t.Error("junk is not stale: nobody would look at it again")
	}
}

func TestNewRingRefuses(t *testing.T) {
	key := func(name, b string) seal.Key { return seal.Key{Name: name, Bytes: mailbox.NewSecret(b)} }
	good := seal.NewKey("a")
	for name, tt := range map[string]struct {
		keys  []seal.Key
		field string
	}{
		"none":       {nil, "keys"},
		"short":      {[]seal.Key{good, key("b", "0123456789abcdef")}, "keys[1]"},
		"constant":   {[]seal.Key{key("b", strings.Repeat("\x00", 32))}, "keys[0]"},
		"no name":    {[]seal.Key{{Bytes: good.Bytes}}, "keys[0]"},
		"dot":        {[]seal.Key{{Name: "a.b", Bytes: good.Bytes}}, "keys[0]"},
		"name twice": {[]seal.Key{good, seal.NewKey("a")}, "keys[1]"},
		"no bytes":   {[]seal.Key{{Name: "a"}}, "keys[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := seal.NewRing(tt.keys...)
			if e, ok := errors.AsType[*mailbox.FieldError](err); !ok || e.Field != tt.field {
				t.Errorf("NewRing: %v, want a *FieldError for %s", err, tt.field)
			}
		})
	}
}

func TestParseKeys(t *testing.T) {
	const a, b = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
	keys, err := seal.ParseKeys(" new:" + a + ",\n\told:" + b + "\n")
	if err != nil || len(keys) != 2 || keys[0].Name != "new" || keys[1].Bytes.Reveal() != "fedcba9876543210fedcba9876543210" {
		t.Errorf("ParseKeys: %v, error %v", keys, err)
	}
	for _, bad := range []string{a, "x:" + a[:20], "x:!" + a[1:], "a.b:" + a, "new:" + a + ",:" + b} {
		if keys, err := seal.ParseKeys(bad); err == nil || strings.Contains(err.Error(), a[:8]) {
			t.Errorf("ParseKeys(%q) = %v, error %v; want an error that tells nothing", bad, keys, err)
		}
	}
	if keys, err := seal.ParseKeys(" "); err != nil || len(keys) != 0 {
		t.Errorf("ParseKeys of nothing: %v, %v", keys, err)
	}
}

// S9: neither keys nor secrets are printed, in any format or error.
func TestNothingIsPrinted(t *testing.T) {
	const canary = "canary-5b1e-canary-5b1e-canary-5b"
	key := seal.Key{Name: "a", Bytes: mailbox.NewSecret(canary[:32])}
	r := newRing(t, key)
	text := sealText(t, r, at, "canary-password")
	_, errSwapped := r.Open(t.Context(), seal.Place{Mailbox: "other"}, text)
	_, errKey := newRing(t, seal.NewKey("b")).Open(t.Context(), at, text)
	_, errRing := seal.NewRing(key, key)
	_, errLong := r.Seal(t.Context(), at, mailbox.NewSecret(strings.Repeat("canary", seal.MaxBytes)))
	var out bytes.Buffer
	for _, v := range []any{key, &key, r, *r, []any{key, r}, struct{ Ring *seal.Ring }{r}, struct{ ring *seal.Ring }{r}, struct{ s seal.Sealer }{r}, struct{ key seal.Key }{key}, errSwapped, errKey, errRing, errLong} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("v", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("v", "v", v)
		b, _ := json.Marshal(v)
		out.Write(b)
	}
	// As text, and as an expanded key of AES holds its first word.
	words := []string{"canary", fmt.Sprintf("%x", "canary"), "99 97 110 97 114 121"}
	for _, order := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
		word := order.Uint32([]byte("canary"))
		words = append(words, fmt.Sprint(word), fmt.Sprintf("%x", word))
	}
	for _, c := range words {
		if strings.Contains(out.String(), c) {
			t.Errorf("%q was printed:\n%.2000s", c, out.String())
		}
	}
}

func FuzzOpen(f *testing.F) {
	r := newRing(f, seal.NewKey("a"))
	f.Add(sealText(f, r, at, "secret"))
	f.Add("tm1.a.AAAA")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := r.Open(t.Context(), at, text); err == nil && s.Reveal() != "secret" {
			t.Errorf("Open(%q) forged %q", text, s.Reveal())
		}
		_ = r.Stale(text)
	})
}
