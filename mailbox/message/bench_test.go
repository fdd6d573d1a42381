package message_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
)

const mailHeader = "Return-Path: <kunde@example.org>\r\n" +
	"Received: from mx.example.org (mx.example.org [192.0.2.7])\r\n\tby mail.example.com (Postfix) with ESMTPS id 4F2A31\r\n\tfor <hilfe@example.com>; Tue, 3 Nov 2026 09:12:44 +0100 (CET)\r\n" +
	"From: =?utf-8?q?J=C3=BCrgen_Kunde?= <kunde@example.org>\r\nTo: Hilfe <hilfe@example.com>\r\n" +
	"Subject: =?utf-8?q?Drucker_l=C3=A4uft_nicht?=\r\nDate: Tue, 3 Nov 2026 09:12:40 +0100\r\n" +
	"Message-ID: <20261103081240.4F2A31@mx.example.org>\r\nMIME-Version: 1.0\r\n"

// benchmarkMails are made mails of the sizes that matter.
func benchmarkMails() map[string][]byte {
	line := "Der Drucker im dritten Stock zieht kein Papier mehr ein, sagt die Anzeige.\r\n"
	text := func(n int) string { return strings.Repeat(line, n/len(line)+1)[:n] + "\r\n" }
	html := strings.Repeat("<p style=3D\"margin:0cm\"><span lang=3DDE>Der Drucker zieht kein Papier =\r\nmehr ein, Gr=C3=BC=C3=9Fe</span></p>\r\n", 310)
	data := make([]byte, 1500<<10)
	_, _ = rand.NewChaCha8([32]byte{}).Read(data)
	return map[string][]byte{
		"2K": []byte(mailHeader + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text(1500)),
		"40K alternative": []byte(mailHeader + "Content-Type: multipart/alternative; boundary=\"b1\"\r\n\r\n" +
			"--b1\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + text(6000) +
			"--b1\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + html + "--b1--\r\n"),
		"2M attachment": []byte(mailHeader + "Content-Type: multipart/mixed; boundary=\"b1\"\r\n\r\n" +
			"--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text(500) +
			"--b1\r\nContent-Type: application/pdf; name=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64Lines(data) + "--b1--\r\n"),
	}
}

// base64Lines encodes data in lines of 76 characters.
func base64Lines(data []byte) string {
	var b strings.Builder
	all := base64.StdEncoding.EncodeToString(data)
	for len(all) > 0 {
		n := min(76, len(all))
		fmt.Fprintf(&b, "%s\r\n", all[:n])
		all = all[n:]
	}
	return b.String()
}

func BenchmarkRead(b *testing.B) {
	mails := benchmarkMails()
	for _, name := range []string{"2K", "40K alternative", "2M attachment"} {
		for sinkName, sink := range map[string]message.Sink{"hash": nil, "discard": discard{}} {
			b.Run(name+"/"+sinkName, func(b *testing.B) {
				b.SetBytes(int64(len(mails[name])))
				b.ReportAllocs()
				r := bytes.NewReader(mails[name])
				for b.Loop() {
					r.Reset(mails[name])
					if _, err := message.Read(b.Context(), r, &message.Options{Sink: sink}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
