
"use strict";

// Style rules show the controls, and hide all panels but the picked one, only under this class: without script, the
// page is whole.
document.documentElement.classList.add("scripted");

document.addEventListener("DOMContentLoaded", () => {
  const announcement = document.getElementById("announcement");
  const announce = (text) => {
    announcement.textContent = text;
  };

  // ---- Values of the marks, on hovering and by arrow keys ----

  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  let shown = null;

  // A title is also a tooltip of the browser, which would cover ours: the texts move out of the drawing.
  const collectMarks = (drawing) => {
    const titles = [...drawing.querySelectorAll("svg title")];
    const marks = titles.map((title) => {
      const node = title.parentNode;
      const box = node.getBBox();
      const panel = node.closest("g[aria-label]");
      return {
        node,
        text: title.textContent,
        panel: panel ? panel.getAttribute("aria-label") : "",
        x: box.x + box.width / 2,
        y: box.y + box.height / 2,
      };
    });
    titles.forEach((title) => title.remove());
    return marks;
  };

  const placeTip = () => {
    if (!shown) return;
    const mark = shown.node.getBoundingClientRect();
    const size = tip.getBoundingClientRect();
    const left = mark.left + mark.width / 2 - size.width / 2;
    const above = mark.top - size.height - 8;
    tip.style.left = `${Math.max(4, Math.min(left, document.documentElement.clientWidth - size.width - 4))}px`;
    tip.style.top = `${above >= 4 ? above : mark.bottom + 8}px`;
  };

  const hideTip = () => {
    if (shown) shown.node.classList.remove("told");
    shown = null;
    tip.hidden = true;
  };

  const showTip = (mark) => {
    if (mark === shown) return;
    hideTip();
    shown = mark;
    mark.node.classList.add("told");
    const panel = document.createElement("strong");
    panel.textContent = mark.panel;
    tip.replaceChildren(panel, mark.text);
    tip.hidden = false;
    placeTip();
  };

  // The mark under the pointer, or else the nearest one that is at most 14 px of the drawing away.
  const markAt = (drawing, marks, event) => {
    const hit = marks.find((mark) => mark.node.contains(event.target));
    if (hit) return hit;
    const matrix = drawing.querySelector("svg").getScreenCTM();
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    let nearest = null;
    let least = 14;
    for (const mark of marks) {
      const distance = Math.hypot(mark.x - x, mark.y - y);
      if (distance < least) [nearest, least] = [mark, distance];
    }
    return nearest;
  };

  const STEPS = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };

  for (const drawing of document.querySelectorAll(".drawing[data-values]")) {
    let marks = null;
    let at = -1;
    // A hidden drawing has no layout, so its marks are looked up when they are first asked for.
    const ready = () => (marks ??= collectMarks(drawing));
    const label = drawing.getAttribute("aria-label");
    // Screen readers hand arrow keys to the page only inside an application.
    drawing.setAttribute("role", "application");
    drawing.setAttribute("aria-label", `${label}: left and right arrow keys step through its values`);
    drawing.addEventListener("pointermove", (event) => {
      const mark = markAt(drawing, ready(), event);
      if (mark) showTip(mark);
      else hideTip();
    });
    drawing.addEventListener("pointerleave", hideTip);
    drawing.addEventListener("blur", hideTip);
    drawing.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      at = Math.max(0, Math.min(ready().length - 1, at + step));
      const mark = marks[at];
      mark.node.scrollIntoView({ block: "nearest", inline: "nearest" });
      showTip(mark);
      announce(`${mark.panel}. ${mark.text}`);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hideTip();
  });
  document.addEventListener("scroll", placeTip, { capture: true, passive: true });
  window.addEventListener("resize", hideTip);

  // ---- Explorers: pick one panel, remember it in the address ----

  const explorers = [...document.querySelectorAll(".explorer")].map((element) => {
    const pickers = [...element.querySelectorAll(":scope > .pickers > .picker")].map((picker) => {
      const select = picker.querySelector("select");
      const options = select ? [...select.options] : [...picker.querySelectorAll("input")];
      return {
        key: `${element.id}-${picker.dataset.dimension}`,
        name: picker.dataset.dimension,
        labels: options.map((option) => (select ? option.text : option.parentNode.textContent.trim())),
        get value() {
          return select ? select.selectedIndex : options.findIndex((option) => option.checked);
        },
        set value(index) {
          options[index][select ? "selected" : "checked"] = true;
        },
      };
    });
    const panels = new Map();
    for (const panel of element.querySelectorAll(":scope > .panel")) panels.set(panel.dataset.place, panel);
    return { element, pickers, panels, none: element.querySelector(":scope > .no-panel") };
  });

  const showPicked = ({ pickers, panels, none }) => {
    hideTip();
    const picked = panels.get(pickers.map((picker) => picker.value).join(" "));
    for (const panel of panels.values()) panel.classList.toggle("shown", panel === picked);
    none.hidden = Boolean(picked);
    const place = pickers.map((picker) => `${picker.name} ${picker.labels[picker.value]}`).join(", ");
    return picked ? `Shown: ${place}.` : `There is no panel for ${place}.`;
  };

  const readAddress = () => {
    const wanted = new URLSearchParams(location.hash.slice(1));
    for (const explorer of explorers) {
      for (const picker of explorer.pickers) {
        const index = picker.labels.indexOf(wanted.get(picker.key));
        if (index >= 0) picker.value = index;
      }
      showPicked(explorer);
    }
  };

  const writeAddress = () => {
    const address = new URLSearchParams();
    for (const { pickers } of explorers) {
      for (const picker of pickers) address.set(picker.key, picker.labels[picker.value]);
    }
    history.replaceState(null, "", `#${address}`);
  };

  for (const explorer of explorers) {
    explorer.element.addEventListener("change", () => {
      announce(showPicked(explorer));
      writeAddress();
    });
  }
  window.addEventListener("hashchange", readAddress);
  readAddress();

  // ---- Copying ----

  const copySelected = (content) => {
    const selection = getSelection();
    selection.selectAllChildren(content);
    const done = document.execCommand("copy");
    selection.removeAllRanges();
    return done;
  };

  const copy = async (content) => {
    const paragraphs = [...content.children].map((part) => part.textContent);
    try {
      await navigator.clipboard.writeText(paragraphs.join("\n\n"));
      return true;
    } catch {
      // Pages opened from a file may have no access to the clipboard; the older command may still work.
      return copySelected(content);
    }
  };

  for (const box of document.querySelectorAll(".copyable")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy: ${box.getAttribute("aria-label")}`);
    button.addEventListener("click", async () => {
      const outcome = (await copy(box.querySelector(".content"))) ? "Copied" : "Could not copy";
      button.textContent = outcome;
      announce(`${outcome}.`);
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    box.prepend(button);
  }
});
