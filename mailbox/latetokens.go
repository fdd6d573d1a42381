package mailbox

import (
	"context"
	"errors"
)

// LateTokens is a [TokenSource] that asks the function for the source to use,
// each time: for a mail exit that signs in as a mailbox does, and is made
// before the engine that keeps the mailbox's tokens. The function may return
// nil as long as there is no source. It is a [TokenProber].
type LateTokens func() TokenSource

var _ TokenProber = LateTokens(nil)

// errEarly is what there is before the source.
var errEarly = errors.New("the source of tokens is not there yet")

// Token implements [TokenSource].
func (f LateTokens) Token(ctx context.Context, refused Secret) (Secret, error) {
	source := f()
	if source == nil {
		return Secret{}, errEarly
	}
	return source.Token(ctx, refused)
}

// ProbeToken implements [TokenProber].
func (f LateTokens) ProbeToken(ctx context.Context) (facts []string, err error) {
	source := f()
	if source == nil {
		return nil, errEarly
	}
	s := ProbeTokens(ctx, source)
	return s.Facts, s.Err
}
