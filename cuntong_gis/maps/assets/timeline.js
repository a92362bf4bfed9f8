/* The slider over the days of the campaign: by hand, by arrow keys, or running. */
"use strict";
window.cuntongParts.timeline = function (page) {
  var D = page.data, T = D.text, state = page.state, last = page.campaign.last, parts = window.cuntongParts, el = parts.el, STEP = 700;
  document.body.classList.toggle("one-day", last < 1);
  if (last < 1) return;
  var panel = el("section", "panel timeline"), slider = el("input"), day = el("output", "day"), running = 0;
  panel.setAttribute("aria-label", T.timeline);

  var play = parts.iconButton("", T.play, function () { running ? stop() : start(); });
  var back = parts.iconButton("M12 5l-5 5 5 5", T.earlier, function () { step(-1); });
  var on = parts.iconButton("M8 5l5 5-5 5", T.later, function () { step(1); });
  slider.type = "range";
  slider.min = 0;
  slider.max = last;
  slider.step = 1;
  slider.setAttribute("aria-label", T.timeline);
  slider.addEventListener("input", function () {
    var chosen = Number(slider.value);
    stop();
    page.setDay(chosen);
  });

  function step(by) {
    stop();
    page.setDay(Math.max(0, Math.min(last, state.day + by)));
  }
  function start() {
    if (state.day === last) page.setDay(0);
    running = setInterval(function () {
      page.setDay(state.day + 1);
      if (state.day === last) stop();
    }, STEP);
    show();
  }
  function stop() {
    clearInterval(running);
    running = 0;
    show();
  }
  page.leave = stop;

  function show() {
    var text = running ? T.pause : T.play;
    play.querySelector("path").setAttribute("d", running ? "M7 5v10M13 5v10" : "M7 4.5v11l9-5.5z");
    play.setAttribute("aria-label", text);
    play.title = text;
    slider.value = state.day;
    slider.setAttribute("aria-valuetext", D.days[state.day]);
    slider.style.setProperty("--done", (100 * state.day) / last + "%");
    day.textContent = D.days[state.day];
    back.disabled = state.day === 0;
    on.disabled = state.day === last;
  }

  /* Where the months begin. */
  var months = el("div", "months"), before = "";
  months.setAttribute("aria-hidden", "true");
  D.days.forEach(function (iso, n) {
    var month = iso.slice(0, 7);
    if (n && month !== before) {
      var mark = el("i", "", String(Number(iso.slice(5, 7))));
      mark.style.left = (100 * n) / last + "%";
      months.appendChild(mark);
    }
    before = month;
  });
  var track = el("div", "track");
  track.appendChild(slider);
  track.appendChild(months);
  [play, back, track, on, day].forEach(function (part) { panel.appendChild(part); });
  page.place(panel, "timeline");
  page.on(show);
};
