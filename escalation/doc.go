// Package escalation says who the people of the host are, and who is told
// instead when somebody cannot be mailed.
//
// # People and places
//
// The host's people and its projects stay the host's: it answers for them
// with a [Directory]. A ticket lives in a task (Vorgang), a task in a project,
// a project in a department, and departments nest; a [Place] is that path from
// the inside out. Ids are the host's own, opaque and compared byte for byte.
//
// # The escalation procedure
//
// When an assignee or a creator cannot be mailed, because no address is known
// or because he left the company (Eskalationsverfahren), a [Chain] of groups
// is walked:
//
//	TaskMembers         Vorgangsmitarbeiter
//	TaskManagers        Vorgangsleiter: project managers assigned to the task
//	ProjectMembers      Projektmitarbeiter
//	ProjectManagers     Projektleiter
//	DepartmentManagers  Abteilungsleiter
//	Administrators      Administratoren
//
// The first group in which at least one person can be mailed is told, all such
// persons of it, and the walk ends. If nobody of a group can be mailed, the
// next one is asked. An address that is known to bounce counts as none. See
// [Chain.Walk] for people who did it themselves or are told already. Whoever
// is passed over is in the [Result] with the [Reason], so that it can be
// explained afterwards why somebody got a mail or did not.
//
// The chain decides nothing about roles: whether an assignee is mailed, and
// whether a chain is walked at all, is the caller's question ([Mailable]).
package escalation
