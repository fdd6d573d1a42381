package main

import (
	"bytes"
	"embed"
	"strings"
)

// mailFiles are mails written for this demonstration.
//
//go:embed mails/*.eml
var mailFiles embed.FS

// A sample is a mail to be delivered.
type sample struct {
	name string
	raw  []byte
}

// samples returns the mails, with the token of the existing ticket and the id
// of a mail about its internal comment filled in where an answer needs them,
// and one that is bigger than the mailbox takes.
func samples(token, internal string) ([]sample, error) {
	files, err := mailFiles.ReadDir("mails")
	if err != nil {
		return nil, err
	}
	fill := strings.NewReplacer("{{token}}", token, "{{internal-id}}", internal)
	var all []sample
	for _, f := range files {
		raw, err := mailFiles.ReadFile("mails/" + f.Name())
		if err != nil {
			return nil, err
		}
		if bytes.Contains(raw, []byte("{{")) {
			raw = []byte(fill.Replace(string(raw)))
		}
		all = append(all, sample{strings.TrimSuffix(f.Name(), ".eml"), raw})
	}
	head := "From: Film Studio <film@studio.example>\r\nSubject: All our photos\r\nMessage-ID: <n14@studio.example>\r\n\r\n"
	big := []byte(head + strings.Repeat("0123456789abcdef0123456789abcdef\r\n", 4000))
	return append(all, sample{"14-too-big", big}), nil
}

// names returns the mails' names in the order of delivery: UID 1 is the first.
func names(mails []sample) []string {
	var n []string
	for _, m := range mails {
		n = append(n, m.name)
	}
	return n
}
