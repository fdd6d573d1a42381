package sqldirectory_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/directorytest"
	"example.com/ticketmail/examples/sqldirectory"
)

func TestDirectory(t *testing.T) {
	directorytest.Run(t, func(t *testing.T, f directorytest.Fixture) escalation.Directory {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "erp.db")+"?_pragma=synchronous(off)")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		exec := func(query string, args ...any) {
			t.Helper()
			if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
				t.Fatal(err)
			}
		}
		exec(sqldirectory.Schema)
		administrators := map[escalation.PersonID]bool{}
		for _, id := range f.Administrators {
			administrators[id] = true
		}
		for _, p := range f.Persons {
			exec("INSERT INTO people VALUES (?, ?, ?, ?, ?, ?, ?)", p.ID, p.Name, p.Address, p.Language, p.Kind == escalation.Employee, p.Left, administrators[p.ID])
		}
		staff := func(place, id string, managers bool, people []escalation.PersonID) {
			t.Helper()
			for i, p := range people {
				exec("INSERT INTO staff VALUES (?, ?, ?, ?, ?)", place, id, p, managers, i)
			}
		}
		for _, d := range f.Departments {
			exec("INSERT INTO departments VALUES (?, ?)", d.ID, d.Parent)
			staff("department", string(d.ID), true, d.Managers)
		}
		for _, p := range f.Projects {
			exec("INSERT INTO projects VALUES (?, ?, ?)", p.ID, p.Department, p.Language)
			staff("project", string(p.ID), false, p.Members)
			staff("project", string(p.ID), true, p.Managers)
		}
		for _, k := range f.Tasks {
			exec("INSERT INTO tasks VALUES (?, ?)", k.ID, k.Project)
			staff("task", string(k.ID), false, k.Members)
			staff("task", string(k.ID), true, k.Managers)
		}
		return sqldirectory.New(db)
	})
}
