(() => {
  "use strict";
  // Count down from the server's figure: the clocks of server and browser can differ.
  for (const timeLeft of document.querySelectorAll("[data-seconds]")) {
    const end = Date.now() + timeLeft.dataset.seconds * 1000;
    const tick = () => {
      const seconds = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      const minutes = Math.floor(seconds / 60);
      const rest = String(seconds % 60).padStart(2, "0");
      timeLeft.textContent = seconds ? `(${minutes}:${rest} left)` : `(${timeLeft.dataset.expired})`;
      timeLeft.classList.toggle("expired", !seconds);
      return seconds;
    };
    tick();
    const timer = setInterval(() => tick() || clearInterval(timer), 1000);
  }
})();
