// What the workplace adds where script runs. Every page works without it.
(function () {
  "use strict";

  // The workplace's address, and the session by a name that opens nothing.
  var home = location.pathname.split("/").slice(0, 3).join("/");
  var session = document.body.dataset.session || "";
  // Nothing is kept any more: somebody signs out, or has.
  var ended = false;

  // A form is sent once: a second press while the first is on its way does nothing.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    if (event.submitter && "ends" in event.submitter.dataset) {
      ended = true;
      drafts.drop("");
    }
  });

  // Back from another page, forms can be sent again.
  window.addEventListener("pageshow", function () {
    ended = false;
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
    });
  });

  // What was typed and could not be sent is kept in this browser, for as long as
  // the session lasts and a fortnight at most. Others at this device find nothing.
  var drafts = {
    life: 14 * 24 * 3600 * 1000,
    all: "unsaved:",
    own: "unsaved:" + home + ":",

    key: function (task) {
      return this.own + session + ":" + task;
    },

    keep: function (task, text) {
      if (ended || !session) return;
      try {
        localStorage.setItem(this.key(task), Date.now() + "|" + text);
      } catch (full) {}
    },

    read: function (task) {
      try {
        var kept = localStorage.getItem(this.key(task));
        return kept && kept.slice(kept.indexOf("|") + 1);
      } catch (denied) {}
    },

    forget: function (task) {
      try {
        localStorage.removeItem(this.key(task));
      } catch (denied) {}
    },

    // Removes those of this workplace but for one session's, and old ones of all.
    drop: function (but) {
      try {
        for (var at = localStorage.length; at--; ) {
          var key = localStorage.key(at);
          if (key.indexOf(this.all) !== 0) continue;
          var own = key.indexOf(this.own) === 0;
          var kept = but && key.indexOf(this.own + but + ":") === 0;
          var old = Date.now() - parseInt(localStorage.getItem(key), 10) < this.life === false;
          if ((own && !kept) || old) localStorage.removeItem(key);
        }
      } catch (denied) {}
    },
  };

  // Pages for whoever has no session here.
  var out = document.querySelector("[data-out]");
  if (session || out) drafts.drop(session);
  var finished = /[?&]finished=(\w+)/.exec(location.search);
  if (finished) drafts.forget(home + "/tasks/" + finished[1]);

  // Who signs out does so in every tab.
  if ("BroadcastChannel" in window && home !== "/guest") {
    var tabs = new BroadcastChannel("hospes:" + home);
    if (out && /\/leave$/.test(location.pathname)) tabs.postMessage("ended");
    tabs.onmessage = function () {
      if (!session) return;
      ended = true;
      drafts.drop("");
      location.replace(home + "/leave");
    };
  }

  // Faults are named on top of the page: whoever cannot see it hears them first.
  var faults = document.getElementById("faults");
  if (faults) faults.focus();

  // The fault beside a field, unless it is being typed in.
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
      var box = /^(FIELDSET|DIV)$/.test(input.tagName) ? input : input.parentNode;
      box.appendChild(note);
      var described = input.tagName === "DIV" ? box.querySelector("input[type=file]") : input;
      var by = described.getAttribute("aria-describedby");
      described.setAttribute("aria-describedby", (by ? by + " " : "") + note.id);
    }
    note.textContent = text;
    // What is no input cannot be invalid; its text says it.
    if (input.tagName !== "DIV") input.setAttribute("aria-invalid", "true");
  }

  document.querySelectorAll("form.work").forEach(saveAsTyped);

  // Sends what was typed in the background, a moment after the last key.
  function saveAsTyped(form) {
    var status = form.querySelector("[data-status]");
    var task = new URL(form.action).pathname.replace(/\/save$/, "");
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

    function keep() {
      var data = body(Object.keys(dirty));
      data.delete("csrf");
      drafts.keep(task, data.toString());
    }

    // What was on its way and did not arrive is unsaved again.
    function putBack(names) {
      names.forEach(function (name) {
        dirty[name] = true;
      });
      if (names.length) keep();
    }

    function later(delay) {
      clearTimeout(timer);
      timer = setTimeout(save, delay);
    }

    // There is no use in trying again.
    function giveUp(text) {
      dirty = {};
      wait = 0;
      drafts.forget(task);
      say(text);
    }

    function save() {
      var names = Object.keys(dirty);
      if (busy || !names.length || form.dataset.sent || ended) return;
      busy = true;
      dirty = {};
      say(form.dataset.saving);
      fetch(form.action, {
        method: "POST",
        headers: { Accept: "application/json" },
        body: body(names),
        credentials: "same-origin",
        redirect: "manual",
      })
        .then(function (answer) {
          // Whoever is not signed in any more is sent to the entrance.
          if (answer.type === "opaqueredirect") return giveUp(form.dataset.out);
          if (answer.status >= 500 || answer.status === 429) throw answer;
          if (!/json/.test(answer.headers.get("Content-Type"))) return giveUp(form.dataset.stale);
          return answer.json().then(function (told) {
            wait = 0;
            if (told.saved) saved(names, told.marks);
            else refused(names, told);
          });
        })
        .catch(function () {
          putBack(names);
          say(form.dataset.unsaved);
          wait = Math.min(wait ? wait * 2 : 2000, 60000);
          later(wait);
        })
        .then(function () {
          busy = false;
          if (Object.keys(dirty).length && !wait) later(1000);
        });
    }

    function saved(names, marks) {
      Object.keys(marks).forEach(function (name) {
        // Others' marks stay: what is typed there is still to be sent.
        if (names.indexOf("f." + name.slice(2)) >= 0) form.elements[name].value = marks[name];
      });
      names.forEach(function (name) {
        show(name, "");
      });
      drafts.forget(task);
      say(form.dataset.saved);
    }

    function refused(names, told) {
      var wrong = told.faults || {};
      names.forEach(function (name) {
        if (wrong[name]) show(name, wrong[name]);
        else if (Object.keys(wrong).length) dirty[name] = true;
      });
      say((told.problems || []).join(" ") || form.dataset.unsaved);
      if (Object.keys(dirty).length) later(100);
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
    form.addEventListener("submit", function (event) {
      // Until the answer is there, what is typed is nowhere else.
      if (Object.keys(dirty).length) keep();
      var button = event.submitter;
      if (button && button.hasAttribute("data-upload") && !form.dataset.sent) {
        event.preventDefault();
        upload(button);
      }
    });
    window.addEventListener("online", function () {
      wait = 0;
      later(50);
    });

    // Files go with everything that is typed, and the page stays until they are there.
    function upload(button) {
      var box = button.closest("[data-files]");
      var chosen = box.querySelector("input[type=file]");
      var limit = Number(box.dataset.limit);
      show(box.id, "");
      var large = Array.prototype.some.call(chosen.files, function (file) {
        return file.size > limit;
      });
      if (large || !chosen.files.length) {
        show(box.id, large ? box.dataset.large : box.dataset.none);
        chosen.focus();
        return;
      }
      var names = Object.keys(dirty);
      var bar = document.createElement("progress");
      var line = box.querySelector("[role=status]");
      var request = new XMLHttpRequest();
      dirty = {};
      form.dataset.sent = "1";
      button.disabled = true;
      bar.max = 100;
      bar.value = 0;
      bar.setAttribute("aria-label", box.dataset.uploading);
      line.textContent = box.dataset.uploading;
      line.before(bar);
      request.upload.onprogress = function (event) {
        if (!event.lengthComputable) return;
        bar.value = (100 * event.loaded) / event.total;
        // A full bar is no stored file yet.
        line.textContent = box.dataset.uploading + " " + Math.floor(Math.min(bar.value, 99)) + " %";
      };
      request.onload = function () {
        var told = null;
        try {
          told = JSON.parse(request.responseText);
        } catch (page) {}
        if (!told || !("saved" in told)) {
          // Whoever is not signed in any more was sent to the entrance.
          if (request.responseURL !== button.formAction) giveUp(form.dataset.out);
          else putBack(names);
          return over(request.status === 413 ? box.dataset.large : box.dataset.broken);
        }
        if (told.saved) saved(names, told.marks);
        else refused(names, told);
        Object.keys(told.faults || {}).forEach(function (name) {
          if (names.indexOf(name) < 0) show(name, told.faults[name]);
        });
        over("");
        if (told.came) list(told.came);
      };
      request.onerror = function () {
        putBack(names);
        over(box.dataset.broken);
      };
      function over(fault) {
        delete form.dataset.sent;
        button.disabled = false;
        bar.remove();
        line.textContent = "";
        if (fault) show(box.id, fault);
        if (Object.keys(dirty).length) later(1000);
      }
      // What is in the field now, as the page shows it.
      function list(done) {
        chosen.value = "";
        line.textContent = done;
        fetch(task, { credentials: "same-origin", redirect: "error" })
          .then(function (answer) {
            return answer.text();
          })
          .then(function (page) {
            var fresh = new DOMParser().parseFromString(page, "text/html").getElementById(box.id);
            box.querySelector("[data-list]").replaceWith(fresh.querySelector("[data-list]"));
          })
          .catch(function () {
            location.reload();
          });
      }
      request.open("POST", button.formAction);
      request.setRequestHeader("Accept", "application/json");
      request.send(new FormData(form));
    }

    // What an earlier visit could not send, with the marks it was typed with: what
    // others filled in since is not passed over. Answers to forms hold what was
    // typed themselves.
    var answers = location.pathname !== task || /[?&]said=/.test(location.search);
    if (answers) drafts.forget(task);
    var kept = drafts.read(task);
    if (kept) {
      restore(new URLSearchParams(kept));
      say(form.dataset.unsaved);
      later(500);
    }

    function restore(kept) {
      var names = {};
      kept.forEach(function (value, name) {
        if (field(name)) names[field(name)] = true;
        var mark = name.slice(0, 2) === "b." && form.elements[name];
        if (mark) mark.value = value;
      });
      Object.keys(names).forEach(function (name) {
        inputs(name).forEach(function (input) {
          if (input.type === "hidden") return;
          var values = kept.getAll(input.name);
          if (input.type === "checkbox" || input.type === "radio") input.checked = values.indexOf(input.value) >= 0;
          else input.value = values[0] || "";
          dirty[name] = true;
        });
      });
    }
  }
})();
