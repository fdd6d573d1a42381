package oauth

import (
	"cmp"
	"time"
)

// A reason is what stands behind a code.
type reason struct {
	action      Action
	cause, cure string
}

// Cures that several codes share.
const (
	cureSignIn  = "sign the mailbox in again"
	cureLater   = "nothing: it is tried again"
	cureConsent = "let an administrator of the tenant grant consent to the app's permissions"
	cureSecret  = "make a new client secret in the app registration and enter its value (not its id) with its date"
	cureClient  = "compare client id and tenant with the app registration"
	curePortal  = "add the redirect URI shown here to the app registration, platform Web, letter by letter"
	cureScope   = "ask for the mail permissions of one resource only"
)

// aadsts are Microsoft's codes ("AADSTS" and the number). Microsoft reserves
// the right to change them; an unknown one falls back on the protocol's error.
//
// Source: Microsoft's reference of authentication and authorization error
// codes, and TECH 3.2.
var aadsts = map[string]reason{
	"16000":   {SignIn, "the account does not exist in this tenant", "sign in with an account of the tenant"},
	"28000":   {Fix, "permissions of several resources were asked for at once", cureScope},
	"28002":   {Fix, "a permission that was asked for is not valid", cureScope},
	"50011":   {Fix, "the redirect URI is not registered for the app", curePortal},
	"50020":   {SignIn, "the account is not known in this tenant", "sign in with an account of the tenant"},
	"50034":   {SignIn, "the account is not in the directory", "sign in with an account of the tenant"},
	"50053":   {SignIn, "the account is locked, or the sign-in came from a suspicious address", "let an administrator unlock the account, then sign in again"},
	"50055":   {SignIn, "the account's password has expired", "set a new password, then sign in again"},
	"50057":   {SignIn, "the account is disabled", "let an administrator enable the account, then sign in again"},
	"50072":   {SignIn, "the account has to enrol for multi-factor authentication", "sign in again and enrol"},
	"50074":   {SignIn, "multi-factor authentication is required", cureSignIn},
	"50076":   {SignIn, "multi-factor authentication is required", cureSignIn},
	"50078":   {SignIn, "multi-factor authentication has expired", cureSignIn},
	"50079":   {SignIn, "the account has to enrol for multi-factor authentication", "sign in again and enrol"},
	"50089":   {SignIn, "the sign-in has expired or was revoked", cureSignIn},
	"50105":   {Fix, "the account is not assigned to the app", "assign it under Enterprise applications, Users and groups"},
	"50126":   {SignIn, "user name or password are wrong", cureSignIn},
	"50132":   {SignIn, "the password was changed or has expired", cureSignIn},
	"50133":   {SignIn, "the password was changed or has expired", cureSignIn},
	"50158":   {SignIn, "a further security check is required", cureSignIn},
	"50173":   {SignIn, "the sign-in was revoked", cureSignIn},
	"50194":   {Fix, "the app is for one tenant, but any was named", "name the tenant in place of common"},
	"50196":   {Later, "too many equal requests", cureLater},
	"53000":   {SignIn, "conditional access demands a compliant device", "let an administrator exempt the mailbox or app, then sign in again"},
	"53003":   {SignIn, "conditional access blocks the sign-in", "let an administrator exempt the mailbox or app, then sign in again"},
	"54005":   {SignIn, "the code was redeemed already", cureSignIn},
	"65001":   {SignIn, "nobody consented to the app's permissions", "sign in again and consent, or " + cureConsent},
	"65004":   {SignIn, "the person who signed in declined consent", "sign in again and consent"},
	"65005":   {Fix, "the app registration lacks a permission", "add the mail permissions to the app registration"},
	"70000":   {SignIn, "the sign-in is not valid any more", cureSignIn},
	"70001":   {Fix, "the app is disabled or not in this tenant", cureClient},
	"70002":   {Fix, "the client secret is wrong", cureSecret},
	"70008":   {SignIn, "the sign-in has expired or was revoked", cureSignIn},
	"70011":   {Fix, "a permission that was asked for is not valid", cureScope},
	"70043":   {SignIn, "conditional access limits how long a sign-in lasts", cureSignIn},
	"90002":   {Fix, "there is no such tenant", cureClient},
	"90006":   {Later, "Microsoft's service is not available", cureLater},
	"90012":   {Later, "Microsoft's service took too long", cureLater},
	"90024":   {Later, "Microsoft's service is busy", cureLater},
	"90033":   {Later, "Microsoft's directory is not available", cureLater},
	"90055":   {Later, "the tenant sends too many requests", cureLater},
	"90090":   {Later, "Microsoft's service is not available", cureLater},
	"90094":   {Fix, "an administrator has to consent to the app's permissions", cureConsent},
	"500011":  {Fix, "the mail resource is not known in this tenant", cureClient},
	"501481":  {SignIn, "the code does not belong to this sign-in", cureSignIn},
	"700005":  {Fix, "the code belongs to another tenant", cureClient},
	"700016":  {Fix, "the app is not known in this tenant", cureClient},
	"700022":  {Fix, "permissions of several resources were asked for at once", cureScope},
	"700025":  {Fix, "the app is a public client, which has no secret", "register the redirect URI for platform Web, or remove the secret here"},
	"700082":  {SignIn, "the sign-in was not used for too long", cureSignIn},
	"700084":  {Fix, "the redirect URI is registered for a single-page application, whose sign-ins last 24 hours", "register it for platform Web, then sign in again"},
	"7000112": {Fix, "the app is disabled", "enable it in the tenant"},
	"7000215": {Fix, "the client secret is wrong; often its id was entered in place of its value", cureSecret},
	"7000218": {Fix, "the client secret is missing", cureSecret},
	"7000222": {Fix, "the client secret has expired", cureSecret},
	"9001023": {Fix, "app-only needs a tenant, but any was named", "name the tenant in place of common"},
}

// oauthErrors are the errors of the protocols: RFC 6749 sections 4.1.2.1 and
// 5.2, RFC 8628 section 3.5, OpenID Connect Core section 3.1.2.6, and what
// Microsoft and Google document beyond.
var oauthErrors = map[string]reason{
	"invalid_grant":           {SignIn, "the sign-in is not valid any more: it expired, was revoked, or the password was changed", cureSignIn},
	"interaction_required":    {SignIn, "the provider wants to ask the person something", cureSignIn},
	"login_required":          {SignIn, "the provider wants the person to sign in", cureSignIn},
	"consent_required":        {SignIn, "nobody consented to the app's permissions", "sign in again and consent, or " + cureConsent},
	"access_denied":           {SignIn, "the person who signed in declined, or may not consent", "sign in again and consent, or " + cureConsent},
	"authorization_declined":  {SignIn, "the person who signed in declined", "sign in again and consent"},
	"expired_token":           {SignIn, "nobody signed in in time", "begin again"},
	"bad_verification_code":   {SignIn, "the code is not known to the provider", "begin again"},
	"invalid_client":          {Fix, "client id or secret are wrong", cureSecret},
	"deleted_client":          {Fix, "the app was deleted at the provider", "register it anew"},
	"disabled_client":         {Fix, "the app is disabled at the provider", "enable it there"},
	"unauthorized_client":     {Fix, "the app may not sign in like this", cureClient},
	"invalid_scope":           {Fix, "a permission that was asked for is not valid", cureScope},
	"invalid_resource":        {Fix, "the mail resource is not known in this tenant", cureClient},
	"invalid_request":         {Fix, "the provider does not understand the request", "compare the provider's addresses and the app registration with the settings"},
	"redirect_uri_mismatch":   {Fix, "the redirect URI is not registered for the app", curePortal},
	"unsupported_grant_type":  {Fix, "the provider does not offer this way to sign in", "choose another, or another provider"},
	"org_internal":            {Fix, "the app is for members of another organisation", cureClient},
	"admin_policy_enforced":   {Fix, "the organisation's policy blocks the app", "let an administrator allow the app"},
	"temporarily_unavailable": {Later, "the provider is not available", cureLater},
	"server_error":            {Later, "the provider has an internal error", cureLater},
	"slow_down":               {Later, "too many requests", cureLater},
	"rate_limit_exceeded":     {Later, "too many requests", cureLater},
	"quota_exceeded":          {Later, "too many requests", cureLater},
}

// ownReasons are the errors that no provider sent.
var ownReasons = map[string]reason{
	CodeNotSignedIn:  {SignIn, "nobody has signed the mailbox in", "sign the mailbox in"},
	CodeNotGranted:   {SignIn, "not all permissions were granted", "sign in again and grant everything that is asked for"},
	CodeNoRefresh:    {Fix, "the provider gave no refresh token, so the sign-in would end within the hour", "allow offline access for the app, then sign in again"},
	CodeSettings:     {Fix, "the settings are not complete", "correct the field"},
	CodeTokenRefused: {Fix, "the mail server refuses fresh tokens", "compare the user name with the mailbox, switch its protocol on, and give the account or app full access to it"},
	CodeBadAnswer:    {Later, "the answer is not that of a token service", "if it lasts, compare the provider's addresses, and look for a proxy in between"},
	CodeTooLong:      {Later, "the answer is longer than that of any token service", "if it lasts, compare the provider's addresses, and look for a proxy in between"},
	CodeRedirect:     {Fix, "the provider's address sends elsewhere, where nothing secret is sent", "compare the provider's addresses, and look for a proxy in between"},
	CodeNetwork:      {Later, "the provider cannot be reached", "if it lasts, look at name resolution, firewall and proxy"},
	CodeAddress:      {Fix, "the provider's address is closed to this program", "enter the public address of the provider; for one on the site of whoever runs this program, have him allow its network"},
	CodeCertificate:  {Fix, "the provider's certificate is not trusted", "look for a proxy in between, and at the clock and root certificates of this machine"},
	CodeStore:        {Later, "tokens cannot be kept", "look at the store, and whether the key that sealed them is at hand"},
	CodeChanged:      {SignIn, "the provider, client id or grant were changed since the sign-in", "sign the mailbox in again"},
}

// classify finds the reason of a refusal. A server in trouble (429, 5xx) is
// not believed when it says that a sign-in is dead: that would lock mailboxes
// out for nothing.
func classify(e *Error) {
	r, known := aadsts[trimAADSTS(e.Code)]
	if !known {
		r, known = oauthErrors[cmp.Or(e.OAuth, e.Code)]
	}
	switch {
	case (e.Status == 429 || e.Status >= 500) && r.action != Later:
		r = reason{Later, "the provider is busy or has an internal error", cureLater}
	case !known:
		r = reason{Fix, "the provider refuses", "look the code up in the provider's documentation"}
	}
	e.Action, e.Cause, e.Cure = r.action, r.cause, r.cure
}

// Hold-offs: how long a provider that refused is left alone, doubled with each
// further refusal. Fixes are retried soon because somebody may be at it.
const (
	holdSignIn, maxHoldSignIn = 5 * time.Minute, time.Hour
	holdFix, maxHoldFix       = time.Minute, 15 * time.Minute
	holdLater, maxHoldLater   = 15 * time.Second, 15 * time.Minute
	maxHoldNetwork            = time.Minute // it comes back unannounced, and bears no grudge
)

// holdOff returns how long to leave the provider alone after the n-th refusal
// in a row, n from 1.
func holdOff(e *Error, n int) time.Duration {
	hold, limit := holdLater, maxHoldLater
	switch e.Action {
	case SignIn:
		hold, limit = holdSignIn, maxHoldSignIn
	case Fix:
		hold, limit = holdFix, maxHoldFix
	}
	if e.Status == 0 {
		limit = min(limit, maxHoldNetwork)
	}
	for ; n > 1 && hold < limit; n-- {
		hold *= 2
	}
	return max(min(hold, limit), e.RetryAfter)
}
