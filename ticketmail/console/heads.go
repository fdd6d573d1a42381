package console

import (
	"context"
	"io"
	"log/slog"
	"time"

	"example.com/ticketmail/mailbox/message"
)

// A list costs what its rows cost, not what their mails weigh, nor how long the
// content's store takes to answer.
const (
	maxHead   = 16 << 10    // bytes of a mail that are read for a list
	headsTime = time.Second // for all heads of a page
)

// heads fills in what mails are about that became no ticket: the journal itself
// knows their Message-ID only, which tells nobody anything. Heads are an extra: a
// row whose mail cannot be read, or not in time, goes without.
func (v *visit) heads(rows []journalRow) {
	ctx, cancel := context.WithTimeout(v.r.Context(), headsTime)
	defer cancel()
	for i := range rows {
		row := &rows[i]
		if row.Ticket != "" || row.Raw.IsZero() {
			continue
		}
		m, err := v.head(ctx, row.Raw)
		if m != nil {
			row.Subject, row.From = m.Subject, v.Addresses(m.From)
		}
		if ctx.Err() != nil { // the time is over, or the visitor gone
			v.log.LogAttrs(ctx, slog.LevelDebug, "page without all heads of mails", slog.Any("error", context.Cause(ctx)))
			return
		}
		if err != nil {
			v.log.LogAttrs(ctx, slog.LevelDebug, "head of a mail cannot be read", slog.String("mailbox", string(row.Mailbox)), slog.String("uid", row.UID), slog.Any("error", err))
		}
	}
}

// head reads the beginning of a mail; nil without an error: reading it ends
// badly, which may be why it is in quarantine.
func (v *visit) head(ctx context.Context, b message.Blob) (m *message.Message, err error) {
	raw, err := v.engine.OpenContent(ctx, b)
	if err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, nil
		}
		_ = raw.Close() // it was only read
	}()
	return message.Read(ctx, io.LimitReader(raw, maxHead), nil)
}
