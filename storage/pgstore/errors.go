package pgstore

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// SQLSTATEs, see appendix A of PostgreSQL's manual.
const (
	stateSerialization = "40001"
	stateDeadlock      = "40P01"
	stateUnique        = "23505"
	stateNotASetting   = "22023" // a parameter, or a setting, does not have such a value
)

// hasState reports whether err comes from the server with one of some states.
func hasState(err error, states ...string) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && slices.Contains(states, pgErr.Code)
}

// isConflict reports whether a transaction was ended for the sake of another
// one: as a whole it may be tried again.
func isConflict(err error) bool {
	return hasState(err, stateSerialization, stateDeadlock) || errors.Is(err, errRows)
}

// isOfData reports whether a server refused a statement for what is in it.
func isOfData(err error) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (strings.HasPrefix(pgErr.Code, "22") || strings.HasPrefix(pgErr.Code, "23") || strings.HasPrefix(pgErr.Code, "54"))
}

// isLost reports whether err comes from a connection that is gone, and not
// from a statement.
func isLost(err error) bool {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		return strings.HasPrefix(pgErr.Code, "57P") || strings.HasPrefix(pgErr.Code, "08") // shut down, connection
	}
	_, refused := errors.AsType[*pgconn.ConnectError](err)
	return err != nil && !refused
}

// cause returns why ctx is done, if it is: what the driver makes of it does not
// say that. Otherwise it returns err.
func cause(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
