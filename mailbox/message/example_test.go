package message_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"example.com/ticketmail/mailbox/message"
)

func ExampleRead() {
	const mail = `From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>
Subject : Drucker
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe
--b
Content-Disposition: attachment; filename=an image.png
Content-Type: image/png
Content-Transfer-Encoding: base64

iVBORw0KGgo
--b--
`
	m, err := message.Read(context.Background(), strings.NewReader(mail), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Subject, "from", m.From[0].Name)
	fmt.Println(m.Text)
	for _, a := range m.Attachments {
		fmt.Println(a.Display, a.Type, a.Blob.Size)
	}
	for _, d := range m.Defects {
		fmt.Println(d.Code)
	}
	// Output:
	// Drucker from Jürgen
	// Grüße
	// an image.png image/png 8
	// header-blank-before-colon
	// base64-truncated
}

func ExampleHTMLToText() {
	fmt.Println(message.HTMLToText(`<div style="display:none">Only today!</div>
<h1>Your order</h1><table><tr><th>Item</th><th>Price</th></tr><tr><td>Paper</td><td>4&nbsp;&euro;</td></tr></table>
<ol><li>Pay<li><a href="https://shop.example/42">Track it</a></ol><blockquote>When does it come?</blockquote>`))
	// Output:
	// Your order
	//
	// Item	Price
	// Paper	4 €
	//
	// 1. Pay
	// 2. Track it <https://shop.example/42>
	//
	// > When does it come?
}

// A hexKey "decrypts" what is only written in hexadecimal; a real one would
// hold a private key.
type hexKey struct{}

func (hexKey) Decrypt(_ context.Context, p message.EncryptedPart) (io.Reader, error) {
	if p.Type != "application/pkcs7-mime" {
		return nil, fmt.Errorf("no key for %s", p.Type)
	}
	return hex.NewDecoder(p.Content), nil
}

func ExampleDecrypter() {
	mail := "Subject: secret\r\n" +
		"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n\r\n" +
		hex.EncodeToString([]byte("Content-Type: text/plain; charset=utf-8\r\n\r\nGrüße"))
	for _, d := range []message.Decrypter{nil, hexKey{}} {
		m, err := message.Read(context.Background(), strings.NewReader(mail), &message.Options{Decrypter: d})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%q %s\n", m.Text, m.Attachments[0].Name)
	}
	// Output:
	// "" smime.p7m
	// "Grüße" smime.p7m
}
