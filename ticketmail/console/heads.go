package console

import (
	"errors"
	"io"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
)

// maxHead is how much of a mail is read for a list, in bytes: a page costs what
// its rows cost, not what their mails weigh.
const maxHead = 16 << 10

// heads fills in what mails are about that became no ticket: the journal itself
// knows their Message-ID only, which tells nobody anything.
func (v *visit) heads(rows []journalRow) error {
	for i := range rows {
		row := &rows[i]
		if row.Ticket != "" || row.Raw.IsZero() {
			continue
		}
		m, err := v.head(row.Raw)
		if err != nil {
			return err
		}
		if m != nil {
			row.Subject, row.From = m.Subject, v.Addresses(m.From)
		}
	}
	return nil
}

// head reads the beginning of a mail; nil: it is not there, or cannot be read.
// One in quarantine may be there because reading it ends badly.
func (v *visit) head(b message.Blob) (m *message.Message, err error) {
	raw, err := v.engine.OpenContent(v.r.Context(), b)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil //nolint:nilnil // both say that there is nothing to show
	}
	if err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, nil
		}
		_ = raw.Close() // it was only read
	}()
	return message.Read(v.r.Context(), io.LimitReader(raw, maxHead), nil)
}
