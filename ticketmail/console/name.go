package console

import (
	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
)

// Name returns what the console calls one of the engine's values, so that the
// pages of a host can say the same: an event, a role or group, or why somebody
// is not mailed. tag is a BCP 47 tag or what browsers send in Accept-Language:
// German, English and French are known, anything else is English. A value that a
// host has made up is returned as it is.
func Name[V notify.Kind | notify.Role | escalation.Group | escalation.Reason](tag string, value V) string {
	group := "event"
	switch any(value).(type) {
	case notify.Role, escalation.Group:
		group = "role"
	case escalation.Reason:
		group = "why"
	}
	v := visit{language: chooseLanguage(tag)}
	return v.Name(group, value)
}
