package smtpsender_test

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify/smtpsender"
)

// A gate is a server on the other end of a net.Pipe, which works under the fake
// time of a synctest bubble. It takes any mail of those whom it lets in.
type gate struct {
	auth      string        // mechanisms; empty: none
	good      string        // the secret that is let in
	challenge string        // what others get before the refusal, in base64; empty: nothing
	refusal   string        // of others; empty: 535 5.7.8
	tls       *tls.Config   // TLS from the first byte; nil: none
	starttls  *tls.Config   // offered; nil: it is not
	meddle    gateAnswers   // answers in place of the usual ones
	trickle   time.Duration // before each byte that is said

	mu       sync.Mutex
	attempts []string // "MECHANISM secret", with " late" where it came after the command
	lines    []string // said by the client, those with a secret as "..."
	plain    strings.Builder
	dials    int
}

// gateAnswers are answers by verb, "greeting" the first. After CUT the
// connection is closed, after SILENCE no more is said.
type gateAnswers map[string]string

func (g *gate) options() smtpsender.Options {
	return smtpsender.Options{
		Addr: "mail.example:587", Security: mailbox.None, User: "support", Password: mailbox.NewSecret("good"),
		LocalName: "tickets.example", Dial: g.dial,
	}
}

func (g *gate) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	g.mu.Lock()
	g.dials++
	g.mu.Unlock()
	go func() {
		defer func() { _ = server.Close() }()
		_ = g.serve(server)
	}()
	return recorded{client, g}, nil
}

// recorded keeps what the client writes to the line: what somebody on the way
// sees.
type recorded struct {
	net.Conn
	g *gate
}

func (r recorded) Write(p []byte) (int, error) {
	r.g.mu.Lock()
	r.g.plain.Write(p)
	r.g.mu.Unlock()
	return r.Conn.Write(p)
}

var errCut = errors.New("cut")

func (g *gate) serve(raw net.Conn) error {
	conn := raw
	if g.tls != nil {
		conn = tls.Server(raw, g.tls)
	}
	r := bufio.NewReader(conn)
	say := func(verb, text string) error {
		if other, ok := g.meddle[verb]; ok {
			text = other
		}
		text, _, cut := strings.Cut(text, "CUT")
		text, _, silence := strings.Cut(text, "SILENCE")
		if text != "" {
			text += "\r\n"
		}
		if err := g.write(conn, text); err != nil || cut {
			return errors.Join(err, errCut)
		}
		if silence {
			_, err := io.Copy(io.Discard, conn)
			return errors.Join(err, errCut)
		}
		return nil
	}
	if err := say("greeting", "220 mail.example ready"); err != nil {
		return err
	}
	offersTLS := g.starttls != nil
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		g.hear(verb, line)
		switch verb {
		case "EHLO":
			err = say(verb, g.offer(offersTLS))
		case "STARTTLS":
			if err = say(verb, "220 go"); err == nil && offersTLS {
				conn, offersTLS = tls.Server(raw, g.starttls), false
				r.Reset(conn)
			}
		case "AUTH":
			err = g.letIn(r, say, rest)
		case "DATA":
			if err = say(verb, "354 go on"); err == nil {
				err = skipMail(r)
			}
			if err == nil {
				err = say("end", "250 2.0.0 taken")
			}
		case "QUIT":
			return say(verb, "221 bye")
		default:
			err = say(verb, "250 2.0.0 fine")
		}
		if err != nil {
			return err
		}
	}
}

func (g *gate) write(conn net.Conn, text string) error {
	if g.trickle == 0 {
		_, err := io.WriteString(conn, text)
		return err
	}
	for i := range len(text) {
		time.Sleep(g.trickle)
		if _, err := io.WriteString(conn, text[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (g *gate) offer(starttls bool) string {
	text := "250-mail.example\r\n"
	if starttls {
		text += "250-STARTTLS\r\n"
	}
	if g.auth != "" {
		text += "250-AUTH " + g.auth + "\r\n"
	}
	return text + "250 SIZE 1000000"
}

func skipMail(r *bufio.Reader) error {
	for {
		if line, err := r.ReadString('\n'); err != nil || line == ".\r\n" {
			return err
		}
	}
}

// letIn is one exchange of AUTH.
func (g *gate) letIn(r *bufio.Reader, say func(verb, text string) error, args string) error {
	mech, response, _ := strings.Cut(args, " ")
	late, prompts := "", 0
	switch {
	case mech == "LOGIN":
		prompts = 2 // for the user name, then the password
	case response == "":
		prompts = 1
	}
	for range prompts {
		late = " late"
		if err := say("prompt", "334 "); err != nil {
			return err
		}
		line, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		response = strings.TrimSpace(line)
	}
	raw, _ := base64.StdEncoding.DecodeString(response)
	secret := secretOf(string(raw))
	g.mu.Lock()
	g.attempts = append(g.attempts, mech+" "+secret+late)
	g.mu.Unlock()
	if secret == g.good {
		return say("AUTH", "235 2.7.0 welcome")
	}
	if g.challenge != "" {
		if err := say("challenge", "334 "+base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(g.challenge, "SECRET", secret)))); err != nil {
			return err
		}
		line, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		g.hear("farewell", fmt.Sprintf("farewell %q", strings.TrimSpace(line)))
	}
	return say("refusal", strings.NewReplacer("SECRET", secret, "RESPONSE", response).Replace(cmp.Or(g.refusal, "535 5.7.8 not with RESPONSE")))
}

// secretOf returns the token or password of a response.
func secretOf(raw string) string {
	if _, token, ok := strings.Cut(raw, "auth=Bearer "); ok {
		token, _, _ = strings.Cut(token, "\x01")
		return token
	}
	return raw[strings.LastIndexByte(raw, 0)+1:]
}

func (g *gate) hear(verb, line string) {
	if verb == "AUTH" {
		line = "AUTH ..."
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lines = append(g.lines, strings.TrimSpace(line))
}

// heard returns the lines of the client.
func (g *gate) heard() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string(nil), g.lines...)
}

// onTheLine returns what somebody on the way saw of the client.
func (g *gate) onTheLine() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.plain.String()
}

// A tokenList gives out tokens, one after the other, and then fails.
type tokenList struct {
	tokens []string
	err    error
	asked  []string // the refused tokens it was asked with
}

func (s *tokenList) Token(_ context.Context, refused mailbox.Secret) (mailbox.Secret, error) {
	s.asked = append(s.asked, refused.Reveal())
	if len(s.tokens) == 0 {
		return mailbox.Secret{}, s.err
	}
	token := s.tokens[0]
	s.tokens = s.tokens[1:]
	return mailbox.NewSecret(token), nil
}

// sender returns one for these options.
func sender(t *testing.T, opts smtpsender.Options) *smtpsender.Sender {
	t.Helper()
	s, err := smtpsender.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
