(() => {
  "use strict";
  // How long it is still good: by how much time has passed here, since clocks differ.
  for (const left of document.querySelectorAll("[data-seconds]")) {
    const ends = Date.now() + left.dataset.seconds * 1000;
    const tick = () => {
      const seconds = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
      const minutes = Math.floor(seconds / 60);
      const rest = String(seconds % 60).padStart(2, "0");
      left.textContent = seconds ? `(${minutes}:${rest} left)` : `(${left.dataset.over})`;
      left.classList.toggle("over", !seconds);
      return seconds;
    };
    tick();
    const ticking = setInterval(() => tick() || clearInterval(ticking), 1000);
  }
})();
