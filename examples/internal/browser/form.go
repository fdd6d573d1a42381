package browser

import (
	"context"
	"fmt"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// Put gives the field of a name a value, whatever kind of field it is: text is
// put in as if pasted, a choice is made, a box is ticked by its value ("on")
// and cleared by "". Of radio buttons and lists of boxes value names the one
// that is clicked. A field that cannot be seen fails the test.
func (w *Window) Put(name, value string) {
	w.t.Helper()
	const found = `(() => {
		const all = [...document.getElementsByName(%[1]q)], first = all[0];
		if (!first) return "is not there";
		const box = first.type === "radio" || (first.type === "checkbox" && first.value !== "on");
		const f = box ? all.find(f => f.value === %[2]q) : first;
		if (!f) return "does not offer it";
		if (!f.checkVisibility() || f.disabled) return "cannot be used";
		if (f.type === "radio" || f.type === "checkbox") { if (box ? !f.checked : f.checked !== (%[2]q === "on")) f.click(); return ""; }
		if (f.matches("select, [type=date]")) { f.value = %[2]q; f.dispatchEvent(new Event("input", {bubbles: true})); return f.value === %[2]q ? "" : "does not offer it"; }
		f.focus();
		f.select();
		return "text";
	})()`
	switch what := Eval[string](w, fmt.Sprintf(found, name, value)); {
	case what == "text" && value == "":
		w.Do(chromedp.KeyEvent("\b"))
	case what == "text":
		w.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: value})
			return err
		}))
	case what != "":
		w.t.Fatalf("field %s, to be %q: %s", name, value, what)
	}
}
