package wire_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/internal/wire"
)

const idle = time.Minute

// guarded returns a guarded connection and its other end. Both are closed
// with the test.
func guarded(t *testing.T, limit *wire.Limiter) (guard *wire.Conn, server net.Conn) {
	client, server := net.Pipe()
	guard = wire.NewConn(client, client, idle, limit)
	t.Cleanup(func() { _ = guard.Close(); _ = server.Close() })
	return guard, server
}

func TestConnIsPatientWithASlowServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		guard, server := guarded(t, nil)
		go func() {
			defer server.Close()
			for range 100 {
				time.Sleep(idle - time.Second)
				_, _ = server.Write([]byte("x"))
			}
		}()
		got, err := io.ReadAll(guard)
		if len(got) != 100 || err != nil {
			t.Errorf("read %d bytes, %v, want 100", len(got), err)
		}
	})
}

func TestConnEndsSilence(t *testing.T) {
	for name, tt := range map[string]struct {
		before func(*wire.Conn) // the read, which begins two seconds later
		during func(*wire.Conn) // it, after ten idle times
		want   time.Duration    // from the first moment on
	}{
		"from the start":       {nil, nil, 2*time.Second + idle},
		"relaxed, then wanted": {(*wire.Conn).Relax, (*wire.Conn).Expect, 10*idle + idle},
		"wanted again and again": {func(c *wire.Conn) {
			c.Relax()
			c.Expect()
		}, nil, 2*time.Second + idle},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				guard, _ := guarded(t, nil)
				start := time.Now()
				if tt.before != nil {
					tt.before(guard)
				}
				if tt.during != nil {
					time.AfterFunc(10*idle, func() { tt.during(guard) })
				}
				time.Sleep(2 * time.Second)
				_, err := guard.Read(make([]byte, 1))
				if took := time.Since(start); !errors.Is(err, wire.ErrIdle) || took != tt.want {
					t.Errorf("Read = %v after %s, want %v after %s", err, took, wire.ErrIdle, tt.want)
				}
			})
		})
	}
}

func TestConnWaitsWhileNothingIsExpected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		guard, server := guarded(t, nil)
		guard.Relax()
		go func() {
			time.Sleep(24 * time.Hour)
			_, _ = server.Write([]byte("x"))
		}()
		if n, err := guard.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Errorf("Read after a silent day = %d, %v", n, err)
		}
	})
}

func TestConnKeepsItsFirstError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		guard, server := guarded(t, nil)
		if err := guard.Err(); err != nil {
			t.Errorf("Err of a sound connection = %v", err)
		}
		_, first := guard.Read(make([]byte, 1))
		start := time.Now()
		for range 3 {
			if _, err := guard.Read(make([]byte, 1)); !errors.Is(err, first) {
				t.Errorf("Read = %v, want %v again", err, first)
			}
			if _, err := guard.Write([]byte("x")); !errors.Is(err, first) {
				t.Errorf("Write = %v, want %v", err, first)
			}
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("errors of a dead connection took %s", took)
		}
		if _, err := server.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("the other end reads %v, want io.EOF: the connection must be closed", err)
		}
		_ = guard.Close()
		if err := guard.Err(); !errors.Is(err, first) {
			t.Errorf("Err after Close = %v, want %v", err, first)
		}
	})
}

// What a library read ahead counts for nothing once the connection is dead.
func TestConnDropsWhatWasReadAhead(t *testing.T) {
	guard, server := guarded(t, nil)
	go func() { _, _ = server.Write([]byte("ab")) }()
	if _, err := guard.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	_ = guard.Close()
	if n, err := guard.Read(make([]byte, 1)); n != 0 || !errors.Is(err, net.ErrClosed) {
		t.Errorf("Read after Close = %d, %v, want 0, %v", n, err, net.ErrClosed)
	}
}

func TestConnCloseEndsAPendingRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		guard, _ := guarded(t, nil)
		guard.Relax()
		time.AfterFunc(time.Second, func() { _ = guard.Close() })
		if _, err := guard.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Read = %v, want %v", err, net.ErrClosed)
		}
	})
}

func TestConnEndsAWriteThatNobodyTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		guard, _ := guarded(t, nil)
		start := time.Now()
		_, err := guard.Write([]byte("x"))
		if took := time.Since(start); !errors.Is(err, os.ErrDeadlineExceeded) || took != idle {
			t.Errorf("Write = %v after %s, want a timeout after %s", err, took, idle)
		}
		if guard.Err() == nil {
			t.Error("the connection is still open")
		}
	})
}

func TestConnIgnoresForeignDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		guard, server := guarded(t, nil)
		past := time.Now().Add(-time.Hour)
		for _, err := range []error{guard.SetDeadline(past), guard.SetReadDeadline(past), guard.SetWriteDeadline(past)} {
			if err != nil {
				t.Error(err)
			}
		}
		go func() { _, _ = server.Write([]byte("x")) }()
		if _, err := guard.Read(make([]byte, 1)); err != nil {
			t.Errorf("Read = %v", err)
		}
		go func() { _, _ = server.Read(make([]byte, 1)) }()
		if _, err := guard.Write([]byte("x")); err != nil {
			t.Errorf("Write = %v", err)
		}
	})
}

// What is gathered arrives in one piece, and what follows goes its own way.
func TestConnGathers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		guard, server := guarded(t, nil)
		var pieces []string
		done := make(chan struct{})
		go func() {
			defer close(done)
			buf := make([]byte, 100)
			for range 2 {
				n, err := server.Read(buf)
				if err != nil {
					t.Error(err)
				}
				pieces = append(pieces, string(buf[:n]))
			}
		}()
		send := guard.Gather()
		for _, p := range []string{"a", "b", "c"} {
			if n, err := guard.Write([]byte(p)); n != 1 || err != nil {
				t.Errorf("Write = %d, %v", n, err)
			}
		}
		synctest.Wait()
		if len(pieces) > 0 {
			t.Errorf("%q were not held back", pieces)
		}
		if err := send(); err != nil {
			t.Fatal(err)
		}
		if _, err := guard.Write([]byte("d")); err != nil {
			t.Fatal(err)
		}
		<-done
		if got := fmt.Sprint(pieces); got != "[abc d]" {
			t.Errorf("sent %s, want [abc d]", got)
		}
		_ = guard.Close()
		send = guard.Gather()
		if _, err := guard.Write([]byte("e")); err == nil {
			t.Error("Write on a closed connection succeeded")
		}
		if err := send(); err == nil {
			t.Error("send on a closed connection succeeded")
		}
	})
}
