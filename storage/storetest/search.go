package storetest

import (
	"errors"
	"fmt"
	"strings"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
)

// searchTickets are found by their words: the comments of each, of which those
// that begin with a bang are internal.
var searchTickets = []struct {
	id       storage.TicketID
	subject  string
	comments []string
}{
	{"T1", "Drucker im 2. Stock", []string{"Er druckt alles doppelt, größer als früher. Straße 5.", "!Wartung kostet zu viel"}},
	{"T2", "Printer on fire", []string{"The print-out of order 4711.20 burns.\nRegards", "It still burns"}},
	{"T3", "プリンターの問題", []string{"打印机坏了，请帮忙。", "!print nothing"}},
	{"T4", "x", []string{hostile, "quote ' \" \\ ( ) & | ! : * <-> NEAR AND OR NOT", "end of one", "begin of another"}},
}

func search(e *env) error {
	supported := false
	err := e.update(func(w storage.Writer) error {
		if _, supported = w.Tickets().(storage.Searcher); !supported {
			return nil // optional
		}
		for _, st := range searchTickets {
			t := ticket(st.subject)
			t.ID = st.id
			if err := w.Tickets().Put(e.ctx, t); err != nil {
				return err
			}
			for i, text := range st.comments {
				c := &storage.Comment{ID: fmt.Sprint(st.id, "-", i), Ticket: t.ID, Kind: storage.ByPerson, Text: text}
				if c.Internal = text[0] == '!'; c.Internal {
					c.Text = text[1:]
				}
				if i == 0 && st.id == "T2" {
					c.Sender = message.Address{Name: "Carl Ōno", Address: "carl@customer.example"}
					c.Attachments = []storage.Attachment{{Display: "Rechnung-2026.pdf"}}
				}
				if err := w.Tickets().PutComment(e.ctx, c); err != nil {
					return err
				}
			}
		}
		if err := findWords(e, w.Tickets()); err != nil {
			return fmt.Errorf("in the Update that writes: %w", err)
		}
		return nil
	})
	if err != nil || !supported {
		return err
	}
	if err := e.view(func(r storage.Reader) error { return findWords(e, r.Tickets()) }); err != nil {
		return err
	}
	return e.update(func(w storage.Writer) error { return changeWords(e, w.Tickets()) })
}

// findWords asks for the tickets of searchTickets.
func findWords(e *env, r storage.TicketReader) error {
	for _, c := range []struct {
		text     string
		internal bool
		want     []string
	}{
		{"drucker", false, []string{"T1"}},
		{"DRUCKER doppelt", false, []string{"T1"}},
		{"GRÖSSER", false, []string{"T1"}},
		{"STRASSE", false, []string{"T1"}},
		{"gro\u0308\u00dfer", false, []string{"T1"}}, // the other way to write it
		{"grosser", false, nil},
		{"druck", false, nil},
		{"druck*", false, []string{"T1"}},
		{"wartung", false, nil},
		{"wartung", true, []string{"T1"}},
		{"drucker wartung", true, []string{"T1"}},
		{"print*", false, []string{"T2"}},
		{"print*", true, []string{"T2", "T3"}},
		{"print", false, []string{"T2"}},
		{"print-out", false, []string{"T2"}},
		{"out-print", false, nil},
		{`"order 4711.20"`, false, []string{"T2"}},
		{`"4711 order"`, false, nil},
		{"4711 order", false, []string{"T2"}},
		{`"still burns`, false, []string{"T2"}},
		{`"regards it"`, false, nil}, // of two comments
		{"t2", false, []string{"T2"}},
		{"carl@customer.example", false, []string{"T2"}},
		{"ōno", false, []string{"T2"}},
		{"rechnung*", false, []string{"T2"}},
		{"印机", false, []string{"T3"}},
		{"机印", false, nil},
		{"問題", false, []string{"T3"}},
		{"ﾌﾟリンター", false, []string{"T3"}}, // half-width
		{"", true, nil},
		{"  ", true, nil},
		{`"" * ! & (`, true, nil},
		{`' OR 1=1 --`, true, nil},
		{"NOT near AND", false, []string{"T4"}},
		{`"one begin"`, false, nil},
		{hostile, false, []string{"T4"}},
		{`burns*" "`, false, []string{"T2"}},
	} {
		var got []string
		for t, err := range r.(storage.Searcher).Search(e.ctx, c.text, c.internal, storage.TicketQuery{}) {
			if err != nil {
				return fmt.Errorf("search for %q: %w", c.text, err)
			}
			got = append(got, string(t.ID))
		}
		if err := same(fmt.Sprintf("tickets found by %q (internal %t)", c.text, c.internal), got, c.want); err != nil {
			return err
		}
	}
	for name, c := range map[string]struct {
		q    storage.TicketQuery
		want []string
	}{
		"newest first":  {storage.TicketQuery{Newest: true}, []string{"T3", "T2"}},
		"a page":        {storage.TicketQuery{Newest: true, Limit: 1}, []string{"T3"}},
		"the next page": {storage.TicketQuery{Newest: true, Limit: 1, After: "T3"}, []string{"T2"}},
		"a status":      {storage.TicketQuery{Status: storage.Done}, nil},
		"a category":    {storage.TicketQuery{AnyCategory: []string{"none"}}, nil},
	} {
		var got []string
		for t, err := range r.(storage.Searcher).Search(e.ctx, "print*", true, c.q) {
			if err != nil {
				return err
			}
			got = append(got, string(t.ID))
		}
		if err := same("tickets found by a word and "+name, got, c.want); err != nil {
			return err
		}
	}
	return nil
}

// changeWords changes texts, which are then found as they are and no more as
// they were.
func changeWords(e *env, w storage.Tickets) error {
	t, err := w.Get(e.ctx, "T1")
	if err != nil {
		return err
	}
	t.Subject = "Kopierer"
	if err := w.Put(e.ctx, &t); err != nil {
		return err
	}
	for c, err := range w.Comments(e.ctx, "T2") {
		if err != nil {
			return err
		}
		switch c.ID {
		case "T2-0":
			c.Internal = true
		case "T2-1":
			c.Ticket = "T1" // moved
		}
		if err := w.PutComment(e.ctx, &c); err != nil {
			return err
		}
	}
	has := func(text string, internal bool, want ...string) error {
		var got []string
		for t, err := range w.(storage.Searcher).Search(e.ctx, text, internal, storage.TicketQuery{}) {
			if err != nil {
				return err
			}
			got = append(got, string(t.ID))
		}
		return same(fmt.Sprintf("tickets found by %q after changes", text), got, want)
	}
	return errors.Join(has("drucker", true), has("kopierer", false, "T1"), has("4711", false), has("4711", true, "T2"),
		has("still", false, "T1"))
}

// searchLimits puts very much text.
func searchLimits(e *env) error {
	supported := false
	err := e.update(func(w storage.Writer) error {
		if _, supported = w.Tickets().(storage.Searcher); !supported {
			return nil // optional
		}
		var errs []error
		put := func(id storage.TicketID, texts ...string) {
			t := ticket("much")
			t.ID = id
			errs = append(errs, w.Tickets().Put(e.ctx, t))
			for i, text := range texts {
				c := &storage.Comment{ID: fmt.Sprint(id, "-", i), Ticket: id, Kind: storage.ByPerson, Text: text}
				errs = append(errs, w.Tickets().PutComment(e.ctx, c))
			}
		}
		put("long", "beginning "+strings.Repeat("tedious ", storage.SearchBytes/16), strings.Repeat("boring ", storage.SearchBytes/16)+" middle "+
			strings.Repeat("dull ", storage.SearchBytes/5)+"ending", "afterwards")
		var many []string
		for i := range storage.SearchComments + 1 {
			many = append(many, fmt.Sprint("word", i))
		}
		put("many", many...)
		return errors.Join(errs...)
	})
	if err != nil || !supported {
		return err
	}
	return e.view(func(r storage.Reader) error {
		for text, want := range map[string][]string{
			"beginning middle": {"long"},
			"ending":           nil,
			"afterwards":       nil,
			"word0":            {"many"},
			fmt.Sprint("word", storage.SearchComments-1): {"many"},
			fmt.Sprint("word", storage.SearchComments):   nil,
		} {
			tickets, err := collect(r.Tickets().(storage.Searcher).Search(e.ctx, text, false, storage.TicketQuery{}))
			if err != nil {
				return err
			}
			var got []string
			for _, t := range tickets {
				got = append(got, string(t.ID))
			}
			if err := same(fmt.Sprintf("tickets with very much text found by %q", text), got, want); err != nil {
				return err
			}
		}
		return nil
	})
}

// searchChanging closes tickets while it looks for open ones.
func searchChanging(e *env) error {
	for word, newest := range map[string]bool{"forwards": false, "backwards": true} {
		err := e.update(func(w storage.Writer) error {
			searcher, supported := w.Tickets().(storage.Searcher)
			if !supported {
				return nil // optional
			}
			var all []*storage.Ticket
			for range 300 {
				t := ticket(word)
				if err := w.Tickets().Put(e.ctx, t); err != nil {
					return err
				}
				all = append(all, t)
			}
			found := 0
			for t, err := range searcher.Search(e.ctx, word, false, storage.TicketQuery{Status: storage.New, Newest: newest}) {
				if err != nil {
					return err
				}
				if t.Status != storage.New {
					return fmt.Errorf("a search for new tickets finds one that is %s", t.Status)
				}
				if found++; found > 1 {
					continue
				}
				for _, t := range all {
					t.Status = storage.Done
					if err := w.Tickets().Put(e.ctx, t); err != nil {
						return err
					}
				}
			}
			if found == 0 {
				return fmt.Errorf("no ticket is found by %q", word)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
