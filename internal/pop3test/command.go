package pop3test

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// do carries out a command, and reports whether the connection goes on.
func (c *client) do(line string) bool {
	f := strings.Fields(line)
	if len(f) == 0 {
		f = []string{""}
	}
	cmd := Command{Verb: strings.ToUpper(f[0]), Args: f[1:]}
	if len(cmd.Args) > 0 {
		if n, err := strconv.Atoi(cmd.Args[0]); err == nil && c.inside && 1 <= n && n <= len(c.list) {
			cmd.UID = c.list[n-1].uid
		}
	}
	if c.opts.OnCommand != nil {
		if answer := c.opts.OnCommand(cmd); answer != "" {
			before, _, cut := strings.Cut(answer, Cut)
			if cut {
				c.leave() // before the client learns of it
			}
			c.say(before)
			return !cut
		}
	}
	switch {
	case slices.Contains(c.opts.Lacks, cmd.Verb):
		c.say("-ERR unknown command\r\n")
	case cmd.Verb == "CAPA":
		c.say("+OK\r\n" + strings.Join(c.capabilities(), "\r\n") + "\r\n.\r\n")
	case cmd.Verb == "QUIT":
		c.quit()
		return false
	case c.inside:
		c.transaction(cmd)
	default:
		return c.authorization(cmd)
	}
	return true
}

func (c *client) capabilities() []string {
	all := append([]string{"TOP", "UIDL", "PIPELINING", "RESP-CODES"}, c.opts.Has...)
	if c.secured && !c.inside {
		all = append(all, "USER")
		mechanisms := "SASL PLAIN"
		if c.opts.Token != "" {
			mechanisms += " XOAUTH2 OAUTHBEARER"
		}
		all = append(all, mechanisms)
	}
	if c.opts.TLS != nil && !c.secured {
		all = append(all, "STLS")
	}
	return slices.DeleteFunc(all, func(name string) bool {
		first, _, _ := strings.Cut(name, " ")
		return slices.Contains(c.opts.Lacks, first)
	})
}

// authorization carries out what comes before the sign-in.
func (c *client) authorization(cmd Command) bool {
	switch {
	case cmd.Verb == "STLS" && c.opts.TLS != nil && !c.secured:
		c.say("+OK go on\r\n")
		if c.w.Flush() != nil {
			return false
		}
		c.attach(tls.Server(c.conn, c.opts.TLS))
		c.secured = true
	case !c.secured:
		c.say("-ERR TLS first\r\n")
	case cmd.Verb == "USER" && len(cmd.Args) == 1:
		c.user = cmd.Args[0]
		c.say("+OK\r\n")
	case cmd.Verb == "PASS" && len(cmd.Args) > 0:
		c.enter(c.user == User && strings.Join(cmd.Args, " ") == Password)
	case cmd.Verb == "AUTH" && len(cmd.Args) > 0:
		return c.sasl(strings.ToUpper(cmd.Args[0]), cmd.Args[1:])
	default:
		c.say("-ERR not now\r\n")
	}
	return true
}

// enter lets a client in, unless another one is.
func (c *client) enter(known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !known:
		c.say("-ERR [AUTH] no\r\n")
	case c.busy:
		c.say("-ERR [IN-USE] another client is signed in\r\n")
	default:
		c.busy, c.inside = true, true
		c.list, c.deleted = slices.Clone(c.box), map[int]bool{}
		c.say("+OK welcome\r\n")
	}
}

func (c *client) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = c.busy && !c.inside
	c.inside = false
	c.free.Broadcast()
}

// quit removes what was deleted, and frees the mailbox before it answers.
func (c *client) quit() {
	c.mu.Lock()
	for n := range c.deleted {
		c.box = slices.DeleteFunc(c.box, func(m mail) bool { return m.serial == c.list[n-1].serial })
	}
	c.mu.Unlock()
	c.leave()
	c.say("+OK bye\r\n")
}

// transaction carries out what needs a sign-in.
func (c *client) transaction(cmd Command) {
	number := 0
	if len(cmd.Args) > 0 {
		number, _ = strconv.Atoi(cmd.Args[0])
		if !c.holds(number) {
			c.say("-ERR no such message\r\n")
			return
		}
	}
	switch {
	case cmd.Verb == "STAT":
		n, bytes := 0, 0
		for i, m := range c.list {
			if !c.deleted[i+1] {
				n, bytes = n+1, bytes+len(m.raw)
			}
		}
		c.say(fmt.Sprintf("+OK %d %d\r\n", n, bytes))
	case cmd.Verb == "LIST":
		c.listing(number, func(m mail) string { return strconv.Itoa(len(m.raw)) })
	case cmd.Verb == "UIDL":
		c.listing(number, func(m mail) string { return m.uid })
	case cmd.Verb == "RETR" && number > 0:
		c.say("+OK\r\n")
		c.send(c.list[number-1].raw)
	case cmd.Verb == "TOP" && number > 0: // without lines of the body
		head, _, _ := strings.Cut(c.list[number-1].raw, "\r\n\r\n")
		c.say("+OK\r\n")
		c.send(head + "\r\n\r\n")
	case cmd.Verb == "DELE" && number > 0:
		c.deleted[number] = true
		c.say("+OK\r\n")
	case cmd.Verb == "RSET":
		clear(c.deleted)
		c.say("+OK\r\n")
	case cmd.Verb == "NOOP":
		c.say("+OK\r\n")
	default:
		c.say("-ERR not now\r\n")
	}
}

// holds reports whether there is a mail with this number.
func (c *client) holds(number int) bool {
	if number < 1 || number > len(c.list) || c.deleted[number] {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Contains(c.box, c.list[number-1])
}

func (c *client) listing(number int, what func(mail) string) {
	if number > 0 {
		c.say(fmt.Sprintf("+OK %d %s\r\n", number, what(c.list[number-1])))
		return
	}
	c.say("+OK\r\n")
	for i, m := range c.list {
		if !c.deleted[i+1] {
			c.say(fmt.Sprintf("%d %s\r\n", i+1, what(m)))
		}
	}
	c.say(".\r\n")
}

// send stuffs the dots of a text.
func (c *client) send(text string) {
	text = strings.ReplaceAll("\r\n"+text, "\r\n.", "\r\n..")[2:]
	if !strings.HasSuffix(text, "\r\n") && text != "" {
		text += "\r\n"
	}
	c.say(text + ".\r\n")
}

func hash(raw string) string {
	sum := sha256.Sum256([]byte(raw))
	return hex.EncodeToString(sum[:8])
}
