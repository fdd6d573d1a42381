package message_test

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"testing"

	"example.com/ticketmail/mailbox/message"
)

// checkBase64 wants what the library decodes, and its error where it has one.
func checkBase64(t *testing.T, src []byte) {
	t.Helper()
	size := base64.StdEncoding.DecodedLen(len(src))
	want, got := make([]byte, size), make([]byte, size)
	wantN, wantErr := base64.StdEncoding.Decode(want, src)
	gotN, gotErr := message.DecodeBase64(got, src)
	if (gotErr == nil) != (wantErr == nil) {
		t.Fatalf("DecodeBase64(%q) fails with %v, the library with %v", src, gotErr, wantErr)
	}
	if wantErr == nil && !bytes.Equal(got[:gotN], want[:wantN]) {
		t.Fatalf("DecodeBase64(%q) = %x, the library has %x", src, got[:gotN], want[:wantN])
	}
}

func TestDecodeBase64(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		data := make([]byte, random.IntN(200))
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		src := []byte(base64.StdEncoding.EncodeToString(data))
		for range random.IntN(6) { // line ends and foreign characters, anywhere
			at, what := random.IntN(len(src)+1), []string{"\r\n", "\n", "\r", "\r\n", "=", "-", " "}[random.IntN(7)]
			src = append(src[:at:at], append([]byte(what), src[at:]...)...)
		}
		checkBase64(t, src)
	}
}

func FuzzDecodeBase64(f *testing.F) {
	f.Add([]byte("QUJD\r\nREVGR0g=\r\n"))
	f.Fuzz(checkBase64)
}
