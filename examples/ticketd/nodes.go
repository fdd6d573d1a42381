package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

type nodeLine struct {
	Lease   string  `json:"lease"`
	Mailbox string  `json:"mailbox"` // empty: the lease is about something else
	Host    string  `json:"host"`
	Process int     `json:"process"`
	Ended   bool    `json:"ended"` // on this host, and known to be gone
	Holder  string  `json:"holder"`
	Fence   int64   `json:"fence"`
	Expires float64 `json:"expires"` // in so many seconds, unless renewed
}

// walkNodes shows which process has which mailbox. Between two polls nobody
// has it.
func walkNodes(ctx context.Context, s storage.Store, emit emitter) error {
	held, err := ticketmail.Holdings(ctx, s)
	if err != nil {
		return err
	}
	for _, h := range held {
		line := nodeLine{
			Lease: h.Lease.Name, Mailbox: string(h.Mailbox), Host: h.Host, Process: h.Process, Ended: h.Ended,
			Holder: h.Lease.Holder, Fence: h.Lease.Fence, Expires: h.Left.Seconds(),
		}
		process := strconv.Itoa(h.Process)
		if h.Ended {
			process += " (ended)"
		}
		err := emit(line, line.Mailbox, h.Host, process, strconv.FormatInt(line.Fence, 10),
			fmt.Sprint("in ", h.Left.Round(100*time.Millisecond)), line.Lease)
		if err != nil {
			return err
		}
	}
	return nil
}
