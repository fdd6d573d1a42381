package courier_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"example.com/ticketmail/internal/courier"
)

// Connections reach Courier itself, and end with the test.
func TestStart(t *testing.T) {
	var open []net.Conn
	t.Run("server", func(t *testing.T) {
		s := courier.Start(t, nil)
		if err := s.Put("joe", "Subject: one\r\n\r\nbody\r\n"); err != nil {
			t.Fatal(err)
		}
		for address, script := range map[string][][2]string{
			s.Address: {{"a LOGIN joe wrong", "a NO"}, {"a LOGIN joe " + courier.Password, "a OK LOGIN Ok."}, {"b STATUS INBOX (MESSAGES)", `* STATUS "INBOX" (MESSAGES 1)`}},
			s.POP3:    {{"USER joe", "+OK"}, {"PASS " + courier.Password, "+OK logged in."}, {"STAT", "+OK 1 22"}},
		} {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, conn)
			in := bufio.NewScanner(conn)
			in.Scan() // the greeting
			for _, step := range script {
				if _, err := fmt.Fprintf(conn, "%s\r\n", step[0]); err != nil {
					t.Fatal(err)
				}
				said := ""
				for in.Scan() {
					if said = in.Text(); !strings.Contains(said, "ALERT") {
						break
					}
				}
				if !strings.HasPrefix(said, step[1]) {
					t.Errorf("%q was answered with %q, want %q", step[0], said, step[1])
				}
			}
		}
		if n, err := s.Count("joe", ""); n != 1 || err != nil {
			t.Errorf("Count = %d, %v", n, err)
		}
	})
	for _, conn := range open {
		if _, err := io.Copy(io.Discard, conn); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("the connection is still there: %v", err)
		}
		_ = conn.Close()
	}
}
