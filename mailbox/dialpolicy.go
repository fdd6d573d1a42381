package mailbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
)

// A DialPolicy says which addresses may be connected to. The zero value allows
// all: mail servers on one's own site have private addresses. A host whose
// mailboxes and providers are entered by people it does not trust (foreign
// tenants) sets PublicOnly, so that nobody reaches its own network through it.
//
// What is judged is the address that a name was resolved to, at the moment of
// the connection: a name server that gives another answer the next time gains
// nothing. Adapters take a policy in their Options, mailbox/oauth in its
// Config; it also holds for a dialer of the host's own, see [DialPolicy.Over].
//
// It judges the first hop. Behind a proxy that is the proxy.
type DialPolicy struct {
	// PublicOnly allows only addresses of the public Internet; see
	// [PublicAddress].
	PublicOnly bool
	// Allow lists networks that may be connected to although they are not
	// public, for example that of a mail server on one's own site.
	Allow []netip.Prefix
	// Deny lists networks that may not be connected to whatever else is said,
	// for example public addresses of one's own that lead to the inside.
	Deny []netip.Prefix

	// Resolver looks names up; nil: net.DefaultResolver.
	Resolver *net.Resolver
}

// A RefusedAddressError reports an address that a [DialPolicy] does not allow.
// Its text names neither the address nor what is wrong with it: whoever entered
// a name must not learn where it leads in the network of the host. The fields
// are for the host's own eyes.
type RefusedAddressError struct {
	Address netip.Addr // the zero Addr: none can be told, for example of a Unix socket
	Reason  string     // "loopback", "private", "link-local", ..., "denied"
}

func (e *RefusedAddressError) Error() string {
	return "the host's address is none that this program may connect to"
}

// Advice implements [Advised].
func (e *RefusedAddressError) Advice() (cause, cure string) {
	x := e.Diagnosis()
	return x.Cause, x.Cure
}

// Diagnosis is Advice with its code, "address-closed".
func (e *RefusedAddressError) Diagnosis() Diagnosis {
	return Diagnosis{
		Code:  "address-closed",
		Cause: "the host name leads to an address that is not on the public Internet, or that is closed here: this program is set up not to connect to such",
		Cure:  "enter the public name of the mail server; for a server on the site of whoever runs this program, have him allow its network (DialPolicy.Allow)",
	}
}

var _ Advised = (*RefusedAddressError)(nil)

// Check returns a *[RefusedAddressError] for an address that may not be
// connected to. A zone does not matter; an IPv4 address in IPv6 form is judged
// as the IPv4 address it is.
func (p DialPolicy) Check(a netip.Addr) error {
	a = a.WithZone("").Unmap()
	within := func(n netip.Prefix) bool { return unmapped(n).Contains(a) }
	switch {
	case slices.ContainsFunc(p.Deny, within):
		return &RefusedAddressError{Address: a, Reason: "denied"}
	case !p.PublicOnly, slices.ContainsFunc(p.Allow, within):
		return nil
	}
	if ok, reason := PublicAddress(a); !ok {
		return &RefusedAddressError{Address: a, Reason: reason}
	}
	return nil
}

// unmapped returns a network of IPv4 addresses in IPv6 form as one of IPv4
// addresses.
func unmapped(n netip.Prefix) netip.Prefix {
	if n.Addr().Is4In6() && n.Bits() >= 96 {
		return netip.PrefixFrom(n.Addr().Unmap(), n.Bits()-96)
	}
	return n
}

// DialContext connects as a net.Dialer does, but only to addresses that the
// policy allows: of a name's several addresses the others are left out. Where
// none is left that answers, the error is that of the first: it wraps a
// *[RefusedAddressError] if that one was refused. network is "tcp", "tcp4" or
// "tcp6"; with a policy that restricts, others are refused.
func (p DialPolicy) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d := &net.Dialer{Resolver: p.Resolver, ControlContext: p.control}
	conn, err := d.DialContext(ctx, network, address)
	if refused, ok := errors.AsType[*RefusedAddressError](err); ok {
		return nil, refused // what is around it names the address
	}
	return conn, err
}

// Over returns a function that connects with dial, but only to addresses that
// the policy allows. With a policy that restricts, names are looked up here, and
// dial is given addresses alone, one after the other until one answers; else it
// is dial itself. Where dial is nil it is DialContext.
func (p DialPolicy) Over(dial func(ctx context.Context, network, address string) (net.Conn, error)) func(ctx context.Context, network, address string) (net.Conn, error) {
	switch {
	case dial == nil:
		return p.DialContext
	case !p.Restricts():
		return dial
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		found, err := p.lookup(ctx, network, host)
		if err != nil {
			return nil, err
		}
		var first error
		for _, a := range found {
			err := p.Check(a)
			if err == nil {
				var conn net.Conn
				if conn, err = dial(ctx, network, net.JoinHostPort(a.Unmap().String(), port)); err == nil {
					return conn, nil
				}
			}
			if first == nil {
				first = err
			}
		}
		return nil, first
	}
}

// lookup returns at least one address, or an error.
func (p DialPolicy) lookup(ctx context.Context, network, host string) ([]netip.Addr, error) {
	resolver := p.Resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	return resolver.LookupNetIP(ctx, "ip"+strings.TrimPrefix(network, "tcp"), host)
}

// control judges an address that is about to be connected to. It is the last
// word: nothing is looked up after it.
func (p DialPolicy) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	if !p.Restricts() {
		return nil
	}
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return &RefusedAddressError{Reason: "no address"}
	}
	return p.Check(a.Addr())
}

// Restricts reports whether the policy refuses any address at all.
func (p DialPolicy) Restricts() bool { return p.PublicOnly || len(p.Deny) > 0 }

// Describe looks a host up and returns its addresses for people, as the first
// step of a connection test shows them; see [DialPolicy.Tell].
func (p DialPolicy) Describe(ctx context.Context, host string) (facts []string, err error) {
	found, err := p.lookup(ctx, "tcp", host)
	return p.Tell(found), err
}

// Tell returns addresses for people, sorted and each once. Those that are
// refused are counted, not named.
func (p DialPolicy) Tell(found []netip.Addr) (facts []string) {
	refused := 0
	for _, a := range found {
		if p.Check(a) != nil {
			refused++
			continue
		}
		facts = append(facts, a.Unmap().String())
	}
	slices.Sort(facts)
	facts = slices.Compact(facts)
	if refused > 0 {
		facts = append(facts, fmt.Sprintf("%d of its addresses are closed to this program", refused))
	}
	return facts
}
