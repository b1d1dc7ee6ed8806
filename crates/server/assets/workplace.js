// What the workplace adds where script runs. Every page works without it.
(function () {
  "use strict";

  // A form is sent once: a second press while the first is on its way does nothing.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
  });

  // Back from another page, forms can be sent again.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
    });
  });

  // Faults are named on top of the page: whoever cannot see it hears them first.
  var faults = document.getElementById("faults");
  if (faults) faults.focus();
})();
