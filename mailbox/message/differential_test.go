package message_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/ticketmail/mailbox/message"
	gomessage "github.com/emersion/go-message"
	"github.com/emersion/go-message/charset"
	"github.com/emersion/go-message/mail"
)

// A theirMail is what go-message reads of a mail.
type theirMail struct {
	subject string
	from    []string
	leaves  []theirLeaf
	digest  bool // it has a multipart/digest
}

// A theirLeaf is a part without parts.
type theirLeaf struct {
	mediaType string
	charset   string
	content   []byte // decoded; of text/* with a charset, in UTF-8
}

// readTheirs reads a mail with go-message. ok reports that it found no fault
// with it.
func readTheirs(data []byte) (m theirMail, ok bool) {
	e, err := gomessage.Read(bytes.NewReader(data))
	if err != nil {
		return m, false
	}
	h := mail.Header{Header: e.Header}
	if m.subject, err = h.Subject(); err != nil {
		return m, false
	}
	from, err := h.AddressList("From")
	if err != nil {
		return m, false
	}
	for _, a := range from {
		m.from = append(m.from, a.Address)
	}
	err = m.walk(e)
	return m, err == nil
}

func (m *theirMail) walk(e *gomessage.Entity) error {
	if parts := e.MultipartReader(); parts != nil {
		mediaType, _, _ := e.Header.ContentType()
		m.digest = m.digest || strings.EqualFold(mediaType, "multipart/digest")
		for {
			part, err := parts.NextPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := m.walk(part); err != nil {
				return err
			}
		}
	}
	content, err := io.ReadAll(e.Body)
	if err != nil {
		return err
	}
	mediaType, params, err := e.Header.ContentType()
	if err != nil {
		return err
	}
	m.leaves = append(m.leaves, theirLeaf{strings.ToLower(mediaType), params["charset"], content})
	return nil
}

// differences says how what go-message reads differs from ours.
func (m theirMail) differences(ours *message.Message, sink *memorySink) (all []string) {
	if got, want := ours.Subject, oneLine(m.subject); got != want {
		all = append(all, fmt.Sprintf("subject %q, theirs %q", got, want))
	}
	var from []string
	for _, a := range ours.From {
		from = append(from, a.Address)
	}
	if got, want := strings.Join(from, " "), strings.Join(m.from, " "); got != want {
		all = append(all, fmt.Sprintf("from %q, theirs %q", got, want))
	}
	return append(all, m.partDifferences(ours, sink)...)
}

// partDifferences holds their parts against ours in order: each is the next
// attachment, byte for byte, or stands in the text.
func (m theirMail) partDifferences(ours *message.Message, sink *memorySink) (all []string) {
	kept := sink.kept()[1:]
	next := 0
	text := letters(oneLine(ours.Text + "\n" + ours.HTML))
	for i, leaf := range m.leaves {
		for next < len(kept) && ours.Attachments[next].Level > 0 {
			next++
		}
		switch {
		case next < len(kept) && leaf.is(ours.Attachments[next], kept[next].data.Bytes()):
			next++
		case !strings.HasPrefix(leaf.mediaType, "text/"):
			all = append(all, fmt.Sprintf("part %d, %s of %d bytes, is not the next attachment", i+1, leaf.mediaType, len(leaf.content)))
		case !strings.Contains(text, letters(oneLine(string(leaf.content)))):
			all = append(all, fmt.Sprintf("part %d, %s, is not in the text: %.60q", i+1, leaf.mediaType, leaf.content))
		}
	}
	for ; next < len(kept); next++ {
		if a := ours.Attachments[next]; a.Level == 0 {
			all = append(all, fmt.Sprintf("attachment %q of type %s is no part of theirs", a.Display, a.Type))
		}
	}
	return all
}

// is reports whether the leaf is the attachment with this content.
func (l theirLeaf) is(a message.Attachment, content []byte) bool {
	if l.charset != "" && strings.HasPrefix(l.mediaType, "text/") {
		if r, err := charset.Reader(l.charset, bytes.NewReader(content)); err == nil {
			content, _ = io.ReadAll(r)
		}
	}
	return l.mediaType == a.Type && bytes.Equal(l.content, content)
}

// reasons say why we read a mail otherwise than go-message. The first that
// holds for a mail explains what differs.
var reasons = []struct {
	why   string
	holds func(ours *message.Message, theirs theirMail) bool
}{
	{"a sender for each From field: the first alone would hide that they contradict each other", func(m *message.Message, _ theirMail) bool {
		return len(m.Header.Values("From")) > 1
	}},
	{"a part of a digest is a mail unless it says otherwise (RFC 2046 section 5.1.5)", func(_ *message.Message, m theirMail) bool { return m.digest }},
	{"an encoded-word in an unknown charset or with damaged base64 is read as far as it goes", func(_ *message.Message, m theirMail) bool {
		return strings.Contains(m.subject, "=?")
	}},
	{"bytes that are not UTF-8 are turned into it", func(_ *message.Message, m theirMail) bool {
		return !utf8.ValidString(m.subject) || slices.ContainsFunc(m.leaves, func(l theirLeaf) bool {
			return strings.HasPrefix(l.mediaType, "text/") && !utf8.Valid(l.content)
		})
	}},
	{"UTF-8 is read as such whatever charset it is said to be", func(ours *message.Message, m theirMail) bool {
		return slices.ContainsFunc(m.leaves, func(l theirLeaf) bool { return l.mislabelled(ours) })
	}},
	{"a type without a subtype is text/plain (RFC 2045 section 5.2)", func(_ *message.Message, m theirMail) bool {
		return slices.ContainsFunc(m.leaves, func(l theirLeaf) bool { return !strings.Contains(l.mediaType, "/") })
	}},
	{"blanks at the end of a boundary line are not part of it (RFC 2046 section 5.1.1)", func(m *message.Message, _ theirMail) bool {
		return endsInBlank.MatchString(m.Header.Get("Content-Type"))
	}},
}

// endsInBlank finds a boundary that ends in a blank.
var endsInBlank = regexp.MustCompile(`boundary="[^"]* "`)

// mislabelled reports whether the leaf is what the charset it states makes of
// our text, which was UTF-8.
func (l theirLeaf) mislabelled(ours *message.Message) bool {
	for _, text := range []string{ours.Text, ours.HTML} {
		if r, err := charset.Reader(l.charset, strings.NewReader(text)); err == nil {
			if wrong, err := io.ReadAll(r); err == nil && string(wrong) != text && letters(oneLine(string(wrong))) == letters(oneLine(string(l.content))) {
				return true
			}
		}
	}
	return false
}

// TestAgainstGoMessage reads mails with go-message too. Where that finds no
// fault with a mail, both read the same, or there is a reason.
func TestAgainstGoMessage(t *testing.T) {
	mails := benchmarkMails()
	for _, name := range corpusFiles(t) {
		data, err := os.ReadFile(filepath.Join(corpusFolder, name))
		if err != nil {
			t.Fatal(err)
		}
		mails[name] = data
	}
	read, same, explained := 0, 0, map[string]int{}
	for name, data := range mails {
		theirs, ok := readTheirs(data)
		if !ok {
			continue
		}
		read++
		sink := new(memorySink)
		ours, err := message.Read(t.Context(), bytes.NewReader(data), &message.Options{Sink: sink})
		if err != nil {
			t.Fatal(err)
		}
		switch differ, why := theirs.differences(ours, sink), reason(ours, theirs); {
		case len(differ) == 0:
			same++
		case why != "":
			explained[why]++
		default:
			t.Errorf("%s: %s", name, strings.Join(differ, "; "))
		}
	}
	t.Logf("go-message reads %d of %d mails without an error; of them %d are the same here", read, len(mails), same)
	for why, n := range explained {
		t.Logf("%3d differ: %s", n, why)
	}
}

// reason returns the first of reasons that holds, or "".
func reason(ours *message.Message, theirs theirMail) string {
	for _, r := range reasons {
		if r.holds(ours, theirs) {
			return r.why
		}
	}
	return ""
}

// corpusFiles returns the mails of the corpus, or none if it is not there.
func corpusFiles(t *testing.T) (names []string) {
	t.Helper()
	if _, err := os.Stat(corpusFolder); err != nil {
		return nil
	}
	for _, e := range readExpectations(t) {
		names = append(names, e.File)
	}
	return names
}
