// Progressive enhancement only: every page works without this file.
"use strict";

const html = document.documentElement;
const on = (type, handler, options) => document.addEventListener(type, handler, options);

// --- Announcements: a screen reader reads an element with data-announce when its text has changed ----------------

const spoken = new Map();
function announce(text) {
  const live = document.getElementById("live");
  if (live && text) live.textContent = text;
}
function announceChanges(root, { aloud }) {
  for (const element of root.querySelectorAll("[data-announce]")) {
    const key = element.id || element.closest("[id]")?.id;
    const text = element.textContent.trim().replace(/\s+/g, " ");
    if (aloud && spoken.has(key) && spoken.get(key) !== text) announce(text);
    spoken.set(key, text);
  }
}

// --- Times: "22 s ago" stays true while the page is open, in the words of the server --------------------------------

const SPANS = [[86400, "day"], [3600, "h"], [60, "min"], [1, "s"]];
const A_MONTH = 30 * 86400;
function relative(seconds) {
  const distance = Math.abs(seconds);
  if (distance > A_MONTH) return null;
  if (distance < 2) return "just now";
  const [size, unit] = SPANS.find(([length]) => distance >= length);
  const number = Math.floor(distance / size);
  const words = `${number} ${unit}${unit === "day" && number !== 1 ? "s" : ""}`;
  return seconds > 0 ? `${words} ago` : `in ${words}`;
}
// By the server's clock: with a clock that is minutes off, "just now" would be "in 3 min".
const clockAhead = new Date(document.querySelector("meta[name=now]")?.content ?? Date.now()) - Date.now();
setInterval(() => {
  if (document.hidden) return;
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const words = relative(Math.round((Date.now() + clockAhead - new Date(time.dateTime)) / 1000));
    if (words && time.firstChild.data !== words) time.firstChild.data = words;
  }
}, 5000);

// --- Menus and the drawer -----------------------------------------------------------------------------------------

on("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const opener = event.target.closest("[data-drawer-toggle]");
  if (opener) {
    event.preventDefault();
    setDrawer(html.dataset.drawer !== "open");
  } else if (html.dataset.drawer === "open" && !event.target.closest("#sidebar")) {
    setDrawer(false);
  }
});
function setDrawer(open) {
  html.dataset.drawer = open ? "open" : "closed";
  for (const opener of document.querySelectorAll("[data-drawer-toggle]")) opener.setAttribute("aria-expanded", String(open));
  const main = document.getElementById("main");
  if (main) main.inert = open;
  if (open) document.querySelector("#sidebar a, #sidebar summary")?.focus();
  else document.querySelector(".topbar [data-drawer-toggle]")?.focus();
}
on("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (html.dataset.drawer === "open") {
    setDrawer(false);
  }
});

// --- The theme -------------------------------------------------------------------------------------------------------

function showTheme() {
  const chosen = html.dataset.bsTheme || "system";
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosen));
  }
}
on("click", (event) => {
  const choice = event.target.closest("[data-theme-choice]")?.dataset.themeChoice;
  if (!choice) return;
  if (choice === "system") delete html.dataset.bsTheme;
  else html.dataset.bsTheme = choice;
  try {
    localStorage.setItem("theme", choice);
  } catch {
    announce("This browser does not let us remember the theme.");
  }
  showTheme();
});

// --- Forms are sent once; on the server, the acts themselves are idempotent ------------------------------------------

const sendersOf = (form) => [...form.elements].filter((control) => control.type === "submit");
on("submit", (event) => {
  const form = event.target;
  if (!("submitOnce" in form.dataset) || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // Later, because the browser leaves a disabled button out of the form.
  setTimeout(() => {
    if (!form.dataset.sent) return; // sending has failed already
    for (const button of sendersOf(form)) {
      button.disabled = true;
      button.setAttribute("aria-busy", "true");
    }
  });
});
addEventListener("pageshow", (event) => {
  // Back to a page whose form was sent: the browser shows it as it was, so ask what is true now.
  if (event.persisted && document.querySelector("form[data-sent]")) return location.reload();
  for (const form of document.querySelectorAll("form[data-sent]")) letSendAgain(form);
});
function letSendAgain(form) {
  delete form.dataset.sent;
  for (const button of sendersOf(form)) {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}

// --- Uploads: progress, and a message when one breaks off, instead of the browser's error page ------------------------

on("submit", (event) => {
  const form = event.target;
  if (!("upload" in form.dataset) || event.defaultPrevented) return;
  event.preventDefault();
  const request = new XMLHttpRequest();
  const progress = form.querySelector("[data-upload-progress]");
  for (const notice of form.querySelectorAll("[data-broke-off], [data-file-changed]")) notice.hidden = true;
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    progress.textContent = `${sizeOf(loaded)} of ${sizeOf(total)} sent`;
  });
  request.addEventListener("load", () => showAnswer(request, form.action));
  request.addEventListener("error", () => failed(form));
  request.addEventListener("abort", () => failed(form));
  changedFile(form).then((input) => {
    if (input) return fileChanged(form, input);
    request.open("POST", form.action);
    request.send(new FormData(form));
  });
});
async function failed(form) {
  const input = await changedFile(form);
  return input ? fileChanged(form, input) : brokeOff(form);
}
// The browser refuses to read a file that was saved again after it was chosen, so trying again cannot help.
async function changedFile(form) {
  for (const input of form.querySelectorAll("input[type=file]")) {
    for (const file of input.files) {
      try {
        await file.slice(0, 1).arrayBuffer();
      } catch {
        return input;
      }
    }
  }
  return null;
}
function fileChanged(form, input) {
  input.value = "";
  input.dispatchEvent(new Event("change", { bubbles: true }));
  refused(form, form.querySelector("[data-file-changed]"));
  input.focus();
}
function showAnswer(request, asked) {
  if (request.status < 400 && request.responseURL !== asked) return location.assign(request.responseURL);
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const [mine, theirs] = [document, page].map((each) => each.getElementById("main") || each.body);
  mine.replaceWith(theirs);
  reveal(document);
  document.querySelector(".is-invalid")?.focus();
}
function brokeOff(form) {
  refused(form, form.querySelector("[data-broke-off]"));
}
function refused(form, notice) {
  form.querySelector("[data-upload-progress]").textContent = "";
  notice.hidden = false;
  letSendAgain(form);
  announce(notice.textContent.trim().replace(/\s+/g, " "));
}

// --- A table of fields: Enter moves to the next line, and saves from the last one -------------------------------------

on("keydown", (event) => {
  const table = event.key === "Enter" && event.target.type === "text" && event.target.closest("[data-enter-next]");
  if (!table) return;
  const cells = [...table.querySelectorAll("input[type=text]")];
  const next = cells[cells.indexOf(event.target) + 1];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.select();
});

// --- Files -------------------------------------------------------------------------------------------------------------

const sizeOf = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
const zoneOf = (event) => event.target.closest?.("[data-drop]");
on("change", (event) => {
  const zone = event.target.type === "file" && zoneOf(event);
  if (!zone) return;
  const file = event.target.files[0];
  zone.querySelector("[data-drop-chosen]").textContent = file ? `${file.name}, ${sizeOf(file.size)}` : "";
});
// A file that the server would refuse for its size is not sent: the words are the server's.
on("change", ({ target }) => {
  if (!target.dataset?.mostBytes) return;
  const isTooLarge = [...target.files].some((file) => file.size > target.dataset.mostBytes);
  target.setCustomValidity(isTooLarge ? target.dataset.tooLarge : "");
  if (isTooLarge) target.reportValidity();
});
for (const type of ["dragover", "dragleave", "drop"]) {
  on(type, (event) => {
    const zone = zoneOf(event);
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("drop-over", type === "dragover");
    const input = zone.querySelector("input[type=file]");
    if (type === "drop" && event.dataTransfer.files.length) {
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}

// --- Copy --------------------------------------------------------------------------------------------------------------

on("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    announce("Copied");
    button.title = "Copied";
  } catch {
    announce("Could not copy. Please select the text and copy it.");
  }
});

// --- htmx: regions that refresh themselves ----------------------------------------------------------------------------

// A part of a form that the user is filling in: the sign-in must not replace what is typed.
on("htmx:beforeOnLoad", (event) => {
  const { elt, xhr, requestConfig } = event.detail;
  const notice = elt.closest("form[method=post]")?.querySelector("[data-signed-out]");
  if (!notice || requestConfig.verb !== "get" || !xhr.getResponseHeader("HX-Redirect")) return;
  event.preventDefault();
  if (!notice.hidden) return;
  notice.hidden = false;
  notice.scrollIntoView({ block: "center" });
  announce(notice.textContent.trim().replace(/\s+/g, " "));
});
// The answer to a plain form says what is wrong, and keeps what was typed.
on("htmx:responseError", (event) => {
  const { elt, requestConfig } = event.detail;
  if (requestConfig.verb === "post" && elt.form) elt.form.requestSubmit(elt.type === "submit" ? elt : null);
});
// What came too often says so where the part would be.
on("htmx:beforeSwap", ({ detail }) => {
  if (detail.xhr.status === 429 && detail.requestConfig.verb === "get") detail.shouldSwap = true;
});
let openDetails = [];
const polls = (element) => (element.getAttribute("hx-trigger") || "").includes("every");
on("htmx:beforeRequest", (event) => {
  if (document.hidden && polls(event.detail.elt)) event.preventDefault();
});
on("htmx:beforeSwap", (event) => {
  openDetails = [...event.detail.target.querySelectorAll("details[id][open]")].map((details) => details.id);
});
on("htmx:afterSettle", (event) => {
  for (const id of openDetails) {
    const details = document.getElementById(id);
    if (details) details.open = true;
  }
  reveal(document);
  announceChanges(event.detail.elt.parentElement || document, { aloud: true });
});

// A button that may be pressed after some seconds counts them down.
function letWait(button) {
  const words = button.textContent;
  const until = Date.now() + 1000 * button.dataset.wait;
  const show = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? `${words} (in ${left} s)` : words;
    if (left > 0) setTimeout(show, 250);
  };
  show();
}

// Elements that need this script are hidden until it runs.
function reveal(root) {
  for (const element of root.querySelectorAll("[data-needs-script][hidden]")) element.hidden = false;
}
on("DOMContentLoaded", () => {
  reveal(document);
  showTheme();
  for (const button of document.querySelectorAll("[data-wait]")) letWait(button);
  announceChanges(document, { aloud: false });
  document.querySelector("[data-focus-first]")?.focus();
});
