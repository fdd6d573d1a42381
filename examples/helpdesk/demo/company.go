package demo

import (
	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
)

// The addresses customers write to, and the tasks their mails belong to.
const (
	SupportAddress = "support@muster.example"
	ShopAddress    = "shop@muster.example"

	Helpdesk escalation.TaskID = "helpdesk"
	ShopBugs escalation.TaskID = "shop-bugs"
	Rollout  escalation.TaskID = "rollout"
)

// Company returns the ERP's people, departments, projects and tasks. Somebody
// has left and somebody has no address, so that escalation has work to do.
func Company() memdirectory.Data {
	return memdirectory.Data{
		Language: "de",
		Persons: []memdirectory.Person{
			{ID: "anna", Name: "Anna Arndt", Address: "anna@muster.example", Language: "de", Kind: escalation.Employee},
			{ID: "bea", Name: "Bea Braun", Address: "bea@muster.example", Language: "de", Kind: escalation.Employee},
			{ID: "carl", Name: "Carl Weber", Address: "carl@muster.example", Language: "en", Kind: escalation.Employee},
			{ID: "emile", Name: "Émile Laurent", Address: "emile@muster.example", Language: "fr", Kind: escalation.Employee},
			{ID: "ole", Name: "Ole Olsen", Kind: escalation.Employee, Language: "de"},
			{ID: "dora", Name: "Dora Lange", Address: "dora@muster.example", Kind: escalation.Employee, Left: true},
			{ID: "mia", Name: "Mia Kunde", Address: "mia@kunde.example", Language: "de", Kind: escalation.Contact},
			{ID: "sam", Name: "Sam Shopper", Address: "sam@shopper.example", Language: "en", Kind: escalation.Contact},
			{ID: "jeanne", Name: "Jeanne Client", Address: "jeanne@client.example", Language: "fr", Kind: escalation.Contact},
		},
		Departments: []memdirectory.Department{
			{ID: "company", Managers: []escalation.PersonID{"anna"}},
			{ID: "service", Parent: "company", Managers: []escalation.PersonID{"bea"}},
			{ID: "development", Parent: "company", Managers: []escalation.PersonID{"carl"}},
		},
		Projects: []memdirectory.Project{
			{ID: "support", Department: "service", Language: "de", Members: []escalation.PersonID{"bea", "ole"}, Managers: []escalation.PersonID{"bea"}},
			{ID: "webshop", Department: "development", Language: "en", Members: []escalation.PersonID{"carl", "emile"}, Managers: []escalation.PersonID{"carl"}},
		},
		Tasks: []memdirectory.Task{
			{ID: Helpdesk, Project: "support", Members: []escalation.PersonID{"bea", "carl", "dora"}, Managers: []escalation.PersonID{"bea"}},
			{ID: Rollout, Project: "support", Members: []escalation.PersonID{"ole", "dora"}},
			{ID: ShopBugs, Project: "webshop", Members: []escalation.PersonID{"carl", "emile"}, Managers: []escalation.PersonID{"carl"}},
		},
		Administrators: []escalation.PersonID{"anna", "carl"},
	}
}
