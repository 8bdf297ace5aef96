"use strict";
(() => {
  // For screen readers only: the outcome of a click.
  const status = document.createElement("p");
  status.className = "unseen";
  status.setAttribute("role", "status");
  document.body.append(status);

  const showBriefly = (button, text) => {
    button.firstChild.data = text;
    status.textContent = text;
    setTimeout(() => {
      button.firstChild.data = "Copy";
      status.textContent = "";
    }, 4000);
  };

  if (navigator.clipboard) {
    for (const box of document.querySelectorAll(".text")) {
      const button = document.createElement("button");
      button.type = "button";
      const label = document.createElement("span");
      label.className = "unseen";
      label.textContent = " " + box.querySelector(".bar span").textContent;
      button.append("Copy", label);
      button.addEventListener("click", () => {
        navigator.clipboard.writeText(box.querySelector("code").textContent).then(
          () => showBriefly(button, "Copied"),
          () => showBriefly(button, "Could not copy: select the text"),
        );
      });
      box.querySelector(".actions").append(button);
    }
  }

  // A link to a part of a folded section opens the section.
  const unfold = () => {
    const target = document.querySelector(":target");
    const folded = target && target.closest("details");
    if (folded) {
      folded.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", unfold);
  unfold();

  for (const form of document.querySelectorAll("form[method=post]")) {
    const button = form.querySelector("button");
    // Nothing to do, such as without a ticked row; or another tab shows the result.
    if (!button || form.target) continue;
    const label = button.textContent;
    form.addEventListener("submit", (event) => {
      if (button.getAttribute("aria-disabled")) {
        event.preventDefault();
        return;
      }
      button.setAttribute("aria-disabled", "true");
      button.textContent = button.dataset.busy || label;
      status.textContent = button.dataset.status || "";
    });
    addEventListener("pageshow", () => {
      button.removeAttribute("aria-disabled");
      button.textContent = label;
    });
  }
})();
