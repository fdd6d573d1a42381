package pop3box

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const maxCapabilities = 200 // lines

// capabilities are what a server says it can do (RFC 2449): keywords with
// their parameters, all upper case. nil: it has no CAPA.
type capabilities map[string][]string

// capabilities asks for them. Only what the server says last holds: before TLS
// anybody may have said it, and some differ after the sign-in.
func (c *conn) capabilities() (capabilities, error) {
	c.window = 1
	if _, err := c.ask("CAPA"); err != nil {
		if refused(err) != nil {
			return nil, nil //nolint:nilerr // the server has no CAPA
		}
		return nil, err
	}
	caps := capabilities{}
	err := c.lines(maxCapabilities, func(line []byte) error {
		if f := strings.Fields(strings.ToUpper(string(line))); len(f) > 0 {
			caps[f[0]] = f[1:]
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("CAPA: %w", err)
	}
	if caps.has("PIPELINING") {
		c.window = pipelined
	}
	return caps, nil
}

func (c capabilities) has(keyword string) bool { _, ok := c[keyword]; return ok }

// sasl reports whether a mechanism is offered.
func (c capabilities) sasl(mechanism string) bool { return slices.Contains(c["SASL"], mechanism) }

// hasty reports whether a client may come back at once (LOGIN-DELAY, RFC 2449
// section 6.5).
func (c capabilities) hasty() bool {
	p := c["LOGIN-DELAY"]
	if len(p) == 0 {
		return true
	}
	seconds, err := strconv.Atoi(p[0])
	return err == nil && seconds == 0
}

// forgetful reports whether the server deletes by itself what was retrieved,
// once the session ends well (EXPIRE 0, RFC 2449 section 6.7).
func (c capabilities) forgetful() bool {
	p := c["EXPIRE"]
	return len(p) > 0 && p[0] == "0"
}

// names returns the keywords in order, SASL with its mechanisms.
func (c capabilities) names() []string {
	var names []string
	for k, p := range c {
		if k == "SASL" || k == "LOGIN-DELAY" || k == "EXPIRE" {
			k = strings.Join(append([]string{k}, p...), " ")
		}
		names = append(names, k)
	}
	slices.Sort(names)
	return names
}
