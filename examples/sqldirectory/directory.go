// Package sqldirectory is a Directory over tables as an ERP has them: copy it
// and replace the SQL by yours. docs/directory.md walks through it.
package sqldirectory

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"example.com/ticketmail/escalation"
)

// Schema is the part of the ERP's tables that the Directory reads.
const Schema = `
CREATE TABLE people (
	id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, language TEXT NOT NULL,
	employee INTEGER NOT NULL, left_company INTEGER NOT NULL, administrator INTEGER NOT NULL);
CREATE INDEX people_email ON people (lower(email));
CREATE TABLE departments (id TEXT PRIMARY KEY, parent TEXT NOT NULL);
CREATE TABLE projects (id TEXT PRIMARY KEY, department TEXT NOT NULL, language TEXT NOT NULL);
CREATE TABLE tasks (id TEXT PRIMARY KEY, project TEXT NOT NULL);
CREATE TABLE staff (place TEXT NOT NULL, id TEXT NOT NULL, person TEXT NOT NULL, manager INTEGER NOT NULL, position INTEGER NOT NULL);
`

// A Directory answers from the ERP's tables. It is safe for concurrent use.
type Directory struct {
	db *sql.DB
}

// New returns a Directory over db.
func New(db *sql.DB) *Directory { return &Directory{db} }

var _ escalation.Directory = (*Directory)(nil)

// columns are those of a person, in the order in which scan reads them.
const columns = "p.id, p.name, p.email, p.language, p.employee, p.left_company"

func scan(row interface{ Scan(into ...any) error }) (escalation.Person, error) {
	var p escalation.Person
	var employee bool
	err := row.Scan(&p.ID, &p.Name, &p.Address, &p.Language, &employee, &p.Left)
	if errors.Is(err, sql.ErrNoRows) {
		err = escalation.ErrNotFound
	}
	p.Kind = escalation.Contact
	if employee {
		p.Kind = escalation.Employee
	}
	return p, err
}

// Person implements [escalation.Directory].
func (d *Directory) Person(ctx context.Context, id escalation.PersonID) (escalation.Person, error) {
	p, err := scan(d.db.QueryRowContext(ctx, "SELECT "+columns+" FROM people p WHERE p.id = ?", id))
	if err != nil {
		return p, fmt.Errorf("person %s: %w", id, err)
	}
	return p, nil
}

// PersonByAddress implements [escalation.Directory]. SQLite's lower folds ASCII
// letters only, which is what is wanted; other databases fold more.
func (d *Directory) PersonByAddress(ctx context.Context, address string) (escalation.Person, error) {
	if address == "" { // many may have none
		return escalation.Person{}, escalation.ErrNotFound
	}
	return scan(d.db.QueryRowContext(ctx,
		"SELECT "+columns+" FROM people p WHERE lower(p.email) = lower(?) ORDER BY p.left_company, p.id LIMIT 1", address))
}

// Members implements [escalation.Directory].
func (d *Directory) Members(ctx context.Context, g escalation.Group, at escalation.Place) ([]escalation.Person, error) {
	switch g {
	case escalation.TaskMembers:
		return d.staff(ctx, "task", string(at.Task), false)
	case escalation.TaskManagers:
		return d.staff(ctx, "task", string(at.Task), true)
	case escalation.ProjectMembers:
		return d.staff(ctx, "project", string(at.Project), false)
	case escalation.ProjectManagers:
		return d.staff(ctx, "project", string(at.Project), true)
	case escalation.DepartmentManagers: // of the nearest department that has one
		for _, id := range at.Departments {
			if people, err := d.staff(ctx, "department", string(id), true); err != nil || len(people) > 0 {
				return people, err
			}
		}
		return nil, nil
	case escalation.Administrators:
		return d.people(ctx, "SELECT "+columns+" FROM people p WHERE p.administrator ORDER BY p.id")
	}
	return nil, nil // a group of somebody else's
}

func (d *Directory) staff(ctx context.Context, place, id string, managers bool) ([]escalation.Person, error) {
	return d.people(ctx, "SELECT "+columns+" FROM staff s JOIN people p ON p.id = s.person"+
		" WHERE s.place = ? AND s.id = ? AND s.manager = ? ORDER BY s.position", place, id, managers)
}

func (d *Directory) people(ctx context.Context, query string, args ...any) (all []escalation.Person, err error) {
	rows, err := d.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		p, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

// Place implements [escalation.Directory].
func (d *Directory) Place(ctx context.Context, task escalation.TaskID) (escalation.Place, error) {
	at := escalation.Place{Task: task}
	var department escalation.DepartmentID
	err := d.db.QueryRowContext(ctx,
		"SELECT t.project, coalesce(p.department, ''), coalesce(p.language, '') FROM tasks t LEFT JOIN projects p ON p.id = t.project WHERE t.id = ?",
		task).Scan(&at.Project, &department, &at.Language)
	if errors.Is(err, sql.ErrNoRows) {
		return at, fmt.Errorf("task %s: %w", task, escalation.ErrNotFound)
	}
	if err != nil {
		return at, err
	}
	at.Departments, err = d.upwards(ctx, department)
	return at, err
}

// upwards returns a department and those above it. UNION, unlike UNION ALL,
// ends where departments nest in a circle.
func (d *Directory) upwards(ctx context.Context, from escalation.DepartmentID) (all []escalation.DepartmentID, err error) {
	rows, err := d.db.QueryContext(ctx, `WITH RECURSIVE up (id, parent) AS (
		SELECT id, parent FROM departments WHERE id = ?
		UNION SELECT d.id, d.parent FROM departments d JOIN up ON d.id = up.parent) SELECT id FROM up`, from)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id escalation.DepartmentID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		all = append(all, id)
	}
	return all, rows.Err()
}
