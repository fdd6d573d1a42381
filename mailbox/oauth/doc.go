// Package oauth signs mailboxes in with OAuth 2.0: Microsoft 365, Google and
// any other provider. It is of use alone; all it needs is a place to keep
// tokens.
//
// # Ways to sign in
//
//   - A person signs in with a browser, once: [Client.Handler] is mounted by
//     the host at the redirect URI (authorization code with PKCE, RFC 6749
//     section 4.1, RFC 7636, RFC 9700).
//   - A person signs in on another device, for set-ups without a browser:
//     [Client.Device] (RFC 8628).
//   - Nobody signs in: the application itself has a right on the mailbox
//     ([AppOnly], RFC 6749 section 4.4). For servers this is the better way: no
//     refresh token, so nothing that dies.
//
// Afterwards [Client.Source] is the mailbox's [mailbox.TokenSource].
//
// # Microsoft 365, step by step
//
//  1. Entra admin centre, App registrations, New registration. Redirect URI:
//     platform Web (not single-page application, whose sign-ins last 24
//     hours), with exactly the address that [Client.RedirectURI] returns.
//  2. Copy the application (client) id to [Account.ClientID].
//  3. Certificates & secrets, New client secret: copy the value, not the
//     secret id, to [Account.ClientSecret], and the date to
//     [Account.SecretExpires], so that [Client.Health] can warn in time.
//  4. API permissions, delegated: IMAP.AccessAsUser.All (and POP, SMTP.Send) and
//     offline_access. The portal lists them under Microsoft Graph; what is asked
//     for later is the resource outlook.office.com, and no other beside it.
//  5. Enterprise applications, Users and groups: assign the mailbox's user.
//  6. Microsoft 365 admin centre, the user, Mail, Manage email apps: IMAP on.
//  7. Sign in through the Handler. For a shared mailbox sign in as a person who
//     has full access to it; the mailbox's User stays the shared address.
//
// For [AppOnly] take the application permission IMAP.AccessAsApp (POP,
// SMTP.SendAsApp) of Office 365 Exchange Online with the administrator's
// consent instead, then, in Exchange Online PowerShell, New-ServicePrincipal with
// the object id of the enterprise application (not of the registration), and
// Add-MailboxPermission -AccessRights FullAccess for it.
//
// # What is kept
//
// Tokens and sign-ins under way stand in a [Store], sealed by a [seal.Sealer]
// before the Store sees them. A new refresh token is saved before the access
// token that came with it is handed out; it is never used unsaved.
// [Lock] keeps all nodes but one from refreshing, so that a provider that
// accepts each refresh token once is asked once. Where a lock fails, the
// Store's compare-and-swap still sees to it that both nodes go on with the
// newer token.
//
// # Errors
//
// Every refusal is an [*Error]: it says whether somebody has to sign in again,
// whether the configuration is to be fixed or whether to try later, why in
// plain words, and the provider's code. A provider that refused is left alone
// for a while ([Client.Retry] ends that), so that a mailbox polled every
// minute does not run into Microsoft's loop detection.
//
// # Safety
//
// Requests go to the token address of the configuration alone, redirects are
// refused, answers are cut at [MaxAnswer], each request has a time limit. The
// provider's free text is not kept, because it may repeat what was sent. Where a
// mailbox can move to another mail server, [Account.Generation] keeps the tokens
// of before from it.
//
// Everything stands on the standard library. golang.org/x/oauth2 was left out:
// its errors carry the raw answer, its token sources keep rotated refresh
// tokens in memory alone, and without those it is a form that is posted.
package oauth
