package ticketmail

import (
	"context"
	"fmt"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
)

// A storedMailbox is how a mailbox stands in the store. The names are for ever.
type storedMailbox struct {
	Name        string              `json:"name,omitempty"`
	Address     string              `json:"address,omitempty"`
	Protocol    mailbox.Protocol    `json:"protocol,omitempty"`
	Host        string              `json:"host"`
	Port        int                 `json:"port,omitempty"`
	Security    mailbox.Security    `json:"security,omitempty"`
	SkipVerify  bool                `json:"insecure_skip_verify,omitempty"`
	User        string              `json:"user"`
	Password    string              `json:"password,omitempty"` // sealed
	Auth        mailbox.Auth        `json:"auth,omitempty"`
	Folders     []string            `json:"folders,omitempty"`
	After       mailbox.AfterImport `json:"after,omitempty"`
	MoveTo      string              `json:"move_to,omitempty"`
	MoveFailing string              `json:"move_failing,omitempty"`
	MaxBytes    int64               `json:"max_message_bytes,omitempty"`
	Interval    time.Duration       `json:"interval,omitempty"` // nanoseconds
	Inactive    bool                `json:"inactive,omitempty"`
}

func storedOf(m mailbox.Mailbox) storedMailbox {
	return storedMailbox{
		Name: m.Name, Address: m.Address, Protocol: m.Protocol, Host: m.Host, Port: m.Port, Security: m.Security,
		SkipVerify: m.InsecureSkipVerify, User: m.User, Auth: m.Auth, Folders: m.Folders, After: m.After, MoveTo: m.MoveTo,
		MoveFailing: m.MoveFailing, MaxBytes: m.MaxMessageBytes, Interval: m.Interval, Inactive: m.Inactive,
	}
}

// mailbox returns the mailbox without its password.
func (s storedMailbox) mailbox(id mailbox.ID) mailbox.Mailbox {
	return mailbox.Mailbox{
		ID: id, Name: s.Name, Address: s.Address, Protocol: s.Protocol, Host: s.Host, Port: s.Port, Security: s.Security,
		InsecureSkipVerify: s.SkipVerify, User: s.User, Auth: s.Auth, Folders: s.Folders, After: s.After, MoveTo: s.MoveTo,
		MoveFailing: s.MoveFailing, MaxMessageBytes: s.MaxBytes, Interval: s.Interval, Inactive: s.Inactive,
	}
}

// sameServer reports whether both sign in as the same user at the same place.
func (s storedMailbox) sameServer(o storedMailbox) bool {
	a, b := s.mailbox("x").WithDefaults(), o.mailbox("x").WithDefaults()
	return a.Host == b.Host && a.Port == b.Port && a.Security == b.Security && a.Protocol == b.Protocol &&
		a.InsecureSkipVerify == b.InsecureSkipVerify && a.User == b.User
}

// A storedAssignment is how an assignment stands in the store.
type storedAssignment struct {
	Task            escalation.TaskID   `json:"task"`
	Creator         escalation.PersonID `json:"creator,omitempty"`
	CustomerContact escalation.PersonID `json:"customer_contact,omitempty"`
	PresetAlways    bool                `json:"preset_always,omitempty"`
}

func storedAssignmentOf(a mailbox.Assignment) storedAssignment {
	return storedAssignment{a.Task, a.Creator, a.CustomerContact, a.PresetAlways}
}

func (s storedAssignment) assignment(id mailbox.ID) mailbox.Assignment {
	return mailbox.Assignment{Mailbox: id, Task: s.Task, Creator: s.Creator, CustomerContact: s.CustomerContact, PresetAlways: s.PresetAlways}
}

// withSecrets returns a mailbox as it signs in.
func (e *Engine) withSecrets(ctx context.Context, r *routing, m mailbox.Mailbox) (mailbox.Mailbox, error) {
	s, ok := r.stored[m.ID]
	if !ok {
		return m, nil
	}
	if m.Auth.OAuth() && m.Tokens == nil { // it was stored when there was a Sealer
		return m, ErrNoOAuth
	}
	var err error
	m.Password, err = e.openPassword(ctx, m.ID, s.Password)
	return m, err
}

// openPassword opens the sealed password of a mailbox. There may be none.
func (e *Engine) openPassword(ctx context.Context, id mailbox.ID, sealed string) (mailbox.Secret, error) {
	if sealed == "" {
		return mailbox.Secret{}, nil
	}
	if e.cfg.Sealer == nil {
		return mailbox.Secret{}, ErrNoSealer
	}
	password, err := e.cfg.Sealer.Open(ctx, passwordOf(id), sealed)
	if err != nil {
		return mailbox.Secret{}, fmt.Errorf("password: %w", err)
	}
	return password, nil
}
