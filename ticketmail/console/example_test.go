package console_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
	"example.com/ticketmail/ticketmail/console"
)

// A host mounts the console under a path of its own, and says who may do what.
func Example() {
	people, err := memdirectory.New(memdirectory.Data{})
	if err != nil {
		panic(err)
	}
	engine, err := ticketmail.New(context.Background(), ticketmail.Config{Store: memstore.New(nil), Directory: people, AllowVolatileStore: true})
	if err != nil {
		panic(err)
	}
	access := console.AccessFunc(func(r *http.Request) (console.Visitor, error) {
		if len(r.CookiesNamed("session")) == 0 {
			return console.Visitor{}, nil // nobody
		}
		return console.Visitor{Person: "max", Name: "Max", Language: "de", Right: console.Administer}, nil
	})
	pages, err := console.New(engine, access, &console.Options{Prefix: "/admin/tickets", Product: "Our ERP"})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/admin/tickets/", pages)

	for _, session := range []string{"", "session=1"} {
		r := httptest.NewRequest(http.MethodGet, "/admin/tickets/mailboxes", nil)
		r.Header.Set("Cookie", session)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Header().Get("Content-Language"))
	}
	// Output:
	// 403 en
	// 200 de
}
