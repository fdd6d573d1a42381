package pop3test

import (
	"encoding/base64"
	"strings"
)

// sasl does an exchange (RFC 5034), in which the client speaks once.
func (c *client) sasl(mechanism string, initial []string) bool {
	answer := strings.Join(initial, "")
	if len(initial) == 0 {
		var ok bool
		if answer, ok = c.challenge(""); !ok {
			return false
		}
	}
	b, _ := base64.StdEncoding.DecodeString(answer)
	said := string(b)
	token := c.opts.Token
	switch {
	case mechanism == "PLAIN":
		c.enter(said == "\x00"+User+"\x00"+Password)
		return true
	case token == "":
	case mechanism == "XOAUTH2" && said == "user="+User+"\x01auth=Bearer "+token+"\x01\x01",
		mechanism == "OAUTHBEARER" && strings.HasPrefix(said, "n,a="+User+",\x01") && strings.HasSuffix(said, "\x01auth=Bearer "+token+"\x01\x01"):
		c.enter(true)
		return true
	case mechanism == "XOAUTH2" || mechanism == "OAUTHBEARER":
		if _, ok := c.challenge(`{"status":"401"}`); !ok {
			return false
		}
	}
	c.say("-ERR [AUTH] no\r\n")
	return true
}

// challenge waits for the answer to one. false: the client has gone.
func (c *client) challenge(text string) (answer string, ok bool) {
	c.say("+ " + base64.StdEncoding.EncodeToString([]byte(text)) + "\r\n")
	if c.w.Flush() != nil {
		return "", false
	}
	line, err := c.r.ReadString('\n')
	if c.opts.OnCommand != nil {
		c.opts.OnCommand(Command{Verb: "...", Args: strings.Fields(line)})
	}
	return strings.TrimRight(line, "\r\n"), err == nil
}
