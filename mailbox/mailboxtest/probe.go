package mailboxtest

import (
	"context"
	"errors"
	"fmt"

	"example.com/ticketmail/mailbox"
)

var _ mailbox.Prober = (*Server)(nil)

// Probe implements [mailbox.Prober] with the steps that a server in memory
// has: the sign-in, and each folder, opened read-only.
func (s *Server) Probe(ctx context.Context, m mailbox.Mailbox, report func(mailbox.Step)) error {
	session, err := s.Connect(ctx, m)
	if err != nil {
		report(mailbox.Step{Name: mailbox.StepSignIn, Err: err, Cause: "the server does not let us in", Cure: "check user and password"})
		return fmt.Errorf("test: %w", err)
	}
	report(mailbox.Step{Name: mailbox.StepSignIn, Facts: []string{fmt.Sprintf("signed in as %q", m.User)}})
	var failed error
	for _, folder := range m.WithDefaults().Folders {
		step := mailbox.Step{Name: mailbox.StepFolder, About: folder}
		f, err := session.Select(ctx, folder, true)
		if err == nil {
			step.Facts = []string{fmt.Sprintf("%d mails", f.Messages)}
		} else {
			step.Err, step.Cause, step.Cure = err, "the folder cannot be opened", "check its name"
		}
		if report(step); failed == nil && err != nil {
			failed = fmt.Errorf("test: %w", err)
		}
	}
	return errors.Join(failed, session.Close())
}
