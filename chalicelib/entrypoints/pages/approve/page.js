(() => {
  "use strict";
  // Times are in UTC. Add the reader's own time, if it differs.
  for (const time of document.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    if (!moment.getTimezoneOffset() || Number.isNaN(moment.getTime())) continue;
    const local = document.createElement("span");
    local.className = "local-time";
    const text = moment.toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
    local.textContent = ` (${text} your time)`;
    time.after(local);
  }
})();
