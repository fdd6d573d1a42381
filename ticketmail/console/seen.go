package console

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
)

// stamp stands for what the form shows. A form brings back the stamp of what it
// was filled in over: so that of two people who change the same thing, the
// second does not undo unawares what the first did.
func (f *form) stamp() string {
	sum := sha256.New()
	for _, one := range f.fields {
		_, _ = fmt.Fprintf(sum, "%q %q", one.Name, one.Value)
		for _, o := range one.Options {
			if o.On {
				_, _ = fmt.Fprintf(sum, " %q", o.Value)
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// over notes in a form what it shows, and what it was filled in over: what its
// visitor was shown first.
func (v *visit) over(f *form) {
	f.shown = f.stamp()
	if f.seen = f.shown; v.r.Method == http.MethodPost {
		f.seen = v.value("seen")
	}
}

// changed refuses a form that was filled in over something else than stored,
// the form of what is there now. Sent once more, it is carried out: its visitor
// knows then. A form that does not say what it was filled in over is taken as
// it is.
func (v *visit) changed(f, stored *form) {
	if f.seen != "" && f.seen != stored.shown {
		f.refuse("", v.T("form.changed"))
		f.seen = stored.shown
	}
}

// Seen is the stamp of what the form was filled in over.
func (f *form) Seen() string { return f.seen }
