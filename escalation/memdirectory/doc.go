// Package memdirectory is an [escalation.Directory] in memory: for tests, for
// examples, and for installations whose people fit into a file.
//
// [New] takes the people as plain structs, [ReadJSON] reads them from a file:
//
//	{
//	  "language": "de",
//	  "persons": [
//	    {"id": "anna", "name": "Anna Arndt", "address": "anna@corp.example", "language": "de-AT", "kind": "employee"},
//	    {"id": "carl", "name": "Carl Customer", "address": "carl@customer.example", "kind": "contact"},
//	    {"id": "gone", "name": "Gerd Gone", "kind": "employee", "left": true}
//	  ],
//	  "departments": [{"id": "it", "parent": "", "managers": ["anna"]}],
//	  "projects": [{"id": "erp", "department": "it", "language": "en", "members": ["anna"], "managers": ["anna"]}],
//	  "tasks": [{"id": "support", "project": "erp", "members": ["anna"], "managers": []}],
//	  "administrators": ["anna"],
//	  "mailbox": {"task": "support", "creator": "anna", "customer_contact": "carl"}
//	}
//
// Every field but the ids may be left out. Faults are reported all at once,
// each with its line and path.
package memdirectory
