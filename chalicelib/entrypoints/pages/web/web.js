(() => {
  "use strict";
  // Times are in UTC. Add the reader's own time, if it differs.
  const addLocalTimes = (part) => {
    for (const time of part.querySelectorAll("time[data-local]")) {
      const moment = new Date(time.dateTime);
      if (Number.isNaN(moment.getTime()) || !moment.getTimezoneOffset()) continue;
      const isSameDay = moment.getDate() === moment.getUTCDate();
      const day = isSameDay ? {} : { day: "numeric", month: "short" };
      const text = moment.toLocaleString("en-GB", { ...day, hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
      const local = document.createElement("span");
      local.className = "local-time";
      local.textContent = time.closest("td, th") ? text : ` (${text})`;
      time.after(local);
    }
    for (const time of part.querySelectorAll(".list time")) {
      time.title = new Date(time.dateTime).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
    }
  };
  addLocalTimes(document);

  const search = document.querySelector("[data-find]");
  if (search && matchMedia("(hover: hover)").matches) search.placeholder = "Search (press /)";
  // "/" and Ctrl-K go to the search. "/" stays a letter where someone types.
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, textarea, select");
    const isSlash = event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!isSlash && !(event.key === "k" && (event.ctrlKey || event.metaKey))) return;
    event.preventDefault();
    search?.select();
  });

  // One menu of a row is open at a time. A click elsewhere and Escape close it.
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.activeElement.closest("details.menu[open]");
    if (event.key === "Escape") closeMenus();
    if (menu) menu.querySelector("summary").focus();
  });

  // A page that only hands something on sends its form by itself.
  document.querySelector("form[data-send]")?.requestSubmit();

  // The browser may show a page again that it kept in its memory. It can be out of date.
  addEventListener("pageshow", (event) => event.persisted && location.reload());

  // Refresh a part of the page, while someone looks at it. This does not count as use of the
  // sign-in, so stop before it ends, and say so.
  const part = document.querySelector("[data-refresh]");
  if (!part) return;
  let lastUse = Date.now();
  for (const name of ["pointerdown", "keydown", "wheel", "touchstart"]) {
    addEventListener(name, () => { lastUse = Date.now(); }, { passive: true });
  }
  const note = document.createElement("p");
  note.className = "refreshed";
  part.after(note);
  const time = () => new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  let shownAt = time();
  let isBusy = false;
  const refresh = async () => {
    const isIdle = Date.now() - lastUse > 25 * 60 * 1000;
    const isUsed = !getSelection().isCollapsed || part.querySelector(".menu[open], input:focus");
    if (isBusy || document.hidden || isIdle || isUsed) {
      if (isIdle) note.textContent = `No longer refreshed: shown as of ${shownAt}. Reload the page to see the present state.`;
      return;
    }
    isBusy = true;
    try {
      const answer = await fetch(location.href, { redirect: "error", cache: "no-store" });
      if (!answer.ok) throw new Error(answer.statusText);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
      if (!fresh) throw new Error("The page has changed.");
      const focused = part.contains(document.activeElement) && document.activeElement.getAttribute("href");
      part.replaceChildren(...fresh.childNodes);
      if (focused) [...part.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
      addLocalTimes(part);
      shownAt = time();
      note.textContent = `Refreshed at ${shownAt}, your time.`;
      part.classList.remove("stale");
      // A part that does not change any more asks for no refresh.
      if (fresh.dataset.refresh) part.dataset.refresh = fresh.dataset.refresh;
      else delete part.dataset.refresh;
    } catch {
      note.textContent = `Could not refresh. This is the state of ${shownAt}, your time: reload the page.`;
      part.classList.add("stale");
    } finally {
      isBusy = false;
    }
  };
  const wait = () => {
    if (part.dataset.refresh) setTimeout(() => refresh().finally(wait), part.dataset.refresh * 1000);
  };
  wait();
  document.addEventListener("visibilitychange", refresh);
})();
