// Package wire is what the mail protocol adapters share: connections with
// deadlines and byte limits that the protocol libraries lack, dialing with
// TLS, and the XOAUTH2 mechanism.
package wire
