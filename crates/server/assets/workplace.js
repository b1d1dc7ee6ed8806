// What the workplace adds where script runs. Every page works without it.
(function () {
  "use strict";

  // A form is sent once: a second press while the first is on its way does nothing.
  document.addEventListener("submit", function (event) {
    var form = event.target;
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

  document.querySelectorAll("form.work").forEach(saveAsTyped);

  // Sends what was typed in the background, a moment after the last key. What
  // could not be sent is kept in this browser until it can.
  function saveAsTyped(form) {
    var status = form.querySelector("[data-status]");
    var key = "unsaved:" + location.pathname;
    var dirty = {};
    var timer = 0;
    var busy = false;
    var wait = 0;

    function field(name) {
      var parts = name.split(".");
      return parts[0] === "f" ? "f." + parts[1] : "";
    }

    function inputs(name) {
      return Array.prototype.filter.call(form.elements, function (input) {
        return input.name && field(input.name) === name;
      });
    }

    function say(text) {
      if (status) status.textContent = text;
    }

    function body(names) {
      var data = new URLSearchParams();
      data.append("csrf", form.elements.csrf.value);
      names.forEach(function (name) {
        var mark = form.elements["b." + name.slice(2)];
        if (mark) data.append(mark.name, mark.value);
        inputs(name).forEach(function (input) {
          if ((input.type === "checkbox" || input.type === "radio") && !input.checked) return;
          data.append(input.name, input.value);
        });
      });
      return data;
    }

    function keep(names) {
      try {
        var data = body(names);
        data.delete("csrf");
        localStorage.setItem(key, data.toString());
      } catch (full) {}
    }

    function forget() {
      try {
        localStorage.removeItem(key);
      } catch (denied) {}
    }

    function later(delay) {
      clearTimeout(timer);
      timer = setTimeout(save, delay);
    }

    function save() {
      var names = Object.keys(dirty);
      if (busy || !names.length || form.dataset.sent) return;
      busy = true;
      dirty = {};
      say(form.dataset.saving);
      fetch(form.action, {
        method: "POST",
        headers: { Accept: "application/json" },
        body: body(names),
        credentials: "same-origin",
        redirect: "error",
      })
        .then(function (answer) {
          if (answer.status >= 500) throw answer;
          return answer.json().then(function (told) {
            wait = 0;
            if (told.saved) {
              Object.keys(told.marks).forEach(function (name) {
                // Others' marks stay: what is typed there is still to be sent.
                if (names.indexOf("f." + name.slice(2)) >= 0) form.elements[name].value = told.marks[name];
              });
              names.forEach(function (name) {
                show(name, "");
              });
              forget();
              say(form.dataset.saved);
            } else {
              var wrong = told.faults || {};
              names.forEach(function (name) {
                if (wrong[name]) show(name, wrong[name]);
                else if (Object.keys(wrong).length) dirty[name] = true;
              });
              say((told.problems || []).join(" ") || form.dataset.unsaved);
              if (Object.keys(dirty).length) later(100);
            }
          });
        })
        .catch(function () {
          names.forEach(function (name) {
            dirty[name] = true;
          });
          keep(Object.keys(dirty));
          say(form.dataset.unsaved);
          wait = Math.min(wait ? wait * 2 : 2000, 60000);
          later(wait);
        })
        .then(function () {
          busy = false;
          if (Object.keys(dirty).length && !wait) later(1000);
        });
    }

    // The fault beside a field that is not being typed in.
    function show(name, text) {
      var input = document.getElementById(name);
      var note = document.getElementById("fault-" + name);
      if (!input) return;
      if (!text) {
        if (note) note.remove();
        input.removeAttribute("aria-invalid");
        return;
      }
      if (document.activeElement === input) return;
      if (!note) {
        note = document.createElement("p");
        note.className = "fault";
        note.id = "fault-" + name;
        (input.tagName === "FIELDSET" ? input : input.parentNode).appendChild(note);
        var by = input.getAttribute("aria-describedby");
        input.setAttribute("aria-describedby", (by ? by + " " : "") + note.id);
      }
      note.textContent = text;
      input.setAttribute("aria-invalid", "true");
    }

    function changed(event, delay) {
      var name = event.target.name && field(event.target.name);
      if (!name) return;
      dirty[name] = true;
      if (!wait) later(delay);
    }

    form.addEventListener("input", function (event) {
      changed(event, 1500);
    });
    form.addEventListener("change", function (event) {
      changed(event, 50);
    });
    form.addEventListener("submit", forget);
    window.addEventListener("online", function () {
      wait = 0;
      later(50);
    });

    // What an earlier visit could not send.
    try {
      var kept = localStorage.getItem(key);
      if (kept) {
        new URLSearchParams(kept).forEach(function (value, name) {
          var mine = field(name) && inputs(field(name));
          (mine || []).forEach(function (input) {
            if (input.name !== name || input.type === "hidden") return;
            if (input.type === "checkbox" || input.type === "radio") {
              if (input.value === value) input.checked = true;
            } else input.value = value;
            dirty[field(name)] = true;
          });
        });
        say(form.dataset.unsaved);
        later(500);
      }
    } catch (denied) {}
  }
})();
