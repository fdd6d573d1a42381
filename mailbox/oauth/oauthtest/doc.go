// Package oauthtest is an OAuth 2.0 provider for tests and demonstrations. It
// behaves as Microsoft's and Google's do, and fails as they do: refresh tokens
// rotate and die unused, codes work once, PKCE and redirect URI are checked,
// secrets can be wrong and consent missing, and [Server.Next] makes it
// throttle, stall, send garbage or redirect.
//
// [New] returns one without a network: its [Server.Transport] answers in the
// process, so that a test can run in a synctest bubble. [Start] listens on
// loopback, for browsers and mail servers.
//
// [RunStore] and [RunLock] check what a host gives to an [oauth.Client].
//
// # Mail servers
//
// A mail server may check tokens in the process with [Server.User]. Dovecot
// 2.3 asks over HTTP; its oauth2 passdb is configured by what
// [Server.Dovecot] returns:
//
//	auth_mechanisms = plain xoauth2 oauthbearer
//	passdb {
//	  driver = oauth2
//	  mechanisms = xoauth2 oauthbearer
//	  args = /path/to/the/file
//	}
package oauthtest
