package imapbox_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"example.com/ticketmail/internal/wiretest"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
)

// TestLiteralBeyondItsAnnouncement is THREATS H06: a server lists a mail of
// 1 KiB and sends 1 GiB. The fetch ends at the limit, the connection is
// dropped, nothing is removed, and whoever reads gets no more than the limit.
func TestLiteralBeyondItsAnnouncement(t *testing.T) {
	const limit = 1 << 20
	for name, tt := range map[string]struct {
		literal string // as the server introduces it
		want    error
	}{
		"said":            {fmt.Sprintf("{%d}", 1<<30), mailbox.ErrTooBig},
		"not to be said":  {fmt.Sprintf("{%d}", int64(1)<<40), mailbox.ErrTooBig},
		"just over":       {fmt.Sprintf("{%d}", limit+limit/10+128<<10), mailbox.ErrTooBig},
		"a quoted string": {`"`, errAny},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := &gusher{begin: "* 1 FETCH (UID 7 BODY[] " + tt.literal + "\r\n"}
				s := scripted(map[string]string{"RFC822.SIZE": "* 1 FETCH (UID 7 RFC822.SIZE 1024)\r\nTAG OK done\r\n"})
				s.Serve = func(conn net.Conn) { g.play(s, conn) }
				box := scriptMailbox(mailbox.None)
				box.MaxMessageBytes = limit
				session, items := boxtest.Opened(t, s.connector(), box)
				read := int64(0)
				err := session.Fetch(t.Context(), items, func(_ mailbox.Item, body io.Reader) error {
					n, err := io.Copy(io.Discard, body)
					read += n
					return err
				})
				if errors.Is(tt.want, errAny) && err != nil {
					err = errAny
				}
				if !errors.Is(err, tt.want) {
					t.Errorf("Fetch = %v, want %v", err, tt.want)
				}
				if err := session.Remove(t.Context(), items); err == nil {
					t.Error("mail can be removed by the session that was cut off")
				}
				synctest.Wait()
				if read > limit+limit/10+64<<10 || g.sent > 4*limit {
					t.Errorf("%d bytes were handed over, %d taken from the connection", read, g.sent)
				}
				if !s.Closed() || strings.Contains(s.Heard(), "STORE") || strings.Contains(s.Heard(), "EXPUNGE") {
					t.Errorf("connection closed: %t; the server heard:\n%s", s.Closed(), s.Heard())
				}
			})
		})
	}
}

// A gusher answers like a script, but to the fetch of a body with an endless
// one.
type gusher struct {
	begin string
	sent  int64
}

func (g *gusher) play(s *script, conn net.Conn) {
	if _, err := io.WriteString(conn, s.Greeting); err != nil {
		return
	}
	for line := range wiretest.Lines(conn) {
		tag, _, _ := strings.Cut(line, " ")
		answer := s.Answer(line)
		if strings.Contains(line, "BODY.PEEK") {
			g.gush(conn)
			return
		}
		if _, err := io.WriteString(conn, strings.ReplaceAll(answer, "TAG", tag)); err != nil {
			return
		}
	}
}

func (g *gusher) gush(conn net.Conn) {
	chunk := []byte(g.begin)
	for {
		n, err := conn.Write(chunk)
		if g.sent += int64(n); err != nil {
			return
		}
		chunk = []byte(strings.Repeat("x", 32<<10))
	}
}
