package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"example.com/ticketmail/ticketmail"
)

// display shows what goes on: a progress bar where stderr is a terminal, log
// lines otherwise.
type display struct {
	out      io.Writer
	terminal bool
	logger   *slog.Logger
	drawn    bool
	logged   time.Time // the last line about progress
}

func newDisplay(stderr io.Writer) *display {
	d := &display{out: stderr}
	if f, ok := stderr.(*os.File); ok {
		info, err := f.Stat()
		d.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	level := slog.LevelInfo
	if d.terminal {
		level = slog.LevelWarn
	}
	d.logger = slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	return d
}

// logInterval is the least time between two lines about the progress of a poll.
const logInterval = 2 * time.Second

// progress is told after every commit of a poll.
func (d *display) progress(p ticketmail.Progress) {
	switch {
	case p.Waiting == 0: // a poll that found nothing is not worth a word
	case d.terminal:
		d.draw(p)
	case time.Since(d.logged) >= logInterval:
		d.logged = time.Now()
		d.logger.LogAttrs(context.Background(), slog.LevelInfo, "emptying the mailbox", slog.Int("waiting", p.Waiting),
			slog.Int("received", p.Done.Received), slog.Int("tickets", p.Done.Tickets), slog.Int("comments", p.Done.Comments))
	}
}

const (
	barWidth = 30
	bar      = "##############################"
)

func (d *display) draw(p ticketmail.Progress) {
	d.drawn = true
	done := min(barWidth, barWidth*p.Done.Received/p.Waiting)
	_, _ = fmt.Fprintf(d.out, "\r[%-*s] %d of %d mails, %d tickets, %d comments ", barWidth, bar[:done], p.Done.Received, p.Waiting,
		p.Done.Tickets, p.Done.Comments)
}

// end ends the line of the bar.
func (d *display) end() {
	if d.drawn {
		_, _ = fmt.Fprintln(d.out)
	}
}
