package notifytest

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"example.com/ticketmail/mailbox/message"
)

// A meeting is where sends wait for each other, so that they overlap wherever
// the sender lets them, and not only by luck.
type meeting struct {
	n       int32
	arrived atomic.Int32
	goOn    chan struct{}
	open    func()
}

func newMeeting(n int) *meeting {
	m := &meeting{n: int32(n), goOn: make(chan struct{})}
	m.open = sync.OnceFunc(func() { close(m.goOn) })
	return m
}

// meet waits until all are there. Where the sender sends a few at a time only,
// the first go on after a moment, and none waits after that.
func (m *meeting) meet() {
	if m.arrived.Add(1) == m.n {
		m.open()
	}
	timer := time.NewTimer(250 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-m.goOn:
	case <-timer.C:
		m.open()
	}
}

// A meetingFile is content that opens at a meeting.
type meetingFile struct {
	file
	meet func() // of one mail, whose file may be opened again
}

// Open returns the content.
func (f meetingFile) Open(ctx context.Context, b message.Blob) (io.ReadCloser, error) {
	f.meet()
	return f.file.Open(ctx, b)
}
