package ticketmail

import "example.com/ticketmail/mailbox/oauth"

// TokenStore and TokenLock are what the OAuth client of an engine keeps its
// tokens in, for their suites.
func (e *Engine) TokenStore() oauth.Store { return tokenStore{e.store} }
func (e *Engine) TokenLock() oauth.Lock   { return leaseLock{e} }

// Classify puts an error into a class.
func Classify(err error) Failure { return classify(err) }
