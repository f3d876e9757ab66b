// Comfort where JavaScript is on; every page is complete without it, and nothing here moves what is being read.
"use strict";
(() => {
	const STORIES = "main :is(article, .lines > li)";
	const TYPING = "input, textarea, select, [contenteditable], dialog";
	const all = (selector) => [...document.querySelectorAll(selector)];
	const made = (name, ...inner) => {
		const element = document.createElement(name);
		element.append(...inner);
		return element;
	};

	// --- stories ---

	const seen = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;
	const target = (story) => story.querySelector(":is(h2, h3, .title) a") ?? story;
	const current = () => document.activeElement.closest(STORIES);

	function step(forward) {
		const stories = all(STORIES).filter(seen);
		const at = stories.indexOf(current());
		// With no story in focus, from where the reader is.
		const below = stories.findIndex((one) => one.getBoundingClientRect().top >= -1);
		const first = below < 0 ? stories.length : below;
		const next = at < 0 ? first - (forward ? 0 : 1) : at + (forward ? 1 : -1);
		if (stories[next]) show(stories[next]);
	}

	function show(story) {
		if (target(story) === story) story.tabIndex = -1;
		target(story).focus({ preventScroll: true });
		const { top, bottom } = story.getBoundingClientRect();
		if (top < 0 || bottom > innerHeight) story.scrollIntoView();
	}

	function fold() {
		const folds = all("main details");
		const open = folds.some((one) => !one.open);
		const story = current();
		for (const one of folds) one.open = open;
		if (story && seen(story)) show(story);
	}

	function search() {
		const field = all("input[type=search]").find(seen);
		if (field) field.focus();
		else all("nav a").find((one) => one.pathname.endsWith("/search"))?.click();
	}

	// --- the keys, and their list ---

	const KEYS = {
		j: ["next story", () => step(true)],
		k: ["previous story", () => step(false)],
		o: ["open it", () => current() && target(current()).click()],
		f: ["unfold everything, or fold it", fold],
		"/": ["search", search],
		"?": ["this list", help],
	};

	function help() {
		const rows = Object.entries(KEYS).map(([key, [words]]) => made("div", made("dt", made("kbd", key)), made("dd", words)));
		const title = made("h2", "Keys");
		const form = made("form", made("button", "Close"));
		const dialog = made("dialog", title, made("dl", ...rows), form);
		title.id = "keys-title";
		form.method = "dialog";
		dialog.setAttribute("aria-labelledby", title.id);
		dialog.addEventListener("close", () => dialog.remove());
		document.body.append(dialog);
		dialog.showModal();
	}

	// Whoever dictates to a browser turns them off, where they are told.
	let off = false;
	try { off = localStorage.keys === "off"; } catch {}

	const told = document.querySelector("#keys");
	if (told) {
		const toggle = made("button");
		const label = () => { toggle.textContent = `Turn the keys ${off ? "on" : "off"}`; };
		toggle.onclick = () => {
			off = !off;
			try { localStorage.keys = off ? "off" : "on"; } catch {}
			label();
		};
		label();
		told.parentElement.append(made("p", toggle));
	}

	document.addEventListener("keydown", (event) => {
		const { key, target: at } = event;
		if (off || event.isComposing || event.ctrlKey || event.altKey || event.metaKey || at.closest?.(TYPING)) return;
		if (!Object.hasOwn(KEYS, key)) return;
		event.preventDefault();
		KEYS[key][1]();
	});

	// --- how long ago, where somebody points at a time ---

	const SPANS = [["year", 31556952], ["month", 2629746], ["day", 86400], ["hour", 3600], ["minute", 60]];
	const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
	document.addEventListener("pointerover", (event) => {
		const time = event.target.closest?.("time[datetime*=T]");
		if (!time) return;
		const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
		const [unit, length] = SPANS.find(([, one]) => Math.abs(seconds) >= one) ?? SPANS.at(-1);
		time.title = ago.format(Math.round(seconds / length), unit);
	});
})();
