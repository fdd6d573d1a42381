package directorytest

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
)

// found is whom a search offers, by name, then id.
var found = map[string][]escalation.PersonID{
	"":              {"anna", "bert", "dora", "emil", "kim1", "kim2", "kim3", "root"}, // neither gone nor carl
	"ANNA":          {"anna"},
	"brandt":        {"bert"},
	"Desk@":         {"kim2", "kim3"},
	"könig":         {"kim1", "kim2", "kim3"},
	"kim2":          {"kim2"},
	"gerd":          nil,
	"carl":          nil,
	"%":             nil,
	"k_m":           nil,
	"' OR '1' = '1": nil,
}

func search(ctx context.Context, d escalation.Directory) error {
	s, ok := d.(escalation.Searcher)
	if !ok {
		return nil // an optional capability
	}
	for query, want := range found {
		got, err := s.SearchEmployees(ctx, query, "", 0)
		if err != nil {
			return fmt.Errorf("SearchEmployees(%q): %w", query, err)
		}
		if diff := cmp.Diff(want, idsOf(got)); diff != "" {
			return fmt.Errorf("SearchEmployees(%q), employees who have not left, by name, then id (-want +got):\n%s", query, diff)
		}
	}
	return nil
}

func searchPages(ctx context.Context, d escalation.Directory) error {
	s, ok := d.(escalation.Searcher)
	if !ok {
		return nil
	}
	for _, query := range []string{"", "könig"} {
		var got []escalation.PersonID
		var after escalation.PersonID
		for range len(found[query]) + 1 {
			page, err := s.SearchEmployees(ctx, query, after, 2)
			if err != nil {
				return fmt.Errorf("SearchEmployees(%q) after %q: %w", query, after, err)
			}
			if len(page) > 2 {
				return fmt.Errorf("SearchEmployees(%q) returned %d employees, want at most 2", query, len(page))
			}
			if len(page) == 0 {
				break
			}
			got = append(got, idsOf(page)...)
			after = page[len(page)-1].ID
		}
		if diff := cmp.Diff(found[query], got); diff != "" {
			return fmt.Errorf("pages of SearchEmployees(%q) together (-want +got):\n%s", query, diff)
		}
	}
	if _, err := s.SearchEmployees(ctx, "", "nobody", 2); !errors.Is(err, escalation.ErrNotFound) {
		return fmt.Errorf("SearchEmployees after an unknown person: error = %v, want ErrNotFound", err)
	}
	return nil
}
