package fault

import (
	"context"

	"example.com/ticketmail/notify"
)

// Sender returns s with its calls numbered. An error at After hides that the
// mail was taken: it will be sent again.
func (in *Injector) Sender(s notify.Sender) notify.Sender {
	return notify.SenderFunc(func(ctx context.Context, m notify.Mail) error {
		return in.around(ctx, Send, func() error { return s.Send(ctx, m) })
	})
}
