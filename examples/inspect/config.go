package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/thread"
	"example.com/ticketmail/ticketmail"
)

// A config is what -explain needs to know of an installation.
type config struct {
	Address         string                    `json:"address"` // of the mailbox
	People          string                    `json:"people"`  // file, as ticketd reads it; relative to this one
	Key             string                    `json:"key"`     // signs tokens and Message-IDs
	Strangers       ticketmail.StrangerPolicy `json:"strangers"`
	Closed          ticketmail.ClosedPolicy   `json:"closed"`
	Forwards        bool                      `json:"forwards"`
	Foreign         []string                  `json:"foreign"` // formats of other systems' tokens
	MaxMessageBytes int64                     `json:"max_message_bytes"`
}

// errConfig marks a configuration that cannot work.
var errConfig = errors.New("configuration")

// Defaults of a config.
const (
	defaultAddress = "support@corp.example"
	defaultKey     = "inspect, and no secret" // the same output each time
)

// withFile fills what flags have left open from a file, then with defaults.
func (c config) withFile(name string) (config, error) {
	var file config
	if name != "" {
		b, err := os.ReadFile(name)
		if err != nil {
			return c, fmt.Errorf("-config: %w", err)
		}
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		if err := d.Decode(&file); err != nil {
			return c, fmt.Errorf("-config %s: %w", name, err)
		}
		if file.People != "" && !filepath.IsAbs(file.People) {
			file.People = filepath.Join(filepath.Dir(name), file.People)
		}
	}
	file.Address = cmp.Or(c.Address, file.Address, defaultAddress)
	file.People = cmp.Or(c.People, file.People)
	file.Key = cmp.Or(c.Key, file.Key, defaultKey)
	return file, nil
}

// people reads the directory, or makes up one task "inbox" and nobody.
func (c config) people() (memdirectory.Data, mailbox.Assignment, error) {
	if c.People == "" {
		return memdirectory.Data{Tasks: []memdirectory.Task{{ID: "inbox"}}}, mailbox.Assignment{Task: "inbox"}, nil
	}
	f, err := os.Open(c.People)
	if err != nil {
		return memdirectory.Data{}, mailbox.Assignment{}, fmt.Errorf("%w: people: %w", errConfig, err)
	}
	defer f.Close()
	d, err := memdirectory.ReadJSON(f)
	if err != nil {
		return d, mailbox.Assignment{}, fmt.Errorf("%w: people %s: %w", errConfig, c.People, err)
	}
	if d.Mailbox == nil || d.Mailbox.Task == "" {
		return d, mailbox.Assignment{}, fmt.Errorf("%w: people %s: mailbox.task is missing: which task do mails become tickets of?", errConfig, c.People)
	}
	return d, mailbox.Assignment{Task: d.Mailbox.Task, Creator: d.Mailbox.Creator, CustomerContact: d.Mailbox.CustomerContact}, nil
}

func (c config) threading() ticketmail.Threading {
	th := ticketmail.Threading{Strangers: c.Strangers, Closed: c.Closed, Forwards: c.Forwards}
	for _, format := range c.Foreign {
		th.Foreign = append(th.Foreign, thread.Foreign{Format: format})
	}
	return th
}
