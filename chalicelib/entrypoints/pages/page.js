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

  const form = document.querySelector("form");
  const check = form && form.querySelector("button");
  if (form) {
    form.addEventListener("submit", (event) => {
      if (check.getAttribute("aria-disabled")) {
        event.preventDefault();
        return;
      }
      check.setAttribute("aria-disabled", "true");
      check.textContent = "Checking …";
      said.textContent = "Checking. It takes some seconds.";
    });
    addEventListener("pageshow", () => {
      check.removeAttribute("aria-disabled");
      check.textContent = "Check now";
    });
  }
})();
