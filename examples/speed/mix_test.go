//go:build linux

package speed_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// fill writes a directory of mails: DIR N [SIZE]... It is a program of its
// own so that the process that measures stays small.
func fill(args []string) error {
	dir := args[0]
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	m := mix{rand.New(rand.NewPCG(1, 2))}
	for i := range n {
		if err := write(dir, i, func(w io.Writer) { m.mail(w, i) }); err != nil {
			return err
		}
	}
	for i, arg := range args[2:] {
		size, err := strconv.Atoi(arg)
		if err != nil {
			return err
		}
		if err := write(dir, n+i, func(w io.Writer) { m.withFile(w, n+i, size) }); err != nil {
			return err
		}
	}
	return nil
}

func write(dir string, i int, content func(io.Writer)) error {
	f, err := os.Create(filepath.Join(dir, fmt.Sprintf("%06d.eml", i)))
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	content(w)
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// A mix makes mails as offices get them: of 100, 70 have 3-8 KB (text and
// HTML), 25 have 30-60 KB (of a program that loves markup), 5 have a file of
// 0.5-2 MB. The same seed makes the same mails.
type mix struct{ *rand.Rand }

func (m mix) mail(w io.Writer, i int) {
	switch p := i % 20; {
	case p == 19:
		m.withFile(w, i, 500_000+m.IntN(1_500_000))
	case p >= 14:
		m.alternative(w, i, 30_000+m.IntN(30_000))
	default:
		m.alternative(w, i, 3_000+m.IntN(5_000))
	}
}

func (m mix) header(w io.Writer, i int) {
	from := m.IntN(400)
	_, _ = fmt.Fprintf(w, "Return-Path: <person%d@customer%d.example>\n", from, from%40)
	for hop := range 3 {
		_, _ = fmt.Fprintf(w, "Received: from mx%d.customer%d.example (mx%d.customer%d.example [192.0.2.%d])\n"+
			"\tby mail.corp.example (Postfix) with ESMTPS id %X\n\tfor <support@corp.example>; Mon, 2 Nov 2026 10:%02d:%02d +0100 (CET)\n",
			hop, from%40, hop, from%40, from%250, m.Uint64(), i/60%60, i%60)
	}
	_, _ = fmt.Fprintf(w, "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=customer%d.example; s=s1;\n\tbh=%X;\n\tb=%X%X%X%X\n",
		from%40, m.Uint64(), m.Uint64(), m.Uint64(), m.Uint64(), m.Uint64())
	_, _ = fmt.Fprintf(w, "Date: Mon, 2 Nov 2026 10:%02d:%02d +0100\nFrom: =?utf-8?q?J=C3=B6rg?= Person %d <person%d@customer%d.example>\n"+
		"To: Support <support@corp.example>\nMessage-ID: <%d.%x@customer%d.example>\nSubject: =?utf-8?q?St=C3=B6rung?= %d: %s\nMIME-Version: 1.0\n",
		i/60%60, i%60, from, from, from%40, i, m.Uint64(), from%40, i, m.words(30))
	if i%4 == 3 { // an answer to something we never saw
		_, _ = fmt.Fprintf(w, "In-Reply-To: <%x@customer%d.example>\nReferences: <%x@elsewhere.example>\n\t<%x@customer%d.example>\n",
			m.Uint64(), from%40, m.Uint64(), m.Uint64(), from%40)
	}
}

// alternative writes a mail with about size bytes of plain text and HTML.
func (m mix) alternative(w io.Writer, i, size int) {
	m.header(w, i)
	text := m.words(size / 4)
	_, _ = fmt.Fprintf(w, "Content-Type: multipart/alternative; boundary=\"b%d\"\n\n--b%d\nContent-Type: text/plain; charset=utf-8\n"+
		"Content-Transfer-Encoding: quoted-printable\n\n%s\n\n--b%d\nContent-Type: text/html; charset=utf-8\n"+
		"Content-Transfer-Encoding: quoted-printable\n\n<html><body>\n", i, i, text, i)
	for left := size * 3 / 4; left > 0; {
		p := fmt.Sprintf("<p class=3D\"MsoNormal\" style=3D\"margin:0cm;font-size:11pt\">%s</p>\n", m.words(min(left, 200)))
		left -= len(p)
		_, _ = io.WriteString(w, p)
	}
	_, _ = fmt.Fprintf(w, "</body></html>\n\n--b%d--\n", i)
}

// withFile writes a mail of about size bytes, nearly all of them a file.
func (m mix) withFile(w io.Writer, i, size int) {
	m.header(w, i)
	_, _ = fmt.Fprintf(w, "Content-Type: multipart/mixed; boundary=\"m%d\"\n\n--m%d\nContent-Type: text/plain; charset=utf-8\n\n%s\n\n--m%d\n"+
		"Content-Type: application/pdf; name=\"scan-%d.pdf\"\nContent-Disposition: attachment; filename=\"scan-%d.pdf\"\n"+
		"Content-Transfer-Encoding: base64\n\n", i, i, m.words(1500), i, i, i)
	line := make([]byte, 57)
	for left := size; left > 0; left -= 77 {
		for j := range line {
			line[j] = byte(m.Uint32())
		}
		_, _ = fmt.Fprintln(w, base64.StdEncoding.EncodeToString(line))
	}
	_, _ = fmt.Fprintf(w, "--m%d--\n", i)
}

var vocabulary = strings.Fields(`der die und in den von zu das mit sich des auf f=C3=BCr ist im dem nicht ein Drucker Rechnung
	Auftrag Lieferung Angebot Termin bitte leider heute morgen dringend the and of to order invoice printer please late`)

// words returns about n bytes of text in lines.
func (m mix) words(n int) string {
	var b strings.Builder
	line := 0
	for b.Len() < n {
		word := vocabulary[m.IntN(len(vocabulary))]
		if line += len(word) + 1; n > 70 && line > 70 {
			b.WriteString("\n")
			line = len(word)
		} else if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word)
	}
	return b.String()
}
