package web

import (
	"strconv"
	"strings"
)

// counted returns a text about some number of things: the key with ".one" where
// the language speaks of one, as French does of none too.
func counted(key string, n, lang int) string {
	if n == 1 || n == 0 && tags[lang] == "fr" {
		key += ".one"
	}
	return strings.ReplaceAll(word(key, lang), "{n}", strconv.Itoa(n))
}

// historyWords are what the history of a ticket says of each kind of change,
// with {old} and {new} in it; a key with ".set" is for one that was nothing
// before, with ".gone" for one that is nothing now.
var historyWords = map[string][len(tags)]string{
	"by.mail": {"per Mail:", "by mail:", "par mail :"},

	"change.created":               {"Das Ticket wurde angelegt, Status „{new}“.", "The ticket was created with the status “{new}”.", "Le ticket a été créé avec le statut « {new} »."},
	"change.status":                {"Der Status wechselte von „{old}“ zu „{new}“.", "The status went from “{old}” to “{new}”.", "Le statut est passé de « {old} » à « {new} »."},
	"change.assignee":              {"Bearbeiter ist jetzt {new} statt {old}.", "The assignee is now {new} instead of {old}.", "Le responsable est désormais {new} au lieu de {old}."},       //nolint:misspell // French
	"change.assignee.set":          {"Bearbeiter ist jetzt {new}.", "The assignee is now {new}.", "Le responsable est désormais {new}."},                                                     //nolint:misspell // French
	"change.assignee.gone":         {"Niemand ist mehr Bearbeiter, vorher war es {old}.", "Nobody is the assignee any more; it was {old}.", "Il n’y a plus de responsable ; c’était {old}."}, //nolint:misspell // French
	"change.customer_contact":      {"Kundenansprechpartner ist jetzt {new} statt {old}.", "The customer contact is now {new} instead of {old}.", "Le contact client est désormais {new} au lieu de {old}."},
	"change.customer_contact.set":  {"Kundenansprechpartner ist jetzt {new}.", "The customer contact is now {new}.", "Le contact client est désormais {new}."},
	"change.customer_contact.gone": {"Niemand ist mehr Kundenansprechpartner, vorher war es {old}.", "Nobody is the customer contact any more; it was {old}.", "Il n’y a plus de contact client ; c’était {old}."},
	"change.task":                  {"Das Ticket kam vom Vorgang „{old}“ zum Vorgang „{new}“.", "The ticket was moved from the task “{old}” to the task “{new}”.", "Le ticket est passé de la tâche « {old} » à la tâche « {new} »."},
	"change.task.set":              {"Das Ticket kam zum Vorgang „{new}“.", "The ticket was moved to the task “{new}”.", "Le ticket est passé à la tâche « {new} »."},
	"change.subject":               {"Der Betreff wurde von „{old}“ in „{new}“ geändert.", "The subject was changed from “{old}” to “{new}”.", "L’objet « {old} » est devenu « {new} »."},
	"change.subject.set":           {"Der Betreff ist jetzt „{new}“.", "The subject is now “{new}”.", "L’objet est désormais « {new} »."},
	"change.categories":            {"Kategorien sind jetzt: {new} (vorher: {old}).", "The categories are now: {new} (before: {old}).", "Les catégories sont désormais : {new} (avant : {old})."},
	"change.categories.set":        {"Kategorien sind jetzt: {new}.", "The categories are now: {new}.", "Les catégories sont désormais : {new}."},
	"change.categories.gone":       {"Das Ticket hat keine Kategorie mehr (vorher: {old}).", "The ticket has no category any more (before: {old}).", "Le ticket n’a plus de catégorie (avant : {old})."},
	"change.comment":               {"Eine Bemerkung kam hinzu.", "A comment was added.", "Un commentaire a été ajouté."},
	"change.comment_text":          {"Eine Bemerkung wurde geändert.", "A comment was edited.", "Un commentaire a été modifié."},
	"change.forwarded":             {"Eine Bemerkung wurde weitergeleitet an {new}.", "A comment was forwarded to {new}.", "Un commentaire a été transféré à {new}."},
	"change.follows":               {"Das Ticket folgt auf das abgeschlossene Ticket #{new}.", "The ticket follows the closed ticket #{new}.", "Le ticket fait suite au ticket clos #{new}."},
	"change.merged_into":           {"Das Ticket gehört jetzt zu #{new} statt zu #{old}.", "The ticket is now part of #{new} instead of #{old}.", "Le ticket fait désormais partie de #{new} au lieu de #{old}."},
	"change.merged_into.set":       {"Das Ticket gehört jetzt zu #{new}.", "The ticket is now part of #{new}.", "Le ticket fait désormais partie de #{new}."},
	"change.merged_into.gone":      {"Das Ticket steht wieder für sich, vorher gehörte es zu #{old}.", "The ticket is its own again; it was part of #{old}.", "Le ticket est de nouveau autonome ; il faisait partie de #{old}."},
	"change.absorbed":              {"Ticket #{new} gehört jetzt zu diesem.", "Ticket #{new} is now part of this one.", "Le ticket #{new} fait désormais partie de celui-ci."},
	"change.raised":                {"Ereignis: {new}.", "Event: {new}.", "Événement : {new}."},
	"change.notified":              {"Niemand konnte eine Mail bekommen: {old}.", "Nobody could be mailed: {old}.", "Personne n’a pu recevoir d’e-mail : {old}."},
	"change.notified.set":          {"Niemand konnte eine Mail bekommen.", "Nobody could be mailed.", "Personne n’a pu recevoir d’e-mail."},
	"change.skipped":               {"{old}: keine Mail an {new}.", "{old}: no mail to {new}.", "{old} : pas d’e-mail à {new}."},
	"change.undelivered":           {"Die Mail an {new} kam nicht an (Status {old}).", "The mail to {new} did not arrive (status {old}).", "L’e-mail à {new} n’est pas arrivé (statut {old})."},
	"change.undelivered.set":       {"Die Mail an {new} kam nicht an.", "The mail to {new} did not arrive.", "L’e-mail à {new} n’est pas arrivé."},

	"skipped.held":     {"angehalten: zu viele automatische Mails", "held: too many automatic mails", "retenu : trop d’e-mails automatiques"},
	"skipped.more":     {"Auch {n} weitere bekamen keine.", "{n} more got none either.", "{n} autres n’en ont pas reçu non plus."},
	"skipped.more.one": {"Auch eine weitere Person bekam keine.", "One more got none either.", "Une autre personne n’en a pas reçu non plus."},
}
