// Conveniences of the console. Every page works without them.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // What was wrong with a form is read first.
  document.querySelector("[data-focus]")?.focus();

  // Tabs in place of panels one below the other (WAI-ARIA tabs pattern).
  for (const box of all("[data-tabs]")) {
    const panels = all(":scope > [data-tab]", box);
    if (panels.length < 2) continue;
    const list = document.createElement("div");
    list.className = "tabs";
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", box.dataset.tabs);
    const buttons = panels.map((panel, i) => {
      const b = document.createElement("button");
      b.type = "button";
      b.textContent = panel.dataset.tab;
      b.id = `${panel.id}-tab`;
      b.setAttribute("role", "tab");
      b.setAttribute("aria-controls", panel.id);
      if (panel.querySelector("[aria-invalid]")) {
        const dot = document.createElement("span");
        dot.className = "dot";
        dot.title = box.dataset.wrong || "";
        b.append(dot);
      }
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", b.id);
      b.addEventListener("click", () => choose(i));
      b.addEventListener("keydown", (e) => {
        const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: panels.length - 1 }[e.key];
        if (to === undefined) return;
        e.preventDefault();
        choose((to + panels.length) % panels.length);
        buttons[(to + panels.length) % panels.length].focus();
      });
      list.append(b);
      return b;
    });
    const choose = (n) => panels.forEach((panel, i) => {
      panel.hidden = i !== n;
      buttons[i].setAttribute("aria-selected", i === n);
      buttons[i].tabIndex = i === n ? 0 : -1;
    });
    box.prepend(list);
    const wrong = panels.findIndex((p) => p.querySelector("[aria-invalid]"));
    choose(Math.max(wrong, panels.findIndex((p) => p.hasAttribute("data-first")), 0));
    // A link to a field, from the list of faults, opens its tab.
    document.addEventListener("click", (e) => {
      const target = e.target.closest?.("a[href^='#f-']")?.hash;
      const n = target ? panels.findIndex((p) => p.querySelector(CSS.escape ? `#${CSS.escape(target.slice(1))}` : target)) : -1;
      if (n >= 0) choose(n);
    });
  }

  // Links to fields move the focus into them.
  document.addEventListener("click", (e) => {
    const link = e.target.closest?.("a[href^='#f-']");
    if (!link) return;
    const field = document.getElementById(link.hash.slice(1));
    if (field) setTimeout(() => field.focus());
  });

  // Copy buttons.
  for (const b of all("[data-copy]")) {
    if (!navigator.clipboard) continue;
    b.hidden = false;
    b.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(b.dataset.copy).textContent);
      b.textContent = b.dataset.copied;
    });
  }

  // A preview that follows what is typed.
  for (const form of all("form[data-preview]")) {
    const place = document.getElementById("preview");
    let timer, running;
    const show = async () => {
      running?.abort();
      running = new AbortController();
      try {
        const answer = await fetch(form.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(form)), signal: running.signal });
        if (answer.ok) place.innerHTML = await answer.text();
      } catch (err) {
        if (err.name !== "AbortError") throw err;
      }
    };
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(show, 350); });
  }

  // A connection test shows its steps below the form as they come.
  for (const b of all("[data-test]")) {
    b.addEventListener("click", async (e) => {
      e.preventDefault();
      const place = document.getElementById("steps");
      const data = new URLSearchParams(new FormData(b.form));
      data.set("part", "on");
      const list = document.createElement("ol");
      list.className = "steps";
      place.replaceChildren(place.dataset.waiting, list);
      const seen = () => place.scrollIntoView({ block: "nearest" }); // it is below the fold
      seen();
      const answer = await fetch(b.formAction, { method: "POST", body: data });
      if (!answer.ok) { b.form.action = b.formAction; b.form.submit(); return; }
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (let piece; !(piece = await reader.read()).done;) {
        text += piece.value;
        list.innerHTML = text;
        seen();
      }
      place.firstChild.remove();
    });
  }

  // A double click sends a form once.
  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (form.dataset.sent) return e.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 2000);
  });

  // Placeholders are put where the cursor is.
  let last = null;
  document.addEventListener("focusin", (e) => { if (e.target.matches?.("textarea.mono, input.mono")) last = e.target; });
  for (const b of all("[data-insert]")) {
    b.hidden = false;
    b.addEventListener("click", () => {
      if (!last) return;
      last.setRangeText(b.dataset.insert, last.selectionStart, last.selectionEnd, "end");
      last.focus();
      last.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
})();
