package main

import (
	"net"
	"net/http"
	"slices"
	"strconv"
)

// isLoopback reports whether only this machine reaches an address.
func isLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// addressOf returns host and port under which a browser on this machine
// reaches an address.
func addressOf(addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return net.JoinHostPort("localhost", strconv.Itoa(tcp.Port))
	}
	return addr.String()
}

// onlyLocalHosts refuses requests that name another host than this machine. A
// page from elsewhere whose name was made to lead here (DNS rebinding) would
// otherwise count as ours.
func onlyLocalHosts(addr net.Addr, next http.Handler) http.Handler {
	_, port, _ := net.SplitHostPort(addr.String())
	allowed := []string{addr.String()}
	for _, host := range []string{"localhost", "127.0.0.1", "::1"} {
		allowed = append(allowed, net.JoinHostPort(host, port))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(allowed, r.Host) {
			http.Error(w, "open http://"+addr.String()+" instead: this helpdesk answers this machine only", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}
