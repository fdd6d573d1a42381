package ticketmail

import (
	"context"
	"log/slog"
	"time"
)

// keepInterval is how often sign-ins are looked after. What is due once a week
// is asked for once a week only.
const keepInterval = 24 * time.Hour

// keepTokens keeps mailboxes signed in that are not polled: a refresh token
// that is not used dies after some months (Microsoft: 90 days).
func (e *Engine) keepTokens(ctx context.Context) {
	for e.oauth != nil && ctx.Err() == nil {
		r, err := e.routesNow(ctx)
		if err != nil {
			e.cfg.Logger.LogAttrs(ctx, slog.LevelError, "sign-ins not looked after", slog.Any("error", err))
			r = &routing{}
		}
		for _, m := range r.Mailboxes {
			if m.Tokens == nil {
				continue
			}
			if err := e.foretell(ctx, m.ID); err != nil && ctx.Err() == nil {
				e.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "end of a sign-in not looked for", slog.String("mailbox", string(m.ID)), slog.Any("error", err))
			}
			if err := e.oauth.Keep(ctx, m.ID); err != nil && ctx.Err() == nil {
				e.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "mailbox not kept signed in", slog.String("mailbox", string(m.ID)), slog.Any("error", err))
			}
		}
		sleep(ctx, keepInterval)
	}
}
