package message_test

import (
	"strings"
	"testing"
)

const pgpSignature = "-----BEGIN PGP SIGNATURE-----\nVersion: x\n\niQEz\n=abcd\n-----END PGP SIGNATURE-----\n"

func TestReadClearSigned(t *testing.T) {
	const begin = "-----BEGIN PGP SIGNED MESSAGE-----\n"
	for name, tt := range map[string]struct{ text, want string }{
		"whole":               {begin + "Hash: SHA256\n\nHello\nyou\n" + pgpSignature, "Hello\nyou\n"},
		"without a hash":      {begin + "\nHello\n" + pgpSignature, "Hello\n"},
		"two hashes":          {begin + "Hash: SHA256\nHash: SHA512\n\nHello\n" + pgpSignature, "Hello\n"},
		"escaped lines":       {begin + "\n- -- \nme\n- - one\n- From\n" + pgpSignature, "-- \nme\n- one\nFrom\n"},
		"text around it":      {"before\n" + begin + "\nHello\n" + pgpSignature + "\nafter\n", "before\nHello\n\nafter\n"},
		"two of them":         {begin + "\none\n" + pgpSignature + begin + "\ntwo\n" + pgpSignature, "one\ntwo\n"},
		"blanks at line ends": {strings.ReplaceAll(begin, "\n", " \n") + "Hash: SHA256\n \nHello\n" + pgpSignature, "Hello\n"},
		"no empty line":       {begin + "Hello: you\n" + pgpSignature, "Hello: you\n"},
		"not signed":          {begin + "\nHello\n", begin + "\nHello\n"},
		"pgpSignature open":   {begin + "\nHello\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n", begin + "\nHello\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n"},
		"quoted":              {"> " + begin + "> \n> Hello\n", "> " + begin + "> \n> Hello\n"},
		"only mentioned":      {"The line " + begin + "begins it.\n", "The line " + begin + "begins it.\n"},
		"encrypted":           {"-----BEGIN PGP MESSAGE-----\n\nhQEM\n-----END PGP MESSAGE-----\n", "-----BEGIN PGP MESSAGE-----\n\nhQEM\n-----END PGP MESSAGE-----\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if m := read(t, "Subject: a\n\n"+tt.text, nil); m.Text != tt.want {
				t.Errorf("Text = %q, want %q", m.Text, tt.want)
			}
		})
	}
}

// A signed mail is shown as it is, with its pgpSignature as a file; the raw bytes
// are what can be verified.
func TestReadSigned(t *testing.T) {
	const multi = "Content-Type: multipart/signed; boundary=b; micalg=sha-256; protocol=%\n\n--b\n\nHello\n--b\nContent-Type: %; name=%\n\nx\n--b--\n"
	for _, tt := range []struct{ protocol, name string }{
		{"application/pgp-pgpSignature", "pgpSignature.asc"},
		{"application/pkcs7-pgpSignature", "smime.p7s"},
	} {
		mail := multi
		for _, s := range []string{`"` + tt.protocol + `"`, tt.protocol, tt.name} {
			mail = strings.Replace(mail, "%", s, 1)
		}
		m := read(t, mail, nil)
		if m.Text != "Hello" || len(m.Attachments) != 1 || m.Attachments[0].Name != tt.name || len(m.Defects) > 0 {
			t.Errorf("Read = %q, %+v, %v", m.Text, m.Attachments, m.Defects)
		}
	}
}
