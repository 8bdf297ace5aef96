"use strict";
(() => {
  // Read out, and not seen: what a button has done.
  const said = document.createElement("p");
  said.className = "unseen";
  said.setAttribute("role", "status");
  document.body.append(said);

  const briefly = (button, text) => {
    const before = button.dataset.says;
    button.firstChild.data = text;
    said.textContent = text;
    setTimeout(() => {
      button.firstChild.data = before;
      said.textContent = "";
    }, 4000);
  };

  if (navigator.clipboard) {
    for (const box of document.querySelectorAll(".text")) {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.says = "Copy";
      const what = document.createElement("span");
      what.className = "unseen";
      what.textContent = " " + box.querySelector(".bar span").textContent;
      button.append("Copy", what);
      button.addEventListener("click", () => {
        navigator.clipboard.writeText(box.querySelector("code").textContent).then(
          () => briefly(button, "Copied"),
          () => briefly(button, "Not copied: select the text"),
        );
      });
      box.querySelector(".does").append(button);
    }
  }

  for (const form of document.querySelectorAll("form")) {
    const does = form.querySelector("button");
    const before = does.textContent;
    form.addEventListener("submit", (event) => {
      if (does.getAttribute("aria-disabled")) {
        event.preventDefault();
        return;
      }
      does.setAttribute("aria-disabled", "true");
      does.textContent = does.dataset.busy;
      said.textContent = does.dataset.says;
    });
    addEventListener("pageshow", () => {
      does.removeAttribute("aria-disabled");
      does.textContent = before;
    });
  }
})();
