package mailbox

import "net/netip"

// PublicAddress reports whether an address belongs to one host on the public
// Internet, and if not, what it is: "loopback", "private", "link-local", ...
//
// It follows the IANA registries of special-purpose addresses (RFC 6890, as of
// 2026). Also not public are: all of IPv6 outside of 2000::/3, where nothing is
// assigned to hosts; IPv6 forms that carry an IPv4 address to a translator or
// tunnel (NAT64, 6to4, Teredo), because what comes out at its end is not seen
// here; and addresses that look public while clouds answer on them from within
// (168.63.129.16 of Azure). An IPv4 address in IPv6 form (::ffff:0:0/96) is
// judged as the IPv4 address it is: that is what a socket connects to.
//
// On a network that reaches IPv4 through NAT64 alone, list its prefix in
// DialPolicy.Allow and what it must not reach in the translator.
func PublicAddress(a netip.Addr) (ok bool, reason string) {
	a = a.WithZone("").Unmap()
	if !a.IsValid() {
		return false, "no address"
	}
	for _, s := range specialNetworks {
		if s.network.Contains(a) {
			return false, s.what
		}
	}
	if a.Is6() && !unicast.Contains(a) {
		return false, "unassigned"
	}
	return true, ""
}

// specialNetworks are those whose addresses are not public. The first that holds
// an address says what it is.
var specialNetworks = []struct {
	network netip.Prefix
	what    string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "unspecified"},
	{netip.MustParsePrefix("10.0.0.0/8"), "private"},
	{netip.MustParsePrefix("100.64.0.0/10"), "shared by customers of a carrier"}, // RFC 6598; Alibaba's metadata too
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback"},
	{netip.MustParsePrefix("168.63.129.16/32"), "a cloud's own service"}, // Azure: metadata, DNS
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local"},              // and metadata of most clouds
	{netip.MustParsePrefix("172.16.0.0/12"), "private"},
	{netip.MustParsePrefix("192.0.0.0/24"), "for protocols"}, // RFC 6890; Oracle's metadata too
	{netip.MustParsePrefix("192.0.2.0/24"), "for documentation"},
	{netip.MustParsePrefix("192.88.99.0/24"), "a relay of 6to4"}, // RFC 7526
	{netip.MustParsePrefix("192.168.0.0/16"), "private"},
	{netip.MustParsePrefix("198.18.0.0/15"), "for benchmarks"},
	{netip.MustParsePrefix("198.51.100.0/24"), "for documentation"},
	{netip.MustParsePrefix("203.0.113.0/24"), "for documentation"},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast"},
	{netip.MustParsePrefix("255.255.255.255/32"), "broadcast"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved"},

	{netip.MustParsePrefix("::/128"), "unspecified"},
	{netip.MustParsePrefix("::1/128"), "loopback"},
	{netip.MustParsePrefix("64:ff9b::/96"), "an IPv4 address behind a translator"},   // NAT64, RFC 6052
	{netip.MustParsePrefix("64:ff9b:1::/48"), "an IPv4 address behind a translator"}, // RFC 8215
	{netip.MustParsePrefix("2001::/32"), "an IPv4 address behind a tunnel"},          // Teredo, RFC 4380
	{netip.MustParsePrefix("2001::/23"), "for protocols"},                            // ORCHID, benchmarks, DRIP, ...
	{netip.MustParsePrefix("2001:db8::/32"), "for documentation"},
	{netip.MustParsePrefix("2002::/16"), "an IPv4 address behind a tunnel"}, // 6to4, RFC 3056
	{netip.MustParsePrefix("3ffe::/16"), "unassigned"},                      // of the former 6bone, RFC 3701
	{netip.MustParsePrefix("3fff::/20"), "for documentation"},               // RFC 9637
	{netip.MustParsePrefix("fc00::/7"), "private"},                          // and metadata of AWS, fd00:ec2::254
	{netip.MustParsePrefix("fe80::/10"), "link-local"},
	{netip.MustParsePrefix("fec0::/10"), "private"}, // site-local, RFC 3879
	{netip.MustParsePrefix("ff00::/8"), "multicast"},
}

// unicast holds the IPv6 addresses that are given to hosts.
var unicast = netip.MustParsePrefix("2000::/3")
