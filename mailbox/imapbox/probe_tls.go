package imapbox

import (
	"net"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
)

// securityFacts tells about the encryption, also where the handshake failed
// with err.
func (p *probe) securityFacts(conn net.Conn, err error) []string {
	if p.m.Security == mailbox.None {
		return []string{"not encrypted, as configured"}
	}
	if p, ok := conn.(*prefixed); ok {
		conn = p.Conn
	}
	return wire.TLSFacts(conn, err)
}
