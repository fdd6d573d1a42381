package storetest_test

import (
	"context"
	"iter"
	"slices"
	"strings"
	"testing"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/storage/storetest"
)

// A finder is a way to search.
type finder func(in storage.TicketReader, ctx context.Context, text string, internal bool, q storage.TicketQuery) iter.Seq2[storage.Ticket, error]

// searching is a store that searches so.
func searching(find finder) broken {
	return broken{
		view: func(s *memstore.Store, ctx context.Context, fn func(storage.Reader) error) error {
			return s.View(ctx, func(r storage.Reader) error { return fn(searchReader{r, find}) })
		},
		write: func(w storage.Writer) storage.Writer { return searchWriter{w, find} },
	}
}

type searchReader struct {
	storage.Reader
	find finder
}

func (r searchReader) Tickets() storage.TicketReader {
	return struct {
		storage.TicketReader
		finding
	}{r.Reader.Tickets(), finding{r.Reader.Tickets(), r.find}}
}

type searchWriter struct {
	storage.Writer
	find finder
}

func (w searchWriter) Tickets() storage.Tickets {
	return struct {
		storage.Tickets
		finding
	}{w.Writer.Tickets(), finding{w.Writer.Tickets(), w.find}}
}

type finding struct {
	in   storage.TicketReader
	find finder
}

func (f finding) Search(ctx context.Context, text string, internal bool, q storage.TicketQuery) iter.Seq2[storage.Ticket, error] {
	return f.find(f.in, ctx, text, internal, q)
}

// asks is a fault in what is asked for: of changes the question.
func asks(of func(text *string, internal *bool, q *storage.TicketQuery)) broken {
	return searching(func(in storage.TicketReader, ctx context.Context, text string, internal bool, q storage.TicketQuery) iter.Seq2[storage.Ticket, error] {
		of(&text, &internal, &q)
		return in.(storage.Searcher).Search(ctx, text, internal, q)
	})
}

// reads is a fault in what is searched: of changes a comment, which may then
// be left out.
func reads(of func(n int, c *storage.Comment) bool) broken {
	return matches(func(t *storage.Ticket, comments []storage.Comment, terms []storage.SearchTerm, internal bool) bool {
		s := storage.NewSearched(t)
		for n, c := range comments {
			if of(n, &c) {
				s.Add(&c)
			}
		}
		return s.Match(terms, internal)
	})
}

// terms is a fault in how it is compared: of changes the terms.
func terms(of func([]storage.SearchTerm)) broken {
	return matches(func(t *storage.Ticket, comments []storage.Comment, terms []storage.SearchTerm, internal bool) bool {
		of(terms)
		return soundly(t, comments).Match(terms, internal)
	})
}

// soundly is what is searched of a ticket.
func soundly(t *storage.Ticket, comments []storage.Comment) *storage.Searched {
	s := storage.NewSearched(t)
	for _, c := range comments {
		s.Add(&c)
	}
	return s
}

// matches is a store that compares so.
func matches(match func(t *storage.Ticket, comments []storage.Comment, terms []storage.SearchTerm, internal bool) bool) broken {
	return searching(func(in storage.TicketReader, ctx context.Context, text string, internal bool, q storage.TicketQuery) iter.Seq2[storage.Ticket, error] {
		return func(yield func(storage.Ticket, error) bool) {
			limit := q.Limit
			q.Limit = 0
			n := 0
			for t, err := range in.List(ctx, q) {
				var comments []storage.Comment
				for c, err := range in.Comments(ctx, t.ID) {
					if err != nil {
						yield(t, err)
						return
					}
					comments = append(comments, c)
				}
				if err == nil && !match(&t, comments, storage.ParseSearch(text), internal) {
					continue
				}
				if n++; !yield(t, err) || n == limit {
					return
				}
			}
		}
	})
}

// TestBiteSearch proves that the suite finds each way not to keep what a
// storage.Searcher promises.
func TestBiteSearch(t *testing.T) {
	for name, tt := range map[string]struct {
		fault broken
		fails string
	}{
		"reads no ids": {matches(func(t *storage.Ticket, comments []storage.Comment, terms []storage.SearchTerm, internal bool) bool {
			less := *t
			less.ID = ""
			return soundly(&less, comments).Match(terms, internal)
		}), "Search"},
		"reads no subjects": {matches(func(t *storage.Ticket, comments []storage.Comment, terms []storage.SearchTerm, internal bool) bool {
			less := *t
			less.Subject = ""
			return soundly(&less, comments).Match(terms, internal)
		}), "Search"},
		"reads no texts":               {reads(func(_ int, c *storage.Comment) bool { c.Text = ""; return true }), "Search"},
		"reads no names of senders":    {reads(func(_ int, c *storage.Comment) bool { c.Sender.Name = ""; return true }), "Search"},
		"reads no addresses":           {reads(func(_ int, c *storage.Comment) bool { c.Sender.Address = ""; return true }), "Search"},
		"reads no names of files":      {reads(func(_ int, c *storage.Comment) bool { c.Attachments = nil; return true }), "Search"},
		"reads the first comment only": {reads(func(n int, _ *storage.Comment) bool { return n == 0 }), "Search"},
		"reads no internal comments":   {reads(func(_ int, c *storage.Comment) bool { return !c.Internal }), "Search"},
		"takes internal for public":    {reads(func(_ int, c *storage.Comment) bool { c.Internal = false; return true }), "Search"},
		"never looks at internal ones": {asks(func(_ *string, internal *bool, _ *storage.TicketQuery) { *internal = false }), "Search"},
		"looks at internal ones only": {matches(func(t *storage.Ticket, comments []storage.Comment, terms []storage.SearchTerm, internal bool) bool {
			s := soundly(t, comments)
			if internal {
				s.Public = nil
			}
			return s.Match(terms, internal)
		}), "Search"},
		"finds any of the words": {matches(func(t *storage.Ticket, comments []storage.Comment, terms []storage.SearchTerm, internal bool) bool {
			return slices.ContainsFunc(terms, func(term storage.SearchTerm) bool {
				return soundly(t, comments).Match([]storage.SearchTerm{term}, internal)
			})
		}), "Search"},
		"finds words of a phrase anywhere": {asks(func(text *string, _ *bool, _ *storage.TicketQuery) { *text = strings.ReplaceAll(*text, `"`, " ") }), "Search"},
		"finds phrases over two comments": {matches(func(t *storage.Ticket, comments []storage.Comment, terms []storage.SearchTerm, internal bool) bool {
			s := soundly(t, comments)
			breaks := func(word string) bool { return word == "\ue000" }
			s.Public, s.Internal = slices.DeleteFunc(s.Public, breaks), slices.DeleteFunc(s.Internal, breaks)
			return s.Match(terms, internal)
		}), "Search"},
		"finds no prefixes":    {terms(func(all []storage.SearchTerm) { each(all, func(t *storage.SearchTerm) { t.Prefix = false }) }), "Search"},
		"finds prefixes only":  {terms(func(all []storage.SearchTerm) { each(all, func(t *storage.SearchTerm) { t.Prefix = true }) }), "Search"},
		"folds no capitals":    {unfolded(), "Search"},
		"finds all by nothing": {asksNothing(), "Search"},
		"knows no newest":      {asks(func(_ *string, _ *bool, q *storage.TicketQuery) { q.Newest = false }), "Search"},
		"knows no limit":       {asks(func(_ *string, _ *bool, q *storage.TicketQuery) { q.Limit = 0 }), "Search"},
		"begins anew":          {asks(func(_ *string, _ *bool, q *storage.TicketQuery) { q.After = "" }), "Search"},
		"knows no status":      {asks(func(_ *string, _ *bool, q *storage.TicketQuery) { q.Status = "" }), "Search"},
		"knows no categories":  {asks(func(_ *string, _ *bool, q *storage.TicketQuery) { q.AnyCategory = nil }), "Search"},
		"does not see its own writes": {broken{write: func(w storage.Writer) storage.Writer {
			return searchWriter{w, func(storage.TicketReader, context.Context, string, bool, storage.TicketQuery) iter.Seq2[storage.Ticket, error] {
				return func(func(storage.Ticket, error) bool) {}
			}}
		}}, "Search"},
		"keeps what was changed": {remembering(), "Search"},
		"stops too early":        {reads(func(n int, _ *storage.Comment) bool { return n < storage.SearchComments/2 }), "SearchLimits"},
		"cuts texts too early": {reads(func(_ int, c *storage.Comment) bool {
			c.Text = c.Text[:min(len(c.Text), storage.SearchBytes/4)]
			return true
		}), "SearchLimits"},
		"reads without end": {matches(func(t *storage.Ticket, comments []storage.Comment, terms []storage.SearchTerm, internal bool) bool {
			s := soundly(t, nil)
			for _, c := range comments {
				s.Public = append(s.Public, storage.Words(c.Text)...)
			}
			return s.Match(terms, internal)
		}), "SearchLimits"},
		"judges before it reads": {searching(func(in storage.TicketReader, ctx context.Context, text string, internal bool, q storage.TicketQuery) iter.Seq2[storage.Ticket, error] {
			return func(yield func(storage.Ticket, error) bool) {
				for t, err := range in.(storage.Searcher).Search(ctx, text, internal, q) {
					if err == nil {
						t, err = in.Get(ctx, t.ID)
					}
					if !yield(t, err) {
						return
					}
				}
			}
		}), "SearchChanging"},
	} {
		t.Run(name, func(t *testing.T) {
			open := func() storage.Store {
				tt.fault.Store = memstore.New(nil)
				return tt.fault
			}
			if got := storetest.Failing(t.Context(), open, new(storetest.Clock), tt.fails); len(got) == 0 {
				t.Error("the suite does not notice")
			}
		})
	}
	all := []string{"Search", "SearchLimits"}
	for name, open := range map[string]func() storage.Store{
		"the sound store": func() storage.Store { return memstore.New(nil) },
		"a sound store made as the broken ones are": func() storage.Store {
			b := reads(func(int, *storage.Comment) bool { return true })
			b.Store = memstore.New(nil)
			return b
		},
	} {
		if got := storetest.Failing(t.Context(), open, new(storetest.Clock), all...); len(got) > 0 {
			t.Errorf("%s fails %q", name, got)
		}
	}
}

func each(terms []storage.SearchTerm, fn func(*storage.SearchTerm)) {
	for i := range terms {
		fn(&terms[i])
	}
}

// unfolded compares texts as they were typed.
func unfolded() broken {
	return matches(func(t *storage.Ticket, comments []storage.Comment, terms []storage.SearchTerm, internal bool) bool {
		all := []string{string(t.ID), t.Subject}
		for _, c := range comments {
			if internal || !c.Internal {
				all = append(all, c.Text, c.Sender.Name, c.Sender.Address)
			}
		}
		text := strings.Join(all, " ")
		return !slices.ContainsFunc(terms, func(term storage.SearchTerm) bool {
			return !strings.Contains(text, strings.Join(term.Words, " "))
		})
	})
}

// asksNothing lists all tickets where nothing is asked for.
func asksNothing() broken {
	return searching(func(in storage.TicketReader, ctx context.Context, text string, internal bool, q storage.TicketQuery) iter.Seq2[storage.Ticket, error] {
		if len(storage.ParseSearch(text)) == 0 {
			return in.List(ctx, q)
		}
		return in.(storage.Searcher).Search(ctx, text, internal, q)
	})
}

// remembering finds tickets by what they held when they were first found.
func remembering() broken {
	first := map[storage.TicketID]*storage.Searched{}
	return matches(func(t *storage.Ticket, comments []storage.Comment, terms []storage.SearchTerm, internal bool) bool {
		if first[t.ID] == nil {
			first[t.ID] = soundly(t, comments)
		}
		return first[t.ID].Match(terms, internal)
	})
}
