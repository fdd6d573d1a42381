// Package browser drives a private Chromium for tests, with nothing of a
// browser that the machine has besides but its program.
package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// names are the programs that will do, the first found is taken.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// longest is how long the name of the directory for temporary files may be:
// Chromium makes a socket in it, whose name has 45 bytes more, and 107 at most.
const longest = 60

// A Window is one window of the browser. What goes wrong in it fails the test.
type Window struct {
	t      testing.TB
	ctx    context.Context
	opened bool
}

// Open opens a window that lives as long as the test. Without a browser the
// test is skipped, or fails where TICKETMAIL_REQUIRE contains "chromium".
func Open(t testing.TB) *Window {
	t.Helper()
	program := find()
	if program == "" {
		if strings.Contains(os.Getenv("TICKETMAIL_REQUIRE"), "chromium") {
			t.Fatal("TICKETMAIL_REQUIRE asks for Chromium, and there is none")
		}
		t.Skip("no Chromium on this machine: install it, or leave these tests to a machine that has it")
	}
	ctx, cancel := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), // it ends after the test's clean-up

		chromedp.ExecPath(program),
		chromedp.Env(room()...),
		chromedp.Headless,
		chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck,
		chromedp.DisableGPU,
		chromedp.NoSandbox, // as root there is none
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("lang", "en"),
		chromedp.WSURLReadTimeout(patience), // the default is 20 s, which a busy machine may need to start it
	)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the end of the browser
		cancel()
	})
	w := &Window{t: t, ctx: ctx}
	w.Size(1280, 900)
	return w
}

// In returns the window for a part of the test: what goes wrong fails that part.
func (w *Window) In(t testing.TB) *Window { return &Window{t: t, ctx: w.ctx, opened: w.opened} }

// room is what Chromium has in its environment besides what we have: somewhere to
// make a socket.
func room() []string {
	if len(os.TempDir()) <= longest {
		return nil
	}
	return []string{"TMPDIR=/tmp"}
}

func find() string {
	for _, n := range names {
		if p, err := exec.LookPath(n); err == nil {
			return p
		}
	}
	return ""
}

// patience is how long one step may take. It is long, because the machine may
// be busy.
const patience = 3 * time.Minute

// Do runs steps one after the other.
func (w *Window) Do(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	for _, s := range steps {
		run(w, s)
	}
}

func run[T any](w *Window, step chromedp.Action[T]) T {
	w.t.Helper()
	if !w.opened { // the first step's context is that of the browser
		v, err := chromedp.Run(w.ctx, step)
		if err != nil { // nor may that be asked where it is, which would start it once more
			w.t.Fatalf("start the browser: %v", err)
		}
		w.opened = true
		return v
	}
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, step)
	if err != nil {
		where, _ := chromedp.Run(w.ctx, chromedp.Location())
		w.t.Fatalf("at %s: %v", where, err)
	}
	return v
}

// Size makes the window so many CSS pixels wide and high.
func (w *Window) Size(width, height int64) {
	w.t.Helper()
	w.Do(chromedp.EmulateViewport(width, height))
}

// Go opens an address.
func (w *Window) Go(url string) {
	w.t.Helper()
	w.Do(chromedp.Navigate(url), chromedp.WaitReady(chromedp.CSS("main")))
}

// Fill writes text into the field that selector finds, instead of what is there.
func (w *Window) Fill(selector, text string) {
	w.t.Helper()
	w.Do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](fmt.Sprintf("document.querySelector(%q).value = '', true", selector)))
		return err
	}), chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Choose sets the value of a select element.
func (w *Window) Choose(selector, value string) {
	w.t.Helper()
	w.Do(chromedp.SetValue(chromedp.CSS(selector), value))
}

// Click clicks what selector finds.
func (w *Window) Click(selector string) {
	w.t.Helper()
	w.Do(chromedp.Click(chromedp.CSS(selector)))
}

// Press clicks what selector finds and waits for the page that follows.
func (w *Window) Press(selector string) {
	w.t.Helper()
	w.Leave(selector, "main")
}

// Leave clicks what selector finds and waits for a page that has ready in it:
// one that is not of ours.
func (w *Window) Leave(selector, ready string) {
	w.t.Helper()
	w.Do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(selector)))
		return err
	}), chromedp.WaitReady(chromedp.CSS(ready)))
}

// Type sends keys to what has the focus.
func (w *Window) Type(keys string) {
	w.t.Helper()
	w.Do(chromedp.KeyEvent(keys))
}

// Until calls done until it is true, a twentieth of a second apart, and fails the
// test when it is not within the time that a step may take. what says what is
// waited for.
func (w *Window) Until(what string, done func() bool) {
	w.t.Helper()
	for end := time.Now().Add(patience); !done(); {
		if time.Now().After(end) {
			w.t.Fatalf("waited in vain for %s", what)
		}
		w.Do(chromedp.Sleep(time.Second / 20))
	}
}

// Text returns the visible text of what selector finds.
func (w *Window) Text(selector string) string {
	w.t.Helper()
	return run(w, chromedp.Text(chromedp.CSS(selector)))
}

// Eval returns the value of a JavaScript expression.
func Eval[T any](w *Window, expression string) T {
	w.t.Helper()
	return run(w, chromedp.Evaluate[T](expression))
}

// Screenshot writes the window as name.png into the directory that
// TICKETMAIL_SCREENSHOTS names, if it does.
func (w *Window) Screenshot(name string) {
	w.t.Helper()
	dir := os.Getenv("TICKETMAIL_SCREENSHOTS")
	if dir == "" {
		return
	}
	png := run(w, chromedp.CaptureScreenshot())
	if err := os.MkdirAll(dir, 0o750); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		w.t.Fatal(err)
	}
}
